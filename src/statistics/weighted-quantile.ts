import { outOfRange } from "./out-of-range.js";

/**
 * The smallest value that a share p of the weight does not exceed (inverse of the weighted distribution function; no
 * interpolation). Values may be Infinity; pairs with a missing value or a weight that is not above 0 are ignored.
 * `undefined` for no weight. Throws a RangeError for p outside [0, 1].
 */
export function weightedQuantile(
  values: ArrayLike<number | null | undefined>,
  weights: ArrayLike<number>,
  p: number,
): number | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  const pairs: { value: number; weight: number }[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const weight = weights[i]!;
    if (value != null && !Number.isNaN(value) && weight > 0) pairs.push({ value, weight });
  }
  pairs.sort((a, b) => a.value - b.value);
  const target = p * pairs.reduce((sum, pair) => sum + pair.weight, 0);
  let reached = 0;
  for (const { value, weight } of pairs) {
    reached += weight;
    if (reached >= target) return value;
  }
  return pairs.at(-1)?.value;
}

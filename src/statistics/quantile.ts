import type { Values } from "./numbers.js";
import { numbers } from "./numbers.js";
import { outOfRange } from "./out-of-range.js";

/**
 * The p-quantile, in the unit of the values: 0 gives the smallest, 0.5 the median, 1 the largest.
 * `undefined` for no values, or between -Infinity and Infinity. Throws a RangeError for p outside [0, 1].
 *
 * Linear interpolation between the order statistics around rank p (n - 1): definition 7 of Hyndman & Fan, "Sample
 * quantiles in statistical packages" (The American Statistician 50, 1996), the default of R and of d3-array.
 */
export function quantile(values: Values, p: number): number | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  const sorted = numbers(values).sort();
  if (sorted.length === 0) return undefined;
  const rank = p * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  const above = sorted[Math.ceil(rank)]!;
  // Equal neighbours are answered first because Infinity - Infinity is NaN.
  if (below === above) return below;
  const between = below + (above - below) * (rank - Math.floor(rank));
  return Number.isNaN(between) ? undefined : between;
}

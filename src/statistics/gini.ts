import type { Values } from "./numbers.js";
import { numbers } from "./numbers.js";
import { outOfRange } from "./out-of-range.js";
import { sum } from "./sum.js";

/**
 * Gini's coefficient of unevenness: 0 when all values are equal, (n - 1) / n when one has everything.
 * `undefined` for no values, and for a sum that is zero or infinite. Throws a RangeError for a negative value.
 *
 * Half the relative mean difference, sum over i, j of |xi - xj| / (2 n² mean), without a correction for small n
 * (Gini 1912; Dorfman, Review of Economics and Statistics 61, 1979). Over sorted values the double sum pairs the
 * smallest with the largest, the next with the next, so that equal values give exactly 0.
 */
export function gini(values: Values): number | undefined {
  const sorted = numbers(values).sort();
  const n = sorted.length;
  if (n > 0 && sorted[0]! < 0) throw outOfRange("values", sorted[0], "numbers >= 0");
  const total = sum(sorted)!;
  if (total === 0 || total === Infinity) return undefined;
  let difference = 0;
  for (let i = 0; i < n - 1 - i; i++) {
    difference += (n - 1 - 2 * i) * (sorted[n - 1 - i]! / total - sorted[i]! / total);
  }
  return difference / n;
}

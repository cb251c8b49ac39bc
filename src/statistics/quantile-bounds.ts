import { binomialQuantile } from "./binomial-quantile.js";
import { numbers, type Values } from "./numbers.js";
import { outOfRange } from "./out-of-range.js";

/** Bounds in the unit of the values, each `undefined` where `count` values are too few for it. */
export interface QuantileBounds {
  readonly count: number;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/**
 * Confidence bounds for the p-quantile of the distribution that independent values come from, whatever it is.
 * Each bound by itself holds with at least the probability `level`; both together with at least 2 level - 1.
 * Below 59 values no upper bound of a p95 exists at level 0.95, because all of them lie below it with probability
 * 0.95^n. `undefined` for no values. Throws a RangeError for p outside [0, 1] and level outside (0, 1).
 *
 * Order statistics: the k-th smallest is at least the quantile when fewer than k values lie below it, and that number
 * is binomial (n, p); see David & Nagaraja, "Order Statistics", section 7.1.
 */
export function quantileBounds(values: Values, p: number, level = 0.95): QuantileBounds | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  if (!(level > 0 && level < 1)) throw outOfRange("level", level, "numbers between 0 and 1");
  const sorted = numbers(values).sort();
  const count = sorted.length;
  if (count === 0) return undefined;
  return {
    count,
    lower: sorted[count - binomialQuantile(count, 1 - p, level) - 1],
    upper: sorted[binomialQuantile(count, p, level)],
  };
}

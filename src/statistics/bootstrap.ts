import type { Random } from "../random/random.js";
import type { Interval } from "./interval.js";
import { outOfRange } from "./out-of-range.js";
import { quantile } from "./quantile.js";

export interface BootstrapOptions {
  /** Share of resamples between `lower` and `upper`; 0.95 unless told. */
  readonly level?: number;
  /** How often to resample; 1,000 unless told. */
  readonly resamples?: number;
}

/**
 * How far a statistic of items might have come out otherwise: the percentile interval over resamples of the items with
 * replacement. Items may be anything independent of each other: numbers, jobs, whole weeks.
 * The statistic gets an array that is used again for the next resample; it may reorder, but not keep it.
 *
 * `undefined` where the statistic of the items is, or where it is undefined for so many resamples (more than
 * (1 - level) / 2) that an end of the interval could be anything. Throws a RangeError for level outside (0, 1) and for
 * resamples that aren't a whole number >= 1.
 *
 * Efron & Tibshirani, "An Introduction to the Bootstrap", chapter 13.
 */
export function bootstrap<T>(
  next: Random,
  items: readonly T[],
  statistic: (items: readonly T[]) => number | undefined,
  { level = 0.95, resamples = 1000 }: BootstrapOptions = {},
): Interval | undefined {
  if (!(level > 0 && level < 1)) throw outOfRange("level", level, "numbers between 0 and 1");
  if (!Number.isInteger(resamples) || resamples < 1) throw outOfRange("resamples", resamples, "whole numbers >= 1");
  const sample = items.slice();
  const estimate = statistic(sample);
  if (estimate === undefined || Number.isNaN(estimate)) return undefined;

  const outcomes = Array.from({ length: resamples }, () => {
    for (let i = 0; i < items.length; i++) sample[i] = items[Math.floor(next() * items.length)]!;
    return statistic(sample);
  });
  const tail = (1 - level) / 2;
  const missing = outcomes.filter((outcome) => outcome === undefined || Number.isNaN(outcome)).length;
  const lower = quantile(outcomes, tail);
  const upper = quantile(outcomes, 1 - tail);
  if (missing > tail * resamples || lower === undefined || upper === undefined) return undefined;
  return { estimate, lower, upper };
}

import { sqrt } from "../random/transcendental.js";
import type { Interval } from "./interval.js";
import { mean } from "./mean.js";
import { numbers, type Values } from "./numbers.js";
import { outOfRange } from "./out-of-range.js";
import { studentTQuantile } from "./student-t-quantile.js";
import { sum } from "./sum.js";

/**
 * The confidence interval for the mean of independent, roughly normal values, such as the results of replications of
 * one simulation with different seeds. In the unit of the values; `level` is two-sided.
 * `undefined` for fewer than two values, or an infinite one. Throws a RangeError for level outside (0, 1).
 *
 * Mean ± t s / sqrt(n), with Student's t at n - 1 degrees of freedom: Law, "Simulation Modeling and Analysis", 9.4.1.
 */
export function meanInterval(values: Values, level = 0.95): Interval | undefined {
  if (!(level > 0 && level < 1)) throw outOfRange("level", level, "numbers between 0 and 1");
  const present = numbers(values);
  const n = present.length;
  const estimate = mean(present);
  if (n < 2 || estimate === undefined || !Number.isFinite(estimate)) return undefined;
  const squares = sum(present.map((value) => (value - estimate) * (value - estimate)))!;
  const half = studentTQuantile((1 + level) / 2, n - 1) * sqrt(squares / (n - 1) / n);
  return { estimate, lower: estimate - half, upper: estimate + half };
}

import { outOfRange } from "./out-of-range.js";

/**
 * The smallest number k of successes in `trials` independent trials for which P(successes <= k) >= `level`.
 * `chance` is that of one success. Throws a RangeError for trials that aren't a whole number >= 0, and for a
 * probability outside [0, 1].
 *
 * Weights are built outwards from the mode by the ratio of neighbours, (n - k) p / ((k + 1) (1 - p)), and normalised by
 * their sum: no factorials, and only some 20 standard deviations of terms, for any number of trials.
 */
export function binomialQuantile(trials: number, chance: number, level: number): number {
  if (!Number.isInteger(trials) || trials < 0) throw outOfRange("trials", trials, "whole numbers >= 0");
  if (!(chance >= 0 && chance <= 1)) throw outOfRange("chance", chance, "numbers from 0 to 1");
  if (!(level >= 0 && level <= 1)) throw outOfRange("level", level, "numbers from 0 to 1");
  if (chance === 0 || level === 0) return 0;
  if (chance === 1 || level === 1) return trials;

  const odds = chance / (1 - chance);
  const mode = Math.min(trials, Math.floor((trials + 1) * chance));
  const negligible = 1e-20;
  const left: number[] = [];
  for (let k = mode, weight = 1; k > 0 && weight > negligible; k--) {
    weight *= k / ((trials - k + 1) * odds);
    left.push(weight);
  }
  const weights = [...left.reverse(), 1];
  const first = mode - left.length;
  for (let k = mode, weight = 1; k < trials && weight > negligible; k++) {
    weight *= ((trials - k) * odds) / (k + 1);
    weights.push(weight);
  }

  const target = level * weights.reduce((total, weight) => total + weight, 0);
  let below = 0;
  const index = weights.findIndex((weight) => {
    below += weight;
    return below >= target;
  });
  return first + index;
}

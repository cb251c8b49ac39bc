import type { SurvivalStep } from "./kaplan-meier.js";
import { outOfRange } from "./out-of-range.js";

/**
 * The p-quantile of the whole duration of one that has already lasted `elapsed` and goes on: the shortest duration
 * beyond `elapsed` by which a share p of such lifetimes has ended. In the unit of the curve.
 * `undefined` where the curve (of kaplanMeier) doesn't fall that far, because the longest durations are censored or
 * none was as long as `elapsed`. Throws a RangeError for p outside [0, 1] and for a negative `elapsed`.
 */
export function conditionalQuantile(curve: readonly SurvivalStep[], p: number, elapsed = 0): number | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  if (!(elapsed >= 0)) throw outOfRange("elapsed", elapsed, "numbers >= 0");
  const later = firstStep(curve, (step) => step.time > elapsed);
  const alive = curve[later - 1]?.survival ?? 1;
  // The allowance is for what the curve's products round away.
  const target = alive * (1 - p) + 1e-12 * alive;
  return curve[
    Math.max(
      later,
      firstStep(curve, (step) => step.survival <= target),
    )
  ]?.time;
}

/** Index of the first step from which on the condition holds (as it then does for all after it), or the curve's length. */
function firstStep(curve: readonly SurvivalStep[], holds: (step: SurvivalStep) => boolean): number {
  let low = 0;
  let high = curve.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(curve[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

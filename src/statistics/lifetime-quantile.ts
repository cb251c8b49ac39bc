import type { SurvivalStep } from "./kaplan-meier.js";
import { outOfRange } from "./out-of-range.js";

/**
 * The p-quantile of durations by their survival curve (of kaplanMeier): the shortest by which a share p had ended, in the
 * unit of the curve. `undefined` where the curve doesn't fall that far, because the longest durations are censored.
 * Throws a RangeError for p outside [0, 1].
 */
export function lifetimeQuantile(curve: readonly SurvivalStep[], p: number): number | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  // The allowance is for what the curve's products round away.
  return curve.find(({ survival }) => survival <= 1 - p + 1e-12)?.time;
}

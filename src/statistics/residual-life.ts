import type { Random } from "../random/random.js";
import { conditionalQuantile } from "./conditional-quantile.js";
import type { SurvivalStep } from "./kaplan-meier.js";

/**
 * One draw of the time still to go, in the unit of the curve (of kaplanMeier), for one that has already lasted
 * `elapsed`. Takes one number from the stream. `undefined` for a draw that falls beyond where the curve stops: the
 * share of such draws is what the data can't tell. Throws a RangeError for a negative `elapsed`.
 */
export function residualLife(next: Random, curve: readonly SurvivalStep[], elapsed = 0): number | undefined {
  // 1 - next() is never 0, so that every duration is drawn as often as its step is high.
  const whole = conditionalQuantile(curve, 1 - next(), elapsed);
  return whole === undefined ? undefined : whole - elapsed;
}

import { outOfRange } from "./out-of-range.js";

/** How long something lasted; `ended` is false when it was still going on when last seen (censored). */
export interface Lifetime {
  readonly duration: number | null | undefined;
  readonly ended: boolean;
}

/** At `time`, `ended` of `atRisk` ended; from then on a share `survival` lives. */
export interface SurvivalStep {
  readonly time: number;
  readonly atRisk: number;
  readonly ended: number;
  readonly survival: number;
}

/**
 * The survival curve of durations of which some are censored: one step for every duration at which one ended, in
 * ascending order, in the unit of the durations. Before the first step survival is 1. It reaches 0 only if the longest
 * ended; otherwise nothing is known beyond it, and the curve just stops.
 * `undefined` for no lifetimes. Throws a RangeError for a negative or infinite duration.
 *
 * The product-limit estimator of Kaplan & Meier (JASA 53, 1958): the product of 1 - ended / at risk, where one censored
 * at the very time of an end counts as at risk.
 */
export function kaplanMeier(lifetimes: Iterable<Lifetime>): SurvivalStep[] | undefined {
  const sorted: { duration: number; ended: boolean }[] = [];
  for (const { duration, ended } of lifetimes) {
    if (duration === undefined || duration === null || Number.isNaN(duration)) continue;
    if (!(duration >= 0 && duration < Infinity)) throw outOfRange("duration", duration, "finite numbers >= 0");
    sorted.push({ duration, ended });
  }
  if (sorted.length === 0) return undefined;
  sorted.sort((a, b) => a.duration - b.duration);

  const steps: SurvivalStep[] = [];
  let survival = 1;
  for (let i = 0; i < sorted.length; ) {
    const time = sorted[i]!.duration;
    const atRisk = sorted.length - i;
    let ended = 0;
    for (; i < sorted.length && sorted[i]!.duration === time; i++) ended += sorted[i]!.ended ? 1 : 0;
    if (ended === 0) continue;
    survival *= 1 - ended / atRisk;
    steps.push({ time, atRisk, ended, survival });
  }
  return steps;
}

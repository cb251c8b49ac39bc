/** How closely the simulation must meet a figure of queueing theory. */
export interface Range {
  /**
   * Half width that the confidence interval over replications may have at most, as a share of the theoretical value:
   * an error of this size would show.
   */
  readonly precision: number;
  readonly reason: string;
}

/** Of the confidence intervals, two-sided: of a thousand choices of seeds, one would miss a right simulation. */
export const LEVEL = 0.999;

/** Independent runs; with fewer, Student's t widens the intervals by more than the longer runs would narrow them. */
export const REPLICATIONS = 16;

/** Arrivals of one run. */
export const ARRIVALS = 16_000;

/** Arrivals left out at the start: a queue that starts empty is forgotten after some 1 / (1 - load)² = 25 services a server. */
export const WARM_UP_ARRIVALS = 1_000;

/** Every bound with its reason. */
export const ranges = {
  meanWait: {
    precision: 0.22,
    reason: "waits at 80 % load are strongly correlated: 240,000 of them know their mean to about a sixth",
  },
  shareWaiting: { precision: 0.08, reason: "a share near 0.4 varies half as much as the mean wait behind it" },
  waitP95: { precision: 0.25, reason: "the tail of the wait varies somewhat more than its mean" },
  utilisation: { precision: 0.02, reason: "the sum of 240,000 service times is known to about half a percent" },
  priorityWait: { precision: 0.15, reason: "the lower of two priorities waits for all work of the higher as well" },
  preemptiveResponse: {
    precision: 0.2,
    reason: "at 80 % load of one server the lower priority's times in the system are even more correlated than waits",
  },
  strictCeiling: {
    precision: 0.01,
    reason: "a backlog starts anew at every pair of size 1: use is known to half a percent",
  },
  bestEffort: { precision: 0.01, reason: "only the drain, the last of 4,000 services, leaves a GPU free" },
} as const satisfies Record<string, Range>;

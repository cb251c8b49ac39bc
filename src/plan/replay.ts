import { type Discipline, type GangJob, gangQueue } from "../queueing/index.js";
import { weightedQuantile } from "../statistics/index.js";
import type { NodegroupDemand } from "./demand.js";

export const DAY_SECONDS = 86_400;

/** The jobs of one day; times are seconds since the day began. */
export type DayOfJobs = readonly GangJob[];

/** What stays the same however the days are resampled. */
export interface Pool {
  readonly gpusPerNode: number;
  readonly discipline: Discipline;
  /** What already ran or waited at the start. */
  readonly initial: readonly GangJob[];
  /** Jobs that last longer than a day: resampling days would run them twice at a time. */
  readonly long: readonly GangJob[];
}

/** Splits a demand into what is resampled, day by day, and what is not. A day's rhythm stays, the order of days does not. */
export function resamplable(demand: NodegroupDemand, spanSeconds: number): { days: DayOfJobs[]; long: GangJob[] } {
  const count = Math.max(1, Math.floor(spanSeconds / DAY_SECONDS));
  const days: GangJob[][] = Array.from({ length: count }, () => []);
  const long: GangJob[] = [];
  for (const job of demand.arriving) {
    const day = Math.min(count - 1, Math.floor(job.arrival / DAY_SECONDS));
    if (job.duration > DAY_SECONDS) long.push(job);
    else days[day]!.push({ ...job, arrival: job.arrival - day * DAY_SECONDS });
  }
  return { days, long };
}

/**
 * p95 of the wait, seconds, had the given days met so many nodes: 95 % of the GPUs that were asked for had nodes by then,
 * so that one gang of 64 counts as much as 64 small jobs. Infinity if a job could never start, or if there were too few
 * nodes for what already ran.
 */
export function replayedP95(pool: Pool, days: readonly DayOfJobs[], nodes: number): number | undefined {
  const arriving = days.flatMap((jobs, day) =>
    jobs.map((job) => ({ ...job, arrival: job.arrival + day * DAY_SECONDS })),
  );
  const measured = [...pool.long, ...arriving];
  const { gpusPerNode, discipline, initial } = pool;
  const { waits, impossible } = gangQueue({ jobs: [...initial, ...measured], nodes, gpusPerNode, discipline });
  const turnsAway = initial.some((job, i) => job.arrival < 0 && waits[i]! > 0);
  if (impossible.length > 0 || turnsAway) return Number.POSITIVE_INFINITY;
  return gpuWeightedP95(waits.subarray(initial.length), measured);
}

/** The wait within which 95 % of the GPUs asked for got nodes. */
export function gpuWeightedP95(
  waits: ArrayLike<number>,
  jobs: readonly Pick<GangJob, "pods" | "gpusPerPod">[],
): number | undefined {
  return weightedQuantile(
    waits,
    jobs.map((job) => job.pods * job.gpusPerPod),
    0.95,
  );
}

/**
 * The fewest nodes, from 1 to `most`, with which the p95 of the wait meets the target; undefined if not even the most do.
 * The p95 falls with nodes but for scheduling anomalies too small to matter, so that halving finds it.
 */
export function nodesNeeded(
  pool: Pool,
  days: readonly DayOfJobs[],
  targetSeconds: number,
  most: number,
): number | undefined {
  const meets = (nodes: number) => (replayedP95(pool, days, nodes) ?? 0) <= targetSeconds;
  if (!meets(most)) return undefined;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (meets(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

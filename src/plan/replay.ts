import { gpusOf } from "../join/shapes.js";
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
  /** Jobs that come when they came, whatever the days. */
  readonly fixed: readonly GangJob[];
}

/** A demand in parts: what is resampled, and what is not. */
export interface Resamplable {
  /** Whole days. A day's rhythm stays, the order of days does not. */
  readonly days: readonly DayOfJobs[];
  /** Jobs that last longer than a day: resampling days would run them twice at a time. */
  readonly long: readonly GangJob[];
  /** What arrived in the part of a day at the end: as part of a day it would come on top of the next. */
  readonly rest: readonly GangJob[];
}

/** Splits a demand into what is resampled, day by day, and what is not. */
export function resamplable(demand: NodegroupDemand, spanSeconds: number): Resamplable {
  const days: GangJob[][] = Array.from({ length: Math.floor(spanSeconds / DAY_SECONDS) }, () => []);
  const long: GangJob[] = [];
  const rest: GangJob[] = [];
  for (const job of demand.arriving) {
    const day = Math.floor(job.arrival / DAY_SECONDS);
    if (job.duration > DAY_SECONDS) long.push(job);
    else if (day >= days.length) rest.push(job);
    else days[day]!.push({ ...job, arrival: job.arrival - day * DAY_SECONDS });
  }
  return { days, long, rest };
}

/**
 * What the given days would have waited, by number of nodes: the p95 in seconds. 95 % of the GPUs that were asked for had
 * nodes by then, so that one gang of 64 counts as much as 64 small jobs. Infinity if a job could never start, or if
 * there are too few nodes for what already ran. Each number of nodes is replayed once.
 */
export function replayer(pool: Pool, days: readonly DayOfJobs[]): (nodes: number) => number {
  const measured = [...pool.fixed];
  days.forEach((jobs, day) => {
    for (const { arrival, duration, pods, gpusPerPod } of jobs)
      measured.push({ arrival: arrival + day * DAY_SECONDS, duration, pods, gpusPerPod });
  });
  measured.sort((a, b) => a.arrival - b.arrival);
  const { gpusPerNode, discipline, initial } = pool;
  const jobs = [...initial, ...measured];
  const held = initial.reduce((sum, job) => sum + (job.arrival < 0 ? gpusOf(job) : 0), 0);
  const known = new Map<number, number>();
  return (nodes) => {
    const replayed = known.get(nodes) ?? (held > nodes * gpusPerNode ? Number.POSITIVE_INFINITY : replay(nodes));
    known.set(nodes, replayed);
    return replayed;
  };

  function replay(nodes: number): number {
    const { waits, impossible } = gangQueue({ jobs, nodes, gpusPerNode, discipline });
    const turnsAway = initial.some((job, i) => job.arrival < 0 && waits[i]! > 0);
    if (impossible.length > 0 || turnsAway) return Number.POSITIVE_INFINITY;
    return gpuWeightedP95(waits.subarray(initial.length), measured) ?? 0;
  }
}

/** The wait within which 95 % of the GPUs asked for got nodes. */
export function gpuWeightedP95(
  waits: ArrayLike<number>,
  jobs: readonly Pick<GangJob, "pods" | "gpusPerPod">[],
): number | undefined {
  const weights = jobs.map((job) => gpusOf(job));
  return weightedQuantile(waits, weights, 0.95);
}

/**
 * The fewest nodes, from 1 to `most`, with which the p95 of the wait meets the target; undefined if not even the most do.
 * The p95 falls with nodes but for scheduling anomalies too small to matter: it is looked for upwards and downwards from
 * a guess.
 */
export function nodesNeeded(
  p95: (nodes: number) => number,
  targetSeconds: number,
  guess: number,
  most: number,
): number | undefined {
  let nodes = guess;
  while (p95(nodes) > targetSeconds) if (++nodes > most) return undefined;
  while (nodes > 1 && p95(nodes - 1) <= targetSeconds) nodes--;
  return nodes;
}

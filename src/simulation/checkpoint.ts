import type { Workload } from "../demand/workload.js";
import type { Run } from "./history.js";

/**
 * Running time of an attempt that starts with some of its work saved. A success needs what is left; a failure comes at
 * the same share of what is left as it would have come of the whole. With fewer pods than it asked for all takes longer.
 */
export function runningTime(workload: Workload, attempt: number, savedMs: number, pods: number): number {
  const { attempts } = workload;
  const { durationMs } = attempts[attempt]!;
  if (savedMs === 0 && pods === workload.pods) return durationMs;
  const wholeMs = attempts.reduce((most, one) => Math.max(most, one.durationMs), 0);
  return Math.max(1, Math.round((durationMs * (1 - savedMs / wholeMs) * workload.pods) / pods));
}

/** Work that is saved when a run has ended, in ms of all pods: what it started with, and what was kept since. */
export function savedAfter(workload: Workload, run: Run, endMs: number): number {
  return (run.savedMs ?? 0) + Math.floor((keptUntil(workload, run, endMs) * run.nodes.length) / workload.pods);
}

/** How much of a run's time a checkpoint has kept when it ends: whole spans between checkpoints since it ran, ms. */
export function keptUntil({ checkpointMs }: Workload, { runningMs }: Run, endMs: number): number {
  if (checkpointMs === undefined || endMs <= runningMs) return 0;
  return Math.floor((endMs - runningMs) / checkpointMs) * checkpointMs;
}

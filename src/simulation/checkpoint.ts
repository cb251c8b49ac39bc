import type { Workload } from "../demand/workload.js";
import type { Run } from "./history.js";

/**
 * Running time of an attempt that starts with some of its work saved. A success needs what is left; a failure comes at
 * the same share of what is left as it would have come of the whole.
 */
export function runningTime({ attempts }: Workload, attempt: number, savedMs: number): number {
  const { durationMs } = attempts[attempt]!;
  if (savedMs === 0) return durationMs;
  const wholeMs = attempts.reduce((most, one) => Math.max(most, one.durationMs), 0);
  return Math.max(1, Math.round(durationMs * (1 - savedMs / wholeMs)));
}

/** Work that is saved when a run has ended, ms: what it started with, and whole spans between checkpoints since. */
export function savedAfter({ checkpointMs }: Workload, { runningMs, savedMs = 0 }: Run, endMs: number): number {
  if (checkpointMs === undefined || endMs <= runningMs) return savedMs;
  return savedMs + Math.floor((endMs - runningMs) / checkpointMs) * checkpointMs;
}

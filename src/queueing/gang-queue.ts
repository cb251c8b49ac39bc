import { outOfRange } from "../statistics/out-of-range.js";
import { arrivalOrder } from "./arrival-order.js";
import { EndHeap } from "./end-heap.js";
import type { Discipline, GangJob } from "./gang-job.js";
import { GangLanes } from "./gang-lanes.js";
import { NodePool } from "./node-pool.js";

export interface GangQueueInput {
  /** In any order; jobs that arrive at the same time queue in the order of the array. */
  readonly jobs: readonly GangJob[];
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly discipline: Discipline;
}

export interface GangQueueResult {
  /** From arrival to start, in the order of `jobs`; Infinity for a job that not even an empty pool has room for. */
  readonly waits: Float64Array;
  /** The jobs with an infinite wait, as indices into `jobs`. They never join the queue, so they hold up nobody. */
  readonly impossible: readonly number[];
  /** GPU-time held by the jobs that ran. */
  readonly gpuTime: number;
  /** From the first arrival of a job that ran to the last end. */
  readonly span: number;
  /** gpuTime / (all GPUs x span), fill and drain included; `undefined` for a span of 0. */
  readonly utilisation: number | undefined;
}

/**
 * Replays jobs through one pool of equal, empty nodes: what would these have waited on that many nodes?
 * A gang starts when all its pods can be placed at once, each on the fullest node with room for it (best fit; several
 * pods may share a node), and isn't preempted. Deterministic. Times are in any one unit.
 *
 * Throws a RangeError for arrivals that aren't finite, durations that aren't finite and >= 0, pods or gpusPerPod that
 * aren't whole numbers >= 1, nodes or gpusPerNode that aren't whole numbers >= 0.
 */
export function gangQueue({ jobs, nodes, gpusPerNode, discipline }: GangQueueInput): GangQueueResult {
  check(jobs, nodes, gpusPerNode);
  const order = arrivalOrder(jobs);
  const possible = order.filter((index) => {
    const { pods, gpusPerPod } = jobs[index]!;
    return pods <= nodes * Math.trunc(gpusPerNode / gpusPerPod);
  });
  const waits = new Float64Array(jobs.length).fill(Infinity);
  const lanes = new GangLanes(jobs, possible, gpusPerNode, discipline);
  const pool = new NodePool(nodes, gpusPerNode);
  const running = new EndHeap();

  let arrived = 0;
  let gpuTime = 0;
  let lastEnd = -Infinity;
  for (let left = possible.length; left > 0; ) {
    const nextArrival = arrived < possible.length ? jobs[possible[arrived]!]!.arrival : Infinity;
    const now = Math.min(nextArrival, running.earliest());
    if (running.size > 0 && running.earliest() === now) {
      while (running.size > 0 && running.earliest() === now) pool.give(running.pop());
      lanes.unblock();
    }
    while (arrived < possible.length && jobs[possible[arrived]!]!.arrival === now) arrived++;

    for (let place = lanes.first(arrived); place >= 0; place = lanes.first(arrived)) {
      const index = possible[place]!;
      const { arrival, duration, pods, gpusPerPod } = jobs[index]!;
      if (pool.fits(pods, gpusPerPod)) {
        const end = now + duration;
        running.push(end, pool.take(pods, gpusPerPod));
        waits[index] = now - arrival;
        gpuTime += duration * pods * gpusPerPod;
        if (end > lastEnd) lastEnd = end;
        lanes.leave(place);
        left--;
      } else {
        lanes.block(place);
      }
    }
  }

  const impossible = [...waits.keys()].filter((index) => waits[index] === Infinity);
  const span = possible.length > 0 ? lastEnd - jobs[possible[0]!]!.arrival : 0;
  const utilisation = span > 0 ? gpuTime / (nodes * gpusPerNode * span) : undefined;
  return { waits, impossible, gpuTime, span, utilisation };
}

function check(jobs: readonly GangJob[], nodes: number, gpusPerNode: number): void {
  if (!Number.isInteger(nodes) || nodes < 0) throw outOfRange("nodes", nodes, "whole numbers >= 0");
  if (!Number.isInteger(gpusPerNode) || gpusPerNode < 0)
    throw outOfRange("gpusPerNode", gpusPerNode, "whole numbers >= 0");
  for (let i = 0; i < jobs.length; i++) {
    const { arrival, duration, pods, gpusPerPod } = jobs[i]!;
    if (!Number.isFinite(arrival)) throw outOfRange(`jobs[${i}].arrival`, arrival, "finite numbers");
    if (!(duration >= 0 && duration < Infinity)) {
      throw outOfRange(`jobs[${i}].duration`, duration, "finite numbers >= 0");
    }
    if (!Number.isInteger(pods) || pods < 1) throw outOfRange(`jobs[${i}].pods`, pods, "whole numbers >= 1");
    if (!Number.isInteger(gpusPerPod) || gpusPerPod < 1) {
      throw outOfRange(`jobs[${i}].gpusPerPod`, gpusPerPod, "whole numbers >= 1");
    }
  }
}

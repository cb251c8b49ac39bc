import type { Observed } from "../join/observed.js";
import { rollUp } from "../join/roll-up.js";
import { maxFlow } from "../packing/index.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { HOUR_MS } from "../units/time.js";
import { type Cause, causes } from "./cause.js";
import { type Contributor, contributors } from "./contributors.js";
import { EPISODE_WINDOW_SECONDS, findSpans, mainCause, type Span, type UnmetWindow } from "./episodes.js";
import { fleetSupply, type Supply, supply } from "./supply.js";
import { type QueueWait, queueWaits } from "./waits.js";
import { type Waiting, walkWaiting } from "./walk.js";
import { type OwnerWaste, ownerWaste } from "./waste.js";

/** Where an episode is counted: one nodegroup, or a set of them that the same queues may use. */
export interface Place {
  readonly nodegroups: readonly string[];
}

/** A span in which too much waited in one place for too long. */
export interface Episode extends Span, Place {
  /** "mixed" where no cause has most of the GPU-hours. */
  readonly cause: Cause | "mixed";
  /** GPU-hours waited by cause, most first. */
  readonly byCause: readonly { readonly cause: Cause; readonly gpuHours: number }[];
  /** The ClusterQueues that waited, most GPU-hours first. */
  readonly clusterQueues: readonly string[];
}

export interface WaitingByPlace {
  readonly nodegroup: string;
  readonly clusterQueue: string;
  readonly cause: Cause;
  readonly gpuHours: number;
}

export interface Diagnosis {
  readonly observed: Observed;
  /** The joined windows on which episodes are found. */
  readonly windows: readonly NodegroupWindow[];
  readonly supply: readonly Supply[];
  readonly fleet: Supply;
  /** GPU-hours waited, exact: by ClusterQueue, by cause, and by both with the nodegroup at which they are counted. */
  readonly waitingGpuHours: number;
  readonly waiting: readonly WaitingByPlace[];
  readonly byCause: Readonly<Record<Cause, number>>;
  /** Share of the waiting GPU-hours while GPUs able to run them were free; undefined if nothing waited. */
  readonly whileFree: { readonly lower: number; readonly upper: number } | undefined;
  readonly episodes: readonly Episode[];
  readonly contributors: readonly Contributor[];
  readonly waits: readonly QueueWait[];
  readonly owners: readonly OwnerWaste[];
}

/** Where, when and why demand and capacity diverged, from telemetry and contract alone. A pure function. */
export function diagnose(observed: Observed): Diagnosis {
  const windows = rollUp(observed, EPISODE_WINDOW_SECONDS);
  const walk = [...walkWaiting(observed)];
  const tickHours = observed.stepMs / HOUR_MS;
  const rows = supply(observed, windows);

  const byCause = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  for (const { cause, gpus } of walk) byCause[cause] += gpus * tickHours;
  const waitingGpuHours = Object.values(byCause).reduce((a, b) => a + b, 0);
  return {
    observed,
    windows,
    supply: rows,
    fleet: fleetSupply(rows),
    waitingGpuHours,
    waiting: waitingByPlace(walk, tickHours),
    byCause,
    whileFree: waitingGpuHours > 0 ? whileFree(observed, walk, byCause, tickHours, waitingGpuHours) : undefined,
    episodes: findEpisodes(observed, windows, walk, tickHours),
    contributors: contributors(observed, walk),
    waits: queueWaits(observed),
    owners: ownerWaste(observed),
  };
}

function waitingByPlace(walk: readonly Waiting[], tickHours: number): WaitingByPlace[] {
  const sums = new Map<string, WaitingByPlace>();
  for (const { nodegroup, clusterQueue, cause, gpus } of walk) {
    const key = `${nodegroup}\n${clusterQueue}\n${cause}`;
    const gpuHours = (sums.get(key)?.gpuHours ?? 0) + gpus * tickHours;
    sums.set(key, { nodegroup, clusterQueue, cause, gpuHours });
  }
  return [...sums.values()].sort((a, b) => b.gpuHours - a.gpuHours || (a.clusterQueue < b.clusterQueue ? -1 : 1));
}

/**
 * Lower bound: waiting for which a place was free as its shape needs it, behind quota, flavor or the head of a queue.
 * Upper bound: the most that the free GPUs of all nodegroups able to run it could have served, whatever its shape.
 */
function whileFree(
  observed: Observed,
  walk: readonly Waiting[],
  byCause: Readonly<Record<Cause, number>>,
  tickHours: number,
  waitingGpuHours: number,
): { lower: number; upper: number } {
  const placeable = byCause.quota + byCause.flavor + byCause["head-of-line"];
  let served = 0;
  for (const [tick, waiting] of groupByTick(walk)) {
    const able = waiting.map((w) => {
      const queue = observed.clusterQueues.find((q) => q.name === w.clusterQueue);
      return new Set([w.nodegroup, ...(queue?.eligible ?? []), ...(queue?.able ?? [])]);
    });
    const capacities = observed.nodegroups.map(({ free }) => (Number.isNaN(free[tick]!) ? 0 : free[tick]!));
    served += maxFlow({
      demands: waiting.map((w) => w.gpus),
      capacities,
      allowed: (i, j) => able[i]!.has(observed.nodegroups[j]!.name),
    }).total;
  }
  return { lower: placeable / waitingGpuHours, upper: Math.max(placeable, served * tickHours) / waitingGpuHours };
}

function groupByTick(walk: readonly Waiting[]): Map<number, Waiting[]> {
  const byTick = new Map<number, Waiting[]>();
  for (const waiting of walk) {
    const list = byTick.get(waiting.tick);
    if (list) list.push(waiting);
    else byTick.set(waiting.tick, [waiting]);
  }
  return byTick;
}

/**
 * Episodes by nodegroup, on the lower bound of what waits there, and by set of nodegroups, on what could run on any of
 * the set: queues with several flavors would else never be seen. No waiting GPU counts in two places.
 */
function findEpisodes(
  observed: Observed,
  windows: readonly NodegroupWindow[],
  walk: readonly Waiting[],
  tickHours: number,
): Episode[] {
  const perWindow = (EPISODE_WINDOW_SECONDS * 1000) / observed.stepMs;
  const endMs = observed.startMs + observed.ticks * observed.stepMs;
  const unmet = (list: readonly NodegroupWindow[], waiting: (window: NodegroupWindow) => number | null) =>
    list.map(
      (window): UnmetWindow => ({
        startMs: window.window_start,
        endMs: Math.min(window.window_start + EPISODE_WINDOW_SECONDS * 1000, endMs),
        waiting: waiting(window),
        capacity: window.gpus_capacity,
      }),
    );
  /** Where a waiting is counted: at its own nodegroup if it has only one, else at the set. */
  const sharedBy = new Map(
    observed.clusterQueues
      .filter((queue) => queue.eligible.length > 1)
      .map((queue) => [queue.name, [...queue.eligible].sort().join("\n")]),
  );
  const placeOf = ({ clusterQueue, nodegroup, gang }: Waiting): string =>
    gang?.nodegroup === undefined ? (sharedBy.get(clusterQueue) ?? nodegroup) : nodegroup;
  const episodes: Episode[] = [];
  const add = (key: string, unmetWindows: readonly UnmetWindow[]) => {
    for (const span of findSpans(unmetWindows)) {
      const [from, to] = [
        (span.startMs - observed.startMs) / observed.stepMs,
        (span.endMs - observed.startMs) / observed.stepMs,
      ];
      const mine = walk.filter((waiting) => waiting.tick >= from && waiting.tick < to && placeOf(waiting) === key);
      episodes.push({ ...span, nodegroups: key.split("\n"), ...summary(mine, tickHours) });
    }
  };

  const windowsOf = (nodegroup: string) => windows.filter((window) => window.nodegroup === nodegroup);
  for (const { name } of observed.nodegroups) {
    add(
      name,
      unmet(windowsOf(name), (window) => window.gpus_waiting_lower),
    );
  }
  for (const key of new Set(sharedBy.values())) {
    const queues = observed.clusterQueues.filter((queue) => sharedBy.get(queue.name) === key);
    const members = key.split("\n").map(windowsOf);
    const unmetOfSet = members[0]!.map((window, i): UnmetWindow => {
      const [from, to] = [i * perWindow, Math.min(observed.ticks, (i + 1) * perWindow)];
      const capacities = members.map((list) => list[i]!.gpus_capacity);
      return {
        startMs: window.window_start,
        endMs: Math.min(window.window_start + EPISODE_WINDOW_SECONDS * 1000, endMs),
        waiting:
          window.coverage_kueue === 0
            ? null
            : queues.reduce((sum, queue) => sum + meanKnown(queue.pendingGpus, from, to), 0),
        capacity: capacities.includes(null) ? null : capacities.reduce<number>((sum, gpus) => sum + gpus!, 0),
      };
    });
    add(key, unmetOfSet);
  }
  return episodes.sort((a, b) => b.gpuHours - a.gpuHours || a.startMs - b.startMs);
}

function meanKnown(series: Float64Array, from: number, to: number): number {
  let [sum, count] = [0, 0];
  for (let tick = from; tick < to; tick++) {
    if (Number.isNaN(series[tick]!)) continue;
    sum += series[tick]!;
    count++;
  }
  return count > 0 ? sum / count : 0;
}

function summary(walk: readonly Waiting[], tickHours: number): Pick<Episode, "cause" | "byCause" | "clusterQueues"> {
  const byCause = new Map<Cause, number>();
  const byQueue = new Map<string, number>();
  for (const { cause, clusterQueue, gpus } of walk) {
    byCause.set(cause, (byCause.get(cause) ?? 0) + gpus * tickHours);
    byQueue.set(clusterQueue, (byQueue.get(clusterQueue) ?? 0) + gpus * tickHours);
  }
  const sorted = <K>(map: Map<K, number>) => [...map].sort((a, b) => b[1] - a[1]);
  return {
    cause: mainCause(byCause) ?? "unknown",
    byCause: sorted(byCause).map(([cause, gpuHours]) => ({ cause, gpuHours })),
    clusterQueues: sorted(byQueue).map(([name]) => name),
  };
}

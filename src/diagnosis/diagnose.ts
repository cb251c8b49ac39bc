import { type Hidden, hiddenWork } from "../join/hidden.js";
import type { Observed } from "../join/observed.js";
import { rollUp } from "../join/roll-up.js";
import { maxFlow } from "../packing/index.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { HOUR_MS } from "../units/time.js";
import { type Cause, causes } from "./cause.js";
import { type Contributor, contributors } from "./contributors.js";
import { episodeWindowSeconds, findSpans, mainCause, type Span } from "./episodes.js";
import { keyOf, type Nodegroups, placeOf, placesOf, unmetAt } from "./place.js";
import { fleetSupply, type Supply, supply } from "./supply.js";
import { type QueueWait, queueWaits } from "./waits.js";
import { type Waiting, walkWaiting } from "./walk.js";
import { type OwnerWaste, ownerWaste } from "./waste.js";

/** A span in which too much waited in one place for too long. */
export interface Episode extends Span {
  readonly nodegroups: Nodegroups;
  /** "mixed" where no cause has most of the GPU-hours. */
  readonly cause: Cause | "mixed";
  /** GPU-hours waited by cause, most first. */
  readonly byCause: readonly { readonly cause: Cause; readonly gpuHours: number }[];
  /** The ClusterQueues that waited, most GPU-hours first. */
  readonly clusterQueues: readonly string[];
}

export interface WaitingByPlace {
  /** Where it is counted: where an admitted workload must go, else the first nodegroup that the queue's flavors reach. */
  readonly nodegroup: string;
  /** Where it could have run: one nodegroup where that is known, else all that the queue's flavors reach. */
  readonly nodegroups: Nodegroups;
  readonly clusterQueue: string;
  readonly cause: Cause;
  readonly gpuHours: number;
  /** For the cause "flavor": the nodegroups whose free GPUs could have run it, most GPU-hours first; else none. */
  readonly toward: readonly string[];
}

/** Share of waiting GPU-hours while GPUs able to run them were free. */
export interface WhileFree {
  readonly lower: number;
  readonly upper: number;
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
  /** What may have waited besides, but is in no GPU-hours: all that follows from waiting is the least that it may be. */
  readonly hidden: Hidden;
  /** Of all that waited; undefined if nothing did. */
  readonly whileFree: WhileFree | undefined;
  /** Of what waited at each nodegroup, as it is counted in `waiting`. A free GPU may be in the upper bounds of several. */
  readonly whileFreeAt: Readonly<Record<string, WhileFree>>;
  readonly episodes: readonly Episode[];
  readonly contributors: readonly Contributor[];
  readonly waits: readonly QueueWait[];
  readonly owners: readonly OwnerWaste[];
}

/**
 * Where, when and why demand and capacity diverged, from telemetry and contract alone. A pure function.
 *
 * @param windows the joined windows of episodeWindowSeconds, where they are known already
 */
export function diagnose(
  observed: Observed,
  windows: readonly NodegroupWindow[] = rollUp(observed, episodeWindowSeconds(observed)),
): Diagnosis {
  const walk = [...walkWaiting(observed)];
  const tickHours = observed.stepMs / HOUR_MS;
  const rows = supply(observed, windows);

  const byCause = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
  for (const { cause, gpus } of walk) byCause[cause] += gpus * tickHours;
  const waitingGpuHours = Object.values(byCause).reduce((a, b) => a + b, 0);
  const at = (name: string) =>
    whileFree(
      observed,
      walk.filter(({ nodegroup }) => nodegroup === name),
    );
  return {
    observed,
    windows,
    supply: rows,
    fleet: fleetSupply(rows),
    waitingGpuHours,
    waiting: waitingByPlace(observed, walk, tickHours),
    byCause,
    hidden: hiddenWork(observed),
    whileFree: whileFree(observed, walk),
    whileFreeAt: Object.fromEntries(
      observed.nodegroups.flatMap(({ name }) => {
        const share = at(name);
        return share === undefined ? [] : [[name, share] as const];
      }),
    ),
    episodes: findEpisodes(observed, windows, walk, tickHours),
    contributors: contributors(observed, walk),
    waits: queueWaits(observed),
    owners: ownerWaste(observed, walk),
  };
}

function waitingByPlace(observed: Observed, walk: readonly Waiting[], tickHours: number): WaitingByPlace[] {
  const where = placeOf(observed);
  const sums = new Map<string, { first: Waiting; place: string; gpuHours: number; toward: Map<string, number> }>();
  for (const waiting of walk) {
    const { nodegroup, clusterQueue, cause, gpus, toward } = waiting;
    const place = where(waiting);
    const key = [place, nodegroup, clusterQueue, cause].join("\n\n");
    const sum = sums.get(key) ?? { first: waiting, place, gpuHours: 0, toward: new Map() };
    sums.set(key, sum);
    sum.gpuHours += gpus * tickHours;
    if (toward !== undefined) sum.toward.set(toward, (sum.toward.get(toward) ?? 0) + gpus);
  }
  return [...sums.values()]
    .map(({ first: { nodegroup, clusterQueue, cause }, place, gpuHours, toward }) => ({
      nodegroup,
      nodegroups: place.split("\n"),
      clusterQueue,
      cause,
      gpuHours,
      toward: [...toward].sort((a, b) => b[1] - a[1]).map(([name]) => name),
    }))
    .sort((a, b) => b.gpuHours - a.gpuHours || (a.clusterQueue < b.clusterQueue ? -1 : 1));
}

/** Causes of waiting while a place was free as its shape needs it: all that stood in the way was a rule. */
export const PLACE_WAS_FREE: readonly Cause[] = ["quota", "flavor", "head-of-line"];

/**
 * Lower bound: waiting for which a place was free as its shape needs it, behind quota, flavor or the head of a queue.
 * Upper bound: the most that the free GPUs of all nodegroups able to run it could have served, whatever its shape; all
 * that waited while nobody saw what was free. Undefined if nothing waited.
 */
function whileFree(observed: Observed, walk: readonly Waiting[]): WhileFree | undefined {
  let [all, placeable, served] = [0, 0, 0];
  for (const [tick, waiting] of groupByTick(walk)) {
    const asked = waiting.reduce((sum, { gpus }) => sum + gpus, 0);
    all += asked;
    for (const { cause, gpus } of waiting) if (PLACE_WAS_FREE.includes(cause)) placeable += gpus;
    if (observed.coverage.kubeState[tick] === 0) {
      served += asked;
      continue;
    }
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
  if (all === 0) return undefined;
  // Sums in another order may differ in their last bits, and no share is above 1.
  const lower = Math.min(1, placeable / all);
  return { lower, upper: Math.min(1, Math.max(lower, served / all)) };
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

/** Episodes at every place, biggest first, each with what the walk says of the waiting that is counted there. */
function findEpisodes(
  observed: Observed,
  windows: readonly NodegroupWindow[],
  walk: readonly Waiting[],
  tickHours: number,
): Episode[] {
  const where = placeOf(observed);
  const walked = walk.map((waiting) => ({ ...waiting, place: where(waiting) }));
  const episodes = placesOf({ observed }).flatMap((nodegroups) => {
    const key = keyOf(nodegroups);
    const here = walked.filter(({ place }) => place === key);
    return findSpans(unmetAt({ observed, windows }, nodegroups), episodeWindowSeconds(observed)).map(
      (span): Episode => {
        const tickOf = (ms: number) => (ms - observed.startMs) / observed.stepMs;
        const mine = here.filter(({ tick }) => tick >= tickOf(span.startMs) && tick < tickOf(span.endMs));
        return { ...span, nodegroups, ...summary(mine, tickHours) };
      },
    );
  });
  return episodes.sort((a, b) => b.gpuHours - a.gpuHours || a.startMs - b.startMs);
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

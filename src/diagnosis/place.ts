import type { Observed } from "../join/observed.js";
import { gangsByTick, windowsOf } from "../join/roll-up.js";
import { gpusOf } from "../join/shapes.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { list } from "../units/format.js";
import { episodeWindowSeconds, type UnmetWindow } from "./episodes.js";
import type { Waiting } from "./walk.js";

/** Where an episode is counted: a nodegroup, or a set of them that the same queues may use. */
export type Nodegroups = readonly string[];

/**
 * What waited in one place, window by window: at a nodegroup the lower bound, at a set of them what could run on any.
 * No waiting GPU counts in two places.
 *
 * @param windows the joined windows of episodeWindowSeconds
 */
export function unmetAt(
  { observed, windows }: { readonly observed: Observed; readonly windows: readonly NodegroupWindow[] },
  nodegroups: Nodegroups,
): UnmetWindow[] {
  const members = nodegroups.map((name) => windows.filter((window) => window.nodegroup === name));
  const ofSet = nodegroups.length > 1 ? waitingAtSet(observed, keyOf(nodegroups)) : undefined;
  return windowsOf(observed, episodeWindowSeconds(observed)).map(({ startMs, endMs, from, to }, i) => {
    const capacities = members.map((rows) => rows[i]?.gpus_capacity ?? null);
    return {
      startMs,
      endMs,
      waiting: ofSet === undefined ? (members[0]?.[i]?.gpus_waiting_lower ?? null) : meanKnown(ofSet, from, to),
      capacity: capacities.includes(null) ? null : total(capacities as number[]),
    };
  });
}

/** Pending in queues that reach just this set, and admitted without nodes for one of it, none knows which; tick by tick. */
function waitingAtSet(observed: Observed, key: string): Float64Array {
  const queues = observed.clusterQueues.filter((queue) => keyOf(queue.eligible) === key);
  const names = new Set(queues.map((queue) => queue.name));
  const gangs = observed.unplaced.filter((gang) => gang.nodegroup === undefined && names.has(gang.clusterQueue));
  const unplaced = gangsByTick(gangs, observed.ticks);
  return Float64Array.from({ length: observed.ticks }, (_, tick) => {
    if (!(observed.coverage.kueue[tick]! > 0)) return Number.NaN;
    const pending = queues.map((queue) => (Number.isNaN(queue.pending[tick]!) ? 0 : queue.pendingGpus[tick]!));
    return total([...pending, ...unplaced[tick]!.map((gang) => gpusOf(gang))]);
  });
}

/** The place at which waiting is counted: its own nodegroup where that is known, else the set that its queue reaches. */
export function placeOf({ clusterQueues }: Observed): (waiting: Waiting) => string {
  const sets = new Map(clusterQueues.map((queue) => [queue.name, queue.eligible]));
  return ({ clusterQueue, nodegroup, gang }) => {
    const eligible = sets.get(clusterQueue) ?? [];
    return gang?.nodegroup === undefined && eligible.length > 1 ? keyOf(eligible) : nodegroup;
  };
}

/** Every nodegroup, and every set of them that the queues of one flavor list share: where episodes are looked for. */
export function placesOf({ observed }: { readonly observed: Observed }): readonly Nodegroups[] {
  const sets = new Map(
    observed.clusterQueues
      .filter((queue) => queue.eligible.length > 1)
      .map((queue) => [keyOf(queue.eligible), [...queue.eligible].sort()]),
  );
  return [...observed.nodegroups.map(({ name }) => [name]), ...sets.values()];
}

/** "a", "a and b", or of many "a and 3 more". */
export function placeText(nodegroups: Nodegroups): string {
  return nodegroups.length <= 2 ? list(nodegroups) : `${nodegroups[0]} and ${nodegroups.length - 1} more`;
}

/** Tells places apart, whatever the order of their nodegroups. */
export const keyOf = (nodegroups: Nodegroups): string => [...nodegroups].sort().join("\n");

const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function meanKnown(series: Float64Array, from: number, to: number): number | null {
  const known = series.subarray(from, to).filter((value) => !Number.isNaN(value));
  return known.length > 0 ? total([...known]) / known.length : null;
}

import { list } from "../units/format.js";
import type { Diagnosis } from "./diagnose.js";
import { EPISODE_WINDOW_SECONDS, episodeRule, type UnmetWindow } from "./episodes.js";

/** What waited in one place, window by window, as episodes count it: a nodegroup's lower bound, or a set's own queues. */
export function unmetAt({ observed, windows }: Diagnosis, nodegroups: readonly string[]): UnmetWindow[] {
  const { startMs, stepMs, ticks, clusterQueues } = observed;
  const endMs = startMs + ticks * stepMs;
  const members = nodegroups.map((name) => windows.filter((window) => window.nodegroup === name));
  const key = keyOf(nodegroups);
  const queues = clusterQueues.filter((queue) => keyOf(queue.eligible) === key);
  const perWindow = (EPISODE_WINDOW_SECONDS * 1000) / stepMs;
  return (members[0] ?? []).map((window, i) => {
    const [from, to] = [i * perWindow, Math.min(ticks, (i + 1) * perWindow)];
    const capacities = members.map((rows) => rows[i]?.gpus_capacity ?? null);
    const pending = queues.map((queue) => meanKnown(queue.pendingGpus, from, to));
    const known = (window.coverage_kueue ?? 0) > 0;
    return {
      startMs: window.window_start,
      endMs: Math.min(window.window_start + EPISODE_WINDOW_SECONDS * 1000, endMs),
      waiting: nodegroups.length === 1 ? window.gpus_waiting_lower : known ? total(pending) : null,
      capacity: capacities.includes(null) ? null : total(capacities as number[]),
    };
  });
}

/** From how many waiting GPUs on a window counts towards an episode; undefined where the capacity is unknown. */
export function episodeThreshold({ capacity }: Pick<UnmetWindow, "capacity">): number | undefined {
  return capacity === null ? undefined : Math.max(episodeRule.gpus, episodeRule.capacityShare * capacity);
}

/** Every nodegroup, and every set of them that the queues of one flavor list share: where episodes are looked for. */
export function placesOf({ observed }: Pick<Diagnosis, "observed">): readonly (readonly string[])[] {
  const sets = new Map(
    observed.clusterQueues
      .filter((queue) => queue.eligible.length > 1)
      .map((queue) => [keyOf(queue.eligible), [...queue.eligible].sort()]),
  );
  return [...observed.nodegroups.map(({ name }) => [name]), ...sets.values()];
}

/** "a", "a and b", or of many "a and 3 more". */
export function placeText(nodegroups: readonly string[]): string {
  return nodegroups.length <= 2 ? list(nodegroups) : `${nodegroups[0]} and ${nodegroups.length - 1} more`;
}

const keyOf = (nodegroups: readonly string[]) => [...nodegroups].sort().join("\n");
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function meanKnown(series: Float64Array, from: number, to: number): number {
  const known = [...series.subarray(from, to)].filter((value) => !Number.isNaN(value));
  return known.length > 0 ? total(known) / known.length : 0;
}

import type { LocalQueueSeries, Observed } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { mean } from "../statistics/index.js";
import { HOUR_MS } from "../units/time.js";
import { type Cause, causes } from "./cause.js";
import { firstStarts } from "./waits.js";
import type { Waiting } from "./walk.js";

/** GPU-hours that the workloads of one LocalQueue waited. */
export interface Contributor {
  readonly namespace: string;
  readonly localQueue: string;
  readonly clusterQueue: string;
  readonly owner: string;
  readonly gpuHours: number;
  readonly byCause: Readonly<Record<Cause, number>>;
  /**
   * Exact where the LocalQueue is the only one of its ClusterQueue, and for admitted workloads without nodes whose pods
   * name it. Else an estimate: the ClusterQueue's pending GPUs, shared by pending workloads x the LocalQueue's mean GPUs a workload.
   */
  readonly exact: boolean;
}

/** Who waits, by LocalQueue, most GPU-hours first. */
export function contributors(observed: Observed, walk: readonly Waiting[]): Contributor[] {
  const tickHours = observed.stepMs / HOUR_MS;
  const meanGpus = meanGpusByQueue(observed);
  const of = new Map<string, { queue: LocalQueueSeries; byCause: Record<Cause, number>; exact: boolean }>();
  for (const queue of observed.localQueues) {
    const byCause = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
    of.set(`${queue.namespace}/${queue.name}`, { queue, byCause, exact: true });
  }
  const members = new Map<string, string[]>();
  for (const [key, { queue }] of of) {
    if (queue.clusterQueue === undefined) continue;
    members.set(queue.clusterQueue, [...(members.get(queue.clusterQueue) ?? []), key]);
  }

  for (const { tick, clusterQueue, cause, gpus, gang } of walk) {
    const own = gang && of.get(`${gang.namespace}/${gang.localQueue}`);
    if (own) {
      own.byCause[cause] += gpus * tickHours;
      continue;
    }
    const sharers = members.get(clusterQueue) ?? [];
    const weights = sharers.map((key) => {
      const pending = of.get(key)!.queue.pending[tick]!;
      return pending > 0 ? pending * (meanGpus.get(key) ?? 1) : 0;
    });
    const total = weights.reduce((a, b) => a + b, 0);
    sharers.forEach((key, i) => {
      const known = of.get(key)!;
      if (sharers.length > 1) known.exact = false;
      const weight = total > 0 ? weights[i]! / total : 1 / sharers.length;
      known.byCause[cause] += gpus * tickHours * weight;
    });
  }
  return [...of.values()]
    .map(({ queue, byCause, exact }) => ({
      namespace: queue.namespace,
      localQueue: queue.name,
      clusterQueue: queue.clusterQueue ?? "",
      owner: observed.contract.owners[queue.namespace] ?? queue.namespace,
      gpuHours: Object.values(byCause).reduce((a, b) => a + b, 0),
      byCause,
      exact,
    }))
    .sort((a, b) => b.gpuHours - a.gpuHours || (a.namespace < b.namespace ? -1 : 1));
}

function meanGpusByQueue(observed: Observed): Map<string, number> {
  const sizes = new Map<string, number[]>();
  for (const gang of firstStarts(observed)) {
    const key = `${gang.namespace}/${gang.localQueue}`;
    const list = sizes.get(key);
    if (list) list.push(gpusOf(gang));
    else sizes.set(key, [gpusOf(gang)]);
  }
  return new Map([...sizes].map(([key, gpus]) => [key, mean(gpus)!]));
}

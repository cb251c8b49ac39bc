import type { Observed, StartedGang } from "../join/observed.js";
import { type BucketInterval, histogramQuantile, quantile, quantileBounds } from "../statistics/index.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** Share of workloads still waiting from which on a quantile of those that started is only "at least". */
const CENSORED_SHARE = 0.05;

/** How long the workloads of one LocalQueue waited. Times in seconds. */
export interface QueueWait {
  readonly namespace: string;
  readonly localQueue: string;
  readonly clusterQueue: string | undefined;
  /** Gangs that got nodes within the data. */
  readonly started: number;
  /** Workloads still pending, or without nodes, when the data ended: in no quantile. */
  readonly waitingAtEnd: number;
  /** p95 until admission, as the bucket of Kueue's histogram in which it lies. */
  readonly admissionP95: BucketInterval | undefined;
  /** p95 from creation to scheduled, over the gangs that got nodes, with distribution-free bounds at 95 %. */
  readonly p95: number | undefined;
  readonly p95Lower: number | undefined;
  readonly p95Upper: number | undefined;
  /** Whether so many still wait that the p95 is at least what is said. */
  readonly atLeast: boolean;
  /** Target for the p95; of several sizes of work, that of most GPUs. */
  readonly targetSeconds: number;
  /** Share of started gangs that waited longer than their own target. */
  readonly missedShare: number | undefined;
  /** GPU-hours waited beyond target. */
  readonly gpuHoursOverTarget: number;
}

/** The wait target of a gang: its LocalQueue's own, else by whether it fits on one node. Seconds. */
export function waitTarget(
  { contract }: Pick<Observed, "contract">,
  gang: Pick<StartedGang, "namespace" | "localQueue" | "nodegroup" | "pods" | "gpusPerPod">,
): number {
  const queue = contract.localQueues.find((q) => q.namespace === gang.namespace && q.name === gang.localQueue);
  if (queue?.waitTargetSeconds !== undefined) return queue.waitTargetSeconds;
  const { gpusPerNode } = contract.nodegroups.find((n) => n.name === gang.nodegroup)!;
  return gang.pods * gang.gpusPerPod <= gpusPerNode
    ? contract.waitTargets.upToOneNodeSeconds
    : contract.waitTargets.largerSeconds;
}

/** A gang's first start: later attempts of the same Job did not wait in a queue. */
export function firstStarts(observed: Observed): StartedGang[] {
  const first = new Map<string, StartedGang>();
  for (const gang of observed.started) {
    const known = first.get(gang.gang);
    if (!known || gang.scheduledSeconds < known.scheduledSeconds) first.set(gang.gang, gang);
  }
  const from = observed.startMs / SECOND_MS;
  return [...first.values()].filter((gang) => gang.localQueue !== undefined && gang.scheduledSeconds >= from);
}

/** Waits by LocalQueue, from pods and Jobs, with Kueue's own histogram beside them. */
export function queueWaits(observed: Observed): QueueWait[] {
  const starts = firstStarts(observed);
  const lastTick = observed.ticks - 1;
  return observed.localQueues.map(({ namespace, name, clusterQueue, pending }) => {
    const mine = starts.filter((gang) => gang.namespace === namespace && gang.localQueue === name);
    const waits = mine.map((gang) => gang.scheduledSeconds - gang.createdSeconds);
    const targets = mine.map((gang) => waitTarget(observed, gang));
    const over = mine.map(
      (gang, i) => (Math.max(0, waits[i]! - targets[i]!) * gang.pods * gang.gpusPerPod * SECOND_MS) / HOUR_MS,
    );
    const unplaced = observed.unplaced.filter(
      (gang) => gang.lastTick === lastTick && gang.namespace === namespace && gang.localQueue === name,
    );
    const waitingAtEnd = lastValue(pending) + unplaced.length;
    const bounds = quantileBounds(waits, 0.95);
    return {
      namespace,
      localQueue: name,
      clusterQueue,
      started: mine.length,
      waitingAtEnd,
      admissionP95: histogramQuantile(merged(observed, namespace, name), 0.95),
      p95: quantile(waits, 0.95),
      p95Lower: bounds?.lower,
      p95Upper: bounds?.upper,
      atLeast: waitingAtEnd / Math.max(1, waitingAtEnd + mine.length) > CENSORED_SHARE,
      targetSeconds: mostGpus(mine, targets) ?? observed.contract.waitTargets.upToOneNodeSeconds,
      missedShare: mine.length > 0 ? waits.filter((wait, i) => wait > targets[i]!).length / mine.length : undefined,
      gpuHoursOverTarget: over.reduce((a, b) => a + b, 0),
    };
  });
}

function merged({ waits }: Observed, namespace: string, name: string): { le: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const histogram of waits) {
    if (histogram.namespace !== namespace || histogram.name !== name) continue;
    for (const { le, count } of histogram.buckets) counts.set(le, (counts.get(le) ?? 0) + count);
  }
  return [...counts].map(([le, count]) => ({ le, count }));
}

function mostGpus(gangs: readonly StartedGang[], targets: readonly number[]): number | undefined {
  const gpus = new Map<number, number>();
  gangs.forEach((gang, i) => {
    gpus.set(targets[i]!, (gpus.get(targets[i]!) ?? 0) + gang.pods * gang.gpusPerPod);
  });
  return [...gpus].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

function lastValue(series: Float64Array): number {
  return series.findLast((value) => !Number.isNaN(value)) ?? 0;
}

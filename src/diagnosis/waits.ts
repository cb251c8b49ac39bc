import type { Grid } from "../join/grid.js";
import { hiddenWork } from "../join/hidden.js";
import type { ClusterQueueSeries, Observed, StartedGang } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { type BucketInterval, histogramQuantile, quantile, quantileBounds } from "../statistics/index.js";
import type { Contract } from "../tables/contract.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** Share of workloads still waiting from which on a quantile of those that started is only "at least". */
const CENSORED_SHARE = 0.05;

/** How long the workloads of one LocalQueue waited. Times in seconds. */
export interface QueueWait {
  readonly namespace: string;
  readonly localQueue: string;
  readonly clusterQueue: string | undefined;
  /** Gangs that got nodes within the data; undefined where no pod names the queue, so that nobody sees them. */
  readonly started: number | undefined;
  /** Workloads still pending, or without nodes, when the data ended: in no quantile. */
  readonly waitingAtEnd: number;
  /** p95 until admission, as the bucket of Kueue's histogram in which it lies. */
  readonly admissionP95: BucketInterval | undefined;
  /** p95 from creation to scheduled, over the gangs that got nodes, with distribution-free bounds at 95 %. */
  readonly p95: number | undefined;
  readonly p95Lower: number | undefined;
  readonly p95Upper: number | undefined;
  /** Of those still waiting, how many had waited longer than the target by the end, at least. */
  readonly overdue: number;
  /** Whether so many still wait that the p95 is at least what is said. */
  readonly atLeast: boolean;
  /** Target for the p95; of several sizes of work, that of most GPUs. */
  readonly targetSeconds: number;
  /** Share that waited longer than their target, of all that started or still wait: at least, if some still do; undefined where nobody sees what started. */
  readonly missedShare: number | undefined;
  /** GPU-hours waited beyond target: exact for what started, the least for what still waits, at its queue's mean size. */
  readonly gpuHoursOverTarget: number;
  /** Whether it may have been more, since not all of what started is seen, or the size of what still waits is not known. */
  readonly overIsLeast: boolean;
}

/** The wait target of a gang: its LocalQueue's own, else that of interactive work, else by whether it fits on one node. Seconds. */
export function waitTarget(
  { contract }: Pick<Observed, "contract">,
  gang: Pick<StartedGang, "namespace" | "localQueue" | "nodegroup" | "pods" | "gpusPerPod">,
): number {
  const own = ownTarget(contract, gang.namespace, gang.localQueue);
  if (own !== undefined) return own;
  const { gpusPerNode } = contract.nodegroups.find((n) => n.name === gang.nodegroup)!;
  return gpusOf(gang) <= gpusPerNode ? contract.waitTargets.upToOneNodeSeconds : contract.waitTargets.largerSeconds;
}

function ownTarget(
  { localQueues, waitTargets }: Contract,
  namespace: string,
  name: string | undefined,
): number | undefined {
  const queue = localQueues.find((one) => one.namespace === namespace && one.name === name);
  return queue?.waitTargetSeconds ?? (queue?.interactive ? waitTargets.interactiveSeconds : undefined);
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
  const hidden = hiddenWork(observed);
  const podless = new Set(hidden.podless);
  const sizeless = new Set(hidden.queues.flatMap((each) => (each.atEnd ? [each.clusterQueue] : [])));
  const lastTick = observed.ticks - 1;
  return observed.localQueues.map(({ namespace, name, clusterQueue, pending }) => {
    const mine = starts.filter((gang) => gang.namespace === namespace && gang.localQueue === name);
    const waits = mine.map((gang) => gang.scheduledSeconds - gang.createdSeconds);
    const targets = mine.map((gang) => waitTarget(observed, gang));
    const over = mine.map((gang, i) => (Math.max(0, waits[i]! - targets[i]!) * gpusOf(gang) * SECOND_MS) / HOUR_MS);
    const unplaced = observed.unplaced.filter(
      (gang) => gang.lastTick === lastTick && gang.namespace === namespace && gang.localQueue === name,
    );
    const waitingAtEnd = lastValue(pending) + unplaced.length;
    const bounds = quantileBounds(waits, 0.95);
    const queue = observed.clusterQueues.find((one) => one.name === clusterQueue);
    const size = meanPendingGpus(queue);
    const targetSeconds =
      mostGpus(mine, targets) ?? targetOfPending(observed, { namespace, localQueue: name }, queue, size);
    const overdue = overdueAtEnd(observed, pending, mine, targetSeconds);
    const late = unplaced.map((gang) => {
      const waited = ((observed.ticks - gang.firstTick) * observed.stepMs) / SECOND_MS;
      return (Math.max(0, waited - targetSeconds) * gpusOf(gang) * SECOND_MS) / HOUR_MS;
    });
    const missed = waits.filter((wait, i) => wait > targets[i]!).length;
    const overdueInAll = overdue.workloads + late.filter((gpuHours) => gpuHours > 0).length;
    const known = mine.length + waitingAtEnd;
    const isSeen = clusterQueue === undefined || !podless.has(clusterQueue);
    return {
      namespace,
      localQueue: name,
      clusterQueue,
      started: isSeen ? mine.length : undefined,
      waitingAtEnd,
      admissionP95: histogramQuantile(merged(observed, namespace, name), 0.95),
      p95: quantile(waits, 0.95),
      p95Lower: bounds?.lower,
      p95Upper: bounds?.upper,
      overdue: overdueInAll,
      atLeast: waitingAtEnd / Math.max(1, known) > CENSORED_SHARE,
      targetSeconds,
      missedShare: isSeen && known > 0 ? (missed + overdueInAll) / known : undefined,
      gpuHoursOverTarget: [...over, ...late].reduce((a, b) => a + b, 0) + overdue.hours * size,
      overIsLeast: !isSeen || (clusterQueue !== undefined && sizeless.has(clusterQueue)),
    };
  });
}

/**
 * Workloads that are pending at the end and were so a target's length before, and the hours that they waited beyond it:
 * the least, since a workload that was pending then may have left in other ways than by starting.
 */
function overdueAtEnd(
  { startMs, stepMs, ticks }: Grid,
  pending: Float64Array,
  started: readonly StartedGang[],
  targetSeconds: number,
): { workloads: number; hours: number } {
  const atEnd = lastValue(pending);
  const targetTicks = Math.ceil((targetSeconds * SECOND_MS) / stepMs);
  // Those pending at a tick that started later: all but these are pending still.
  const startedLater = new Float64Array(ticks + 1);
  const tickOf = (seconds: number) => Math.min(ticks, Math.max(0, Math.ceil((seconds * SECOND_MS - startMs) / stepMs)));
  for (const { createdSeconds, scheduledSeconds } of started) {
    startedLater[tickOf(createdSeconds)]! += 1;
    startedLater[tickOf(scheduledSeconds)]! -= 1;
  }
  let [workloads, hours, later] = [0, 0, 0];
  for (let tick = 0; tick < ticks - targetTicks; tick++) {
    later += startedLater[tick]!;
    const still = Math.min(atEnd, pending[tick]! - later);
    if (!(still > 0)) continue;
    workloads = Math.max(workloads, still);
    hours += (still * stepMs) / HOUR_MS;
  }
  return { workloads, hours };
}

/** GPUs of a pending workload, on average over the time; 1 where nothing is known. */
function meanPendingGpus(queue: ClusterQueueSeries | undefined): number {
  let [gpus, workloads] = [0, 0];
  queue?.pending.forEach((pending, tick) => {
    if (!(pending > 0 && queue.pendingGpus[tick]! > 0)) return;
    gpus += queue.pendingGpus[tick]!;
    workloads += pending;
  });
  return workloads > 0 ? gpus / workloads : 1;
}

/** The target of a queue that started nothing, by the mean size of what it has pending. */
function targetOfPending(
  observed: Observed,
  where: { readonly namespace: string; readonly localQueue: string },
  queue: ClusterQueueSeries | undefined,
  gpus: number,
): number {
  const nodegroup = queue?.eligible[0];
  if (nodegroup !== undefined) return waitTarget(observed, { ...where, nodegroup, pods: 1, gpusPerPod: gpus });
  const { contract } = observed;
  return ownTarget(contract, where.namespace, where.localQueue) ?? contract.waitTargets.upToOneNodeSeconds;
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
    gpus.set(targets[i]!, (gpus.get(targets[i]!) ?? 0) + gpusOf(gang));
  });
  return [...gpus].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0];
}

function lastValue(series: Float64Array): number {
  return series.findLast((value) => !Number.isNaN(value)) ?? 0;
}

import { maxFlow, placeablePods, strandedGpus } from "../packing/index.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { SECOND_MS } from "../units/time.js";
import type { Grid } from "./grid.js";
import { hiddenAt, hiddenWork } from "./hidden.js";
import type { ClusterQueueSeries, NodeSeries, Observed, Series, UnplacedGang } from "./observed.js";
import { gpusOf, TrailingShapes, type WeightedShape } from "./shapes.js";

/** The windows of an observed dataset: one row a nodegroup and window, nodegroup by nodegroup in the contract's order. */
export function rollUp(observed: Observed, windowSeconds: number): NodegroupWindow[] {
  const { ticks, contract, coverage } = observed;
  const windows = windowsOf(observed, windowSeconds);
  const { demand, stranded, recoverable } = tickSeries(observed);

  return observed.nodegroups.flatMap((nodegroup) => {
    const { gpusPaid } = contract.nodegroups.find((n) => n.name === nodegroup.name)!;
    const { pendingLower, pendingUpper, workloadsPending } = demand.get(nodegroup.name)!;
    const queues = observed.clusterQueues.filter((queue) => queue.eligible.includes(nodegroup.name));
    const flavors = observed.clusterQueues.flatMap((queue) =>
      queue.flavors.filter((flavor) => flavor.nodegroups.length === 1 && flavor.nodegroups[0] === nodegroup.name),
    );
    const outOfService = total(
      observed.nodes.filter((node) => node.nodegroup === nodegroup.name).map((node) => node.outOfService),
      ticks,
    );
    const quota = total(
      flavors.map((flavor) => flavor.nominal),
      ticks,
    );
    const reserved = total(
      flavors.map((flavor) => flavor.reserved),
      ticks,
    );

    return windows.map(({ startMs, endMs, from, to }): NodegroupWindow => {
      const mean = (series: Series) => meanOf(series, from, to);
      const held = mean(nodegroup.held);
      const [starting, idle, stalled] = [mean(nodegroup.starting), mean(nodegroup.idle), mean(nodegroup.stalled)];
      const unplaced = mean(nodegroup.unplaced);
      const [lower, upper] = [mean(pendingLower), mean(pendingUpper)];
      const present = mean(nodegroup.present);
      const admitted = sum(queues.map((queue) => sumOf(queue.admitted, from, to)));
      const waited = sum(queues.map((queue) => sumOf(queue.admittedWaitSeconds, from, to)));
      return {
        window_start: startMs,
        window_seconds: (endMs - startMs) / SECOND_MS,
        nodegroup: nodegroup.name,
        coverage_kube_state: mean(coverage.kubeState),
        coverage_kueue: mean(coverage.kueue),
        coverage_dcgm: mean(coverage.dcgm[nodegroup.name]!),
        gpus_paid: gpusPaid,
        gpus_absent: plus(gpusPaid, negative(present)),
        gpus_out_of_service: mean(outOfService),
        gpus_capacity: mean(nodegroup.capacity),
        gpus_held: held,
        gpus_held_outside_kueue: mean(nodegroup.heldOutsideKueue),
        gpus_starting: starting,
        gpus_idle: idle,
        gpus_stalled: stalled,
        gpus_useful: plus(held, negative(starting), negative(idle), negative(stalled)),
        gpus_free: mean(nodegroup.free),
        gpus_unplaced: unplaced,
        gpus_pending_lower: lower,
        gpus_pending_upper: upper,
        gpus_waiting_lower: plus(unplaced, lower),
        gpus_waiting_upper: plus(unplaced, upper),
        gpus_demand_lower: plus(held, unplaced, lower),
        gpus_demand_upper: plus(held, unplaced, upper),
        gpus_stranded: mean(stranded.get(nodegroup.name)!),
        gpus_recoverable: mean(recoverable.get(nodegroup.name)!),
        gpus_shareable: mean(nodegroup.shareable),
        gpus_quota: flavors.length > 0 ? mean(quota) : null,
        gpus_reserved: flavors.length > 0 ? mean(reserved) : null,
        gpu_util_percent: mean(nodegroup.utilPercent),
        engine_active: mean(nodegroup.engineActive),
        tensor_active: mean(nodegroup.tensorActive),
        dram_active: mean(nodegroup.dramActive),
        power_share: mean(nodegroup.powerShare),
        memory_share: mean(nodegroup.memoryShare),
        gpu_util_percent_all: mean(nodegroup.utilPercentAll),
        tdp_share_all: mean(nodegroup.tdpShareAll),
        workloads_pending: mean(workloadsPending),
        workloads_admitted: admitted,
        wait_mean_seconds: admitted > 0 ? waited / admitted : null,
      };
    });
  });
}

export interface WindowTicks {
  readonly startMs: number;
  /** The end, Unix ms: of the data, for the last one. */
  readonly endMs: number;
  /** The ticks that begin within it: from the first to before the last. */
  readonly from: number;
  readonly to: number;
}

/** The windows of a grid. Their length need not be a multiple of the grid's step: each tick is in the one it begins in. */
export function windowsOf({ startMs, stepMs, ticks }: Grid, windowSeconds: number): WindowTicks[] {
  const perWindow = (windowSeconds * SECOND_MS) / stepMs;
  const endMs = startMs + ticks * stepMs;
  return Array.from({ length: Math.ceil(ticks / perWindow) }, (_, i) => ({
    startMs: startMs + i * windowSeconds * SECOND_MS,
    endMs: Math.min(endMs, startMs + (i + 1) * windowSeconds * SECOND_MS),
    from: Math.ceil(i * perWindow),
    to: Math.min(ticks, Math.ceil((i + 1) * perWindow)),
  }));
}

interface TickSeries {
  readonly demand: ReadonlyMap<string, PendingSeries>;
  readonly stranded: ReadonlyMap<string, Series>;
  readonly recoverable: ReadonlyMap<string, Series>;
}

const known = new WeakMap<Observed, TickSeries>();

/** What has to be worked out tick by tick, whatever the length of the windows. */
function tickSeries(observed: Observed): TickSeries {
  const series = known.get(observed) ?? {
    demand: demandSeries(observed),
    stranded: strandedSeries(observed),
    recoverable: recoverableSeries(observed),
  };
  known.set(observed, series);
  return series;
}

/** Mean over the ticks of [from, to) that have a value; null if none has. Rounded so that no order of adding shows. */
export function meanOf(series: Series, from: number, to: number): number | null {
  let [added, count] = [0, 0];
  for (let tick = from; tick < to; tick++) {
    const value = series[tick]!;
    if (Number.isNaN(value)) continue;
    added += value;
    count++;
  }
  return count === 0 ? null : round(added / count);
}

function sumOf(series: Series, from: number, to: number): number {
  let added = 0;
  for (let tick = from; tick < to; tick++) if (!Number.isNaN(series[tick]!)) added += series[tick]!;
  return added;
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const negative = (value: number | null) => (value === null ? null : -value);

/** A sum that is missing as soon as one of its parts is. */
function plus(...parts: (number | null)[]): number | null {
  return parts.some((part) => part === null) ? null : round(sum(parts as number[]));
}

/** Sum of series; a tick at which none has a value has none. */
function total(series: readonly Series[], ticks: number): Series {
  const added = new Float64Array(ticks).fill(Number.NaN);
  for (const one of series)
    for (let tick = 0; tick < ticks; tick++) {
      const value = one[tick]!;
      if (!Number.isNaN(value)) added[tick] = (Number.isNaN(added[tick]!) ? 0 : added[tick]!) + value;
    }
  return added;
}

interface PendingSeries {
  readonly pendingLower: Series;
  readonly pendingUpper: Series;
  readonly workloadsPending: Series;
}

/**
 * Pending demand has no flavor: what can run nowhere else is the lower bound, what could run here the upper. A sum is
 * missing where one of its queues is, and wherever work is pending that no nodegroup is known for.
 */
function demandSeries({ clusterQueues, nodegroups, coverage }: Observed): Map<string, PendingSeries> {
  const placeless = placelessQueues({ clusterQueues });
  const none = coverage.kueue.map((seen, tick) => (seen > 0 && !placeless(tick) ? 0 : Number.NaN));
  return new Map(
    nodegroups.map(({ name }) => {
      const could = clusterQueues.filter((queue) => queue.eligible.includes(name));
      const must = could.filter((queue) => queue.eligible.length === 1);
      const all = (queues: readonly ClusterQueueSeries[], of: "pending" | "pendingGpus") =>
        none.map((zero, tick) => queues.reduce((sum, queue) => sum + pendingOf(queue, of, tick), zero));
      return [
        name,
        {
          pendingLower: all(must, "pendingGpus"),
          pendingUpper: all(could, "pendingGpus"),
          workloadsPending: all(could, "pending"),
        },
      ];
    }),
  );
}

/** What a queue has pending; NaN if that is not known. One that is not there yet, or no longer, has nothing pending. */
function pendingOf(queue: ClusterQueueSeries, of: "pending" | "pendingGpus", tick: number): number {
  return Number.isNaN(queue.pending[tick]!) ? 0 : queue[of][tick]!;
}

/**
 * Whether a queue is there whose pending work could be for any nodegroup. Where it has some at times, the other times
 * alone would be no mean.
 */
function placelessQueues({ clusterQueues }: Pick<Observed, "clusterQueues">): (tick: number) => boolean {
  const placeless = clusterQueues.filter(
    (queue) => queue.eligible.length === 0 && queue.pending.some((_, tick) => hiddenAt(queue, tick) !== undefined),
  );
  return (tick) => placeless.some((queue) => !Number.isNaN(queue.pending[tick]!));
}

/**
 * Free GPUs that the shapes in demand cannot use, by nodegroup. In demand are the gangs without nodes and, for queues
 * with pending workloads, the shapes that they started of late; where nothing waits, what all its queues started of late.
 * Unknown where no shape is, since pods do not say whose they are.
 */
export function strandedSeries(observed: Observed): Map<string, Series> {
  const trailing = new TrailingShapes(observed);
  const unplacedAt = gangsByTick(observed.unplaced, observed.ticks);
  const { podless } = hiddenWork(observed);
  return new Map(
    observed.nodegroups.map(({ name, free }) => {
      const nodes = observed.nodes.filter((node) => node.nodegroup === name);
      const queues = observed.clusterQueues.filter((queue) => queue.eligible.includes(name));
      const shapeless = observed.clusterQueues.some(
        (queue) => podless.includes(queue.name) && (queue.eligible.length === 0 || queue.eligible.includes(name)),
      );
      const series = new Float64Array(observed.ticks).fill(Number.NaN);
      for (let tick = 0; tick < observed.ticks; tick++) {
        if (Number.isNaN(free[tick]!)) continue;
        const gangs: WeightedShape[] = unplacedAt[tick]!.filter((gang) => gang.nodegroup === name).map((gang) => ({
          ...gang,
          gpus: gpusOf(gang),
        }));
        const pending = queues.filter((queue) => queue.pendingGpus[tick]! > 0);
        for (const queue of pending) gangs.push(...scaled(trailing.of(queue.name, tick), queue.pendingGpus[tick]!));
        if (gangs.length === 0) for (const queue of queues) gangs.push(...trailing.of(queue.name, tick));
        if (gangs.length > 0 || !shapeless) series[tick] = strandedFor(freeOf(nodes, tick), gangs);
      }
      return [name, series];
    }),
  );
}

function scaled(shapes: readonly WeightedShape[], gpus: number): WeightedShape[] {
  const weight = sum(shapes.map((shape) => shape.gpus));
  return shapes.map((shape) => ({ ...shape, gpus: (shape.gpus / weight) * gpus }));
}

/** Free GPUs, node by node; nodes that are unknown at this tick are left out. */
export function freeOf(nodes: readonly NodeSeries[], tick: number): number[] {
  return nodes.map((node) => node.free[tick]!).filter((free) => free > 0);
}

/** Mean over the shapes, weighted by the GPUs that ask for each, of the free GPUs that the shape cannot use. */
function strandedFor(free: readonly number[], shapes: readonly WeightedShape[]): number {
  const weight = sum(shapes.map((shape) => shape.gpus));
  const all = sum(free);
  if (weight === 0 || all === 0) return 0;
  const lost = shapes.map(({ pods, gpusPerPod, gpus }) => {
    const unusable = placeablePods(free, gpusPerPod) >= pods ? strandedGpus(free, gpusPerPod) : all;
    return gpus * unusable;
  });
  return sum(lost) / weight;
}

/**
 * GPUs that wait at each nodegroup and that free GPUs of others, able to run the work, could serve: a maximum flow.
 * What a queue waits for counts at the first nodegroup that its flavors reach. Unknown where not all that could wait at
 * a nodegroup is known in GPUs.
 */
export function recoverableSeries(observed: Observed): Map<string, Series> {
  const { nodegroups, clusterQueues, ticks } = observed;
  const names = nodegroups.map((n) => n.name);
  const series = new Map(names.map((name) => [name, new Float64Array(ticks).fill(Number.NaN)]));
  const unplacedAt = gangsByTick(observed.unplaced, ticks);
  const placeless = placelessQueues(observed);
  for (let tick = 0; tick < ticks; tick++) {
    const free = nodegroups.map((n) => n.free[tick]!);
    const known = free.every((gpus) => !Number.isNaN(gpus)) && observed.coverage.kueue[tick]! > 0;
    if (!known || placeless(tick)) continue;
    const unsized = clusterQueues.filter((queue) => Number.isNaN(pendingOf(queue, "pendingGpus", tick)));
    for (const name of names) if (!unsized.some(({ eligible }) => eligible.includes(name))) series.get(name)![tick] = 0;
    const waiting = clusterQueues.flatMap((queue) => {
      const elsewhere = queue.able ?? queue.eligible;
      const pending = { home: queue.eligible[0], gpus: queue.pendingGpus[tick]!, elsewhere };
      const unplaced = unplacedAt[tick]!.filter((gang) => gang.clusterQueue === queue.name).map((gang) => ({
        home: gang.nodegroup ?? queue.eligible[0],
        gpus: gpusOf(gang),
        elsewhere,
      }));
      return [pending, ...unplaced].filter(({ gpus, home }) => gpus > 0 && home !== undefined);
    });
    if (waiting.length === 0) continue;
    const { byPair } = maxFlow({
      demands: waiting.map((w) => w.gpus),
      capacities: free,
      allowed: (i, j) => waiting[i]!.home !== names[j] && waiting[i]!.elsewhere.includes(names[j]!),
    });
    waiting.forEach(({ home }, i) => {
      const at = series.get(home!);
      if (at) at[tick]! += sum(byPair[i]!);
    });
  }
  return series;
}

/** The gangs without nodes at each tick. */
export function gangsByTick(gangs: readonly UnplacedGang[], ticks: number): UnplacedGang[][] {
  const at: UnplacedGang[][] = Array.from({ length: ticks }, () => []);
  for (const gang of gangs)
    for (let tick = gang.firstTick; tick <= Math.min(gang.lastTick, ticks - 1); tick++) at[tick]!.push(gang);
  return at;
}

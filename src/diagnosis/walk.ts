import type { ClusterQueueSeries, NodeSeries, Observed, UnplacedGang } from "../join/observed.js";
import { gangsByTick } from "../join/roll-up.js";
import { type Shape, TrailingShapes } from "../join/shapes.js";
import { MINUTE_MS } from "../units/time.js";
import type { Cause } from "./cause.js";

/** GPUs that wait at one tick for one cause. */
export interface Waiting {
  readonly tick: number;
  readonly clusterQueue: string;
  /** Where they are counted: where an admitted workload must go, else the first nodegroup that the queue's flavors reach. */
  readonly nodegroup: string;
  readonly cause: Cause;
  readonly gpus: number;
  /** Known for admitted workloads without nodes, whose pods carry it. */
  readonly gang: UnplacedGang | undefined;
}

/** A blocked head shows as a queue that admits nothing for this long. Field convention. */
const FLAT_MINUTES = 15;
/** Pods with room for them get nodes within this time, unless CPU or memory is what they lack. Field convention. */
const TRANSIT_MINUTES = 5;

/**
 * Walks, tick by tick, all that waits over a scratch copy of the free GPUs: admitted gangs without nodes first, oldest
 * first, then what each ClusterQueue has pending, as so many workloads of its mean size in the shape that it started
 * most of late (queued shapes are exported by nobody). Each claims what it would use, so that no free GPU explains the
 * waiting of two.
 */
export function* walkWaiting(observed: Observed): Generator<Waiting> {
  const trailing = new TrailingShapes(observed);
  const unplacedAt = gangsByTick(observed.unplaced, observed.ticks);
  const nodesOf = new Map(
    observed.nodegroups.map(({ name }) => [name, observed.nodes.filter((node) => node.nodegroup === name)]),
  );
  const flat = FLAT_MINUTES * MINUTE_MS;
  const flatTicks = Math.ceil(flat / observed.stepMs);

  for (let tick = 0; tick < observed.ticks; tick++) {
    const gangs = unplacedAt[tick]!;
    const queues = observed.clusterQueues.filter((queue) => queue.pendingGpus[tick]! > 0);
    if (gangs.length === 0 && queues.length === 0) continue;
    const scratch = new Scratch(nodesOf, tick);

    for (const gang of [...gangs].sort((a, b) => a.firstTick - b.firstTick || (a.gang < b.gang ? -1 : 1))) {
      const queue = observed.clusterQueues.find((q) => q.name === gang.clusterQueue);
      const reached = gang.nodegroup === undefined ? (queue?.eligible ?? []) : [gang.nodegroup];
      const nodegroup = reached[0];
      if (nodegroup === undefined) continue;
      const waitsLong = (tick - gang.firstTick) * observed.stepMs >= TRANSIT_MINUTES * MINUTE_MS;
      // Room by GPUs, yet no node: it is on its way, or CPU or memory is scattered.
      const cause = scratch.claim(gang, reached)
        ? waitsLong
          ? "fragmentation"
          : "unknown"
        : scratch.barred(gang, reached, queue?.able);
      yield { tick, clusterQueue: gang.clusterQueue, nodegroup, cause, gpus: gang.pods * gang.gpusPerPod, gang };
    }

    for (const queue of queues) {
      const nodegroup = queue.eligible[0];
      const count = Math.max(1, Math.round(queue.pending[tick]!));
      const each = queue.pendingGpus[tick]! / count;
      if (nodegroup === undefined || Number.isNaN(each)) continue;
      const shape = typicalShape(trailing, queue, tick, each);
      const blocked = sumBefore(queue.admitted, tick, flatTicks) === 0;
      let [cause, run]: [Cause | undefined, number] = [undefined, 0];
      for (let place = 0; place < count; place++) {
        const next = causeOf(scratch, observed, queue, shape, tick, place, blocked);
        if (cause !== undefined && next !== cause) {
          yield { tick, clusterQueue: queue.name, nodegroup, cause, gpus: run * each, gang: undefined };
          run = 0;
        }
        cause = next;
        run++;
        // Nothing is left for one of them: nothing is left for those behind it either.
        if (next === "capacity") {
          run += count - place - 1;
          break;
        }
      }
      yield { tick, clusterQueue: queue.name, nodegroup, cause: cause!, gpus: run * each, gang: undefined };
    }
  }
}

function causeOf(
  scratch: Scratch,
  observed: Observed,
  queue: ClusterQueueSeries,
  shape: Shape,
  tick: number,
  place: number,
  blocked: boolean,
): Cause {
  for (const flavor of queue.flavors) {
    if (!scratch.claim(shape, flavor.nodegroups)) continue;
    if (quotaRoom(observed, queue, flavor.flavor, tick) < shape.pods * shape.gpusPerPod) return "quota";
    return queue.strict === true && place > 0 && blocked ? "head-of-line" : "unknown";
  }
  return scratch.barred(shape, queue.eligible, queue.able);
}

/** The shape nearest in size to what the queue's pending workloads ask for on average; the most usual of equals. */
function typicalShape(trailing: TrailingShapes, queue: ClusterQueueSeries, tick: number, gpus: number): Shape {
  let best: Shape | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const shape of trailing.of(queue.name, tick)) {
    const distance = Math.abs(shape.pods * shape.gpusPerPod - gpus);
    if (distance < bestDistance) [best, bestDistance] = [shape, distance];
  }
  return best ?? { pods: 1, gpusPerPod: Math.max(1, Math.round(gpus)) };
}

/** GPUs that Kueue would still give a queue in a flavor: its own and, within its limit, what its cohort leaves unused. */
export function quotaRoom(
  { clusterQueues }: Pick<Observed, "clusterQueues">,
  queue: ClusterQueueSeries,
  flavor: string,
  tick: number,
): number {
  const own = queue.flavors.find((f) => f.flavor === flavor);
  if (!own) return 0;
  const ceiling = own.nominal[tick]! + (queue.cohort === "" ? 0 : own.borrowingLimit[tick]!) - own.reserved[tick]!;
  if (queue.cohort === "") return ceiling;
  let unused = 0;
  for (const peer of clusterQueues) {
    if (peer.cohort !== queue.cohort) continue;
    for (const quota of peer.flavors)
      if (quota.flavor === flavor) unused += quota.nominal[tick]! - quota.reserved[tick]!;
  }
  return Math.min(ceiling, unused);
}

function sumBefore(series: Float64Array, tick: number, ticks: number): number {
  let added = 0;
  for (let t = Math.max(0, tick - ticks + 1); t <= tick; t++) if (series[t]! > 0) added += series[t]!;
  return added;
}

/** What is left of the free GPUs while waiting work claims them, node by node. */
class Scratch {
  readonly #free = new Map<string, number[]>();
  readonly #outOfService = new Map<string, number>();

  constructor(nodesOf: ReadonlyMap<string, readonly NodeSeries[]>, tick: number) {
    for (const [nodegroup, nodes] of nodesOf) {
      this.#free.set(
        nodegroup,
        nodes.map((node) => node.free[tick]!).filter((free) => free > 0),
      );
      this.#outOfService.set(
        nodegroup,
        nodes.reduce((sum, node) => sum + (node.outOfService[tick]! > 0 ? node.outOfService[tick]! : 0), 0),
      );
    }
  }

  /** Takes room for a whole gang in one of the nodegroups together, fullest nodes first; false if there is none. */
  claim({ pods, gpusPerPod }: Shape, nodegroups: readonly string[]): boolean {
    const nodes = nodegroups.flatMap((name) => {
      const free = this.#free.get(name) ?? [];
      return free.map((gpus, i) => ({ free, i, gpus }));
    });
    let room = 0;
    for (const { gpus } of nodes) room += Math.floor(gpus / gpusPerPod);
    if (room < pods) return false;
    let left = pods;
    for (const { free, i, gpus } of nodes.sort((a, b) => a.gpus - b.gpus)) {
      const taken = Math.min(left, Math.floor(gpus / gpusPerPod));
      free[i]! -= taken * gpusPerPod;
      left -= taken;
      if (left === 0) break;
    }
    return true;
  }

  /** Why a gang that finds no room among the nodegroups it may use finds none. */
  barred(shape: Shape, reached: readonly string[], able: readonly string[] | undefined): Cause {
    const asked = shape.pods * shape.gpusPerPod;
    const scattered = reached.find((name) => this.#total(name) >= asked);
    if (scattered !== undefined) {
      this.#takeAny(scattered, asked);
      return "fragmentation";
    }
    const back = reached.find(
      (name) => this.#outOfService.get(name)! > 0 && this.#total(name) + this.#outOfService.get(name)! >= asked,
    );
    if (back !== undefined) {
      const free = this.#total(back);
      this.#takeAny(back, free);
      this.#outOfService.set(back, this.#outOfService.get(back)! - (asked - free));
      return "unavailable";
    }
    if (able !== undefined) {
      const elsewhere = able.filter((name) => !reached.includes(name));
      return elsewhere.some((name) => this.claim(shape, [name])) ? "flavor" : "capacity";
    }
    const couldBeFlavor = [...this.#free.keys()].some((name) => !reached.includes(name) && this.#total(name) >= asked);
    return couldBeFlavor ? "unknown" : "capacity";
  }

  #total(nodegroup: string): number {
    return (this.#free.get(nodegroup) ?? []).reduce((sum, gpus) => sum + gpus, 0);
  }

  #takeAny(nodegroup: string, gpus: number): void {
    const free = this.#free.get(nodegroup)!;
    let left = gpus;
    for (let i = 0; i < free.length && left > 0; i++) {
      const taken = Math.min(left, free[i]!);
      free[i]! -= taken;
      left -= taken;
    }
  }
}

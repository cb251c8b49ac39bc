import type { ClusterQueueSeries, FlavorSeries, NodeSeries, Observed, UnplacedGang } from "../join/observed.js";
import { gangsByTick } from "../join/roll-up.js";
import { gpusOf, type Shape, TrailingShapes, typicalShape } from "../join/shapes.js";
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
  /** For the cause "flavor": the nodegroup whose free GPUs could have run it. */
  readonly toward: string | undefined;
  /** Known for admitted workloads without nodes, whose pods carry it. */
  readonly gang: UnplacedGang | undefined;
}

type Why = Pick<Waiting, "cause" | "toward">;

const because = (cause: Cause, toward?: string): Why => ({ cause, toward });

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
    // While kube-state-metrics is silent, nothing is seen to be free: that is not to say that nothing is.
    const seen = observed.coverage.kubeState[tick]! > 0;

    for (const gang of [...gangs].sort((a, b) => a.firstTick - b.firstTick || (a.gang < b.gang ? -1 : 1))) {
      const queue = observed.clusterQueues.find((q) => q.name === gang.clusterQueue);
      const reached = gang.nodegroup === undefined ? (queue?.eligible ?? []) : [gang.nodegroup];
      const nodegroup = reached[0];
      if (nodegroup === undefined) continue;
      const waitsLong = (tick - gang.firstTick) * observed.stepMs >= TRANSIT_MINUTES * MINUTE_MS;
      // Room by GPUs, yet no node: it is on its way, or CPU or memory is scattered.
      const placeable = waitsLong ? "fragmentation" : "unknown";
      let why = because("unknown");
      // All its pods carry one node selector: they must find room in one nodegroup.
      const placed = seen && reached.some((name) => scratch.claim(gang, [name]));
      if (seen) why = placed ? because(placeable) : scratch.barred(gang, reached, queue?.able);
      yield { tick, clusterQueue: gang.clusterQueue, nodegroup, ...why, gpus: gpusOf(gang), gang };
    }

    for (const queue of queues) {
      const nodegroup = queue.eligible[0];
      const pending = queue.pendingGpus[tick]!;
      const each = pending / Math.max(1, Math.round(queue.pending[tick]!));
      if (nodegroup === undefined || Number.isNaN(each)) continue;
      const waiting = (why: Why, gpus: number): Waiting => {
        return { tick, clusterQueue: queue.name, nodegroup, ...why, gpus, gang: undefined };
      };
      // A queue that is stopped admits nothing, whatever is free: for what it would wait else, nobody knows.
      if (queue.inactive[tick]! > 0) {
        yield waiting(because("unknown"), pending);
        continue;
      }
      if (!seen || exceedsMaximum(observed, queue, tick, each)) {
        yield waiting(because(seen ? "invalid" : "unknown"), pending);
        continue;
      }
      const shape = typicalShape(trailing, observed, queue, tick, each);
      const blocked = admittedNothing(queue, tick, flatTicks);
      // Where the shape is smaller than the mean workload, one claim explains only as much as it takes.
      const part = Math.min(each, gpusOf(shape));
      const parts = Math.ceil(pending / part - 1e-9);
      let [why, from]: [Why | undefined, number] = [undefined, 0];
      for (let i = 0; i < parts; i++) {
        const next = causeOf(scratch, observed, queue, shape, tick, blocked && i * part >= each);
        if (why !== undefined && (next.cause !== why.cause || next.toward !== why.toward)) {
          yield waiting(why, i * part - from);
          from = i * part;
        }
        why = next;
        // Nothing is left for one of them: nothing is left for those behind it either.
        if (next.cause === "capacity") break;
      }
      yield waiting(why!, pending - from);
    }
  }
}

/** `behind`: whether another stands in front of it, in a queue that has stopped. */
function causeOf(
  scratch: Scratch,
  observed: Observed,
  queue: ClusterQueueSeries,
  shape: Shape,
  tick: number,
  behind: boolean,
): Why {
  const flavors = queue.flavors.map(({ flavor, nodegroups }) => ({
    nodegroups,
    room: quotaRoom(observed, queue, flavor, tick),
  }));
  const asked = gpusOf(shape);
  const open = flavors.find(({ room, nodegroups }) => !(room < asked) && scratch.claim(shape, nodegroups));
  if (open) return because(queue.strict === true && behind && open.room >= asked ? "head-of-line" : "unknown");
  if (flavors.some(({ nodegroups }) => scratch.claim(shape, nodegroups))) return because("quota");
  return scratch.barred(shape, queue.eligible, queue.able);
}

/** The quotas of a flavor that a queue's cohort shares, its own among them; undefined where it has no cohort. */
function cohortQuotas(
  clusterQueues: readonly ClusterQueueSeries[],
  { cohort }: ClusterQueueSeries,
  flavor: string,
): FlavorSeries[] | undefined {
  if (cohort === "") return undefined;
  const peers = clusterQueues.filter((peer) => peer.cohort === cohort);
  return peers.flatMap(({ flavors }) => flavors.filter((quota) => quota.flavor === flavor));
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
  const quotas = cohortQuotas(clusterQueues, queue, flavor);
  const ceiling = own.nominal[tick]! + (quotas === undefined ? 0 : own.borrowingLimit[tick]!) - own.reserved[tick]!;
  if (quotas === undefined) return ceiling;
  return Math.min(
    ceiling,
    quotas.reduce((unused, { nominal, reserved }) => unused + nominal[tick]! - reserved[tick]!, 0),
  );
}

/** Whether so many GPUs are more than any flavor of a queue could give, its own quota and what it may borrow together. */
function exceedsMaximum(
  { clusterQueues }: Pick<Observed, "clusterQueues">,
  queue: ClusterQueueSeries,
  tick: number,
  gpus: number,
): boolean {
  if (queue.flavors.length === 0) return false;
  return queue.flavors.every(({ flavor, nominal, borrowingLimit }) => {
    const quotas = cohortQuotas(clusterQueues, queue, flavor);
    if (quotas === undefined) return gpus > nominal[tick]!;
    const all = quotas.reduce((sum, quota) => sum + quota.nominal[tick]!, 0);
    return gpus > Math.min(nominal[tick]! + borrowingLimit[tick]!, all);
  });
}

/** Whether a queue was seen to admit nothing for so many ticks up to this one. */
function admittedNothing({ admitted }: ClusterQueueSeries, tick: number, ticks: number): boolean {
  for (let t = tick - ticks + 1; t <= tick; t++) if (admitted[t] !== 0) return false;
  return true;
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
  barred(shape: Shape, reached: readonly string[], able: readonly string[] | undefined): Why {
    const asked = gpusOf(shape);
    const scattered = reached.find((name) => this.#total(name) >= asked);
    if (scattered !== undefined) {
      this.#takeAny(scattered, asked);
      return because("fragmentation");
    }
    const back = reached.find(
      (name) => this.#outOfService.get(name)! > 0 && this.#total(name) + this.#outOfService.get(name)! >= asked,
    );
    if (back !== undefined) {
      const free = this.#total(back);
      this.#takeAny(back, free);
      this.#outOfService.set(back, this.#outOfService.get(back)! - (asked - free));
      return because("unavailable");
    }
    if (able !== undefined) {
      const toward = able.find((name) => !reached.includes(name) && this.claim(shape, [name]));
      return toward === undefined ? because("capacity") : because("flavor", toward);
    }
    const couldBeFlavor = [...this.#free.keys()].some((name) => !reached.includes(name) && this.#total(name) >= asked);
    return because(couldBeFlavor ? "unknown" : "capacity");
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

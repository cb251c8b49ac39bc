import { gpus, type Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario } from "../scenario/schema.js";

/** Quota that several ClusterQueues draw from: a cohort's, or a lone ClusterQueue's own, for one flavor. */
interface Pool {
  nominal: number;
  usage: number;
}

interface FlavorQuota {
  readonly flavor: string;
  /** GPU models behind the flavor: a workload that can run on none of them is never given it. */
  readonly gpuModels: ReadonlySet<string>;
  readonly nominal: number;
  readonly borrowingLimit: number;
  readonly pool: Pool;
  usage: number;
}

/** Pending workloads that Kueue cannot tell apart: same queue, size, priority and GPU models. Oldest first. */
interface Shape {
  readonly gpus: number;
  readonly priority: number;
  readonly quotas: readonly FlavorQuota[];
  waiting: Queued[];
  first: number;
  /** Tried and found not to fit since anything was last given back; the rest of the shape is not tried again. */
  parked: boolean;
}

interface Queued {
  readonly workload: Workload;
  /** Creation, or the eviction that put it back. */
  readonly sinceMs: number;
}

interface QueueState {
  readonly strict: boolean;
  readonly quotas: readonly FlavorQuota[];
  readonly shapes: Map<string, Shape>;
  /** The shape that was looked up last, and for which workload. */
  last?: { readonly of: Workload; readonly shape: Shape };
  /** Queues that see it when this queue gives quota back: its cohort, or itself. */
  neighbours: QueueState[];
  readonly order: number;
}

interface Nomination {
  readonly queue: QueueState;
  readonly shape: Shape;
  readonly quota: FlavorQuota | undefined;
  readonly borrows: boolean;
}

export interface Admitted {
  readonly workload: Workload;
  readonly flavor: string;
  /** GPUs of this workload beyond the ClusterQueue's nominal quota for the flavor. */
  readonly borrowed: number;
}

/**
 * Kueue's admission by quota: ClusterQueues with both queueing strategies, flavors tried in order, cohorts with
 * borrowing limits. Follows v0.19 with preemption left at its default, Never, and equivalent workloads parked together
 * (scheduling equivalence hashing). Topology, lending limits and fair sharing are not modelled.
 */
export class Admission {
  readonly #queues = new Map<string, QueueState>();
  readonly #dirty = new Set<QueueState>();

  constructor(scenario: Scenario) {
    const pools = new Map<string, Pool>();
    const cohorts = new Map<string, QueueState[]>();
    scenario.clusterQueues.forEach((queue, order) => {
      const home = queue.cohort === undefined ? `queue/${queue.name}` : `cohort/${queue.cohort}`;
      const quotas = queue.flavors.map(({ name, nominalQuota, borrowingLimit }): FlavorQuota => {
        const key = `${home}/${name}`;
        const pool = pools.get(key) ?? { nominal: 0, usage: 0 };
        pools.set(key, pool);
        pool.nominal += nominalQuota;
        return {
          flavor: name,
          gpuModels: new Set(flavorNodegroups(scenario, name).map((n) => n.gpuModel)),
          nominal: nominalQuota,
          borrowingLimit: borrowingLimit ?? Number.POSITIVE_INFINITY,
          pool,
          usage: 0,
        };
      });
      const neighbours = cohorts.get(home) ?? [];
      cohorts.set(home, neighbours);
      const state: QueueState = {
        strict: queue.queueingStrategy === "StrictFIFO",
        quotas,
        shapes: new Map(),
        neighbours,
        order,
      };
      neighbours.push(state);
      this.#queues.set(queue.name, state);
    });
  }

  /** Puts a workload into its queue's heap. */
  enqueue(workload: Workload, sinceMs: number): void {
    const queue = this.#queue(workload);
    const shape = shapeOf(queue, workload);
    const queued = { workload, sinceMs };
    let at = shape.waiting.length;
    // Whoever was created while an evicted workload sat out its backoff stands behind it.
    while (at > shape.first && byAge(queued, shape.waiting[at - 1]!) < 0) at--;
    shape.waiting.splice(at, 0, queued);
    if (!shape.parked) this.#dirty.add(queue);
  }

  /** Gives a workload's quota back, which lets every queue of the cohort try again. */
  release(workload: Workload, flavor: string): void {
    const queue = this.#queue(workload);
    const quota = queue.quotas.find((q) => q.flavor === flavor)!;
    quota.usage -= gpus(workload);
    quota.pool.usage -= gpus(workload);
    for (const neighbour of queue.neighbours) {
      for (const shape of neighbour.shapes.values()) {
        shape.parked = false;
        if (shape.first < shape.waiting.length) this.#dirty.add(neighbour);
      }
    }
  }

  /** Runs admission cycles until one changes nothing: each takes the head of every queue that has one. */
  admit(onAdmitted: (admitted: Admitted) => void): void {
    while (this.#dirty.size > 0) {
      const nominations: Nomination[] = [];
      for (const queue of this.#dirty) {
        const shape = head(queue);
        if (shape) nominations.push(nominate(queue, shape));
        else this.#dirty.delete(queue);
      }
      if (nominations.length > 1) nominations.sort(inCycleOrder);
      for (const { shape, quota } of nominations) {
        if (!quota) shape.parked = true;
        else if (fits(quota, shape.gpus)) onAdmitted(take(shape, quota));
        // A nomination that an earlier one of the same cycle has used up stays the head, for the next cycle.
      }
    }
  }

  /** GPUs of quota in use by one ClusterQueue in one flavor. */
  usage(clusterQueue: string, flavor: string): number {
    return this.#queues.get(clusterQueue)!.quotas.find((q) => q.flavor === flavor)!.usage;
  }

  /** Whether a workload, if it were the head, would be given quota now. */
  wouldFit(workload: Workload): boolean {
    return this.#queue(workload).quotas.some(
      (quota) => workload.gpuModels.some((model) => quota.gpuModels.has(model)) && fits(quota, gpus(workload)),
    );
  }

  /** Whether a workload asks for more than any of its flavors could ever give: ExceedsMaxQuota. */
  exceedsMaximum(workload: Workload): boolean {
    return !this.#queue(workload).quotas.some(
      ({ gpuModels, nominal, borrowingLimit, pool }) =>
        workload.gpuModels.some((model) => gpuModels.has(model)) &&
        gpus(workload) <= Math.min(nominal + borrowingLimit, pool.nominal),
    );
  }

  #queue(workload: Workload): QueueState {
    return this.#queues.get(workload.clusterQueue)!;
  }
}

/** The shape of a workload in its queue, looked up by what all workloads of a class share before anything is compared. */
function shapeOf(queue: QueueState, workload: Workload): Shape {
  const { pods, gpusPerPod, priority, gpuModels } = workload;
  const last = queue.last;
  if (last?.of.gpuModels === gpuModels && last.of.pods === pods) {
    if (last.of.gpusPerPod === gpusPerPod && last.of.priority === priority) return last.shape;
  }
  const key = `${pods}x${gpusPerPod}/${priority}/${gpuModels}`;
  let shape = queue.shapes.get(key);
  if (!shape) {
    const quotas = queue.quotas.filter((quota) => gpuModels.some((model) => quota.gpuModels.has(model)));
    shape = { gpus: gpus(workload), priority, quotas, waiting: [], first: 0, parked: false };
    queue.shapes.set(key, shape);
  }
  queue.last = { of: workload, shape };
  return shape;
}

/** The shape whose first workload is next: highest priority, then longest in the queue. StrictFIFO lets none pass it. */
function head(queue: QueueState): Shape | undefined {
  let best: Shape | undefined;
  for (const shape of queue.shapes.values()) {
    if (shape.first === shape.waiting.length || (shape.parked && !queue.strict)) continue;
    if (!best || inQueueOrder(shape, best) < 0) best = shape;
  }
  return best?.parked ? undefined : best;
}

function inQueueOrder(a: Shape, b: Shape): number {
  return b.priority - a.priority || byAge(a.waiting[a.first]!, b.waiting[b.first]!);
}

function byAge(a: Queued, b: Queued): number {
  return a.sinceMs - b.sinceMs || a.workload.id - b.workload.id;
}

/** The first flavor that fits; needing to borrow does not send it on to the next (whenCanBorrow: MayStopSearch). */
function nominate(queue: QueueState, shape: Shape): Nomination {
  const quota = shape.quotas.find((q) => fits(q, shape.gpus));
  return { queue, shape, quota, borrows: quota !== undefined && quota.usage + shape.gpus > quota.nominal };
}

function inCycleOrder(a: Nomination, b: Nomination): number {
  return Number(a.borrows) - Number(b.borrows) || inQueueOrder(a.shape, b.shape) || a.queue.order - b.queue.order;
}

function fits(quota: FlavorQuota, request: number): boolean {
  return (
    quota.usage + request <= quota.nominal + quota.borrowingLimit && quota.pool.usage + request <= quota.pool.nominal
  );
}

function take(shape: Shape, quota: FlavorQuota): Admitted {
  const { workload } = shape.waiting[shape.first++]!;
  if (shape.first > 64 && shape.first * 2 > shape.waiting.length) {
    shape.waiting = shape.waiting.slice(shape.first);
    shape.first = 0;
  }
  const before = Math.max(0, quota.usage - quota.nominal);
  quota.usage += shape.gpus;
  quota.pool.usage += shape.gpus;
  return { workload, flavor: quota.flavor, borrowed: Math.max(0, quota.usage - quota.nominal) - before };
}

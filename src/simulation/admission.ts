import { gpus, type Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { ClusterQueue, Scenario } from "../scenario/schema.js";
import { offers } from "../scenario/topology.js";
import { findTargets, mayPreempt, type PreemptionReason, type Preemptor, type Target } from "./preemption.js";
import { type QuotaNode, reachOf } from "./quota.js";
import { QuotaTree } from "./quota-tree.js";

interface FlavorQuota {
  readonly flavor: string;
  /** GPU models behind the flavor: a workload that can run on none of them is never given it. */
  readonly gpuModels: ReadonlySet<string>;
  readonly node: QuotaNode;
}

/**
 * Pending workloads that Kueue cannot tell apart: same queue, size, priority and GPU models, and where a flavor is
 * topology-aware all else that says which nodes they fit. Oldest first.
 */
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
  readonly name: string;
  readonly strict: boolean;
  readonly quotas: readonly FlavorQuota[];
  readonly preemption: ClusterQueue["preemption"];
  readonly fungibility: NonNullable<ClusterQueue["flavorFungibility"]>;
  /** Whether any of its flavors is topology-aware, and if so which it gives to whom. */
  readonly topologyAware: boolean;
  readonly offers: (flavor: string, workload: Workload) => boolean;
  readonly shapes: Map<string, Shape>;
  /** It admits nothing for now. */
  stopped: boolean;
  /** The shape that was looked up last, and for which workload. */
  last?: { readonly of: Workload; readonly shape: Shape };
  /** Queues that see it when this queue gives quota back: its cohort's whole tree, or itself. */
  neighbours: QueueState[];
  readonly order: number;
}

/** What becomes of the first workload of a queue in a cycle. */
interface Nomination {
  readonly queue: QueueState;
  readonly shape: Shape;
  /** Undefined: nothing fits, and nobody can be preempted for it. */
  readonly quota: FlavorQuota | undefined;
  /** Cohorts up which it borrows. */
  readonly height: number;
  /** Who has to go first; none if it fits. */
  readonly targets: readonly Target[];
}

interface Preempting extends Nomination {
  /** Where its pods will be, if Kueue has chosen. */
  readonly nodes: readonly number[] | undefined;
}

export interface Admitted {
  readonly workload: Workload;
  readonly flavor: string;
  /** GPUs of this workload beyond the ClusterQueue's nominal quota for the flavor. */
  readonly borrowed: number;
  /** The node of each pod; undefined unless the flavor is topology-aware. */
  readonly nodes: readonly number[] | undefined;
}

export interface Preempted {
  readonly workload: Workload;
  readonly reason: PreemptionReason;
  /** For whom it goes. */
  readonly preemptor: Workload;
}

/** Room that is as good as taken: by a workload that waits until those whom it preempts are gone. */
export interface Expected {
  readonly workload: Workload;
  readonly nodes: readonly number[];
  readonly targets: readonly Workload[];
}

/** Where Kueue finds nodes before it admits, which it does for topology-aware flavors only. */
export interface Places {
  isAware(flavor: string): boolean;
  /**
   * The node of each pod of a workload; undefined if it does not fit.
   *
   * @param gone whom it preempts: it is to fit once they are gone, without them at once
   * @param before who come first and keep what they will take
   */
  find(
    workload: Workload,
    flavor: string,
    gone?: readonly Workload[],
    before?: readonly Expected[],
  ): readonly number[] | undefined;
}

const QUOTA_ALONE: Places = { isAware: () => false, find: () => undefined };

/**
 * Kueue's admission by quota: ClusterQueues with both queueing strategies, flavors with their fungibility, trees of
 * cohorts with borrowing and lending limits, preemption. Follows v0.19, with equivalent workloads parked together
 * (scheduling equivalence hashing). Fair sharing and partial admission are not modelled.
 */
export class Admission {
  readonly #queues = new Map<string, QueueState>();
  readonly #dirty = new Set<QueueState>();
  /** Queues whose first workload waits for those that it preempts. */
  readonly #preempting = new Map<QueueState, Workload>();
  /** Whether anyone may be preempted, so that it has to be known who holds quota. */
  readonly #preemptive: boolean;
  readonly #places: Places;

  constructor(scenario: Scenario, places: Places = QUOTA_ALONE) {
    const { clusterQueues } = scenario;
    this.#places = places;
    this.#preemptive = clusterQueues.some(({ preemption }) => preemption !== undefined);
    const tree = new QuotaTree(scenario);
    const neighbours = new Map<string, QueueState[]>();
    clusterQueues.forEach((queue, order) => {
      const home = queue.cohort === undefined ? `queue/${queue.name}` : `cohort/${tree.root(queue.cohort)}`;
      const mine = neighbours.get(home) ?? [];
      neighbours.set(home, mine);
      const state: QueueState = {
        name: queue.name,
        strict: queue.queueingStrategy === "StrictFIFO",
        quotas: queue.flavors.map((flavor) => ({
          flavor: flavor.name,
          gpuModels: new Set(flavorNodegroups(scenario, flavor.name).map((n) => n.gpuModel)),
          node: tree.queue(queue, flavor),
        })),
        preemption: queue.preemption,
        fungibility: queue.flavorFungibility ?? { whenCanBorrow: "MayStopSearch", whenCanPreempt: "TryNextFlavor" },
        topologyAware: queue.flavors.some(({ name }) => places.isAware(name)),
        offers: (flavor, { topology }) => offers(scenario, queue, flavor, topology),
        shapes: new Map(),
        stopped: false,
        neighbours: mine,
        order,
      };
      mine.push(state);
      this.#queues.set(queue.name, state);
    });
    tree.gather();
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
    const { node } = queue.quotas.find((q) => q.flavor === flavor)!;
    node.remove(gpus(workload));
    if (this.#preemptive) node.holdings.delete(workload.id);
    for (const neighbour of queue.neighbours) this.#tryAgain(neighbour);
  }

  /** Room on nodes came or went: whoever Kueue found none for may try again. */
  roomChanged(): void {
    for (const queue of this.#queues.values()) if (queue.topologyAware) this.#tryAgain(queue);
  }

  /**
   * Runs admission cycles until one changes nothing: each takes the head of every queue that has one. Whoever is told to
   * go holds its quota until it is released; its preemptor stays the head of its queue until then, and keeps in every
   * cycle what it will take from those that come after it.
   */
  admit(
    nowMs: number,
    onAdmitted: (admitted: Admitted, nowMs: number) => void,
    onPreempted: (preempted: Preempted) => void = () => {},
  ): void {
    if (this.#dirty.size === 0) return;
    if (this.#preemptive) for (const queue of this.#preempting.keys()) this.#dirty.add(queue);
    while (this.#dirty.size > 0) {
      const nominations: Nomination[] = [];
      for (const queue of this.#dirty) {
        const shape = head(queue);
        if (shape) nominations.push(nominate(queue, shape, this.#places));
        else this.#dirty.delete(queue);
      }
      if (nominations.length > 1) nominations.sort(inCycleOrder);
      let preempting: readonly Preempting[] = NO_NOMINATIONS;
      let changed = false;
      for (const nomination of nominations) {
        const { queue, shape, quota, targets } = nomination;
        if (!quota) {
          shape.parked = true;
        } else if (targets.length > 0) {
          const fit = sharesTargets(nomination, preempting) ? undefined : this.#fitBeside(nomination, preempting);
          if (!fit) continue;
          preempting = [...preempting, { ...nomination, nodes: fit.nodes }];
          const preemptor = firstOf(shape);
          this.#preempting.set(queue, preemptor);
          for (const { holding, reason } of targets) {
            if (holding.leaving) continue;
            holding.leaving = true;
            changed = true;
            onPreempted({ workload: holding.workload, reason, preemptor });
          }
          continue;
        } else {
          const fit = fits(quota, shape.gpus) && this.#fitBeside(nomination, preempting);
          // What an earlier nomination of the cycle has used up leaves it the head, for the next cycle.
          if (!fit) continue;
          onAdmitted(this.#take(shape, quota, fit.nodes, nowMs), nowMs);
        }
        if (this.#preemptive) this.#preempting.delete(queue);
        changed = true;
      }
      // What is left waits for those that were told to go: their release makes its queue try again.
      if (!changed) this.#dirty.clear();
    }
  }

  /** Sets or clears a ClusterQueue's stopPolicy: while it is set, the queue admits nothing and nobody of it is preempted. */
  setStopped(clusterQueue: string, stopped: boolean): void {
    const queue = this.#queues.get(clusterQueue)!;
    queue.stopped = stopped;
    for (const { node } of queue.quotas) node.stopped = stopped;
    if (stopped) this.#preempting.delete(queue);
    else this.#dirty.add(queue);
  }

  isStopped(clusterQueue: string): boolean {
    return this.#queues.get(clusterQueue)!.stopped;
  }

  /** The workloads that wait for those that they preempt. */
  get preemptors(): Iterable<Workload> {
    return this.#preempting.values();
  }

  /** GPUs of quota in use by one ClusterQueue in one flavor. */
  usage(clusterQueue: string, flavor: string): number {
    return this.#queues.get(clusterQueue)!.quotas.find((q) => q.flavor === flavor)!.node.usage;
  }

  /** Whether there is quota for a workload now, of any of its flavors or of this one. */
  wouldFit(workload: Workload, flavor?: string): boolean {
    const queue = this.#queue(workload);
    return queue.quotas.some(
      (quota) =>
        (flavor === undefined || quota.flavor === flavor) &&
        isFor(workload, queue, quota) &&
        fits(quota, gpus(workload)),
    );
  }

  /** Whether a workload asks for more than any of its flavors could ever give: ExceedsMaxQuota. */
  exceedsMaximum(workload: Workload): boolean {
    const queue = this.#queue(workload);
    return !queue.quotas.some((quota) => isFor(workload, queue, quota) && gpus(workload) <= quota.node.potential);
  }

  #tryAgain(queue: QueueState): void {
    for (const shape of queue.shapes.values()) {
      shape.parked = false;
      if (shape.first < shape.waiting.length) this.#dirty.add(queue);
    }
  }

  /**
   * How a nomination still fits once it has what it preempts for, and those that come before it have, too: in quota, and
   * on nodes after all that the cycle has admitted so far. Undefined if it does not.
   */
  #fitBeside(nomination: Nomination, preempting: readonly Preempting[]): Pick<Preempting, "nodes"> | undefined {
    if (preempting.length > 0 && !quotaFitsBeside(nomination, preempting)) return undefined;
    const { flavor } = nomination.quota!;
    if (!this.#places.isAware(flavor)) return { nodes: undefined };
    const before = preempting.flatMap((one) =>
      one.nodes ? [{ workload: firstOf(one.shape), nodes: one.nodes, targets: targetsOf(one) }] : [],
    );
    const nodes = this.#places.find(firstOf(nomination.shape), flavor, targetsOf(nomination), before);
    return nodes && { nodes };
  }

  #take(shape: Shape, { flavor, node }: FlavorQuota, nodes: Admitted["nodes"], nowMs: number): Admitted {
    const { workload } = shape.waiting[shape.first++]!;
    if (shape.first > 64 && shape.first * 2 > shape.waiting.length) {
      shape.waiting = shape.waiting.slice(shape.first);
      shape.first = 0;
    }
    const before = Math.max(0, node.usage - node.quota);
    node.add(shape.gpus);
    if (this.#preemptive)
      node.holdings.set(workload.id, { workload, node, gpus: shape.gpus, reservedMs: nowMs, leaving: false });
    return { workload, flavor, borrowed: Math.max(0, node.usage - node.quota) - before, nodes };
  }

  #queue(workload: Workload): QueueState {
    return this.#queues.get(workload.clusterQueue)!;
  }
}

/** Whether a queue's flavor is one for a workload, whatever there is of it. */
function isFor(workload: Workload, queue: QueueState, { flavor, gpuModels }: FlavorQuota): boolean {
  return (
    workload.gpuModels.some((model) => gpuModels.has(model)) && (!queue.topologyAware || queue.offers(flavor, workload))
  );
}

/** The shape of a workload in its queue, looked up by what all workloads of a class share before anything is compared. */
function shapeOf(queue: QueueState, workload: Workload): Shape {
  const { pods, gpusPerPod, priority, gpuModels, topology, cpusPerPod, memoryGiBPerPod } = workload;
  const last = queue.last;
  if (last?.of.gpuModels === gpuModels && last.of.topology === topology && last.of.pods === pods) {
    const sameSize = last.of.gpusPerPod === gpusPerPod && last.of.priority === priority;
    const samePods = last.of.cpusPerPod === cpusPerPod && last.of.memoryGiBPerPod === memoryGiBPerPod;
    if (sameSize && (samePods || !queue.topologyAware)) return last.shape;
  }
  const onNodes = queue.topologyAware ? `/${JSON.stringify([topology, cpusPerPod, memoryGiBPerPod])}` : "";
  const key = `${pods}x${gpusPerPod}/${priority}/${gpuModels}${onNodes}`;
  let shape = queue.shapes.get(key);
  if (!shape) {
    const quotas = queue.quotas.filter((quota) => isFor(workload, queue, quota));
    shape = { gpus: gpus(workload), priority, quotas, waiting: [], first: 0, parked: false };
    queue.shapes.set(key, shape);
  }
  queue.last = { of: workload, shape };
  return shape;
}

/** The shape whose first workload is next: highest priority, then longest in the queue. StrictFIFO lets none pass it. */
function head(queue: QueueState): Shape | undefined {
  if (queue.stopped) return undefined;
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

const firstOf = (shape: Shape): Workload => shape.waiting[shape.first]!.workload;
const targetsOf = ({ targets }: Nomination): Workload[] => targets.map(({ holding }) => holding.workload);

function byAge(a: Queued, b: Queued): number {
  return a.sinceMs - b.sinceMs || a.workload.id - b.workload.id;
}

const NO_TARGETS: readonly Target[] = [];
const NO_NOMINATIONS: readonly Preempting[] = [];

/** How well a flavor serves a workload, the better the higher: a flavor that others' work has to leave comes second. */
const PREEMPTS = 1;
/** Only other queues' work has to leave it. */
const RECLAIMS = 2;
const FITS = 3;

/**
 * The flavor that a queue's first workload would get. Flavors are tried in order, up to the first with which the
 * queue's flavorFungibility is content; of those tried the best counts, and of equals the one that borrows least. A
 * flavor with quota but no nodes for it is as good as any with quota where others can be made to leave the nodes, else
 * it is passed over.
 */
function nominate(queue: QueueState, shape: Shape, places: Places): Nomination {
  const workload = firstOf(shape);
  const { whenCanBorrow, whenCanPreempt } = queue.fungibility;
  let best: FlavorQuota | undefined;
  let bestMode = 0;
  let bestHeight = 0;
  let bestTargets = NO_TARGETS;
  for (const quota of shape.quotas) {
    let mode = FITS;
    let height = 0;
    let targets = NO_TARGETS;
    const hasQuota = fits(quota, shape.gpus);
    if (hasQuota && quota.node.borrowsWith(shape.gpus)) height = reachOf(quota.node, shape.gpus).height;
    const isAware = places.isAware(quota.flavor);
    const hasNodes = (gone?: readonly Workload[]) => places.find(workload, quota.flavor, gone) !== undefined;
    if (!hasQuota || (isAware && !hasNodes())) {
      if (queue.preemption === undefined || shape.gpus > quota.node.potential) continue;
      const preemptor: Preemptor = {
        node: quota.node,
        gpus: shape.gpus,
        priority: shape.priority,
        sinceMs: shape.waiting[shape.first]!.sinceMs,
        policies: queue.preemption,
        hasNodes: isAware ? hasNodes : undefined,
      };
      if (!hasQuota && !mayPreempt(preemptor)) continue;
      const found = findTargets(preemptor);
      targets = found.targets;
      if (targets.length === 0) continue;
      if (!hasQuota) {
        height = found.height;
        mode = targets.some(({ holding }) => holding.node === quota.node) ? PREEMPTS : RECLAIMS;
      }
    }
    if (mode > bestMode || (mode === bestMode && height < bestHeight))
      [best, bestMode, bestHeight, bestTargets] = [quota, mode, height, targets];
    const tryNext =
      (mode < FITS && whenCanPreempt === "TryNextFlavor") || (height > 0 && whenCanBorrow === "TryNextFlavor");
    if (!tryNext) return { queue, shape, quota, height, targets };
  }
  return { queue, shape, quota: best, height: bestHeight, targets: bestTargets };
}

function inCycleOrder(a: Nomination, b: Nomination): number {
  return a.height - b.height || inQueueOrder(a.shape, b.shape) || a.queue.order - b.queue.order;
}

function fits({ node }: FlavorQuota, request: number): boolean {
  return request <= node.available;
}

function sharesTargets({ targets }: Nomination, preempting: readonly Nomination[]): boolean {
  return preempting.some((other) => other.targets.some(({ holding }) => targets.some((t) => t.holding === holding)));
}

function quotaFitsBeside(nomination: Nomination, preempting: readonly Nomination[]): boolean {
  const targets = [...preempting, nomination].flatMap((one) => one.targets);
  for (const { holding } of targets) holding.node.remove(holding.gpus);
  for (const { quota, shape } of preempting) quota!.node.add(shape.gpus);
  const fit = fits(nomination.quota!, nomination.shape.gpus);
  for (const { quota, shape } of preempting) quota!.node.remove(shape.gpus);
  for (const { holding } of targets) holding.node.add(holding.gpus);
  return fit;
}

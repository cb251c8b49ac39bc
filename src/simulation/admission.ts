import { gpus, inThousandths, localQueueOf, type Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { ClusterQueue, Scenario } from "../scenario/schema.js";
import { offers } from "../scenario/topology.js";
import { FairSharing } from "./fair-sharing.js";
import { asAdmitted } from "./history.js";
import { NO_PREEMPTIONS, type PreemptionReason, type Preemptor, type Target, workloadsOf } from "./preemption.js";
import { type QuotaNode, reachOf } from "./quota.js";
import { QuotaTree } from "./quota-tree.js";
import { type Contender, classicalSharing, type Sharing } from "./sharing.js";

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
  readonly pods: number;
  /** With how few pods it may be admitted. */
  readonly minPods: number;
  readonly gpusPerPod: number;
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
interface Nomination extends Contender {
  readonly queue: QueueState;
  readonly shape: Shape;
  readonly quota: FlavorQuota;
  /** Pods that it would be admitted with. */
  readonly pods: number;
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
  /** Pods that it is admitted with: fewer than it asks for, where that is all that fits. */
  readonly pods: number;
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
 * (scheduling equivalence hashing), fair sharing, partial admission; where a flavor is topology-aware, by its nodes, too.
 */
export class Admission {
  readonly #queues = new Map<string, QueueState>();
  readonly #dirty = new Set<QueueState>();
  /** Queues whose first workload waits for those that it preempts. */
  readonly #preempting = new Map<QueueState, Workload>();
  /** What LocalQueues have pending that are stopped, by namespace/name: it is in no heap. */
  readonly #setAside = new Map<string, Queued[]>();
  /** Whether anyone may be preempted, so that it has to be known who holds quota. */
  readonly #preemptive: boolean;
  readonly #sharing: Sharing;
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
    const { fairSharing } = scenario;
    this.#sharing = fairSharing ? new FairSharing(scenario, tree, fairSharing.preemptionStrategies) : classicalSharing;
  }

  /** Puts a workload into its queue's heap. */
  enqueue(workload: Workload, sinceMs: number): void {
    const queued = { workload, sinceMs };
    const setAside = this.#setAside.size > 0 && this.#setAside.get(localQueueOf(workload));
    if (setAside) {
      setAside.push(queued);
      return;
    }
    const queue = this.#queue(workload);
    const shape = shapeOf(queue, workload);
    let at = shape.waiting.length;
    // Whoever was created while an evicted workload sat out its backoff stands behind it.
    while (at > shape.first && byAge(queued, shape.waiting[at - 1]!) < 0) at--;
    shape.waiting.splice(at, 0, queued);
    if (!shape.parked) this.#dirty.add(queue);
  }

  /** Gives the quota of a workload as it was admitted back, which lets every queue of the cohort try again. */
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
      let changed = false;
      for (const queue of this.#dirty) {
        const shape = head(queue);
        const nomination = shape && nominate(queue, shape, this.#sharing, this.#places);
        if (nomination) nominations.push(nomination);
        else if (!shape) this.#dirty.delete(queue);
        else {
          shape.parked = true;
          this.#preempting.delete(queue);
          changed = true;
        }
      }
      if (nominations.length > 1) nominations.sort(byPriorityAndAge);
      let preempting = NO_NOMINATIONS;
      for (const nomination of this.#sharing.inOrder(nominations, () => preempting)) {
        const { queue, shape, quota, targets } = nomination;
        if (targets.length > 0) {
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
        }
        const fit = fits(quota, nomination.gpus) && this.#fitBeside(nomination, preempting);
        // What an earlier nomination of the cycle has used up leaves it the head, for the next cycle.
        if (!fit) continue;
        onAdmitted(this.#take(nomination, fit.nodes, nowMs), nowMs);
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

  /**
   * Sets or clears a LocalQueue's stopPolicy: what it has pending leaves its ClusterQueue's heap, and comes back to its
   * old place.
   *
   * @param localQueue namespace/name
   */
  setLocalQueueStopped(localQueue: string, stopped: boolean): void {
    const setAside = this.#setAside.get(localQueue);
    if (stopped === (setAside !== undefined)) return;
    if (setAside) {
      this.#setAside.delete(localQueue);
      for (const { workload, sinceMs } of setAside) this.enqueue(workload, sinceMs);
      return;
    }
    const isOf = ({ workload }: Queued) => localQueueOf(workload) === localQueue;
    const leaving: Queued[] = [];
    for (const queue of this.#queues.values()) {
      for (const shape of queue.shapes.values()) {
        const waiting = shape.waiting.slice(shape.first);
        if (!waiting.some(isOf)) continue;
        leaving.push(...waiting.filter(isOf));
        shape.waiting = waiting.filter((queued) => !isOf(queued));
        shape.first = 0;
        this.#dirty.add(queue);
      }
      const preemptor = this.#preempting.get(queue);
      if (preemptor && localQueueOf(preemptor) === localQueue) this.#preempting.delete(queue);
    }
    this.#setAside.set(localQueue, leaving);
  }

  /** Whether a workload may not be admitted now, since its ClusterQueue or its LocalQueue is stopped. */
  isStopped(workload: Workload): boolean {
    return this.#queue(workload).stopped || (this.#setAside.size > 0 && this.#setAside.has(localQueueOf(workload)));
  }

  /** The workloads that wait for those that they preempt. */
  get preemptors(): Iterable<Workload> {
    return this.#preempting.values();
  }

  /** GPUs of quota in use by one ClusterQueue in one flavor. */
  usage(clusterQueue: string, flavor: string): number {
    return this.#queues.get(clusterQueue)!.quotas.find((q) => q.flavor === flavor)!.node.usage;
  }

  /** Whether a workload, if it were the head, would be given quota now, of any of its flavors or of this one. */
  wouldFit(workload: Workload, flavor?: string): boolean {
    const queue = this.#queue(workload);
    return queue.quotas.some(
      (quota) =>
        (flavor === undefined || quota.flavor === flavor) &&
        isFor(workload, queue, quota) &&
        fits(quota, fewestGpus(workload)),
    );
  }

  /** Whether a workload asks for more than any of its flavors could ever give: ExceedsMaxQuota. */
  exceedsMaximum(workload: Workload): boolean {
    const queue = this.#queue(workload);
    return !queue.quotas.some((quota) => isFor(workload, queue, quota) && fewestGpus(workload) <= quota.node.potential);
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
    const { flavor } = nomination.quota;
    if (!this.#places.isAware(flavor)) return { nodes: undefined };
    const before = preempting.flatMap((one) =>
      one.nodes ? [{ workload: nominated(one), nodes: one.nodes, targets: workloadsOf(one.targets) }] : [],
    );
    const nodes = this.#places.find(nominated(nomination), flavor, workloadsOf(nomination.targets), before);
    return nodes && { nodes };
  }

  #take({ shape, quota, node, pods, gpus }: Nomination, nodes: Admitted["nodes"], nowMs: number): Admitted {
    const { workload } = shape.waiting[shape.first++]!;
    if (shape.first > 64 && shape.first * 2 > shape.waiting.length) {
      shape.waiting = shape.waiting.slice(shape.first);
      shape.first = 0;
    }
    const before = Math.max(0, node.usage - node.quota);
    node.add(gpus);
    if (this.#preemptive) node.holdings.set(workload.id, { workload, node, gpus, reservedMs: nowMs, leaving: false });
    const borrowed = Math.max(0, node.usage - node.quota) - before;
    return { workload, flavor: quota.flavor, pods, borrowed, nodes };
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
  const { pods, minPods = pods, gpusPerPod, priority, gpuModels, topology, cpusPerPod, memoryGiBPerPod } = workload;
  const last = queue.last;
  if (last?.of.gpuModels === gpuModels && last.of.topology === topology && last.of.pods === pods) {
    const { shape } = last;
    const same = shape.gpusPerPod === gpusPerPod && shape.priority === priority && shape.minPods === minPods;
    const samePods = last.of.cpusPerPod === cpusPerPod && last.of.memoryGiBPerPod === memoryGiBPerPod;
    if (same && (samePods || !queue.topologyAware)) return shape;
  }
  const onNodes = queue.topologyAware ? `/${JSON.stringify([topology, cpusPerPod, memoryGiBPerPod])}` : "";
  const key = `${minPods}-${pods}x${gpusPerPod}/${priority}/${gpuModels}${onNodes}`;
  let shape = queue.shapes.get(key);
  if (!shape) {
    const quotas = queue.quotas.filter((quota) => isFor(workload, queue, quota));
    shape = { pods, minPods, gpusPerPod, priority, quotas, waiting: [], first: 0, parked: false };
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

/** A shape's first workload with as many pods as it would be admitted with. */
function nominated({ shape, pods }: Pick<Nomination, "shape" | "pods">): Workload {
  return pods === shape.pods ? firstOf(shape) : asAdmitted(firstOf(shape), { pods });
}
function byAge(a: Queued, b: Queued): number {
  return a.sinceMs - b.sinceMs || a.workload.id - b.workload.id;
}

const NO_NOMINATIONS: readonly Preempting[] = [];

/** How well a flavor serves a workload, the better the higher: a flavor that others' work has to leave comes second. */
const PREEMPTS = 1;
/** Only other queues' work has to leave it. */
const RECLAIMS = 2;
const FITS = 3;

/**
/**
 * What a queue's first workload would get; undefined if nothing fits, and nobody can be preempted for it. With fewer
 * pods than it asks for only where there is nothing for all of them: with the most that are let in, sought as Kueue
 * does by halves, as if any fewer were let in too.
 */
function nominate(queue: QueueState, shape: Shape, sharing: Sharing, places: Places): Nomination | undefined {
  let found = nominateWith(shape.pods, queue, shape, sharing, places);
  if (found || shape.minPods === shape.pods) return found;
  let [low, high] = [0, shape.pods - shape.minPods + 1];
  while (low < high) {
    const fewer = (low + high) >> 1;
    const nomination = nominateWith(shape.pods - fewer, queue, shape, sharing, places);
    if (nomination) [found, high] = [nomination, fewer];
    else low = fewer + 1;
  }
  return found;
}

/**
 * The flavor that a queue's first workload would get; undefined if nothing fits, and nobody can be preempted for it.
 * Flavors are tried in order, up to the first with which the queue's flavorFungibility is content; of those tried the
 * best counts, and of equals the one that borrows least. A flavor with quota but no nodes for it is as good as any with
 * quota where others can be made to leave the nodes, else it is passed over.
 */
function nominateWith(
  pods: number,
  queue: QueueState,
  shape: Shape,
  sharing: Sharing,
  places: Places,
): Nomination | undefined {
  const gpus = inThousandths(pods * shape.gpusPerPod);
  const { whenCanBorrow, whenCanPreempt } = queue.fungibility;
  let best: Nomination | undefined;
  let bestMode = 0;
  for (const quota of shape.quotas) {
    const { node } = quota;
    let mode = FITS;
    let { height, targets } = NO_PREEMPTIONS;
    const hasQuota = fits(quota, gpus);
    if (hasQuota && node.borrowsWith(gpus)) height = reachOf(node, gpus).height;
    const isAware = places.isAware(quota.flavor);
    const hasNodes = (gone?: readonly Workload[]) =>
      places.find(nominated({ shape, pods }), quota.flavor, gone) !== undefined;
    if (!hasQuota || (isAware && !hasNodes())) {
      if (queue.preemption === undefined || gpus > node.potential) continue;
      const preemptor: Preemptor = {
        node,
        gpus,
        priority: shape.priority,
        sinceMs: shape.waiting[shape.first]!.sinceMs,
        policies: queue.preemption,
        hasNodes: isAware ? hasNodes : undefined,
      };
      if (!hasQuota && !sharing.mayPreempt(preemptor)) continue;
      const found = sharing.findTargets(preemptor);
      targets = found.targets;
      if (targets.length === 0) continue;
      if (!hasQuota) {
        height = found.height;
        mode = targets.some(({ holding }) => holding.node === node) ? PREEMPTS : RECLAIMS;
      }
    }
    const nomination: Nomination = { queue, shape, quota, pods, node, gpus, height, targets };
    if (!best || mode > bestMode || (mode === bestMode && height < best.height)) [best, bestMode] = [nomination, mode];
    const tryNext =
      (mode < FITS && whenCanPreempt === "TryNextFlavor") || (height > 0 && whenCanBorrow === "TryNextFlavor");
    if (!tryNext) return nomination;
  }
  return best;
}

/** GPUs of the fewest pods that a workload may be admitted with. */
function fewestGpus({ pods, minPods = pods, gpusPerPod }: Workload): number {
  return minPods * gpusPerPod;
}

function byPriorityAndAge(a: Nomination, b: Nomination): number {
  return inQueueOrder(a.shape, b.shape) || a.queue.order - b.queue.order;
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
  for (const { node, gpus } of preempting) node.add(gpus);
  const fit = fits(nomination.quota, nomination.gpus);
  for (const { node, gpus } of preempting) node.remove(gpus);
  for (const { holding } of targets) holding.node.add(holding.gpus);
  return fit;
}

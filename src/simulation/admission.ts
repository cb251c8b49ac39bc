import { amountOf, localQueueOf, type Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import { flavorsByGroup, limitsOf, type Resource } from "../scenario/resource-groups.js";
import type { ClusterQueue, Scenario } from "../scenario/schema.js";
import { offers } from "../scenario/topology.js";
import { FairSharing } from "./fair-sharing.js";
import { asAdmitted } from "./history.js";
import { heightWithout, type PreemptionReason, type Target, workloadsOf } from "./preemption.js";
import { type Ask, fits, giveBack, type QuotaNode, type Request, reachOf, take } from "./quota.js";
import { QuotaTree } from "./quota-tree.js";
import type { Sharer } from "./sharer.js";
import { type Contender, classicalSharing, type Sharing } from "./sharing.js";

interface FlavorQuota {
  readonly flavor: string;
  /** GPU models behind the flavor: a workload that can run on none of them is never given it. */
  readonly gpuModels: ReadonlySet<string>;
  readonly nodes: readonly { readonly resource: Resource; readonly node: QuotaNode }[];
}

/** A flavor that a workload may be given, and what it would ask for of it: nothing of what it does without. */
interface Option {
  readonly flavor: string;
  readonly request: Request;
}

/**
 * What a workload may be given, by resource group: of each the flavors that can run it, in order. A group that has nothing
 * of what it asks for is left out, but for that of the GPUs: even without any, their flavor says where it may run.
 */
type Options = readonly (readonly Option[])[];

/**
 * Pending workloads that Kueue cannot tell apart: same queue, size in all that the queue has quota on, priority and GPU
 * models, and where a flavor is topology-aware all else that says which nodes they fit. Oldest first.
 */
interface Shape {
  readonly pods: number;
  /** With how few pods it may be admitted. */
  readonly minPods: number;
  readonly priority: number;
  /** For all its pods, and for the fewest. */
  readonly options: Options;
  readonly fewest: Options;
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
  readonly sharer: Sharer;
  readonly sharing: Sharing;
  readonly places: Places;
  /** Flavors by resource group: that of the GPUs first. */
  readonly groups: readonly (readonly FlavorQuota[])[];
  /** Whether it matters to it how much else than GPUs its pods ask for: it has quota on that, or looks for their nodes. */
  readonly looksAtPods: boolean;
  readonly preemption: ClusterQueue["preemption"];
  readonly fungibility: NonNullable<ClusterQueue["flavorFungibility"]>;
  /** Whether any of its flavors is topology-aware, and if so which it gives to whom. */
  readonly topologyAware: boolean;
  readonly offers: (flavor: string, workload: Workload) => boolean;
  readonly shapes: Map<string, Shape>;
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
  /** Of the GPUs' group. */
  readonly flavor: string;
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
  /** Of the GPUs' group, whether it has GPUs or not. */
  readonly flavor: string;
  /** The flavor of every resource that it was given quota of, where the ClusterQueue has several resource groups. */
  readonly flavors: Readonly<Partial<Record<Resource, string>>> | undefined;
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
 * Kueue's admission by quota: ClusterQueues with both queueing strategies, resource groups, flavors with their
 * fungibility, trees of cohorts with borrowing and lending limits, preemption. Follows v0.19, with equivalent workloads
 * parked together (scheduling equivalence hashing), fair sharing, partial admission; where a flavor is topology-aware, by
 * its nodes, too.
 */
export class Admission {
  readonly #queues = new Map<string, QueueState>();
  readonly #dirty = new Set<QueueState>();
  /** Queues whose first workload waits for those that it preempts. */
  readonly #preempting = new Map<QueueState, Workload>();
  /** What LocalQueues have pending that are stopped, by namespace/name: it is in no heap. */
  readonly #setAside = new Map<string, Queued[]>();
  readonly #sharing: Sharing;
  readonly #places: Places;
  readonly #tree: QuotaTree;

  constructor(scenario: Scenario, places: Places = QUOTA_ALONE) {
    const { clusterQueues, fairSharing } = scenario;
    this.#places = places;
    this.#sharing = fairSharing ? new FairSharing(fairSharing.preemptionStrategies) : classicalSharing;
    const tree = new QuotaTree(scenario);
    this.#tree = tree;
    const neighbours = new Map<Sharer, QueueState[]>();
    clusterQueues.forEach((queue, order) => {
      const sharer = tree.queue(queue.name);
      const mine = neighbours.get(sharer.root) ?? [];
      neighbours.set(sharer.root, mine);
      const groups = flavorsByGroup(queue).map((flavors) =>
        flavors.map((flavor) => ({
          flavor: flavor.name,
          gpuModels: new Set(flavorNodegroups(scenario, flavor.name).map((n) => n.gpuModel)),
          nodes: limitsOf(flavor).map(([resource]) => ({
            resource,
            node: sharer.quota({ flavor: flavor.name, resource })!,
          })),
        })),
      );
      const topologyAware = queue.flavors.some(({ name }) => places.isAware(name));
      const state: QueueState = {
        name: queue.name,
        strict: queue.queueingStrategy === "StrictFIFO",
        sharer,
        sharing: this.#sharing,
        places,
        groups,
        looksAtPods:
          topologyAware || groups.flat().some(({ nodes }) => nodes.some(({ resource }) => resource !== "gpus")),
        preemption: queue.preemption,
        fungibility: queue.flavorFungibility ?? { whenCanBorrow: "MayStopSearch", whenCanPreempt: "TryNextFlavor" },
        topologyAware,
        offers: (flavor, { topology }) => offers(scenario, queue, flavor, topology),
        shapes: new Map(),
        neighbours: mine,
        order,
      };
      mine.push(state);
      this.#queues.set(queue.name, state);
    });
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
    if (at === shape.waiting.length) shape.waiting.push(queued);
    else shape.waiting.splice(at, 0, queued);
    if (!shape.parked) this.#dirty.add(queue);
  }

  /** Gives a workload's quota back, which lets every queue of the cohort try again. */
  release({ id, clusterQueue }: Pick<Workload, "id" | "clusterQueue">): void {
    const queue = this.#queues.get(clusterQueue)!;
    const { holdings } = queue.sharer;
    giveBack(holdings.get(id)!.request);
    holdings.delete(id);
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
    if (this.#preempting.size > 0) for (const queue of this.#preempting.keys()) this.#dirty.add(queue);
    while (this.#dirty.size > 0) {
      const nominations: Nomination[] = [];
      let changed = false;
      for (const queue of this.#dirty) {
        const shape = head(queue);
        const nomination = shape && nominate(queue, shape);
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
        const { queue, shape, request, targets } = nomination;
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
        const fit = fits(request) && this.#fitBeside(nomination, preempting);
        // What an earlier nomination of the cycle has used up leaves it the head, for the next cycle.
        if (!fit) continue;
        onAdmitted(this.#take(nomination, fit.nodes, nowMs), nowMs);
        this.#preempting.delete(queue);
        changed = true;
      }
      // What is left waits for those that were told to go: their release makes its queue try again.
      if (!changed) this.#dirty.clear();
    }
  }

  /** Hours after telemetry starts at which quotas change, in order. */
  get quotaChangeHours(): readonly number[] {
    return this.#tree.changeHours;
  }

  /** Quotas become those of an hour after telemetry starts. Whoever was admitted stays; all others may try again. */
  changeQuotas(hour: number): void {
    this.#tree.setHour(hour);
    for (const queue of this.#queues.values()) this.#tryAgain(queue);
  }

  /** Sets or clears a ClusterQueue's stopPolicy: while it is set, the queue admits nothing and nobody of it is preempted. */
  setStopped(clusterQueue: string, stopped: boolean): void {
    const queue = this.#queues.get(clusterQueue)!;
    queue.sharer.stopped = stopped;
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
    return (
      this.#queue(workload).sharer.stopped || (this.#setAside.size > 0 && this.#setAside.has(localQueueOf(workload)))
    );
  }

  /** The workloads that wait for those that they preempt. */
  get preemptors(): Iterable<Workload> {
    return this.#preempting.values();
  }

  /** Quota in use by one ClusterQueue in one flavor, of GPUs unless told. */
  usage(clusterQueue: string, flavor: string, resource: Resource = "gpus"): number {
    return this.#queues.get(clusterQueue)!.sharer.quota({ flavor, resource })!.usage;
  }

  /** Whether a workload, if it were the head, would be given quota now, its GPUs of any of its flavors or of this one. */
  wouldFit(workload: Workload, flavor?: string): boolean {
    return this.#fewest(workload, flavor).every((options) => options.some(({ request }) => fits(request)));
  }

  /**
   * Of which resources there is no quota for a workload that would not fit: in each resource group of which no flavor has
   * all, what the flavor lacks that lacks fewest.
   */
  shortOf(workload: Workload, flavor?: string): readonly Resource[] {
    return this.#fewest(workload, flavor)
      .map((options) => options.map(({ request }) => request.filter(({ node, amount }) => amount > node.available)))
      .flatMap((lacks) => lacks.toSorted((a, b) => a.length - b.length)[0] ?? [])
      .map(({ resource }) => resource);
  }

  /** Whether a workload asks for more than any of its flavors could ever give: ExceedsMaxQuota. */
  exceedsMaximum(workload: Workload): boolean {
    const isPossible = ({ request }: Option) => request.every(({ node, amount }) => amount <= node.potential);
    return !this.#fewest(workload).every((options) => options.some(isPossible));
  }

  /** What it may be given, with the fewest pods: of its GPUs' group any of its flavors, or this one. */
  #fewest(workload: Workload, flavor?: string): Options {
    const { fewest } = shapeOf(this.#queue(workload), workload);
    if (flavor === undefined) return fewest;
    const [ofGpus, ...further] = fewest;
    return [ofGpus!.filter((option) => option.flavor === flavor), ...further];
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
    const { flavor } = nomination;
    if (!this.#places.isAware(flavor)) return { nodes: undefined };
    const before = preempting.flatMap((one) =>
      one.nodes ? [{ workload: nominated(one), nodes: one.nodes, targets: workloadsOf(one.targets) }] : [],
    );
    const nodes = this.#places.find(nominated(nomination), flavor, workloadsOf(nomination.targets), before);
    return nodes && { nodes };
  }

  #take({ queue, shape, flavor, request, pods }: Nomination, nodes: Admitted["nodes"], nowMs: number): Admitted {
    const { workload } = shape.waiting[shape.first++]!;
    if (shape.first > 64 && shape.first * 2 > shape.waiting.length) {
      shape.waiting = shape.waiting.slice(shape.first);
      shape.first = 0;
    }
    const before = gpusBorrowed(request);
    take(request);
    const { sharer, groups } = queue;
    sharer.holdings.set(workload.id, { workload, queue: sharer, request, reservedMs: nowMs, leaving: false });
    const borrowed = gpusBorrowed(request) - before;
    const flavors =
      groups.length > 1 ? Object.fromEntries(request.map((ask) => [ask.resource, ask.flavor])) : undefined;
    return { workload, flavor, flavors, pods, borrowed, nodes };
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
    const { of, shape } = last;
    const same = of.gpusPerPod === gpusPerPod && shape.priority === priority && shape.minPods === minPods;
    const samePods = of.cpusPerPod === cpusPerPod && of.memoryGiBPerPod === memoryGiBPerPod;
    if (same && (samePods || !queue.looksAtPods)) return shape;
  }
  const more = queue.looksAtPods ? `/${JSON.stringify([topology, cpusPerPod, memoryGiBPerPod])}` : "";
  const key = `${minPods}-${pods}x${gpusPerPod}/${priority}/${gpuModels}${more}`;
  let shape = queue.shapes.get(key);
  if (!shape) {
    const options = optionsOf(queue, workload);
    const fewest = minPods === pods ? options : optionsOf(queue, asAdmitted(workload, { pods: minPods }));
    shape = { pods, minPods, priority, options, fewest, waiting: [], first: 0, parked: false };
    queue.shapes.set(key, shape);
  }
  queue.last = { of: workload, shape };
  return shape;
}

function optionsOf(queue: QueueState, workload: Workload): Options {
  const asksFor = (resource: Resource) => amountOf(workload, resource) > 0;
  const optionOf = ({ flavor, nodes }: FlavorQuota): Option => ({
    flavor,
    request: nodes.flatMap(({ resource, node }): Ask[] =>
      asksFor(resource) ? [{ flavor, resource, node, amount: amountOf(workload, resource) }] : [],
    ),
  });
  return queue.groups
    .filter(([flavor], group) => group === 0 || flavor!.nodes.some(({ resource }) => asksFor(resource)))
    .map((flavors) => flavors.filter((flavor) => isFor(workload, queue, flavor)).map(optionOf));
}

/** The shape whose first workload is next: highest priority, then longest in the queue. StrictFIFO lets none pass it. */
function head(queue: QueueState): Shape | undefined {
  if (queue.sharer.stopped) return undefined;
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

/** GPUs that a ClusterQueue uses beyond its nominal quota of the flavor that a request is for. */
function gpusBorrowed(request: Request): number {
  for (const { resource, node } of request) if (resource === "gpus") return Math.max(0, node.usage - node.quota);
  return 0;
}

const NO_NOMINATIONS: readonly Preempting[] = [];
const NO_TARGETS: readonly Target[] = [];
const NO_ASKS: Request = [];

/** How well a flavor serves a workload, the better the higher: best if it fits, else only once others have left. */
const NO_CANDIDATES = 1;
/** Its queue's own work has to leave. */
const PREEMPTS = 2;
/** Only other queues' work has to leave it. */
const RECLAIMS = 3;
const FITS = 4;

/**
 * What a queue's first workload would get; undefined if nothing fits, and nobody can be preempted for it. With fewer
 * pods than it asks for only where there is nothing for all of them: with the most that are let in, sought as Kueue
 * does by halves, as if any fewer were let in too.
 */
function nominate(queue: QueueState, shape: Shape): Nomination | undefined {
  let found = nominateWith(shape.pods, queue, shape);
  if (found || shape.minPods === shape.pods) return found;
  let [low, high] = [0, shape.pods - shape.minPods + 1];
  while (low < high) {
    const fewer = (low + high) >> 1;
    const nomination = nominateWith(shape.pods - fewer, queue, shape);
    if (nomination) [found, high] = [nomination, fewer];
    else low = fewer + 1;
  }
  return found;
}

/** The same for so many pods. Each resource group gives a flavor of its own; for all that is lacking others go together. */
function nominateWith(pods: number, queue: QueueState, shape: Shape): Nomination | undefined {
  let first = shape.waiting[shape.first]!;
  let { options } = shape;
  if (pods < shape.pods) {
    first = { ...first, workload: asAdmitted(first.workload, { pods }) };
    options = optionsOf(queue, first.workload);
  }
  let all: Assessment | undefined;
  for (const ofGroup of options) {
    const found = choose(ofGroup, queue, first);
    if (!found) return undefined;
    all = all ? together(all, found) : found;
  }
  const { flavor, request, lacking, farthest: height } = all!;
  let { targets } = all!;
  if (lacking.length > 0) {
    if (request.length > 1) targets = findTargets(all!, lacking, queue, first);
    if (targets.length === 0) return undefined;
  }
  return { queue, shape, sharer: queue.sharer, flavor, request, pods, height, targets };
}

/** How a flavor would serve a workload: as the resource of it that serves it worst does. */
interface Assessment extends Option {
  readonly mode: number;
  /** Cohorts up which that resource is borrowed. */
  readonly height: number;
  /** Cohorts up which any of them is. */
  readonly farthest: number;
  /** What does not fit; all of it where Kueue looks for nodes. */
  readonly lacking: Request;
  /** Who would have to go for the last of that alone. */
  readonly targets: readonly Target[];
}

/** How flavors of two resource groups would serve it together: that of the first, the GPUs', says where it may run. */
function together(a: Assessment, b: Assessment): Assessment {
  return {
    ...(a.mode < b.mode ? a : b),
    flavor: a.flavor,
    request: [...a.request, ...b.request],
    farthest: Math.max(a.farthest, b.farthest),
    lacking: [...a.lacking, ...b.lacking],
  };
}

/**
 * The flavor of a resource group that a workload would get; undefined if it can get none. Flavors are tried in order, up
 * to the first with which the queue's flavorFungibility is content; of those tried the best counts, and of equals the one
 * that borrows least.
 */
function choose(options: readonly Option[], queue: QueueState, first: Queued): Assessment | undefined {
  const { whenCanBorrow, whenCanPreempt } = queue.fungibility;
  let best: Assessment | undefined;
  for (const option of options) {
    const found = assess(option, queue, first);
    if (!found) continue;
    const { mode, height } = found;
    if (!best || mode > best.mode || (mode === best.mode && height < best.height)) best = found;
    const tryNext =
      mode === NO_CANDIDATES ||
      (mode < FITS && whenCanPreempt === "TryNextFlavor") ||
      (height > 0 && whenCanBorrow === "TryNextFlavor");
    if (!tryNext) return found;
  }
  return best;
}

/**
 * Each resource is looked at as if it were asked for alone; undefined if one neither fits nor may be preempted for. A
 * flavor with quota but no nodes for the workload is as good as any with quota where others can be made to leave the
 * nodes, else it is passed over.
 */
function assess({ flavor, request }: Option, queue: QueueState, first: Queued): Assessment | undefined {
  const { preemption, sharing, places } = queue;
  let [worst, height, farthest] = [FITS, 0, 0];
  let lacking: Request = NO_ASKS;
  let targets = NO_TARGETS;
  for (const ask of request) {
    const { node, amount } = ask;
    let mode = FITS;
    let reach = 0;
    if (amount <= node.available) {
      if (node.borrowsWith(amount)) reach = reachOf(node, amount).height;
    } else {
      if (preemption === undefined || amount > node.potential || !sharing.mayPreempt(ask, preemption)) return undefined;
      targets = findTargets({ flavor, request: [ask] }, [ask], queue, first);
      reach = heightWithout(targets, ask);
      const own = targets.some(({ holding }) => holding.queue === queue.sharer);
      mode = targets.length === 0 ? NO_CANDIDATES : own ? PREEMPTS : RECLAIMS;
      lacking = [...lacking, ask];
    }
    farthest = Math.max(farthest, reach);
    if (mode < worst || (mode === worst && reach > height)) [worst, height] = [mode, reach];
  }
  if (places.isAware(flavor) && (lacking.length > 0 || !places.find(first.workload, flavor))) {
    if (lacking.length === 0) {
      targets = preemption === undefined ? NO_TARGETS : findTargets({ flavor, request }, request, queue, first);
      if (targets.length === 0) return undefined;
    }
    lacking = request;
  }
  return { flavor, request, mode: worst, height, farthest, lacking, targets };
}

function findTargets(
  { flavor, request }: Option,
  lacking: Request,
  { sharer, preemption, sharing, places }: QueueState,
  { workload, sinceMs }: Queued,
): readonly Target[] {
  const { priority } = workload;
  const hasNodes = places.isAware(flavor)
    ? (gone: readonly Workload[]) => places.find(workload, flavor, gone) !== undefined
    : undefined;
  return sharing.findTargets({ queue: sharer, request, lacking, priority, sinceMs, policies: preemption!, hasNodes });
}

function byPriorityAndAge(a: Nomination, b: Nomination): number {
  return inQueueOrder(a.shape, b.shape) || a.queue.order - b.queue.order;
}

function sharesTargets({ targets }: Nomination, preempting: readonly Nomination[]): boolean {
  return preempting.some((other) => other.targets.some(({ holding }) => targets.some((t) => t.holding === holding)));
}

function quotaFitsBeside(nomination: Nomination, preempting: readonly Nomination[]): boolean {
  const targets = [...preempting, nomination].flatMap((one) => one.targets);
  for (const { holding } of targets) giveBack(holding.request);
  for (const { request } of preempting) take(request);
  const fit = fits(nomination.request);
  for (const { request } of preempting) giveBack(request);
  for (const { holding } of targets) take(holding.request);
  return fit;
}

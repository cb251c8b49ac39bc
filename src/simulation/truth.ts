import { gpus, localQueueOf, type Workload } from "../demand/workload.js";
import type { Resource } from "../scenario/resource-groups.js";
import type { Admission } from "./admission.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import { unmetRequest } from "./half-placed.js";
import type { SimulatedNode, WorkloadHistory } from "./history.js";
import type { Reach, Reached } from "./reach.js";
import type { Topology } from "./topology.js";

/** Why a workload waits, in the order in which the walk asks. */
export const causes = [
  "invalid",
  "stopped",
  "preemption",
  "head-of-line",
  "backoff",
  "quota",
  "fragmentation",
  "unavailable",
  "flavor",
  "capacity",
] as const;
export type Cause = (typeof causes)[number];

/** Whether what waits for it is demand: not what its queue could never give, nor what an operator holds back. */
export const isDemand = (cause: Cause): boolean => cause !== "invalid" && cause !== "stopped";

interface Reason {
  readonly cause: Cause;
  /** Where that is quota: of which resources there is none for it. */
  readonly shortOf?: readonly Resource[] | undefined;
}

/** A stretch in which a workload waited for one reason, ms since the simulation started. */
export interface CauseSpan extends Reason {
  /** The flavor that it holds quota in while its pods have no nodes; undefined while it is pending. */
  readonly flavor: string | undefined;
  /** GPUs of its pods that had no node. */
  readonly gpus: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How long a workload waited for each cause that it waited for, ms. */
export function waitedByCause(spans: readonly CauseSpan[]): Map<Cause, number> {
  const waited = new Map<Cause, number>();
  for (const { cause, fromMs, toMs } of spans) waited.set(cause, (waited.get(cause) ?? 0) + toMs - fromMs);
  return waited;
}

/**
 * The simulator's own knowledge of why each workload waits, which no dashboard has and the reading half never sees.
 *
 * At every instant the waiting workloads (created, not yet on nodes) are walked over a scratch copy of the free room:
 * those that hold quota first, then by priority, then by age. Each claims what it would use, so that no free GPU
 * explains the waiting of two workloads. A gang of which some pods have nodes waits for the others only. The first cause
 * that holds is its cause until the next event:
 *
 * - invalid: it asks for more than its queue could give if nobody else used anything;
 * - stopped: its ClusterQueue or LocalQueue is, through which nothing is admitted; it claims nothing either;
 * - preemption: it waits for those that it has told to go;
 * - head-of-line: quota and room are there, but it waits behind another under StrictFIFO;
 * - backoff: quota and room are there, but it was evicted and may not try again yet;
 * - quota: room is there, but queue and cohort have no quota for it;
 * - fragmentation: its nodes have enough free GPUs in total, but none or too few of them together: on a node, or in the
 *   rack or the like that it has to have to itself;
 * - unavailable: it would fit if the nodes out of service were back: cordoned, drained, failed or absent;
 * - flavor: GPUs that could run it, which its queue's flavors do not reach, are free;
 * - capacity: none of these.
 */
export class Truth {
  /** By workload id: the stretches in which it waited, in order. */
  readonly spans: CauseSpan[][];
  readonly #admission: Admission;
  readonly #reach: Reach;
  readonly #topology: Topology;
  readonly #scratch: FreeRoom;
  readonly #lines = new Map<string, Line>();
  /** By workload id, while it waits. */
  readonly #waiting: (Waiting | undefined)[] = [];
  /** Ids of those that waited for whom they preempt when last settled. */
  #preemptors: readonly number[] = [];

  constructor(
    workloads: number,
    admission: Admission,
    reach: Reach,
    topology: Topology,
    nodes: readonly SimulatedNode[],
  ) {
    this.spans = Array.from({ length: workloads }, () => []);
    this.#admission = admission;
    this.#reach = reach;
    this.#topology = topology;
    this.#scratch = new FreeRoom(nodes);
  }

  /** A workload's state, or what it asks for, is another from `now` on: it leaves its line, and joins another if it waits. */
  stateChanged(history: WorkloadHistory, now: number): void {
    const { workload, state } = history;
    const before = this.#waiting[workload.id];
    if (before) {
      this.#book(before, now);
      leave(before);
      this.#waiting[workload.id] = undefined;
    }
    if (state !== "pending" && state !== "unplaced") return;
    const request = unmetRequest(history);
    const line = this.#lineOf(history, request);
    const flavor = state === "unplaced" ? history.holds.at(-1)!.flavor : undefined;
    const waiting: Waiting = { history, request, line, flavor, cause: heldBack(line) ?? "capacity", sinceMs: now };
    join(waiting);
    this.#waiting[workload.id] = waiting;
  }

  /** Finds the cause of each that waits from `now` on. */
  settle(now: number, free: FreeRoom): void {
    for (const id of this.#preemptors) this.#explainById(id, "capacity", now);
    this.#walk(now, free);
    this.#preemptors = [...this.#admission.preemptors].map(({ id }) => id);
    for (const id of this.#preemptors) this.#explainById(id, "preemption", now);
  }

  #walk(now: number, free: FreeRoom): void {
    const lines = [...this.#lines.values()].filter(
      (line) => line.members.length > 0 && !line.invalid && !this.#isStopped(line, now),
    );
    if (lines.length === 0) return;
    this.#scratch.follow(free);
    for (const line of lines) line.walked = 0;
    // The next to be asked stands last.
    const due = [...lines].sort((a, b) => inWalkOrder(b.members[0]!, a.members[0]!));
    const hopeless = new Set<string>();
    for (let line = due.pop(); line; line = due.pop()) {
      if (hopeless.has(line.ask)) continue;
      const first = line.members[line.walked++]!;
      const { cause, shortOf } = this.#reason(first, now);
      this.#explain(first, cause, now, shortOf);
      if (cause === "capacity") hopeless.add(line.ask);
      else if (line.walked < line.members.length) putInOrder(line, due);
    }
    for (const line of lines) {
      for (let i = line.walked; i < line.explained; i++) this.#explain(line.members[i]!, "capacity", now);
      line.explained = line.walked;
    }
  }

  /** Whether a line's queue is stopped from now on; if that is news, all who stand in it learn it. */
  #isStopped(line: Line, now: number): boolean {
    const stopped = line.pending !== undefined && this.#admission.isStopped(line.pending);
    if (stopped !== line.stopped) {
      line.stopped = stopped;
      line.explained = 0;
      for (const waiting of line.members) this.#explain(waiting, stopped ? "stopped" : "capacity", now);
    }
    return stopped;
  }

  /** Queues have other quotas from now on: what a line asks for may have come to be more, or no more, than they could give. */
  quotasChanged(now: number): void {
    for (const line of this.#lines.values()) {
      const invalid = line.pending !== undefined && this.#admission.exceedsMaximum(line.pending);
      if (invalid === line.invalid) continue;
      line.invalid = invalid;
      line.explained = 0;
      for (const waiting of line.members) this.#explain(waiting, heldBack(line) ?? "capacity", now);
    }
  }

  end(now: number): void {
    for (const waiting of this.waiting) this.#book(waiting, now);
  }

  /** Those that wait, each with its cause. */
  get waiting(): readonly Waiting[] {
    return [...this.#lines.values()].flatMap((line) => line.members);
  }

  #lineOf(history: WorkloadHistory, request: GangRequest): Line {
    const ask = askOf(history, request);
    const key = `${ask}/${history.workload.priority}`;
    let line = this.#lines.get(key);
    if (!line) {
      const invalid = history.state === "pending" && this.#admission.exceedsMaximum(history.workload);
      const pending = history.state === "pending" ? history.workload : undefined;
      const stopped = pending !== undefined && this.#admission.isStopped(pending);
      line = { ask, invalid, pending, stopped, members: [], walked: 0, explained: 0 };
      this.#lines.set(key, line);
    }
    return line;
  }

  #explainById(id: number, cause: Cause, now: number): void {
    const waiting = this.#waiting[id];
    if (waiting) this.#explain(waiting, cause, now);
  }

  #explain(waiting: Waiting, cause: Cause, now: number, shortOf?: Reason["shortOf"]): void {
    if (waiting.cause === cause && (cause !== "quota" || `${waiting.shortOf}` === `${shortOf}`)) return;
    this.#book(waiting, now);
    waiting.cause = cause;
    waiting.shortOf = shortOf;
  }

  #book(waiting: Waiting, now: number): void {
    const { history, request, cause, shortOf, flavor, sinceMs } = waiting;
    waiting.sinceMs = now;
    if (now === sinceMs) return;
    const span = { cause, flavor, gpus: gpus(request), fromMs: sinceMs, toMs: now };
    this.spans[history.workload.id]!.push(shortOf ? { ...span, shortOf } : span);
  }

  #reason({ history, request }: Waiting, now: number): Reason {
    const { workload } = history;
    const { reached, beyond } =
      history.state === "pending"
        ? this.#reach.ofQueue(workload)
        : this.#reach.ofFlavor(workload, history.holds.at(-1)!.flavor);
    const scratch = this.#scratch;
    const asked = request === workload ? workload : { ...workload, pods: request.pods };
    const claim = (nodes: Int32Array) => this.#topology.claim(scratch, asked, nodes);
    const claimOf = ({ nodes }: Reached) => claim(nodes);

    // Where Kueue looks for nodes itself, quota of one flavor is of no use with room of another.
    const together = reached.some(({ flavor }) => this.#topology.isAware(flavor));
    const admissible =
      together && reached.filter(({ flavor }) => this.#admission.wouldFit(workload, flavor)).some(claimOf);
    const roomy = admissible ? undefined : reached.find(claimOf);
    if (admissible || roomy) {
      if (together ? !admissible : !this.#admission.wouldFit(workload))
        return { cause: "quota", shortOf: this.#admission.shortOf(workload, together ? roomy?.flavor : undefined) };
      return { cause: now < (history.holds.at(-1)?.requeueMs ?? 0) ? "backoff" : "head-of-line" };
    }
    const scattered = reached.find(({ nodes }) => scratch.total(nodes) >= gpus(request));
    // Work without GPUs waits for cores or memory, which are no fragments of GPUs.
    if (scattered && gpus(request) > 0) {
      scratch.takeAnyGpus(gpus(request), scattered.nodes);
      return { cause: "fragmentation" };
    }
    if (scratch.outOfService && scratch.asIfInService(() => reached.some(claimOf))) return { cause: "unavailable" };
    return { cause: beyond.some(claim) ? "flavor" : "capacity" };
  }
}

export interface Waiting {
  readonly history: WorkloadHistory;
  /** Its pods that have no node. */
  readonly request: GangRequest;
  readonly line: Line;
  readonly flavor: string | undefined;
  cause: Cause;
  shortOf?: Reason["shortOf"];
  /** Until when its waiting is booked. */
  sinceMs: number;
}

/**
 * Those that wait for the same thing of the same giver at one priority, oldest first. Once one finds nothing left,
 * nobody behind it does: they need not be asked one by one, however many they are.
 */
interface Line {
  readonly ask: string;
  /** It asks for more than its queue could give, with the quotas of now. */
  invalid: boolean;
  /** One of them, if they have no quota yet: all are in the same queues. */
  readonly pending: Workload | undefined;
  stopped: boolean;
  readonly members: Waiting[];
  /** How many the present walk has asked. */
  walked: number;
  /** Whoever stands from here on waits for capacity. */
  explained: number;
}

/** Why whoever stands in a line waits, whatever room there is. */
const heldBack = (line: Line): Cause | undefined => (line.invalid ? "invalid" : line.stopped ? "stopped" : undefined);

/** Puts a line where its next member is due. */
function putInOrder(line: Line, due: Line[]): void {
  const next = (one: Line) => one.members[one.walked]!;
  let [low, high] = [0, due.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inWalkOrder(next(due[middle]!), next(line)) < 0) high = middle;
    else low = middle + 1;
  }
  due.splice(low, 0, line);
}

function join(waiting: Waiting): void {
  const { line } = waiting;
  const { members } = line;
  let at = members.length;
  while (at > 0 && byAge(waiting, members[at - 1]!) < 0) at--;
  members.splice(at, 0, waiting);
  if (at < line.explained) line.explained++;
}

function leave(waiting: Waiting): void {
  const { line } = waiting;
  let [low, high] = [0, line.members.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byAge(line.members[middle]!, waiting) < 0) low = middle + 1;
    else high = middle;
  }
  line.members.splice(low, 1);
  if (low < line.explained) line.explained--;
}

/** What it asks for, and of whom. */
function askOf({ workload, state, holds }: WorkloadHistory, { pods, gpusPerPod }: GangRequest): string {
  const { cpusPerPod, memoryGiBPerPod, gpuModels, minPods } = workload;
  const from =
    state === "unplaced" ? holds.at(-1)!.flavor : `${workload.clusterQueue}/${localQueueOf(workload)}/${minPods}`;
  return `${state}/${from}/${pods}x${gpusPerPod}/${cpusPerPod}/${memoryGiBPerPod}/${gpuModels}`;
}

function inWalkOrder(a: Waiting, b: Waiting): number {
  return (
    Number(a.history.state === "pending") - Number(b.history.state === "pending") ||
    b.history.workload.priority - a.history.workload.priority ||
    byAge(a, b)
  );
}

function byAge({ history: { workload: a } }: Waiting, { history: { workload: b } }: Waiting): number {
  return a.createdMs - b.createdMs || a.id - b.id;
}

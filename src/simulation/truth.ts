import { gpus, localQueueOf, type Workload } from "../demand/workload.js";
import type { Admission } from "./admission.js";
import { FreeRoom } from "./free-room.js";
import { asAdmitted, type QuotaHold, type SimulatedNode, type WorkloadHistory } from "./history.js";
import type { Reach } from "./reach.js";

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

/** A stretch in which a workload waited for one cause, ms since the simulation started. */
export interface CauseSpan {
  readonly cause: Cause;
  /** The flavor that it holds quota in while its pods have no nodes; undefined while it is pending. */
  readonly flavor: string | undefined;
  /** Pods that it holds quota for while they have no nodes, if fewer than it asks for. */
  readonly pods?: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** GPUs that a workload waited for in a span: those of all its pods, or of those that it was admitted with. */
export const waitingGpus = (workload: Workload, span: Pick<CauseSpan, "pods">): number =>
  gpus(asAdmitted(workload, span));

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
 * explains the waiting of two workloads. The first cause that holds is its cause until the next event:
 *
 * - invalid: it asks for more than its queue could ever give;
 * - stopped: its ClusterQueue or LocalQueue is, through which nothing is admitted; it claims nothing either;
 * - preemption: it waits for those that it has told to go;
 * - head-of-line: quota and room are there, but it waits behind another under StrictFIFO;
 * - backoff: quota and room are there, but it was evicted and may not try again yet;
 * - quota: room is there, but queue and cohort have no quota for it;
 * - fragmentation: its nodes have enough free GPUs in total, but none or too few of them together;
 * - unavailable: it would fit if the nodes out of service were back: cordoned, drained, failed or absent;
 * - flavor: GPUs that could run it, which its queue's flavors do not reach, are free;
 * - capacity: none of these.
 */
export class Truth {
  /** By workload id: the stretches in which it waited, in order. */
  readonly spans: CauseSpan[][];
  readonly #admission: Admission;
  readonly #reach: Reach;
  readonly #scratch: FreeRoom;
  readonly #lines = new Map<string, Line>();
  /** By workload id, while it waits. */
  readonly #waiting: (Waiting | undefined)[] = [];
  /** Ids of those that waited for whom they preempt when last settled. */
  #preemptors: readonly number[] = [];

  constructor(workloads: number, admission: Admission, reach: Reach, nodes: readonly SimulatedNode[]) {
    this.spans = Array.from({ length: workloads }, () => []);
    this.#admission = admission;
    this.#reach = reach;
    this.#scratch = new FreeRoom(nodes);
  }

  /** A workload's state is another from `now` on: it leaves its line, and joins another if it waits. */
  stateChanged(history: WorkloadHistory, now: number): void {
    const { workload, state } = history;
    const before = this.#waiting[workload.id];
    if (before) {
      this.#book(before, now);
      leave(before);
      this.#waiting[workload.id] = undefined;
    }
    if (state !== "pending" && state !== "unplaced") return;
    const line = this.#lineOf(history);
    const hold = state === "unplaced" ? history.holds.at(-1) : undefined;
    const cause = line.invalid ? "invalid" : line.stopped ? "stopped" : "capacity";
    const waiting: Waiting = { history, line, hold, cause, sinceMs: now };
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
    this.#scratch.copyFrom(free);
    const walked = new Map(lines.map((line) => [line, 0]));
    const hopeless = new Set<string>();
    const next = (line: Line) => (hopeless.has(line.ask) ? undefined : line.members[walked.get(line)!]);
    for (;;) {
      let first: Waiting | undefined;
      for (const line of lines) {
        const candidate = next(line);
        if (candidate && (!first || inWalkOrder(candidate, first) < 0)) first = candidate;
      }
      if (!first) break;
      const cause = this.#cause(first.history, now);
      this.#explain(first, cause, now);
      if (cause === "capacity") hopeless.add(first.line.ask);
      walked.set(first.line, walked.get(first.line)! + 1);
    }
    for (const [line, count] of walked) {
      for (let i = count; i < line.explained; i++) this.#explain(line.members[i]!, "capacity", now);
      line.explained = count;
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

  end(now: number): void {
    for (const waiting of this.waiting) this.#book(waiting, now);
  }

  /** Those that wait, each with its cause. */
  get waiting(): readonly Waiting[] {
    return [...this.#lines.values()].flatMap((line) => line.members);
  }

  #lineOf(history: WorkloadHistory): Line {
    const ask = askOf(history);
    const key = `${ask}/${history.workload.priority}`;
    let line = this.#lines.get(key);
    if (!line) {
      const invalid = history.state === "pending" && this.#admission.exceedsMaximum(history.workload);
      const pending = history.state === "pending" ? history.workload : undefined;
      const stopped = pending !== undefined && this.#admission.isStopped(pending);
      line = { ask, invalid, pending, stopped, members: [], explained: 0 };
      this.#lines.set(key, line);
    }
    return line;
  }

  #explainById(id: number, cause: Cause, now: number): void {
    const waiting = this.#waiting[id];
    if (waiting) this.#explain(waiting, cause, now);
  }

  #explain(waiting: Waiting, cause: Cause, now: number): void {
    if (waiting.cause === cause) return;
    this.#book(waiting, now);
    waiting.cause = cause;
  }

  #book(waiting: Waiting, now: number): void {
    const { history, cause, hold, sinceMs } = waiting;
    waiting.sinceMs = now;
    const pods = hold?.pods === undefined ? {} : { pods: hold.pods };
    if (now > sinceMs)
      this.spans[history.workload.id]!.push({ cause, flavor: hold?.flavor, ...pods, fromMs: sinceMs, toMs: now });
  }

  #cause(history: WorkloadHistory, now: number): Cause {
    const { workload, state, holds } = history;
    const hold = state === "pending" ? undefined : holds.at(-1)!;
    const reached = hold ? [this.#reach.ofFlavor(workload, hold.flavor)] : this.#reach.ofQueue(workload);
    const asked = hold ? asAdmitted(workload, hold) : workload;
    const scratch = this.#scratch;
    const claim = (among: Int32Array) => scratch.place(asked, among, "pack") !== undefined;

    if (reached.some(claim)) {
      if (!this.#admission.wouldFit(workload)) return "quota";
      return now < (holds.at(-1)?.requeueMs ?? 0) ? "backoff" : "head-of-line";
    }
    const scattered = reached.find((among) => scratch.total(among) >= gpus(asked));
    if (scattered) {
      scratch.takeAnyGpus(gpus(asked), scattered);
      return "fragmentation";
    }
    if (scratch.outOfService) {
      const schedulable = scratch.schedulable.slice();
      scratch.schedulable.fill(1);
      const back = reached.some(claim);
      scratch.schedulable.set(schedulable);
      if (back) return "unavailable";
    }
    const unreached = this.#reach.able(workload).filter((nodes) => !reached.some((among) => among.includes(nodes[0]!)));
    return unreached.some(claim) ? "flavor" : "capacity";
  }
}

export interface Waiting {
  readonly history: WorkloadHistory;
  readonly line: Line;
  /** Of one that has quota, and no nodes. */
  readonly hold: QuotaHold | undefined;
  cause: Cause;
  /** Until when its waiting is booked. */
  sinceMs: number;
}

/**
 * Those that wait for the same thing of the same giver at one priority, oldest first. Once one finds nothing left,
 * nobody behind it does: they need not be asked one by one, however many they are.
 */
interface Line {
  readonly ask: string;
  /** It asks for more than its queue could ever give. */
  readonly invalid: boolean;
  /** One of them, if they have no quota yet: all are in the same queues. */
  readonly pending: Workload | undefined;
  stopped: boolean;
  readonly members: Waiting[];
  /** Whoever stands from here on waits for capacity. */
  explained: number;
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
function askOf({ workload, state, holds }: WorkloadHistory): string {
  const hold = state === "unplaced" ? holds.at(-1)! : undefined;
  const from = hold ? hold.flavor : `${workload.clusterQueue}/${localQueueOf(workload)}`;
  const pods = hold ? asAdmitted(workload, hold).pods : `${workload.minPods ?? ""}-${workload.pods}`;
  return `${state}/${from}/${workload.workloadClass}/${pods}x${workload.gpusPerPod}`;
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

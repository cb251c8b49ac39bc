import { gpus } from "../demand/workload.js";
import type { Admission } from "./admission.js";
import { FreeRoom } from "./free-room.js";
import type { SimulatedNode, WorkloadHistory, WorkloadState } from "./history.js";
import type { Reach } from "./reach.js";

/** Why a workload waits, in the order in which the walk asks. */
export const causes = [
  "invalid",
  "head-of-line",
  "backoff",
  "quota",
  "fragmentation",
  "unavailable",
  "flavor",
  "capacity",
] as const;
export type Cause = (typeof causes)[number];

/**
 * The simulator's own knowledge of why each workload waits, which no dashboard has and the reading half never sees.
 *
 * At every instant the waiting workloads (created, not yet on nodes) are walked over a scratch copy of the free room:
 * those that hold quota first, then by priority, then by age. Each claims what it would use, so that no free GPU
 * explains the waiting of two workloads. The first cause that holds is its cause until the next event:
 *
 * - invalid: it asks for more than its queue could ever give;
 * - head-of-line: quota and room are there, but it waits behind another under StrictFIFO;
 * - backoff: quota and room are there, but it was evicted and may not try again yet;
 * - quota: room is there, but queue and cohort have no quota for it;
 * - fragmentation: its nodes have enough free GPUs in total, but none or too few of them together;
 * - unavailable: it would fit if the cordoned nodes were back;
 * - flavor: GPUs that could run it, which its queue's flavors do not reach, are free;
 * - capacity: none of these.
 */
export class Truth {
  /** By workload id: ms waited for each cause. */
  readonly waits: Map<Cause, number>[];
  readonly #admission: Admission;
  readonly #reach: Reach;
  #waiting: Waiting[] = [];
  readonly #scratch: FreeRoom;
  #since = 0;

  constructor(workloads: number, admission: Admission, reach: Reach, nodes: readonly SimulatedNode[]) {
    this.waits = Array.from({ length: workloads }, () => new Map());
    this.#admission = admission;
    this.#reach = reach;
    this.#scratch = new FreeRoom(nodes);
  }

  /** A workload was created, or lost its nodes, and waits from `now` on. */
  waitsAgain(history: WorkloadHistory, now: number): void {
    this.#book(now);
    this.#waiting.push({ history, cause: "capacity", state: history.state, ask: ask(history) });
  }

  /** Books the time since the last event, then walks those that still wait. */
  settle(now: number, free: FreeRoom): void {
    this.#book(now);
    this.#waiting = this.#waiting.filter(({ history: { state } }) => state === "pending" || state === "unplaced");
    if (this.#waiting.length === 0) return;
    this.#waiting.sort(inWalkOrder);
    this.#scratch.copyFrom(free);
    const hopeless = new Set<string>();
    for (const waiting of this.#waiting) {
      if (waiting.state !== waiting.history.state) {
        waiting.state = waiting.history.state;
        waiting.ask = ask(waiting.history);
      }
      waiting.cause = hopeless.has(waiting.ask) ? "capacity" : this.#cause(waiting.history, now);
      if (waiting.cause === "capacity") hopeless.add(waiting.ask);
    }
  }

  end(now: number): void {
    this.#book(now);
  }

  /** Those that wait since the last event, each with its cause. */
  get waiting(): readonly { readonly history: WorkloadHistory; readonly cause: Cause }[] {
    return this.#waiting;
  }

  #book(now: number): void {
    const elapsed = now - this.#since;
    this.#since = now;
    if (elapsed === 0) return;
    for (const { history, cause } of this.#waiting) {
      const waits = this.waits[history.workload.id]!;
      waits.set(cause, (waits.get(cause) ?? 0) + elapsed);
    }
  }

  #cause(history: WorkloadHistory, now: number): Cause {
    const { workload } = history;
    const pending = history.state === "pending";
    if (pending && this.#admission.exceedsMaximum(workload)) return "invalid";
    const reached = pending
      ? this.#reach.ofQueue(workload)
      : [this.#reach.ofFlavor(workload, history.holds.at(-1)!.flavor)];
    const scratch = this.#scratch;
    const claim = (among: Int32Array) => scratch.place(workload, among, "pack") !== undefined;

    if (reached.some(claim)) {
      if (!this.#admission.wouldFit(workload)) return "quota";
      return now < (history.holds.at(-1)?.requeueMs ?? 0) ? "backoff" : "head-of-line";
    }
    const scattered = reached.find((among) => scratch.total(among) >= gpus(workload));
    if (scattered) {
      scratch.takeAnyGpus(gpus(workload), scattered);
      return "fragmentation";
    }
    if (scratch.cordoned) {
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

interface Waiting {
  readonly history: WorkloadHistory;
  cause: Cause;
  /** The state for which `ask` holds. */
  state: WorkloadState;
  /** What it asks for, and of whom: once one such ask finds nothing left, the next finds nothing either. */
  ask: string;
}

function ask({ workload, state, holds }: WorkloadHistory): string {
  const from = state === "unplaced" ? holds.at(-1)!.flavor : workload.clusterQueue;
  return `${state}/${from}/${workload.workloadClass}/${workload.pods}x${workload.gpusPerPod}`;
}

function inWalkOrder({ history: a }: Waiting, { history: b }: Waiting): number {
  return (
    Number(a.state === "pending") - Number(b.state === "pending") ||
    b.workload.priority - a.workload.priority ||
    a.workload.createdMs - b.workload.createdMs ||
    a.workload.id - b.workload.id
  );
}

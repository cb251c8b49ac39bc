import { batchDemand } from "../demand/batch.js";
import type { Workload } from "../demand/workload.js";
import type { Scenario } from "../scenario/schema.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../units/time.js";
import { Admission } from "./admission.js";
import { listCordons, listNodes, placeStandalone } from "./cluster.js";
import { EventQueue } from "./event-queue.js";
import { FreeRoom } from "./free-room.js";
import type { CordonSpan, SimulatedNode, StandalonePod, WorkloadHistory, WorkloadState } from "./history.js";
import { Reach } from "./reach.js";
import { type Cause, type CauseSpan, Truth } from "./truth.js";

/** What happened in a simulated cluster, from the start of the warm-up to the end. Times are ms since that start. */
export interface Simulation {
  readonly scenario: Scenario;
  readonly seed: number;
  /** When telemetry starts and when all ends. */
  readonly telemetryStartMs: number;
  readonly endMs: number;
  readonly nodes: readonly SimulatedNode[];
  readonly workloads: readonly WorkloadHistory[];
  readonly standalone: readonly StandalonePod[];
  readonly cordons: readonly CordonSpan[];
  /** By workload id: when it waited and why, in order; empty without truth. */
  readonly waits: readonly (readonly CauseSpan[])[];
}

export interface SimulateOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Demand to run instead of the scenario's own, in order of creation with ids 0, 1, 2 … */
  readonly workloads?: readonly Workload[];
  /** Whether to find out why each workload waits; costs a walk over all that wait at every event. On unless told. */
  readonly truth?: boolean;
  /** Called at every instant at which something happened, once nothing more can be admitted or placed. */
  readonly onSettled?: (instant: Instant) => void;
}

/** The cluster at an instant. Read it at once: it changes with the next. */
export interface Instant {
  readonly now: number;
  readonly free: FreeRoom;
  readonly admission: Admission;
  readonly workloads: readonly WorkloadHistory[];
  /** Those that wait, each with its cause; none without truth. */
  readonly waiting: readonly { readonly history: WorkloadHistory; readonly cause: Cause }[];
}

/** Kinds of events; of two at the same time the lower goes first, so that room is given back before it is asked for. */
const RUN_ENDS = 0;
const PODS_READY_TIMEOUT = 1;
const REQUEUE = 2;
const NODE_CHANGES = 3;

/** Requeue after a PodsReady timeout: a minute, doubling, at most an hour (Kueue's defaults). */
const backoffMs = (evictions: number) => Math.min(HOUR_MS, MINUTE_MS * 2 ** (evictions - 1));

/**
 * Runs a scenario's demand through Kueue's admission and the placement of gangs on nodes, event by event.
 * A pure function of its arguments: no clock, no files.
 */
export function runSimulation(options: SimulateOptions): Simulation {
  const hours = simulationByHours(options);
  for (;;) {
    const { done, value } = hours.next();
    if (done) return value;
  }
}

/** The same, with a stop after each simulated hour, since a long simulation takes minutes: yields how many are over. */
export function* simulationByHours({
  scenario,
  seed,
  workloads: given,
  truth: wantTruth = true,
  onSettled,
}: SimulateOptions): Generator<number, Simulation> {
  const telemetryStartMs = Math.round(scenario.warmupDays * DAY_MS);
  const endMs = telemetryStartMs + Math.round(scenario.days * DAY_MS);
  const demand = given ?? batchDemand(scenario, seed);

  const nodes = listNodes(scenario);
  const free = new FreeRoom(nodes);
  const standalone = placeStandalone(scenario, nodes, free);
  const reach = new Reach(scenario, nodes);
  const admission = new Admission(scenario);
  const events = new EventQueue();
  const histories = demand.map((workload): WorkloadHistory => ({ workload, holds: [], runs: [], state: "pending" }));
  const unplaced = new Unplaced();
  const cordons = listCordons(scenario, nodes, telemetryStartMs, endMs);
  const truth = wantTruth ? new Truth(demand.length, admission, reach, nodes) : undefined;

  cordons.forEach((cordon, i) => {
    events.add(Math.max(0, cordon.fromMs), NODE_CHANGES, i);
    if (cordon.toMs < endMs) events.add(cordon.toMs, NODE_CHANGES, i);
  });

  const become = (history: WorkloadHistory, state: WorkloadState, now: number) => {
    history.state = state;
    truth?.stateChanged(history, now);
  };

  const place = (history: WorkloadHistory, now: number): boolean => {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const placed = free.place(workload, reach.ofFlavor(workload, hold.flavor), scenario.placement);
    if (!placed) return false;
    const attempt = history.runs.filter((run) => run.outcome === "failed").length;
    const before = history.runs.at(-1);
    const runningMs = now + workload.startupMs;
    history.runs.push({
      attempt,
      podsCreatedMs: Math.max(hold.reservedMs, before?.endMs ?? 0),
      placedMs: now,
      runningMs,
      nodes: placed,
    });
    become(history, "starting", now);
    events.add(runningMs + workload.attempts[attempt]!.durationMs, RUN_ENDS, workload.id);
    return true;
  };

  /** Whatever changed at this instant, brings the cluster to where nothing more can be admitted or placed. */
  const settle = (now: number) => {
    unplaced.placeWhatFits(now, place);
    admission.admit(({ workload, flavor, borrowed }) => {
      const history = histories[workload.id]!;
      history.holds.push({ reservedMs: now, flavor, borrowed });
      if (scenario.podsReadyTimeoutMinutes !== undefined)
        events.add(now + Math.round(scenario.podsReadyTimeoutMinutes * MINUTE_MS), PODS_READY_TIMEOUT, workload.id);
      if (place(history, now)) return;
      become(history, "unplaced", now);
      unplaced.add(history);
    });
  };

  const endRun = (history: WorkloadHistory, now: number) => {
    const { workload } = history;
    const run = history.runs.at(-1);
    if (!run || run.endMs !== undefined || run.runningMs + workload.attempts[run.attempt]!.durationMs !== now) return;
    const { fails } = workload.attempts[run.attempt]!;
    run.endMs = now;
    run.outcome = fails ? "failed" : "succeeded";
    free.release(workload, run.nodes);
    unplaced.roomChanged();
    if (run.attempt + 1 < workload.attempts.length) {
      become(history, "unplaced", now);
      unplaced.add(history);
      return;
    }
    const hold = history.holds.at(-1)!;
    hold.endMs = now;
    hold.end = "finished";
    become(history, run.outcome, now);
    admission.release(workload, hold.flavor);
  };

  const timeOut = (history: WorkloadHistory, now: number) => {
    const { workload } = history;
    const hold = history.holds.at(-1);
    const timeoutMs = Math.round(scenario.podsReadyTimeoutMinutes! * MINUTE_MS);
    if (!hold || hold.endMs !== undefined || hold.reservedMs + timeoutMs !== now) return;
    const sinceAdmission = history.runs.filter((run) => run.placedMs >= hold.reservedMs);
    if (sinceAdmission.some((run) => run.runningMs <= now)) return;
    const run = sinceAdmission.at(-1);
    if (run) {
      run.endMs = now;
      run.outcome = "evicted";
      free.release(workload, run.nodes);
      unplaced.roomChanged();
    } else unplaced.remove(history);
    hold.endMs = now;
    hold.end = "evicted";
    hold.requeueMs = now + backoffMs(history.holds.length);
    become(history, "pending", now);
    admission.release(workload, hold.flavor);
    events.add(hold.requeueMs, REQUEUE, workload.id);
  };

  const handle = (kind: number, subject: number, now: number) => {
    switch (kind) {
      case RUN_ENDS:
        return endRun(histories[subject]!, now);
      case PODS_READY_TIMEOUT:
        return timeOut(histories[subject]!, now);
      case REQUEUE: {
        const history = histories[subject]!;
        return admission.enqueue(history.workload, history.holds.at(-1)!.endMs!);
      }
      case NODE_CHANGES: {
        const { node } = cordons[subject]!;
        const cordoned = cordons.some((c) => c.node === node && c.fromMs <= now && now < c.toMs);
        free.schedulable[node] = cordoned ? 0 : 1;
        unplaced.roomChanged();
      }
    }
  };

  let next = 0;
  let hour = 0;
  for (;;) {
    const arrives = next < demand.length ? demand[next]!.createdMs : Number.POSITIVE_INFINITY;
    const now = Math.min(events.nextTime, arrives);
    if (now >= endMs) break;
    for (; (hour + 1) * HOUR_MS <= now; hour++) yield hour + 1;
    while (events.nextTime === now) {
      const [kind, subject] = [events.nextKind, events.nextSubject];
      events.pop();
      handle(kind, subject, now);
    }
    while (next < demand.length && demand[next]!.createdMs === now) {
      admission.enqueue(demand[next]!, now);
      become(histories[next]!, "pending", now);
      next++;
    }
    settle(now);
    truth?.settle(now, free);
    onSettled?.({ now, free, admission, workloads: histories, waiting: truth?.waiting ?? [] });
  }
  truth?.end(endMs);
  for (const history of histories) {
    const run = history.runs.at(-1);
    if (history.state === "starting" && run && run.runningMs <= endMs) history.state = "running";
  }
  return {
    scenario,
    seed,
    telemetryStartMs,
    endMs,
    nodes,
    workloads: histories.slice(0, next),
    standalone,
    cordons,
    waits: truth?.spans.slice(0, next) ?? [],
  };
}

/** Admitted workloads whose pods no node has room for, in the order in which the scheduler tries them. */
class Unplaced {
  readonly #waiting: WorkloadHistory[] = [];
  #changed = false;

  add(history: WorkloadHistory): void {
    const before = (other: WorkloadHistory) =>
      other.workload.priority > history.workload.priority ||
      (other.workload.priority === history.workload.priority &&
        other.holds.at(-1)!.reservedMs <= history.holds.at(-1)!.reservedMs);
    let at = this.#waiting.length;
    while (at > 0 && !before(this.#waiting[at - 1]!)) at--;
    this.#waiting.splice(at, 0, history);
  }

  remove(history: WorkloadHistory): void {
    this.#waiting.splice(this.#waiting.indexOf(history), 1);
  }

  /** Room was given back or taken away: the next call of placeWhatFits tries again. */
  roomChanged(): void {
    this.#changed = true;
  }

  placeWhatFits(now: number, place: (history: WorkloadHistory, now: number) => boolean): void {
    if (!this.#changed) return;
    this.#changed = false;
    let kept = 0;
    for (const history of this.#waiting) if (!place(history, now)) this.#waiting[kept++] = history;
    this.#waiting.length = kept;
  }
}

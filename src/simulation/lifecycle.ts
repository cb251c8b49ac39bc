import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import type { Admission, Admitted, Preempted } from "./admission.js";
import { runningTime, savedAfter } from "./checkpoint.js";
import { PODS_GONE, PODS_READY_TIMEOUT, PODS_RECOVERY_TIMEOUT, REQUEUE, RUN_ENDS } from "./event-kinds.js";
import type { EventQueue } from "./event-queue.js";
import { boundPods } from "./half-placed.js";
import {
  type Eviction,
  type QuotaHold,
  type Run,
  type WorkloadHistory,
  type WorkloadState,
  withOneMore,
} from "./history.js";
import type { Placed, PodsOnNodes } from "./pods-on-nodes.js";
import type { Reaper } from "./reaper.js";
import type { Move } from "./repacker.js";
import type { Topology } from "./topology.js";
import type { Truth } from "./truth.js";
import type { Unplaced } from "./unplaced.js";

/** Until whoever was preempted or drained is back in its queue: at once, it could take what it left before its preemptor. */
const REQUEUE_MS = SECOND_MS;

/** Requeue after a PodsReady timeout: a minute, doubling, at most an hour (Kueue's defaults). */
const backoffMs = (evictions: number) => Math.min(HOUR_MS, MINUTE_MS * 2 ** (evictions - 1));

interface Parts {
  readonly scenario: Scenario;
  readonly histories: readonly WorkloadHistory[];
  readonly events: EventQueue;
  readonly admission: Admission;
  readonly pods: PodsOnNodes;
  readonly unplaced: Unplaced;
  readonly topology: Topology;
  readonly reaper: Reaper;
  readonly truth: Truth | undefined;
}

/** What becomes of workloads: admitted, placed, started, ended, made again, told to go, evicted, queued again. */
export class Lifecycle {
  readonly #parts: Parts;
  readonly #graceMs: number;
  /** When the present run of each workload is to end. */
  readonly #runEndsMs: Float64Array;
  /** Of topology-aware flavors, gangs whose pods are made again at this instant, and what ended those before. */
  readonly #restarts = new Map<WorkloadHistory, { outcome: "failed" | "lost"; lostNode: number | undefined }>();
  readonly #preempted: Preempted[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#graceMs = Math.round((parts.scenario.terminationGraceSeconds ?? 30) * SECOND_MS);
    this.#runEndsMs = new Float64Array(parts.histories.length);
  }

  /** It is created. */
  arrive(history: WorkloadHistory, now: number): void {
    this.#parts.admission.enqueue(history.workload, now);
    this.#become(history, "pending", now);
  }

  /** Whatever changed at this instant, brings the cluster to where nothing more can be admitted or placed. */
  settle(now: number): void {
    const { unplaced, admission, histories } = this.#parts;
    if (this.#restarts.size > 0) {
      for (const [history, { outcome, lostNode }] of this.#restarts) this.#restart(history, outcome, now, lostNode);
      this.#restarts.clear();
    }
    for (;;) {
      unplaced.placeWhatFits(now, this.#fitsOn, this.#place);
      admission.admit(now, this.#admit, this.#tell);
      if (this.#preempted.length === 0) return;
      for (const { workload, reason, preemptor } of this.#preempted.splice(0)) {
        const preemption = { reason, preemptor: preemptor.id };
        this.tellToGo(
          histories[workload.id]!,
          { atMs: now, reason: "Preempted", underlyingCause: "", preemption },
          now,
        );
      }
    }
  }

  readonly #admit = ({ workload, flavor, flavors, pods, borrowed, nodes: chosen }: Admitted, now: number): void => {
    const { scenario, histories, events, unplaced } = this.#parts;
    const history = histories[workload.id]!;
    const hold: QuotaHold = { reservedMs: now, flavor, borrowed, endMs: undefined, end: undefined };
    if (flavors) hold.flavors = flavors;
    if (pods < workload.pods) hold.pods = pods;
    history.holds = withOneMore(history.holds, hold);
    if (scenario.podsReadyTimeoutMinutes !== undefined)
      events.add(now + Math.round(scenario.podsReadyTimeoutMinutes * MINUTE_MS), PODS_READY_TIMEOUT, workload.id);
    if (chosen) this.#start(history, this.#parts.pods.placeOn(history, chosen), now);
    else if (!this.#place(history, now)) {
      this.#become(history, "unplaced", now);
      unplaced.add(history, true);
    }
  };

  readonly #tell = (preempted: Preempted): void => {
    this.#preempted.push(preempted);
  };

  /** Whether one of a workload's pods fits on a node now, which may be none that it is allowed on. */
  readonly #fitsOn = (history: WorkloadHistory, node: number): boolean => this.#parts.pods.fitsOn(history, node);

  /** Gives an admitted gang nodes, and starts it once all of its pods have one. @returns whether they have */
  readonly #place = (history: WorkloadHistory, now: number): boolean => {
    const placed = this.#parts.pods.place(history, now);
    if (typeof placed === "object") {
      this.#start(history, placed, now);
      return true;
    }
    if (placed > 0 && history.state === "unplaced") this.#become(history, "unplaced", now); // It asks for less than before.
    return false;
  };

  /** Its pods all have nodes. */
  #start(history: WorkloadHistory, placed: Placed, now: number): void {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    let attempt = 0;
    for (const { outcome } of history.runs) if (outcome === "failed") attempt++;
    const before = history.runs.at(-1);
    const runningMs = now + workload.startupMs;
    const run: Run = {
      attempt,
      podsCreatedMs: Math.max(hold.reservedMs, before?.endMs ?? 0),
      placedMs: now,
      runningMs,
      nodes: placed.nodes,
      endMs: undefined,
      outcome: undefined,
    };
    if (placed.boundMs) run.boundMs = placed.boundMs;
    const savedMs = before ? savedAfter(workload, before, before.endMs!) : 0;
    if (savedMs > 0) run.savedMs = savedMs;
    history.runs = withOneMore(history.runs, run);
    this.#become(history, "starting", now);
    const durationMs = runningTime(workload, attempt, savedMs, placed.nodes.length);
    const reapedAfterMs = this.#parts.reaper.endsAfter(workload, durationMs);
    if (reapedAfterMs !== undefined) run.reapedMs = runningMs + reapedAfterMs;
    this.#runEndsMs[workload.id] = run.reapedMs ?? runningMs + durationMs;
    this.#parts.events.add(this.#runEndsMs[workload.id]!, RUN_ENDS, workload.id);
  }

  /** The time of a run is over: it succeeds, or fails and may be tried again, or has idled for too long. */
  endRun(history: WorkloadHistory, now: number): void {
    const { workload } = history;
    const run = history.runs.at(-1);
    if (!run || run.endMs !== undefined || this.#runEndsMs[workload.id] !== now) return;
    if (run.reapedMs === now) this.#end(history, "reaped", now);
    else if (run.attempt + 1 < workload.attempts.length) this.#makePodsAgain(history, "failed", now);
    else this.#end(history, workload.attempts[run.attempt]!.fails ? "failed" : "succeeded", now);
  }

  /** Pods of gangs end and are made again on other nodes, within their admission; who waits gets the room that they leave. */
  makeRoom(waiting: WorkloadHistory, moves: readonly Move[], now: number): void {
    for (const { history } of moves) this.#endPods(history, "moved", now);
    for (const { history, nodes } of moves) this.#startAgain(history, nodes, now);
    if (this.#place(waiting, now)) this.#parts.unplaced.remove(waiting);
  }

  /** A node goes from under it. A Job makes its pods again; nothing does so for a plain Pod. */
  loseNode(history: WorkloadHistory, node: number, now: number): void {
    if (history.state === "unplaced") this.#loseBoundPods(history, node, now);
    else if (history.workload.kind === "Job") this.#makePodsAgain(history, "lost", now, node);
    else {
      this.#endPods(history, "lost", now, node);
      this.#finish(history, "failed", now);
    }
  }

  /** A gang that has not started loses its pods on a node: a Job makes these again, the others stay. */
  #loseBoundPods(history: WorkloadHistory, node: number, now: number): void {
    const { pods, unplaced } = this.#parts;
    const here = boundPods(history).filter((pod) => pod.node === node);
    pods.unbind(history, here, "lost", now);
    if (history.workload.kind === "Job")
      this.#become(history, "unplaced", now); // It asks for more than before.
    else {
      unplaced.remove(history);
      pods.unbindAll(history, "failed", now);
      this.#finish(history, "failed", now);
    }
  }

  /** A Job makes its pods again. Where Kueue chooses their nodes, it does so after all that changes at this instant. */
  #makePodsAgain(history: WorkloadHistory, outcome: "failed" | "lost", now: number, lostNode?: number): void {
    const { flavor, eviction } = history.holds.at(-1)!;
    if (this.#parts.topology.isAware(flavor) && !eviction) {
      if (!this.#restarts.has(history)) this.#restarts.set(history, { outcome, lostNode });
      return;
    }
    this.#endPods(history, outcome, now, lostNode);
    this.#waitForNodes(history, now);
  }

  /** Its pods go where Kueue has them go; if that is nowhere, it is evicted. */
  #restart(history: WorkloadHistory, outcome: "failed" | "lost", now: number, lostNode?: number): void {
    const { topology } = this.#parts;
    const hold = history.holds.at(-1)!;
    const run = history.runs.at(-1)!;
    if (run.endMs !== undefined) return; // It was evicted at this very instant.
    const again = topology.again(history.workload, hold.flavor, run.nodes);
    this.#endPods(history, outcome, now, lostNode);
    if (hold.eviction || !again)
      this.#evict(history, hold.eviction ?? { atMs: now, reason: "NodeFailures", underlyingCause: "" }, now);
    else this.#startAgain(history, again, now);
  }

  #startAgain(history: WorkloadHistory, nodes: readonly number[], now: number): void {
    this.#expectRecovery(history, now);
    this.#start(history, this.#parts.pods.placeOn(history, nodes), now);
  }

  /** It is over, with its run. */
  #end(history: WorkloadHistory, outcome: "succeeded" | "failed" | "reaped", now: number): void {
    this.#endPods(history, outcome, now);
    this.#finish(history, outcome === "failed" ? "failed" : "succeeded", now);
  }

  #endPods(history: WorkloadHistory, outcome: NonNullable<Run["outcome"]>, now: number, lostNode?: number): void {
    const run = history.runs.at(-1)!;
    this.#parts.pods.endRun(history, run, outcome, now);
    if (lostNode !== undefined) run.lostNode = lostNode;
  }

  /** Its pods are made again and wait for nodes, within the same admission. */
  #waitForNodes(history: WorkloadHistory, now: number): void {
    const { eviction } = history.holds.at(-1)!;
    if (eviction) this.#evict(history, eviction, now);
    else {
      this.#become(history, "unplaced", now);
      this.#parts.unplaced.add(history, false);
      this.#expectRecovery(history, now);
    }
  }

  #expectRecovery(history: WorkloadHistory, now: number): void {
    const { podsReadyRecoveryMinutes: minutes } = this.#parts.scenario;
    if (minutes !== undefined && history.runs.at(-1)!.runningMs <= now)
      this.#parts.events.add(now + Math.round(minutes * MINUTE_MS), PODS_RECOVERY_TIMEOUT, history.workload.id);
  }

  #finish(history: WorkloadHistory, state: "succeeded" | "failed", now: number): void {
    const hold = history.holds.at(-1)!;
    hold.endMs = now;
    hold.end = "finished";
    this.#become(history, state, now);
    this.#parts.admission.release(history.workload);
  }

  /** Pods that run get time to end; those that have no node, or wait on it for such ones, are gone at once. */
  tellToGo(history: WorkloadHistory, eviction: Eviction, now: number): void {
    const hold = history.holds.at(-1)!;
    if (hold.eviction) return;
    if (this.#graceMs === 0 || history.state === "unplaced") this.#evict(history, eviction, now);
    else {
      hold.eviction = eviction;
      this.#parts.events.add(now + this.#graceMs, PODS_GONE, history.workload.id);
    }
  }

  /** The grace of one who was told to go is over, if this is when it is. */
  endGrace(history: WorkloadHistory, now: number): void {
    const { endMs, eviction } = history.holds.at(-1)!;
    if (endMs === undefined && eviction && eviction.atMs + this.#graceMs === now) this.#evict(history, eviction, now);
  }

  /** Evicts a workload whose pods were to run by now, and since some time do not. */
  timeOut(history: WorkloadHistory, underlyingCause: "WaitForStart" | "WaitForRecovery", now: number): void {
    const { podsReadyTimeoutMinutes, podsReadyRecoveryMinutes } = this.#parts.scenario;
    const hold = history.holds.at(-1);
    if (!hold || hold.endMs !== undefined || hold.eviction) return;
    const starts = underlyingCause === "WaitForStart";
    const wasReady = (run: Run) => run.runningMs <= (run.endMs ?? now);
    const since = starts
      ? hold.reservedMs
      : history.runs.findLast((run) => run.endMs !== undefined && wasReady(run))?.endMs;
    const minutes = starts ? podsReadyTimeoutMinutes : podsReadyRecoveryMinutes;
    if (since === undefined || since + Math.round(minutes! * MINUTE_MS) !== now) return;
    if (!history.runs.some((run) => run.placedMs >= since && wasReady(run)))
      this.#evict(history, { atMs: now, reason: "PodsReadyTimeout", underlyingCause }, now);
  }

  /** Its pods are gone: it gives everything back, and queues again. */
  #evict(history: WorkloadHistory, eviction: Eviction, now: number): void {
    const { pods, unplaced, admission, events } = this.#parts;
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const run = history.runs.at(-1);
    if (run && run.endMs === undefined) pods.endRun(history, run, "evicted", now);
    else if (history.state === "unplaced") {
      unplaced.remove(history);
      pods.unbindAll(history, "evicted", now);
    }
    hold.endMs = now;
    hold.end = "evicted";
    hold.eviction = eviction;
    this.#become(history, "pending", now);
    admission.release(workload);
    const timeouts = history.holds.filter((one) => one.eviction?.reason === "PodsReadyTimeout").length;
    hold.requeueMs = now + (eviction.reason === "PodsReadyTimeout" ? backoffMs(timeouts) : REQUEUE_MS);
    events.add(hold.requeueMs, REQUEUE, workload.id);
  }

  /** It may try again. Who was preempted or drained keeps the place of its creation. */
  requeue({ workload, holds }: WorkloadHistory): void {
    const { endMs: evictedMs, eviction } = holds.at(-1)!;
    const sinceMs = eviction!.reason === "PodsReadyTimeout" ? evictedMs! : workload.createdMs;
    this.#parts.admission.enqueue(workload, sinceMs);
  }

  #become(history: WorkloadHistory, state: WorkloadState, now: number): void {
    history.state = state;
    this.#parts.truth?.stateChanged(history, now);
  }
}

import { batchDemand } from "../demand/batch.js";
import type { Workload } from "../demand/workload.js";
import type { Scenario } from "../scenario/schema.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { Admission, type Admitted, type Preempted } from "./admission.js";
import { runningTime, savedAfter } from "./checkpoint.js";
import { listNodes, placeStandalone } from "./cluster.js";
import { EventQueue } from "./event-queue.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import { bindPods, boundPods, completeGang, unmetRequest } from "./half-placed.js";
import {
  asAdmitted,
  type EarlyPod,
  type Eviction,
  type OutageSpan,
  type Run,
  type SimulatedNode,
  type StandalonePod,
  type WorkloadHistory,
  type WorkloadState,
} from "./history.js";
import { listOutages, stopsPods } from "./outages.js";
import { placementOf } from "./placement.js";
import { Reach } from "./reach.js";
import { belongsTo, isStopped, listStops, type StopSpan } from "./stops.js";
import { Topology } from "./topology.js";
import { type Cause, type CauseSpan, Truth } from "./truth.js";
import { Unplaced } from "./unplaced.js";

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
  readonly outages: readonly OutageSpan[];
  /** By workload id: when it waited and why, in order; empty without truth. */
  readonly waits: readonly (readonly CauseSpan[])[];
}

export interface SimulateOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Demand to run instead of the scenario's own, in order of creation with ids 0, 1, 2 … */
  readonly workloads?: readonly Workload[] | undefined;
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
  readonly topology: Topology;
  readonly workloads: readonly WorkloadHistory[];
  /** Those that wait, each with what it asks for and its cause; none without truth. */
  readonly waiting: readonly {
    readonly history: WorkloadHistory;
    readonly request: GangRequest;
    readonly cause: Cause;
  }[];
}

/** Kinds of events; of two at the same time the lower goes first, so that room is given back before it is asked for. */
const RUN_ENDS = 0;
const PODS_READY_TIMEOUT = 1;
const REQUEUE = 2;
const NODE_CHANGES = 3;
const PODS_RECOVERY_TIMEOUT = 4;
const PODS_GONE = 5;
const QUEUE_CHANGES = 6;

/** Until whoever was preempted or drained is back in its queue: at once, it could take what it left before its preemptor. */
const REQUEUE_MS = SECOND_MS;

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
  const placement = placementOf(scenario, seed, nodes, free, demand);
  const standalone = placeStandalone(scenario, nodes, free);
  const reach = new Reach(scenario, nodes);
  const events = new EventQueue();
  const histories = demand.map((workload): WorkloadHistory => ({ workload, holds: [], runs: [], state: "pending" }));
  const topology = new Topology(scenario, nodes, reach, free, ({ id }) => {
    const run = histories[id]!.runs.at(-1);
    return run && run.endMs === undefined ? run.nodes : [];
  });
  const admission = new Admission(scenario, topology);
  const unplaced = new Unplaced();
  const outages = listOutages(scenario, seed, nodes, telemetryStartMs, endMs);
  const stops = listStops(scenario, telemetryStartMs, endMs);
  const outagesOf = nodes.map((): OutageSpan[] => []);
  for (const outage of outages) outagesOf[outage.node]!.push(outage);
  /** Who has pods on each node; undefined if no node ever ends what runs there. */
  const residents = outages.some(stopsPods) ? nodes.map(() => new Set<WorkloadHistory>()) : undefined;
  const graceMs = Math.round((scenario.terminationGraceSeconds ?? 30) * SECOND_MS);
  /** When the present run of each workload is to end. */
  const runEndsMs = new Float64Array(demand.length);
  /** Of topology-aware flavors, gangs whose pods are made again at this instant, and what ended those before. */
  const restarts = new Map<WorkloadHistory, { outcome: "failed" | "lost"; lostNode: number | undefined }>();
  const truth = wantTruth ? new Truth(demand.length, admission, reach, topology, nodes) : undefined;

  outages.forEach((outage, i) => {
    if (outage.toMs <= 0) return;
    events.add(Math.max(0, outage.fromMs), NODE_CHANGES, i);
    if (outage.toMs < endMs) events.add(outage.toMs, NODE_CHANGES, i);
  });

  stops.forEach((stop, i) => {
    if (stop.toMs <= 0) return;
    events.add(stop.fromMs, QUEUE_CHANGES, i);
    if (stop.toMs < endMs) events.add(stop.toMs, QUEUE_CHANGES, i);
  });

  const become = (history: WorkloadHistory, state: WorkloadState, now: number) => {
    history.state = state;
    truth?.stateChanged(history, now);
  };

  const placeTogether = (history: WorkloadHistory, now: number): boolean => {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const nodes = free.place(asAdmitted(workload, hold), reach.nodesOfFlavor(workload, hold.flavor), placement);
    if (!nodes) return false;
    start(history, { nodes }, now);
    return true;
  };

  /** Each pod takes a node as soon as there is one for it, and keeps it; the last one starts the gang. */
  const placeOneByOne = (history: WorkloadHistory, now: number): boolean => {
    const { workload, holds } = history;
    const request = unmetRequest(history);
    const nodes = free.placeSome(request, reach.nodesOfFlavor(workload, holds.at(-1)!.flavor), placement);
    if (nodes.length === 0) return false;
    bindPods(history, nodes, now);
    if (residents) for (const node of nodes) residents[node]!.add(history);
    if (nodes.length === request.pods) {
      start(history, completeGang(history, now), now);
      return true;
    }
    if (history.state === "unplaced") become(history, "unplaced", now); // It asks for less than before.
    return false;
  };

  const place = scenario.binding === "pod" ? placeOneByOne : placeTogether;

  /** Its pods are bound to these nodes, whose room they have taken. */
  const start = (history: WorkloadHistory, placed: Pick<Run, "nodes" | "boundMs">, now: number) => {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const attempt = history.runs.filter((run) => run.outcome === "failed").length;
    const before = history.runs.at(-1);
    const runningMs = now + workload.startupMs;
    const run: Run = {
      attempt,
      podsCreatedMs: Math.max(hold.reservedMs, before?.endMs ?? 0),
      placedMs: now,
      runningMs,
      ...placed,
    };
    const savedMs = before ? savedAfter(workload, before, before.endMs!) : 0;
    if (savedMs > 0) run.savedMs = savedMs;
    history.runs.push(run);
    if (residents) for (const node of placed.nodes) residents[node]!.add(history);
    become(history, "starting", now);
    runEndsMs[workload.id] = runningMs + runningTime(workload, attempt, savedMs, placed.nodes.length);
    events.add(runEndsMs[workload.id]!, RUN_ENDS, workload.id);
  };

  /** The same, on nodes that Kueue has chosen. */
  const bind = (history: WorkloadHistory, chosen: readonly number[], now: number) => {
    topology.take(free, history.workload, chosen);
    start(history, { nodes: chosen }, now);
  };

  /** There may be more room on a node than before. */
  const roomGrew = (node: number) => {
    unplaced.roomGrew(node);
    admission.roomChanged();
  };

  const leaveNodes = (history: WorkloadHistory, run: Run, outcome: NonNullable<Run["outcome"]>, now: number) => {
    run.endMs = now;
    run.outcome = outcome;
    free.release(history.workload, run.nodes);
    for (const node of run.nodes) roomGrew(node);
    if (residents) for (const node of run.nodes) residents[node]!.delete(history);
  };

  /** Pods of a gang that has not started leave their nodes. */
  const unbind = (
    history: WorkloadHistory,
    pods: readonly EarlyPod[],
    outcome: NonNullable<EarlyPod["outcome"]>,
    now: number,
  ) => {
    if (pods.length === 0) return;
    for (const pod of pods) {
      pod.endMs = now;
      pod.outcome = outcome;
      residents?.[pod.node]?.delete(history);
    }
    free.release(
      history.workload,
      pods.map(({ node }) => node),
    );
    for (const { node } of pods) roomGrew(node);
  };

  /** Its pods are made again and wait for nodes, within the same admission. */
  const waitForNodes = (history: WorkloadHistory, now: number) => {
    const { eviction } = history.holds.at(-1)!;
    if (eviction) return evict(history, eviction, now);
    become(history, "unplaced", now);
    unplaced.add(history, false);
    expectRecovery(history, now);
  };

  const expectRecovery = (history: WorkloadHistory, now: number) => {
    const { podsReadyRecoveryMinutes } = scenario;
    if (podsReadyRecoveryMinutes !== undefined && history.runs.at(-1)!.runningMs <= now)
      events.add(now + Math.round(podsReadyRecoveryMinutes * MINUTE_MS), PODS_RECOVERY_TIMEOUT, history.workload.id);
  };

  /** A Job makes its pods again. Where Kueue chooses their nodes, it does so after all that changes at this instant. */
  const makePodsAgain = (history: WorkloadHistory, outcome: "failed" | "lost", now: number, lostNode?: number) => {
    const { flavor, eviction } = history.holds.at(-1)!;
    if (topology.isAware(flavor) && !eviction) {
      if (!restarts.has(history)) restarts.set(history, { outcome, lostNode });
      return;
    }
    endPods(history, outcome, now, lostNode);
    waitForNodes(history, now);
  };

  /** Its pods go where Kueue has them go; if that is nowhere, it is evicted. */
  const restart = (history: WorkloadHistory, outcome: "failed" | "lost", now: number, lostNode?: number) => {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const run = history.runs.at(-1)!;
    if (run.endMs !== undefined) return; // It was evicted at this very instant.
    const again = topology.again(workload, hold.flavor, run.nodes);
    endPods(history, outcome, now, lostNode);
    if (hold.eviction || !again)
      return evict(history, hold.eviction ?? { atMs: now, reason: "NodeFailures", underlyingCause: "" }, now);
    expectRecovery(history, now);
    bind(history, again, now);
  };

  const endPods = (history: WorkloadHistory, outcome: NonNullable<Run["outcome"]>, now: number, lostNode?: number) => {
    const run = history.runs.at(-1)!;
    leaveNodes(history, run, outcome, now);
    if (lostNode !== undefined) run.lostNode = lostNode;
  };

  const finish = (history: WorkloadHistory, state: "succeeded" | "failed", now: number) => {
    const hold = history.holds.at(-1)!;
    hold.endMs = now;
    hold.end = "finished";
    become(history, state, now);
    admission.release(asAdmitted(history.workload, hold), hold.flavor);
  };

  const admit = ({ workload, flavor, pods, borrowed, nodes: chosen }: Admitted, now: number) => {
    const history = histories[workload.id]!;
    history.holds.push({ reservedMs: now, flavor, ...(pods < workload.pods ? { pods } : {}), borrowed });
    if (scenario.podsReadyTimeoutMinutes !== undefined)
      events.add(now + Math.round(scenario.podsReadyTimeoutMinutes * MINUTE_MS), PODS_READY_TIMEOUT, workload.id);
    if (chosen) return bind(history, chosen, now);
    if (place(history, now)) return;
    become(history, "unplaced", now);
    unplaced.add(history, true);
  };

  const fitsOn = (history: WorkloadHistory, node: number) => free.fitting(history.workload, node) > 0;

  const preempted: Preempted[] = [];
  const onPreempted = (one: Preempted) => {
    preempted.push(one);
  };

  /** Whatever changed at this instant, brings the cluster to where nothing more can be admitted or placed. */
  const settle = (now: number) => {
    for (const [history, { outcome, lostNode }] of restarts) restart(history, outcome, now, lostNode);
    restarts.clear();
    for (;;) {
      unplaced.placeWhatFits(now, fitsOn, place);
      admission.admit(now, admit, onPreempted);
      if (preempted.length === 0) return;
      for (const { workload, reason, preemptor } of preempted.splice(0)) {
        const preemption = { reason, preemptor: preemptor.id };
        tellToGo(histories[workload.id]!, { atMs: now, reason: "Preempted", underlyingCause: "", preemption }, now);
      }
    }
  };

  const endRun = (history: WorkloadHistory, now: number) => {
    const { workload } = history;
    const run = history.runs.at(-1);
    if (!run || run.endMs !== undefined || runEndsMs[workload.id] !== now) return;
    if (run.attempt + 1 < workload.attempts.length) return makePodsAgain(history, "failed", now);
    const outcome = workload.attempts[run.attempt]!.fails ? "failed" : "succeeded";
    endPods(history, outcome, now);
    finish(history, outcome, now);
  };

  /** A Job makes its pods again; nothing does so for a plain Pod. */
  const loseRun = (history: WorkloadHistory, node: number, now: number) => {
    if (history.workload.kind === "Job") return makePodsAgain(history, "lost", now, node);
    endPods(history, "lost", now, node);
    finish(history, "failed", now);
  };

  /** A gang that has not started loses its pods on a node: a Job makes these again, the others stay. */
  const losePods = (history: WorkloadHistory, node: number, now: number) => {
    const here = boundPods(history).filter((pod) => pod.node === node);
    unbind(history, here, "lost", now);
    if (history.workload.kind === "Job") return become(history, "unplaced", now); // It asks for more than before.
    unplaced.remove(history);
    unbind(history, boundPods(history), "failed", now);
    finish(history, "failed", now);
  };

  /** Pods that run get time to end; those that have no node, or wait on it for such ones, are gone at once. */
  const tellToGo = (history: WorkloadHistory, eviction: Eviction, now: number) => {
    const hold = history.holds.at(-1)!;
    if (hold.eviction) return;
    if (graceMs === 0 || history.state === "unplaced") return evict(history, eviction, now);
    hold.eviction = eviction;
    events.add(now + graceMs, PODS_GONE, history.workload.id);
  };

  /** Its pods are gone: it gives everything back, and queues again. */
  const evict = (history: WorkloadHistory, eviction: Eviction, now: number) => {
    const { workload } = history;
    const hold = history.holds.at(-1)!;
    const run = history.runs.at(-1);
    if (run && run.endMs === undefined) leaveNodes(history, run, "evicted", now);
    else if (history.state === "unplaced") {
      unplaced.remove(history);
      unbind(history, boundPods(history), "evicted", now);
    }
    hold.endMs = now;
    hold.end = "evicted";
    hold.eviction = eviction;
    become(history, "pending", now);
    admission.release(asAdmitted(workload, hold), hold.flavor);
    const timeouts = history.holds.filter((one) => one.eviction?.reason === "PodsReadyTimeout").length;
    hold.requeueMs = now + (eviction.reason === "PodsReadyTimeout" ? backoffMs(timeouts) : REQUEUE_MS);
    events.add(hold.requeueMs, REQUEUE, workload.id);
  };

  /** Evicts a workload whose pods were to run by now, and since some time do not. */
  const timeOut = (history: WorkloadHistory, underlyingCause: "WaitForStart" | "WaitForRecovery", now: number) => {
    const hold = history.holds.at(-1);
    if (!hold || hold.endMs !== undefined || hold.eviction) return;
    const starts = underlyingCause === "WaitForStart";
    const wasReady = (run: Run) => run.runningMs <= (run.endMs ?? now);
    const since = starts
      ? hold.reservedMs
      : history.runs.findLast((run) => run.endMs !== undefined && wasReady(run))?.endMs;
    const minutes = starts ? scenario.podsReadyTimeoutMinutes : scenario.podsReadyRecoveryMinutes;
    if (since === undefined || since + Math.round(minutes! * MINUTE_MS) !== now) return;
    if (!history.runs.some((run) => run.placedMs >= since && wasReady(run)))
      evict(history, { atMs: now, reason: "PodsReadyTimeout", underlyingCause }, now);
  };

  const changeNode = (node: number, now: number) => {
    const active = outagesOf[node]!.filter((outage) => outage.fromMs <= now && now < outage.toMs);
    free.setSchedulable(node, active.length === 0);
    roomGrew(node);
    if (!residents || !active.some(stopsPods)) return;
    for (const history of residents[node]!)
      if (history.state === "unplaced") losePods(history, node, now);
      else loseRun(history, node, now);
  };

  const changeQueue = (stop: StopSpan, now: number) => {
    const stopped = isStopped(stops, stop.queue, now);
    if (stop.kind === "ClusterQueue") admission.setStopped(stop.queue, stopped);
    else admission.setLocalQueueStopped(stop.queue, stopped);
    if (!stop.drains || stop.fromMs !== now) return;
    for (const history of histories) {
      if (history.workload.createdMs >= now) break;
      const hold = history.holds.at(-1);
      if (!belongsTo(history.workload, stop) || !hold || hold.endMs !== undefined) continue;
      tellToGo(history, { atMs: now, reason: `${stop.kind}Stopped`, underlyingCause: "" }, now);
    }
  };

  const handle = (kind: number, subject: number, now: number) => {
    switch (kind) {
      case RUN_ENDS:
        return endRun(histories[subject]!, now);
      case PODS_READY_TIMEOUT:
        return timeOut(histories[subject]!, "WaitForStart", now);
      case PODS_RECOVERY_TIMEOUT:
        return timeOut(histories[subject]!, "WaitForRecovery", now);
      case REQUEUE: {
        const { workload, holds } = histories[subject]!;
        const { endMs: evictedMs, eviction } = holds.at(-1)!;
        // Who was preempted or drained keeps the place of its creation.
        return admission.enqueue(workload, eviction!.reason === "PodsReadyTimeout" ? evictedMs! : workload.createdMs);
      }
      case PODS_GONE: {
        const hold = histories[subject]!.holds.at(-1)!;
        if (hold.endMs === undefined && hold.eviction && hold.eviction.atMs + graceMs === now)
          evict(histories[subject]!, hold.eviction, now);
        return;
      }
      case QUEUE_CHANGES:
        return changeQueue(stops[subject]!, now);
      case NODE_CHANGES:
        return changeNode(outages[subject]!.node, now);
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
    onSettled?.({
      now,
      free,
      admission,
      topology,
      workloads: histories,
      get waiting() {
        return truth?.waiting ?? [];
      },
    });
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
    outages,
    waits: truth?.spans.slice(0, next) ?? [],
  };
}

import { batchDemand } from "../demand/batch.js";
import type { Workload } from "../demand/workload.js";
import type { Scenario } from "../scenario/schema.js";
import { DAY_MS, HOUR_MS } from "../units/time.js";
import { Admission } from "./admission.js";
import { listNodes, placeStandalone } from "./cluster.js";
import {
  NODE_CHANGES,
  PODS_GONE,
  PODS_READY_TIMEOUT,
  PODS_RECOVERY_TIMEOUT,
  QUEUE_CHANGES,
  QUOTA_CHANGES,
  REPACK,
  REQUEUE,
  RUN_ENDS,
} from "./event-kinds.js";
import { EventQueue } from "./event-queue.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import type { OutageSpan, SimulatedNode, StandalonePod, WorkloadHistory } from "./history.js";
import { Lifecycle } from "./lifecycle.js";
import { listOutages, stopsPods } from "./outages.js";
import { placementOf } from "./placement.js";
import { PodsOnNodes } from "./pods-on-nodes.js";
import { Reach } from "./reach.js";
import { Reaper } from "./reaper.js";
import { Repacker } from "./repacker.js";
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
  const outages = listOutages(scenario, seed, nodes, telemetryStartMs, endMs);
  const stops = listStops(scenario, telemetryStartMs, endMs);
  const histories = demand.map((workload): WorkloadHistory => ({ workload, holds: [], runs: [], state: "pending" }));

  const free = new FreeRoom(nodes);
  const placement = placementOf(scenario, seed, nodes, free, demand);
  const standalone = placeStandalone(scenario, nodes, free);
  const reach = new Reach(scenario, nodes);
  const topology = new Topology(scenario, nodes, reach, free, ({ id }) => {
    const run = histories[id]!.runs.at(-1);
    return run && run.endMs === undefined ? run.nodes : [];
  });
  const admission = new Admission(scenario, topology);
  const unplaced = new Unplaced();
  const onRoomGrew = (node: number) => {
    unplaced.roomGrew(node);
    admission.roomChanged();
  };
  const repacks = scenario.nodegroups.flatMap(({ name, repackEveryHours: hours }) =>
    hours === undefined ? [] : [{ nodegroup: name, everyMs: Math.round(hours * HOUR_MS) }],
  );
  const knowsResidents = outages.some(stopsPods) || repacks.length > 0;
  const pods = new PodsOnNodes({ scenario, free, placement, reach, topology, knowsResidents, onRoomGrew });
  const truth = wantTruth ? new Truth(demand.length, admission, reach, topology, nodes) : undefined;
  const events = new EventQueue();
  const reaper = new Reaper(scenario, seed);
  const lifecycle = new Lifecycle({ scenario, histories, events, admission, pods, unplaced, topology, reaper, truth });

  const repacker = repacks.length > 0 ? new Repacker({ nodes, free, pods, reach, topology }) : undefined;
  repacks.forEach(({ everyMs }, i) => {
    events.add(everyMs, REPACK, i);
  });
  const due = new Set<string>();

  const outagesOf = nodes.map((): OutageSpan[] => []);
  for (const outage of outages) outagesOf[outage.node]!.push(outage);
  const announce = (kind: number, spans: readonly { readonly fromMs: number; readonly toMs: number }[]) => {
    spans.forEach(({ fromMs, toMs }, i) => {
      if (toMs <= 0) return;
      events.add(Math.max(0, fromMs), kind, i);
      if (toMs < endMs) events.add(toMs, kind, i);
    });
  };
  announce(NODE_CHANGES, outages);
  announce(QUEUE_CHANGES, stops);
  const quotaHours = admission.quotaChangeHours;
  quotaHours.forEach((hour, i) => {
    const atMs = Math.round(telemetryStartMs + hour * HOUR_MS);
    if (0 < atMs && atMs < endMs) events.add(atMs, QUOTA_CHANGES, i);
  });

  const changeNode = (node: number, now: number) => {
    const active = outagesOf[node]!.filter((outage) => outage.fromMs <= now && now < outage.toMs);
    free.setSchedulable(node, active.length === 0);
    onRoomGrew(node);
    if (active.some(stopsPods)) for (const history of pods.residents(node)) lifecycle.loseNode(history, node, now);
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
      lifecycle.tellToGo(history, { atMs: now, reason: `${stop.kind}Stopped`, underlyingCause: "" }, now);
    }
  };

  /** One gang after another finds room, as long as any can. */
  const repack = (nodegroup: string, now: number) => {
    for (let found = true; found; ) {
      found = false;
      const hopeless = new Set<unknown>();
      for (const { history, line } of unplaced.inOrder) {
        if (hopeless.has(line)) continue;
        const moves = repacker!.plan(history, nodegroup, now);
        if (!moves) hopeless.add(line);
        else {
          lifecycle.makeRoom(history, moves, now);
          lifecycle.settle(now);
          found = true;
          break;
        }
      }
    }
  };

  const handle = (kind: number, subject: number, now: number) => {
    switch (kind) {
      case RUN_ENDS:
        return lifecycle.endRun(histories[subject]!, now);
      case PODS_READY_TIMEOUT:
        return lifecycle.timeOut(histories[subject]!, "WaitForStart", now);
      case PODS_RECOVERY_TIMEOUT:
        return lifecycle.timeOut(histories[subject]!, "WaitForRecovery", now);
      case REQUEUE:
        return lifecycle.requeue(histories[subject]!);
      case PODS_GONE:
        return lifecycle.endGrace(histories[subject]!, now);
      case QUEUE_CHANGES:
        return changeQueue(stops[subject]!, now);
      case QUOTA_CHANGES:
        admission.changeQuotas(quotaHours[subject]!);
        truth?.quotasChanged(now);
        return;
      case REPACK:
        due.add(repacks[subject]!.nodegroup);
        events.add(now + repacks[subject]!.everyMs, REPACK, subject);
        return;
      case NODE_CHANGES:
        return changeNode(outages[subject]!.node, now);
    }
  };

  let next = 0;
  const tellSettled = (now: number) => {
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
  };
  // Before anything happens, if nothing does at once.
  if (Math.min(events.nextTime, demand[0]?.createdMs ?? Number.POSITIVE_INFINITY) > 0) tellSettled(0);
  /** All that happens before a time. */
  const runUntil = (untilMs: number) => {
    for (;;) {
      const arrives = next < demand.length ? demand[next]!.createdMs : Number.POSITIVE_INFINITY;
      const now = Math.min(events.nextTime, arrives);
      if (now >= untilMs) return;
      while (events.nextTime === now) {
        const [kind, subject] = [events.nextKind, events.nextSubject];
        events.pop();
        handle(kind, subject, now);
      }
      while (next < demand.length && demand[next]!.createdMs === now) {
        lifecycle.arrive(histories[next]!, now);
        next++;
      }
      lifecycle.settle(now);
      for (const nodegroup of due) repack(nodegroup, now);
      due.clear();
      truth?.settle(now, free);
      tellSettled(now);
    }
  };
  for (let hour = 1; hour * HOUR_MS <= endMs; hour++) {
    runUntil(hour * HOUR_MS);
    yield hour;
  }
  runUntil(endMs);
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

import { gpus, localQueueOf, type Workload } from "../demand/workload.js";
import { waitTarget } from "../diagnosis/waits.js";
import { MONTH_HOURS } from "../plan/capacity.js";
import type { Scenario } from "../scenario/schema.js";
import type { WorkloadHistory } from "../simulation/history.js";
import { lostWork } from "../simulation/lost-work.js";
import { type Occupancy, occupancyByHours } from "../simulation/occupancy.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Cause } from "../simulation/truth.js";
import { kaplanMeier, type Lifetime, lifetimeQuantile, mean } from "../statistics/index.js";
import { contractOf } from "../telemetry/contract.js";
import { type SupplyState, type SupplyTruth, supplyTruth } from "../telemetry/supply-truth.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { waitingTruth, whereItCouldRun } from "../telemetry/waiting-truth.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** What came of a LocalQueue's work. */
export interface QueueOutcome {
  /** namespace/name */
  readonly queue: string;
  /** Created while telemetry would last. */
  readonly workloads: number;
  readonly unmetGpuHours: number;
  /**
   * p95 of the wait from creation to nodes, of those, s: with those that still waited at the end as far as they had
   * (Kaplan and Meier). Null where that is beyond what was seen, or there are none.
   */
  readonly waitP95Seconds: number | null;
  /** Targets for the p95 of their wait, s, ascending: they differ by size where the LocalQueue has none of its own. */
  readonly waitTargetsSeconds: readonly number[];
  /** Share of them that waited longer than their target; who still waited at the end counts once it had. */
  readonly missedShare: number;
}

/** What one ClusterQueue's work waited for the same nodegroups. */
export interface Waited {
  readonly clusterQueue: string;
  /** The first is where it is counted. */
  readonly nodegroups: readonly string[];
  readonly gpuHours: Readonly<Partial<Record<Cause, number>>>;
}

/** What came of one simulation while its telemetry would last, as its truth knows it. */
export interface Outcome {
  readonly hours: number;
  /** GPU-hours asked for that waited. */
  readonly unmetGpuHours: number;
  /** The same by cause, by who waited for what: ClusterQueue, and every nodegroup that its flavors reach and that could run it. */
  readonly waiting: readonly Waited[];
  /** The same by hour, from the first on. */
  readonly unmetGpuHoursByHour: readonly number[];
  readonly queues: readonly QueueOutcome[];
  /** p95 of the wait from creation to nodes of a GPU that is asked for, as that of a queue. */
  readonly waitP95Seconds: number | null;
  /** On average over the full hours: free GPUs that are left over once nodes are filled with what could run there. */
  readonly strandedGpus: number;
  /** What GPUs that were held and idle, and that nobody held, cost a month at this rate, US dollars. */
  readonly idleUsdPerMonth: number;
  /** In whose hands GPUs were idle, the most first. */
  readonly idleOwners: readonly string[];
  readonly unallocatedUsdPerMonth: number;
  readonly evictions: number;
  /** Workloads that were ended for idleness. */
  readonly reaped: number;
  readonly lostGpuHours: number;
}

/** Simulates a scenario, and measures what came of it. */
export function simulateOutcome(scenario: Scenario, seed: number): Outcome {
  const hours = occupancyByHours({ scenario, seed });
  for (;;) {
    const { done, value } = hours.next();
    if (done) return outcomeOf(value.simulation, value.occupancy);
  }
}

/** @param occupancy how full it was at every full hour */
export function outcomeOf(simulation: Simulation, occupancy: readonly Occupancy[]): Outcome {
  const { scenario, workloads, telemetryStartMs, endMs } = simulation;
  const hours = (endMs - telemetryStartMs) / HOUR_MS;
  const byQueue = unmetGpuMsByQueue(simulation);
  const byHour = new Array<number>(Math.ceil(hours)).fill(0);
  const windows = new TruthWindows(simulation, HOUR_MS);
  let [evictions, reaped] = [0, 0];
  for (const { workload, holds, runs } of workloads) {
    for (const { gpus, fromMs, toMs } of simulation.waits[workload.id]!)
      for (const [hour, ms] of windows.cut(fromMs, toMs)) byHour[hour]! += gpus * ms;
    for (const hold of holds) if (hold.end === "evicted" && hold.endMs! >= telemetryStartMs) evictions++;
    for (const run of runs) if (run.outcome === "reaped" && run.endMs! >= telemetryStartMs) reaped++;
  }
  const whole = new TruthWindows(simulation, endMs - telemetryStartMs);
  const waiting = waitingTruth(simulation, whole).map(
    ({ clusterQueue, couldRun, gpuMs }): Waited => ({ clusterQueue, nodegroups: couldRun, gpuHours: inHours(gpuMs) }),
  );
  const prices = new Map(scenario.nodegroups.map(({ name, usdPerGpuHour }) => [name, usdPerGpuHour]));
  const supply = supplyTruth(simulation, whole, 0);
  const usdPerMonth = (state: SupplyState) =>
    supply.reduce((sum, { nodegroup, gpuMs }) => sum + (gpuMs[state] / HOUR_MS) * prices.get(nodegroup)!, 0) *
    (MONTH_HOURS / hours);
  const perHour = new Map<number, number>();
  for (const { nowMs, stranded } of occupancy)
    if (nowMs >= telemetryStartMs) perHour.set(nowMs, (perHour.get(nowMs) ?? 0) + stranded);
  const targetOf = targetsOf(scenario);
  return {
    hours,
    unmetGpuHours: sum(waiting.flatMap(({ gpuHours }) => Object.values(gpuHours))),
    waiting,
    unmetGpuHoursByHour: byHour.map((gpuMs) => gpuMs / HOUR_MS),
    queues: scenario.localQueues.map(({ namespace, name }) => {
      const queue = `${namespace}/${name}`;
      const mine = workloads.filter(
        ({ workload }) => workload.createdMs >= telemetryStartMs && localQueueOf(workload) === queue,
      );
      const waits = mine.map((history) => waitOf(history, endMs));
      const missed = mine.filter(({ workload }, i) => waits[i]!.duration > targetOf(workload) * SECOND_MS);
      return {
        queue,
        workloads: mine.length,
        unmetGpuHours: (byQueue.get(queue) ?? 0) / HOUR_MS,
        waitP95Seconds: p95Seconds(waits),
        waitTargetsSeconds: [...new Set(mine.map(({ workload }) => targetOf(workload)))].sort((a, b) => a - b),
        missedShare: mine.length === 0 ? 0 : missed.length / mine.length,
      };
    }),
    waitP95Seconds: gpuP95Seconds(
      workloads.filter(({ workload }) => workload.createdMs >= telemetryStartMs),
      endMs,
    ),
    strandedGpus: mean([...perHour.values()]) ?? 0,
    idleUsdPerMonth: usdPerMonth("idle"),
    idleOwners: idleOwners(scenario, supply),
    unallocatedUsdPerMonth: usdPerMonth("unallocated"),
    evictions,
    reaped,
    lostGpuHours: sum(lostWork(simulation).values()) / HOUR_MS,
  };
}

/** GPU-ms asked for that waited while telemetry would last, by LocalQueue: whole numbers, so that sums are exact. */
export function unmetGpuMsByQueue({
  workloads,
  waits,
  telemetryStartMs,
  endMs,
}: Simulation): ReadonlyMap<string, number> {
  const byQueue = new Map<string, number>();
  for (const { workload } of workloads)
    for (const { gpus, fromMs, toMs } of waits[workload.id]!) {
      const within = Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, telemetryStartMs));
      byQueue.set(localQueueOf(workload), (byQueue.get(localQueueOf(workload)) ?? 0) + gpus * within);
    }
  return byQueue;
}

/** p95 of the wait from creation to nodes of a GPU that some workloads ask for, s, as that of a queue. */
export function gpuP95Seconds(workloads: readonly WorkloadHistory[], endMs: number): number | null {
  return p95Seconds(
    workloads.flatMap((history) => new Array<Wait>(Math.ceil(gpus(history.workload))).fill(waitOf(history, endMs))),
  );
}

function idleOwners(scenario: Scenario, supply: readonly SupplyTruth[]): string[] {
  const { owners } = contractOf(scenario);
  const gpuMs = new Map<string, number>();
  for (const { idleGpuMs } of supply)
    for (const [namespace, ms] of idleGpuMs) {
      const owner = owners[namespace] ?? namespace;
      gpuMs.set(owner, (gpuMs.get(owner) ?? 0) + ms);
    }
  return [...gpuMs.keys()].sort((a, b) => gpuMs.get(b)! - gpuMs.get(a)! || (a < b ? -1 : 1));
}

/** Causes of nothing are left out. */
function inHours(gpuMs: Readonly<Record<Cause, number>>): Partial<Record<Cause, number>> {
  const found = Object.entries(gpuMs).filter(([, ms]) => ms > 0);
  return Object.fromEntries(found.map(([cause, ms]) => [cause, ms / HOUR_MS]));
}

const sum = (values: Iterable<number>) => [...values].reduce((all, value) => all + value, 0);

interface Wait extends Lifetime {
  /** Ms, from creation to its first nodes, or to the end. */
  readonly duration: number;
}

function waitOf({ workload, runs: [first] }: WorkloadHistory, endMs: number): Wait {
  return { duration: (first?.placedMs ?? endMs) - workload.createdMs, ended: first !== undefined };
}

function p95Seconds(waits: readonly Wait[]): number | null {
  const p95 = lifetimeQuantile(kaplanMeier(waits) ?? [], 0.95);
  return p95 === undefined ? null : p95 / SECOND_MS;
}

/** The wait target of a workload, s: as the analysis of a dataset has it, by the first nodegroup that could run it. */
function targetsOf(scenario: Scenario): (workload: Workload) => number {
  const contract = contractOf(scenario);
  const couldRun = whereItCouldRun(scenario);
  return (workload) => waitTarget({ contract }, { ...workload, nodegroup: couldRun(workload)[0]! });
}

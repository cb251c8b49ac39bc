import { gpus, inThousandths } from "../demand/workload.js";
import { originOf } from "../scenario/origin.js";
import type { Resource } from "../scenario/resource-groups.js";
import type { WorkloadHistory } from "../simulation/history.js";
import { lostWork } from "../simulation/lost-work.js";
import type { Occupancy } from "../simulation/occupancy.js";
import type { Simulation } from "../simulation/simulate.js";
import { mean, quantile } from "../statistics/index.js";
import { rounded } from "../units/rounded.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import { supplyTruth } from "./supply-truth.js";
import { TruthWindows } from "./truth-windows.js";

/** What a simulation comes to while its telemetry would last. */
export interface SimulationSummary {
  readonly scenario: string;
  readonly seed: number;
  readonly nodegroups: readonly {
    readonly nodegroup: string;
    readonly gpus: number;
    /** Share of the GPU-hours there are that workloads and pods outside Kueue held. */
    readonly allocatedShare: number;
    /** On average over the full hours, on nodes in service; of these, stranded and fragmented as in occupancy.parquet. */
    readonly freeGpus: number;
    readonly strandedGpus: number;
    /** Fragmented GPUs of the free ones; 0 where nothing was free. */
    readonly fragmentationRate: number;
    /** GPU-hours of work that came to nothing. */
    readonly lostGpuHours: number;
  }[];
  /** Workloads created in this time, by class. Waits are from creation to the first nodes, s. */
  readonly classes: readonly {
    readonly workloadClass: string;
    readonly workloads: number;
    readonly gpus: number;
    /** Of these, those that got nodes before the end. */
    readonly started: number;
    /** Over those that started; null if none did. */
    readonly waitP50Seconds: number | null;
    readonly waitP95Seconds: number | null;
  }[];
  /** Workloads that had no nodes at the end, whenever they were created. */
  readonly waitingAtEnd: number;
  /** GPU-hours that waited, by cause, most first. */
  readonly waitedGpuHours: Readonly<Record<string, number>>;
  /** The same of workloads without GPUs, in hours of each, since they have no GPU-hours. */
  readonly waitedHoursWithoutGpus: Readonly<Record<string, number>>;
  /** Of what waited for quota, by ClusterQueue in the scenario's order: which resources it had none of, most first. */
  readonly shortOfQuota: readonly {
    readonly clusterQueue: string;
    readonly resources: readonly Resource[];
    readonly gpuHours: number;
    readonly hoursWithoutGpus: number;
  }[];
  /** Evictions by Kueue's reason. */
  readonly evictions: Readonly<Record<string, number>>;
}

/** @param occupancy how full it was at every full hour */
export function summariseSimulation(simulation: Simulation, occupancy: readonly Occupancy[]): SimulationSummary {
  const { scenario, seed, workloads, waits, telemetryStartMs, endMs } = simulation;
  const whole = new TruthWindows(simulation, endMs - telemetryStartMs);
  const supply = supplyTruth(simulation, whole, originOf(scenario));
  const lost = lostWork(simulation);
  /** GPU-ms by cause, and ms of those without GPUs. */
  const waited = new Map<string, number>();
  const waitedWithout = new Map<string, number>();
  const shortages = new Map<string, Shortage>();
  const evictions = new Map<string, number>();
  for (const { workload, holds } of workloads) {
    for (const { cause, gpus, shortOf, fromMs, toMs } of waits[workload.id] ?? []) {
      const ms = Math.max(toMs, telemetryStartMs) - Math.max(fromMs, telemetryStartMs);
      const [gpuMs, msWithout] = gpus > 0 ? [ms * gpus, 0] : [0, ms];
      add(waited, cause, gpuMs);
      add(waitedWithout, cause, msWithout);
      if (!shortOf || ms === 0) continue;
      const { clusterQueue } = workload;
      const key = `${clusterQueue}/${shortOf}`;
      const shortage = shortages.get(key) ?? { clusterQueue, resources: shortOf, gpuMs: 0, msWithout: 0 };
      shortages.set(key, shortage);
      shortage.gpuMs += gpuMs;
      shortage.msWithout += msWithout;
    }
    for (const { end, eviction, endMs: endedMs } of holds)
      if (end === "evicted" && endedMs! >= telemetryStartMs) add(evictions, eviction!.reason, 1);
  }
  return {
    scenario: scenario.name,
    seed,
    nodegroups: supply.map(({ nodegroup, gpuMs }) => {
      const paid = Object.values(gpuMs).reduce((sum, ms) => sum + ms, 0);
      const held = gpuMs.useful + gpuMs.starting + gpuMs.stalled + gpuMs.idle;
      const hours = occupancy.filter((one) => one.nodegroup === nodegroup && one.nowMs >= telemetryStartMs);
      const average = (of: (one: Occupancy) => number) => mean(hours.map(of)) ?? 0;
      const free = average((one) => one.free);
      return {
        nodegroup,
        gpus: paid / (endMs - telemetryStartMs),
        freeGpus: rounded(free),
        strandedGpus: rounded(average((one) => one.stranded)),
        fragmentationRate: free > 0 ? rounded(average((one) => one.fragmented) / free) : 0,
        allocatedShare: paid > 0 ? rounded(held / paid) : 0,
        lostGpuHours: rounded(lost.get(nodegroup)! / HOUR_MS),
      };
    }),
    classes: [...byClass(simulation)].map(([name, mine]) => {
      const waitsSeconds = mine.flatMap(({ workload, runs }) =>
        runs[0] ? [(runs[0].placedMs - workload.createdMs) / SECOND_MS] : [],
      );
      return {
        workloadClass: name,
        workloads: mine.length,
        gpus: inThousandths(mine.reduce((sum, { workload }) => sum + gpus(workload), 0)),
        started: waitsSeconds.length,
        waitP50Seconds: quantile(waitsSeconds, 0.5) ?? null,
        waitP95Seconds: quantile(waitsSeconds, 0.95) ?? null,
      };
    }),
    waitingAtEnd: workloads.filter(({ state }) => state === "pending" || state === "unplaced").length,
    waitedGpuHours: inOrder(waited, (gpuMs) => rounded(gpuMs / HOUR_MS)),
    waitedHoursWithoutGpus: inOrder(waitedWithout, (ms) => rounded(ms / HOUR_MS)),
    shortOfQuota: scenario.clusterQueues.flatMap(({ name }) =>
      [...shortages.values()]
        .filter(({ clusterQueue }) => clusterQueue === name)
        .sort((a, b) => b.gpuMs - a.gpuMs || b.msWithout - a.msWithout)
        .map(({ gpuMs, msWithout, ...of }) => ({
          ...of,
          gpuHours: rounded(gpuMs / HOUR_MS),
          hoursWithoutGpus: rounded(msWithout / HOUR_MS),
        })),
    ),
    evictions: inOrder(evictions, (count) => count),
  };
}

/** What one ClusterQueue's work waited because there was no quota on these. */
interface Shortage {
  readonly clusterQueue: string;
  readonly resources: readonly Resource[];
  gpuMs: number;
  msWithout: number;
}

const add = (to: Map<string, number>, name: string, amount: number) => to.set(name, (to.get(name) ?? 0) + amount);

/** What was created while telemetry lasted, by class: the scenario's in its order, a replay's as they first come. */
function byClass({ scenario, workloads, telemetryStartMs }: Simulation): Map<string, WorkloadHistory[]> {
  const classes = new Map(scenario.workloadClasses.map(({ name }): [string, WorkloadHistory[]] => [name, []]));
  for (const history of workloads) {
    const { workloadClass, createdMs } = history.workload;
    if (createdMs < telemetryStartMs) continue;
    const mine = classes.get(workloadClass) ?? [];
    classes.set(workloadClass, mine);
    mine.push(history);
  }
  return classes;
}

const inOrder = (amounts: ReadonlyMap<string, number>, shown: (amount: number) => number) =>
  Object.fromEntries(
    [...amounts]
      .filter(([, amount]) => amount > 0)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .map(([name, amount]) => [name, shown(amount)]),
  );

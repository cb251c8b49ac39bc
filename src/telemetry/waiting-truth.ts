import type { Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario } from "../scenario/schema.js";
import { offers } from "../scenario/topology.js";
import type { Simulation } from "../simulation/simulate.js";
import { type Cause, causes } from "../simulation/truth.js";
import type { Block, TableRows } from "../tables/block.js";
import { gauge, label, table, timestamp } from "../tables/table.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import { TruthWindows } from "./truth-windows.js";

/** What waited in one window for one place, GPU-ms by cause: whole numbers, so that sums are exact. */
export interface WaitingTruth {
  readonly window: number;
  /** Where it is counted: the first nodegroup that could run it. */
  readonly nodegroup: string;
  readonly clusterQueue: string;
  /** Every nodegroup that its flavors reach and that could run it. */
  readonly couldRun: readonly string[];
  readonly gpuMs: Readonly<Record<Cause, number>>;
}

/**
 * The nodegroups at which a waiting workload could run, in the order of its ClusterQueue's flavors: those behind the
 * flavor that it holds quota in, or behind any that its queue would give it, whose GPU model can run it. If there is
 * none, the first that its queue reaches.
 */
export function whereItCouldRun(scenario: Scenario): (workload: Workload, flavor?: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  const queues = new Map(scenario.clusterQueues.map((queue) => [queue.name, queue]));
  return (workload, flavor) => {
    const key = `${workload.clusterQueue}/${flavor ?? ""}/${workload.gpuModels}/${JSON.stringify(workload.topology)}`;
    let found = known.get(key);
    if (!found) {
      const queue = queues.get(workload.clusterQueue)!;
      const flavors = flavor === undefined ? queue.flavors.map(({ name }) => name) : [flavor];
      const reached = flavors.flatMap((name) => flavorNodegroups(scenario, name));
      const able = flavors
        .filter((name) => name === flavor || offers(scenario, queue, name, workload.topology))
        .flatMap((name) => flavorNodegroups(scenario, name))
        .filter(({ gpuModel }) => workload.gpuModels.includes(gpuModel));
      found = [...new Set((able.length > 0 ? able : reached.slice(0, 1)).map(({ name }) => name))];
      known.set(key, found);
    }
    return found;
  };
}

/** All that waited while telemetry lasted, by window, nodegroup and ClusterQueue, in that order. */
export function waitingTruth(simulation: Simulation, windows: TruthWindows): WaitingTruth[] {
  const { scenario, workloads, waits } = simulation;
  const couldRun = whereItCouldRun(scenario);
  const entries = new Map<string, WaitingTruth & { gpuMs: Record<Cause, number> }>();
  for (const { workload } of workloads) {
    for (const { cause, flavor, gpus, fromMs, toMs } of waits[workload.id]!) {
      const places = couldRun(workload, flavor);
      for (const [window, ms] of windows.cut(fromMs, toMs)) {
        const key = `${window}/${workload.clusterQueue}/${places}`;
        let entry = entries.get(key);
        if (!entry) {
          const gpuMs = Object.fromEntries(causes.map((name) => [name, 0])) as Record<Cause, number>;
          entry = {
            window,
            nodegroup: places[0]!,
            clusterQueue: workload.clusterQueue,
            couldRun: places,
            gpuMs,
          };
          entries.set(key, entry);
        }
        entry.gpuMs[cause] += gpus * ms;
      }
    }
  }
  const nodegroups = scenario.nodegroups.map(({ name }) => name);
  const queues = scenario.clusterQueues.map(({ name }) => name);
  return [...entries.values()].sort(
    (a, b) =>
      a.window - b.window ||
      nodegroups.indexOf(a.nodegroup) - nodegroups.indexOf(b.nodegroup) ||
      queues.indexOf(a.clusterQueue) - queues.indexOf(b.clusterQueue) ||
      (`${a.couldRun}` < `${b.couldRun}` ? -1 : 1),
  );
}

const columnOf = (cause: Cause) => `gpu_seconds_${cause.replaceAll("-", "_")}`;

/** Why GPUs waited, hour by hour. The reading half never opens it. */
export const waitingTruthTable = table({
  name: "waiting_truth",
  source: "evenkeel",
  doc: "What waited for GPUs and why, by hour, nodegroup and ClusterQueue: GPU-seconds that add up to all that waited. An hour in which nothing waited has no row",
  key: ["nodegroup", "cluster_queue", "could_run"],
  columns: {
    timestamp: { ...timestamp, doc: "Start of the hour" },
    nodegroup: label(
      "Where it is counted: an admitted workload's flavor, else the first of its ClusterQueue that could run it",
    ),
    cluster_queue: label("ClusterQueue"),
    could_run: label("Every nodegroup that its flavors reach and that could run it, separated by spaces"),
    ...Object.fromEntries(
      causes.map((cause) => [
        columnOf(cause),
        gauge("GPU s", `Asked for by workloads that waited because of: ${cause}`),
      ]),
    ),
  },
});

export function waitingTruthRows(simulation: Simulation, originMs: number): TableRows {
  const windows = new TruthWindows(simulation, HOUR_MS);
  const truth = waitingTruth(simulation, windows);
  return {
    table: waitingTruthTable,
    openLabels: [],
    *blocks() {
      for (const { window, nodegroup, clusterQueue, couldRun, gpuMs } of truth)
        yield {
          timestamps: Float64Array.of(originMs + windows.startMs(window)),
          strings: { nodegroup, cluster_queue: clusterQueue, could_run: couldRun.join(" ") },
          constants: Object.fromEntries(causes.map((cause) => [columnOf(cause), gpuMs[cause] / SECOND_MS])),
        } satisfies Block;
    },
  };
}

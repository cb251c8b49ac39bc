import { gpus } from "../demand/workload.js";
import type { Simulation } from "../simulation/simulate.js";
import { causes, waitedByCause } from "../simulation/truth.js";
import type { Block, TableRows } from "../tables/block.js";
import { gauge, label, optionalGauge, optionalLabel, table, timestamp } from "../tables/table.js";
import { SECOND_MS } from "../units/time.js";

/** What the simulation knows of each workload. The reading half never opens it. */
export const workloadTruth = table({
  name: "workload_truth",
  source: "prometheus",
  doc: "One row a workload: what happened to it, and why it waited",
  key: ["workload"],
  columns: {
    timestamp: { ...timestamp, doc: "Creation" },
    workload: label("Name of the workload"),
    workload_class: label("Class that it was drawn from"),
    namespace: label("Namespace"),
    local_queue: label("LocalQueue"),
    cluster_queue: label("ClusterQueue"),
    priority_class: label("Priority class, empty if none"),
    state: label("succeeded, failed, or where it stood at the end: pending, unplaced, starting, running (censored)"),
    flavor: optionalLabel(
      "Flavor of its last admission: of its GPUs, and of all that it was given in their resource group",
    ),
    nodes: optionalLabel("Nodes of its last attempt"),
    pods: gauge("pods", "Size of the gang"),
    gpus: gauge("GPUs", "GPUs of the whole gang"),
    created_seconds: gauge("Unix s", "Creation"),
    reserved_seconds: optionalGauge("Unix s", "First reservation of quota, which is admission too"),
    placed_seconds: optionalGauge("Unix s", "First time its pods got nodes"),
    started_seconds: optionalGauge("Unix s", "First time its pods ran"),
    ended_seconds: optionalGauge("Unix s", "End of its last attempt"),
    attempts: gauge("attempts", "Attempts made"),
    evictions: gauge("evictions", "Evictions"),
    ...Object.fromEntries(
      causes.map((cause) => [
        `waited_${cause.replaceAll("-", "_")}_seconds`,
        gauge("s", `Time waited because of: ${cause}`),
      ]),
    ),
  },
  optionalLabels: {
    cpus_flavor: optionalLabel(
      "Flavor of its cores at its last admission; only where some ClusterQueue has several resource groups, and for its work",
    ),
    memory_flavor: optionalLabel("Flavor of its memory, likewise"),
  },
});

/** The truth of a simulation, in order of creation. */
export function workloadTruthRows(simulation: Simulation, originMs: number): TableRows {
  const hasGroups = simulation.scenario.clusterQueues.some(({ resourceGroups }) => resourceGroups);
  const unix = (ms: number | undefined) => (ms === undefined ? Number.NaN : (originMs + ms) / SECOND_MS);
  return {
    table: workloadTruth,
    openLabels: hasGroups ? Object.keys(workloadTruth.optionalLabels) : [],
    *blocks() {
      for (const { workload, holds, runs, state } of simulation.workloads) {
        const last = holds.at(-1);
        const waited = waitedByCause(simulation.waits[workload.id] ?? []);
        yield {
          timestamps: Float64Array.of(originMs + workload.createdMs),
          strings: {
            workload: workload.name,
            workload_class: workload.workloadClass,
            namespace: workload.namespace,
            local_queue: workload.localQueue,
            cluster_queue: workload.clusterQueue,
            priority_class: workload.priorityClass,
            state,
            flavor: last?.flavor ?? null,
            cpus_flavor: last?.flavors?.cpus ?? null,
            memory_flavor: last?.flavors?.memoryGiB ?? null,
            nodes:
              runs.length > 0 ? [...runs.at(-1)!.nodes].map((node) => simulation.nodes[node]!.name).join(" ") : null,
          },
          constants: {
            pods: workload.pods,
            gpus: gpus(workload),
            created_seconds: unix(workload.createdMs),
            reserved_seconds: unix(holds[0]?.reservedMs),
            placed_seconds: unix(runs[0]?.placedMs),
            started_seconds: unix(runs[0]?.runningMs),
            ended_seconds: unix(runs.at(-1)?.endMs),
            attempts: runs.length,
            evictions: holds.filter((hold) => hold.end === "evicted").length,
            ...Object.fromEntries(
              causes.map((cause) => [
                `waited_${cause.replaceAll("-", "_")}_seconds`,
                (waited.get(cause) ?? 0) / SECOND_MS,
              ]),
            ),
          },
        } satisfies Block;
      }
    },
  };
}

import { localQueueOf, type Workload } from "../demand/workload.js";
import type { Block, TableRows } from "../tables/block.js";
import { gauge, label, table, timestamp } from "../tables/table.js";
import { SECOND_MS } from "../units/time.js";
import { type WorkloadColumn, workloadColumns } from "./workloads.js";

const amount = (name: WorkloadColumn) => gauge(workloadColumns[name].unit, workloadColumns[name].doc);
const text = (name: WorkloadColumn) => label(workloadColumns[name].doc);

/** A list of workloads as a replay reads it again. */
const replayTable = table({
  name: "replay",
  source: "evenkeel",
  doc: "The list of workloads that was replayed, as a scenario's demand.replay reads it",
  key: ["name"],
  columns: {
    arrival: { ...timestamp, doc: workloadColumns.arrival.doc },
    name: text("name"),
    class: text("class"),
    queue: text("queue"),
    priority: text("priority"),
    gpu_type: text("gpu_type"),
    duration: amount("duration"),
    pods: amount("pods"),
    gpus: amount("gpus"),
    cpus: amount("cpus"),
    memory_gib: amount("memory_gib"),
  },
});

/** Workloads of one attempt each, as a list of them. */
export function replayRows(workloads: readonly Workload[], originMs: number): TableRows {
  return {
    table: replayTable,
    openLabels: [],
    *blocks() {
      for (const one of workloads)
        yield {
          timestamps: Float64Array.of(originMs + one.createdMs),
          strings: {
            name: one.name,
            class: one.workloadClass,
            queue: localQueueOf(one),
            priority: one.priorityClass || String(one.priority),
            gpu_type: one.gpuModels.join("|"),
          },
          constants: {
            duration: one.attempts[0]!.durationMs / SECOND_MS,
            pods: one.pods,
            gpus: one.gpusPerPod,
            cpus: one.cpusPerPod,
            memory_gib: one.memoryGiBPerPod,
          },
        } satisfies Block;
    },
  };
}

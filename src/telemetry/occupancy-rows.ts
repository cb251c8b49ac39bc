import { gpus } from "../demand/workload.js";
import type { Occupancy } from "../simulation/occupancy.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Block, TableRows } from "../tables/block.js";
import { gauge, label, table, timestamp } from "../tables/table.js";
import { lowerBound } from "./target.js";

/** How full the nodegroups are, hour by hour. */
export const occupancyTable = table({
  name: "occupancy",
  source: "evenkeel",
  doc: "How full each nodegroup is at every full hour, from the start of the warm-up on. Pods outside Kueue keep their place on a node that is away",
  key: ["nodegroup"],
  columns: {
    timestamp: { ...timestamp, doc: "The moment" },
    nodegroup: label("Nodegroup"),
    gpus_allocated: gauge("GPUs", "Held by pods"),
    gpus_free: gauge("GPUs", "Free on nodes in service"),
    gpus_out_of_service: gauge("GPUs", "Free on nodes that take nothing new, or that are none of the cluster"),
    gpus_fragmented: gauge(
      "GPUs",
      "Of the free ones: what the scenario's classes, as often as they come, cannot be expected to use (Weng et al., USENIX ATC 2023)",
    ),
    gpus_stranded: gauge(
      "GPUs",
      "Of the free ones: left over once nodes are filled with the pods of a class that could run there, on average over the GPUs that classes ask for",
    ),
    fragmentation_rate: gauge("ratio", "gpus_fragmented / gpus_free; 0 where nothing is free"),
    gpus_arrived: gauge("GPUs", "Asked for by all workloads created so far, in the whole cluster"),
  },
});

export function occupancyRows(simulation: Simulation, occupancy: readonly Occupancy[], originMs: number): TableRows {
  const created = simulation.workloads.map(({ workload }) => workload.createdMs);
  const arrived = [0];
  for (const { workload } of simulation.workloads) arrived.push(arrived.at(-1)! + gpus(workload));
  return {
    table: occupancyTable,
    openLabels: [],
    *blocks() {
      for (const { name } of simulation.scenario.nodegroups) {
        const mine = occupancy.filter(({ nodegroup }) => nodegroup === name);
        yield {
          timestamps: Float64Array.from(mine, ({ nowMs }) => originMs + nowMs),
          strings: { nodegroup: name },
          fill(columns, at) {
            mine.forEach(({ nowMs, allocated, free, outOfService, fragmented, stranded }, i) => {
              columns["gpus_allocated"]![at + i] = allocated;
              columns["gpus_free"]![at + i] = free;
              columns["gpus_out_of_service"]![at + i] = outOfService;
              columns["gpus_fragmented"]![at + i] = fragmented;
              columns["gpus_stranded"]![at + i] = stranded;
              columns["fragmentation_rate"]![at + i] = free > 0 ? fragmented / free : 0;
              columns["gpus_arrived"]![at + i] = arrived[lowerBound(created, nowMs)]!;
            });
          },
        } satisfies Block;
      }
    },
  };
}

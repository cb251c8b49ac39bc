import type { Fault } from "./fault.js";
import { unknownPending } from "./rules-differ.js";
import { changed } from "./sql.js";

export const quotaMetricsOff: Fault = {
  name: "quota-metrics-off",
  shows: ["F26"],
  field:
    "Kueue exports quota, reservations and pending GPUs only with metrics.enableClusterQueueResources, which is off by default.",
  fails: ["presence", "gaps", "nodegroups"],
  notes: [],
  spoils: ["gpus_pending_lower", "gpus_quota", "imbalance"],
  join: "excludes",
  how: "How many GPUs wait is missing wherever workloads are pending, and so is every figure that needs it.",
  rulesDiffer: unknownPending,
  nodegroup: false,
  hours: "all",
  change: () => [
    { table: "kueue_cluster_queue_resource", sql: "FROM old WHERE FALSE" },
    {
      table: "kueue_cluster_queue",
      sql: changed({ kueue_cluster_queue_resource_pending_nvidia_com_gpu: "NULL" }),
    },
  ],
};

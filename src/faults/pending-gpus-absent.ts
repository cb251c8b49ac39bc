import type { Fault } from "./fault.js";
import { unknownPending } from "./rules-differ.js";
import { changed } from "./sql.js";

export const pendingGpusAbsent: Fault = {
  name: "pending-gpus-absent",
  shows: ["F27"],
  field: "Kueue before 0.18 says how many workloads are pending, but not how many GPUs they ask for.",
  fails: ["presence"],
  notes: [],
  spoils: ["gpus_pending_lower", "imbalance", "pending_ratio"],
  join: "excludes",
  how: "Nothing pending is no GPU pending; else the number is missing, and no size is made up.",
  rulesDiffer: unknownPending,
  nodegroup: false,
  hours: "all",
  change: () => [
    {
      table: "kueue_cluster_queue",
      sql: changed({ kueue_cluster_queue_resource_pending_nvidia_com_gpu: "NULL" }),
    },
  ],
};

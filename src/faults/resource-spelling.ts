import type { Fault } from "./fault.js";
import { changed } from "./sql.js";

export const resourceSpelling: Fault = {
  name: "resource-spelling",
  shows: ["F04"],
  field:
    "Kueue says nvidia.com/gpu, kube-state-metrics nvidia_com_gpu. A recording rule or a relabelling gave Kueue's series the other spelling, and a join on one of them finds nothing.",
  fails: [],
  notes: ["dialects"],
  spoils: ["gpus_quota", "gpus_reserved", "gpus_pending_lower"],
  join: "repairs",
  how: "Both spellings are read as GPUs.",
  nodegroup: false,
  hours: "all",
  change: () =>
    ["kueue_cluster_queue_resource", "kueue_local_queue_resource"].map((table) => ({
      table,
      sql: changed({ resource: "'nvidia_com_gpu'" }, "resource = 'nvidia.com/gpu'"),
    })),
};

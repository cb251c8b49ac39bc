import type { Fault } from "./fault.js";
import { GAUGES } from "./kueue-replicas.js";
import { secondTarget } from "./sql.js";

export const staleKueueReplica: Fault = {
  name: "stale-kueue-replica",
  shows: ["F03"],
  field:
    "A follower of Kueue no longer hears of changes, and goes on exporting what was pending at its worst moment. The largest over the replicas is then always the follower's.",
  fails: ["replicas"],
  notes: [],
  spoils: ["gpus_pending_lower", "pending_ratio", "imbalance"],
  join: "refuses",
  how: "No rule tells which of two replicas that disagree is right; leave one out on export.",
  nodegroup: false,
  hours: "all",
  change(world) {
    const worst = (column: string) => `max(${column}) OVER (PARTITION BY cluster_queue)`;
    const frozen = [
      "kueue_pending_workloads_active",
      "kueue_pending_workloads_inadmissible",
      "kueue_cluster_queue_resource_pending_nvidia_com_gpu",
    ];
    const values = Object.fromEntries(frozen.map((column) => [column, worst(column)]));
    return secondTarget(
      world,
      "kueue",
      GAUGES.map((table) => ({
        table,
        values: { replica_role: "'follower'", ...(table === "kueue_cluster_queue" ? values : {}) },
      })),
    );
  },
};

import { literal } from "../dataset/session.js";
import type { Fault } from "./fault.js";
import { changed } from "./sql.js";

export const inactiveQueue: Fault = {
  name: "inactive-queue",
  shows: ["F39"],
  field:
    "A ClusterQueue is inactive, as when a flavor that it names is gone. Kueue then reports all that is pending in it as inadmissible; whoever reads the active ones sees an empty queue.",
  fails: [],
  notes: ["states"],
  spoils: ["gpus_pending_lower", "drain_time_hours", "imbalance"],
  join: "repairs",
  how: "Pending is the sum of active and inadmissible.",
  nodegroup: false,
  hours: "all",
  async change({ query }) {
    const [busiest] = await query<{ queue: string }>(
      `SELECT cluster_queue AS queue FROM kueue_cluster_queue GROUP BY queue
       ORDER BY sum(kueue_pending_workloads_active + kueue_pending_workloads_inadmissible) DESC, queue LIMIT 1`,
    );
    const here = `cluster_queue = ${literal(busiest?.queue ?? "")}`;
    return [
      {
        table: "kueue_cluster_queue",
        sql: changed(
          {
            kueue_cluster_queue_status: "'pending'",
            kueue_pending_workloads_inadmissible:
              "kueue_pending_workloads_active + kueue_pending_workloads_inadmissible",
            kueue_pending_workloads_active: "0",
          },
          here,
        ),
      },
    ];
  },
};

import type { Fault } from "./fault.js";
import { secondTarget } from "./sql.js";

/** What replicas of Kueue export alike; counters are the leader's. */
export const GAUGES = [
  "kueue_cluster_queue",
  "kueue_cluster_queue_resource",
  "kueue_local_queue",
  "kueue_local_queue_resource",
];

export const kueueReplicas: Fault = {
  name: "kueue-replicas",
  shows: ["F03"],
  field:
    "Kueue runs with a leader and a follower. Both export the gauges, told apart by replica_role, and a sum over it counts all that is pending twice.",
  fails: [],
  notes: ["replicas"],
  spoils: ["gpus_pending_lower", "pending_ratio", "imbalance"],
  join: "repairs",
  how: "The largest of what replicas say counts.",
  nodegroup: false,
  hours: "all",
  change: (world) =>
    secondTarget(
      world,
      "kueue",
      GAUGES.map((table) => ({ table, values: { replica_role: "'follower'" } })),
    ),
};

import type { Fault } from "./fault.js";
import { secondTarget } from "./sql.js";

export const twoClusters: Fault = {
  name: "two-clusters",
  shows: ["F38"],
  field:
    "One Prometheus holds two clusters and the export lost the label that tells them apart. Nodes that have the same name in both become one node with the pods of two.",
  fails: ["replicas"],
  notes: [],
  spoils: ["gpus_held", "demand_ratio"],
  join: "refuses",
  how: "Two targets that disagree on when a node was made list two clusters; make a dataset of each.",
  nodegroup: false,
  hours: "all",
  change: (world) =>
    secondTarget(world, "kube-state-metrics", [
      { table: "kube_node", values: { kube_node_created: "kube_node_created + 86400" } },
      { table: "kube_pod", values: { uid: "uid || '-other'" } },
    ]),
};

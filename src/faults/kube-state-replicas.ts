import type { Fault } from "./fault.js";
import { secondTarget, tablesOf } from "./sql.js";

export const kubeStateReplicas: Fault = {
  name: "kube-state-replicas",
  shows: ["F02"],
  field:
    "Two replicas of kube-state-metrics run, and both are scraped. Every node and pod is there twice, and whatever is summed doubles.",
  fails: [],
  notes: ["replicas"],
  spoils: ["gpus_held", "gpus_capacity", "demand_ratio"],
  join: "repairs",
  how: "Nodes count once a tick by name, pods once by uid.",
  nodegroup: false,
  hours: "all",
  change: (world) =>
    secondTarget(
      world,
      "kube-state-metrics",
      tablesOf("kube-state-metrics").map(({ name }) => ({ table: name })),
    ),
};

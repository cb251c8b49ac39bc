import { metric, ratio } from "./metric.js";

export const demandRatio = metric({
  name: "demand_ratio",
  title: "Demand per healthy GPU",
  kind: "imbalance",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 1, severe: 1.25 },
  definition:
    "GPUs asked for, held ones included, per GPU that can be used. 1 is a full nodegroup that nobody waits for.",
  formula: "demand / capacity, with demand = held + unplaced + pending (lower bound)",
  undefinedWhen: "Kueue or kube-state-metrics was silent, or there was no healthy GPU",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Sustained shortage of capacity.",
  failureModes:
    "It stays below 1 while GPUs are free that quota, shape or order keep from the demand: it never sees those.",
  falsePositives: "A cordoned node whose pods run on is demand without capacity.",
  action: "Add nodes, move deadlines, or send demand elsewhere.",
  alertsWith: "gpus_waiting_lower",
  rfc: "0001",
  columns: ["gpus_demand_lower", "gpus_capacity"],
  promql: "gpus_demand_lower / (gpus_capacity > 0)",
  value: ({ gpus_demand_lower, gpus_capacity }) => ratio(gpus_demand_lower, gpus_capacity),
});

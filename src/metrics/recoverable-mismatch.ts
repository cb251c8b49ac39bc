import { metric, ratio } from "./metric.js";

export const recoverableMismatch = metric({
  name: "recoverable_mismatch",
  title: "Recoverable mismatch",
  kind: "imbalance",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.05, severe: 0.2 },
  definition:
    "The part of what waits here that free GPUs of other nodegroups, able to run it, could serve at this moment: demand that is in the wrong place, not demand that is too much.",
  formula: "maximum flow from waiting GPUs to free GPUs of able nodegroups elsewhere / capacity",
  undefinedWhen:
    "a source was silent, work that could be the nodegroup's was pending for an unknown number of GPUs, or there was no healthy GPU",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Imbalance between nodegroups; it ignores scarcity that is the same everywhere.",
  failureModes:
    "Which nodegroups could run a queue's work comes from the contract: what is wrong there is wrong here. Shapes are not looked at.",
  falsePositives: "Work that is tied to a region's data although the contract does not say so.",
  action: "Add a flavor to the queue, let cohorts borrow, or move nodes.",
  rfc: "0001",
  columns: ["gpus_recoverable", "gpus_capacity"],
  promqlWithout: "It is a maximum flow between nodegroups; PromQL has no such operation.",
  value: ({ gpus_recoverable, gpus_capacity }) => ratio(gpus_recoverable, gpus_capacity),
});

import { metric, ratio } from "./metric.js";

export const strandedShare = metric({
  name: "stranded_share",
  title: "Stranded capacity",
  kind: "stranding",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.1, severe: 0.25 },
  definition:
    "Free GPUs that the shapes in demand cannot use, as a share of the healthy capacity. For each shape that waits (or, where nothing waits, that was started of late) the free GPUs that are left over when nodes are filled with its pods; all free GPUs if the gang does not fit at all. Weighted by the GPUs that ask for each shape.",
  formula: "sum over shapes of weight x (gang fits ? sum of free mod GPUs per pod : sum of free) / capacity",
  undefinedWhen: "kube-state-metrics was silent, or there was no healthy GPU",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Half-filled nodes, large pods and gangs.",
  failureModes: "Shapes that queue but were never started are unknown. CPU and memory are not looked at.",
  falsePositives: "Holes that close by themselves sooner than a job lasts; a nodegroup with no large work to come.",
  action: "Pack instead of spread, move small jobs together, split the shape, or keep a nodegroup for large pods.",
  rfc: "0001",
  columns: ["gpus_stranded", "gpus_capacity"],
  promqlWithout:
    "It fills nodes with the gangs that each queue started in the day before, rebuilt from their pods; PromQL keeps no such list.",
  value: ({ gpus_stranded, gpus_capacity }) => ratio(gpus_stranded, gpus_capacity),
});

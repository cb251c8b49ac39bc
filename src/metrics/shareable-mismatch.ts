import { metric, ratio } from "./metric.js";

export const shareableMismatch = metric({
  name: "shareable_mismatch",
  title: "Mismatch that sharing could serve",
  kind: "imbalance",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.05, severe: 0.2 },
  definition:
    "The variant that looks at memory pressure: how much of what waits could be served by GPUs that are held but leave more than half of both their engine and their framebuffer unused. Where memory is full, sharing a GPU is no way out and the metric stays at zero.",
  formula: "min(waiting, held GPUs with engine < 0.5 and framebuffer < 0.5) / capacity",
  undefinedWhen: "a source was silent, or there was no healthy GPU",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Interactive and evaluation work that holds whole GPUs while others wait.",
  failureModes:
    "Only work that fits into half a GPU can be served so; the size of queued pods' memory is exported by nobody.",
  falsePositives: "Jobs that are loading; jobs whose memory is about to grow.",
  action: "Offer shares of a GPU (MIG, time-slicing) to the queues that hold them.",
  rfc: "0001",
  columns: ["gpus_waiting_lower", "gpus_shareable", "gpus_capacity"],
  promql: `((gpus_waiting_lower <= gpus_shareable) or (gpus_shareable < gpus_waiting_lower)) / (gpus_capacity > 0)`,
  value: ({ gpus_waiting_lower: waiting, gpus_shareable: shareable, gpus_capacity }) =>
    waiting === null || shareable === null ? undefined : ratio(Math.min(waiting, shareable), gpus_capacity),
});

import { metric, ratio } from "./metric.js";

export const pendingRatio = metric({
  name: "pending_ratio",
  title: "Pending per allocatable GPU",
  kind: "baseline",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.05, severe: 0.2 },
  definition:
    "The bare gauge that a dashboard would show: all GPUs pending in queues that could run here, per healthy GPU. Here as something to beat.",
  formula: "pending (upper bound) / capacity",
  undefinedWhen: "Kueue or kube-state-metrics was silent, or there was no healthy GPU",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Queued demand.",
  failureModes:
    "Blind to admitted gangs whose pods find no node; counts the same pending GPUs against every nodegroup that a queue reaches.",
  falsePositives: "Every nodegroup that shares a queue with the one that is short.",
  action: "Look at a metric that knows where the demand could run.",
  rfc: "0001",
  columns: ["gpus_pending_upper", "gpus_capacity"],
  promql: "gpus_pending_upper / (gpus_capacity > 0)",
  value: ({ gpus_pending_upper, gpus_capacity }) => ratio(gpus_pending_upper, gpus_capacity),
});

import { metric } from "./metric.js";

export const drainTimeHours = metric({
  name: "drain_time_hours",
  title: "Drain time",
  kind: "imbalance",
  unit: "hours",
  worse: "higher",
  anchors: { concern: 1, severe: 4 },
  definition:
    "How long a newcomer would wait if admissions went on as they do: pending workloads divided by admissions an hour (Little's law). Compare it with the mean wait of those admitted: where it is much longer, the queue is growing.",
  formula: "pending workloads / (admitted workloads / window hours)",
  undefinedWhen: "Kueue was silent, or workloads were pending and none was admitted",
  kueueSeries: ["kueue_pending_workloads", "kueue_admitted_workloads_total", "kueue_admission_wait_time_seconds"],
  sensitiveTo: "Queues that have stalled or grow, whatever the reason.",
  failureModes:
    "Counts workloads, not GPUs: one blocked gang behind a hundred small jobs hardly shows. It sees the wait for quota only, not for nodes.",
  falsePositives: "Short windows with few admissions.",
  action: "Find out what stands at the head of the queue.",
  rfc: "0001",
  columns: ["workloads_pending", "workloads_admitted", "window_seconds"],
  promql: `(workloads_pending == 0 and workloads_admitted)
or workloads_pending / ((workloads_admitted > 0) / (window_seconds / 3600))`,
  value({ workloads_pending: pending, workloads_admitted: admitted, window_seconds: seconds }) {
    if (pending === null || admitted === null || seconds === null) return undefined;
    if (pending === 0) return 0;
    return admitted > 0 ? pending / (admitted / (seconds / 3600)) : undefined;
  },
});

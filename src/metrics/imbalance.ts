import { metric } from "./metric.js";

/** Free capacity up to this share is headroom, not slack. Field convention. */
export const HEADROOM_SHARE = 0.1;
/** From this many waiting GPUs on, demand counts as unmet; less is the noise of arrivals. Field convention. */
export const WAITING_GPUS = 1;

export const imbalance = metric({
  name: "imbalance",
  title: "Imbalance",
  kind: "imbalance",
  unit: "ratio",
  worse: "away from zero",
  anchors: { concern: 0.05, severe: 0.2 },
  definition:
    "How far demand and capacity are apart, and in which direction. Above zero it is the share of the GPUs asked for that wait. Below zero nothing waits, and it is the share of the healthy capacity that is free beyond a headroom of 10 %. Zero is balance. Waiting always counts, even while GPUs are free: free GPUs that cannot be used do not balance anything.",
  formula:
    "waiting >= 1 GPU: waiting / (held + waiting); else -max(0, free / capacity - 0.10), with waiting = unplaced + pending (lower bound)",
  undefinedWhen: "Kueue or kube-state-metrics was silent, or the nodegroup had no healthy GPU and nothing waited",
  kueueSeries: ["kueue_cluster_queue_resource_pending", "kueue_pending_workloads"],
  sensitiveTo: "Unmet demand for any reason: capacity, quota, shape, order. Slack only where nothing waits.",
  failureModes:
    "Pending demand of queues that reach several nodegroups is left out of the lower bound: look at the set of nodegroups, or at the upper bound. Demand that people hold back because they know the queue is invisible.",
  falsePositives:
    "A burst shorter than the window; a gang that waits for the minute its pods take to start; failed jobs that are resubmitted count again.",
  action:
    "Above zero: read the cause before anything is bought; quota, flavor and fragmentation cost nothing to mend. Below zero: lend, retarget demand, or give nodes back.",
  rfc: "0001",
  columns: ["gpus_waiting_lower", "gpus_held", "gpus_free", "gpus_capacity"],
  promql: `(gpus_waiting_lower >= ${WAITING_GPUS}) / (gpus_held + gpus_waiting_lower) and gpus_free and gpus_capacity
or clamp_max(${HEADROOM_SHARE} - gpus_free / (gpus_capacity > 0), 0) and gpus_held and gpus_waiting_lower < ${WAITING_GPUS}`,
  value({ gpus_waiting_lower: waiting, gpus_held: held, gpus_free: free, gpus_capacity: capacity }) {
    if (waiting === null || held === null || free === null || capacity === null) return undefined;
    if (waiting >= WAITING_GPUS) return waiting / (held + waiting);
    return capacity > 0 ? Math.min(0, HEADROOM_SHARE - free / capacity) : undefined;
  },
});

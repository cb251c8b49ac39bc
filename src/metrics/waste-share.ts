import { metric, ratio } from "./metric.js";

export const wasteShare = metric({
  name: "waste_share",
  title: "Waste",
  kind: "waste",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.1, severe: 0.25 },
  definition:
    "GPUs that are paid for and wasted: held but idle for an hour, or free while work that could run on them waits. Free GPUs that nobody waits for are slack, not waste. Work that failed later is wasted too; it is known only afterwards and is told apart, by owner.",
  formula: "(idle + min(free, waiting upper bound)) / paid",
  undefinedWhen: "a source was silent, or nothing is paid for",
  kueueSeries: ["kueue_cluster_queue_resource_pending"],
  sensitiveTo: "Hoarded GPUs, and demand kept from free GPUs.",
  failureModes:
    "Where a queue reaches several nodegroups the same waiting GPUs count against each of them: do not add up.",
  falsePositives: "Interactive work during a lunch break.",
  action:
    "Reap idle holders after a grace; see why jobs fail; mend the quota, flavor or packing that keeps demand out.",
  rfc: "0001",
  columns: ["gpus_idle", "gpus_free", "gpus_waiting_upper", "gpus_paid"],
  promqlWithout: "A GPU counts as idle from the first minute of an idle hour on, which is known only at its end.",
  value: ({ gpus_idle: idle, gpus_free: free, gpus_waiting_upper: waiting, gpus_paid }) =>
    idle === null || free === null || waiting === null ? undefined : ratio(idle + Math.min(free, waiting), gpus_paid),
});

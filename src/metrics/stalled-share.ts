import { metric, ratio } from "./metric.js";

export const stalledShare = metric({
  name: "stalled_share",
  title: "Stalled",
  kind: "waste",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.1, severe: 0.25 },
  definition:
    "Of the GPUs held, those that look busy and do little: GPU_UTIL at 80 % or more, but hardly any tensor work, memory traffic or power, for half an hour. Something starves them; these signals cannot tell storage from CPU or communication.",
  formula: "stalled / held",
  undefinedWhen: "dcgm-exporter or kube-state-metrics was silent, or nothing was held",
  kueueSeries: [],
  sensitiveTo: "Input pipelines that cannot keep up, collectives that spin on a straggler.",
  failureModes: "Needs the profiling fields; without them it is not computed, not zero.",
  falsePositives: "Light work in single or double precision, which uses no tensor cores.",
  action: "Look at the job's data loading and its network before giving it more GPUs.",
  rfc: "0001",
  columns: ["gpus_stalled", "gpus_held"],
  promqlWithout:
    "A GPU counts as stalled from the first minute of a stalled half hour on, which is known only at its end.",
  value: ({ gpus_stalled, gpus_held }) => ratio(gpus_stalled, gpus_held),
});

import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Quota in the wrong hands. After a reorganisation the two queues on a100-training have half of it each, and neither
 * may borrow. The ML platform needs a third of its half; the teams that train need more than theirs, and wait by day
 * while GPUs that they could use are free, and nobody else may use them.
 *
 * A right analysis finds quota on a100-training, not capacity, and proposes to lend what batch-a100 leaves unused.
 */
export const quotaStranded = {
  ...balanced,
  name: "quota-stranded",
  description: "Half of a100-training's quota is in the hands of a queue that neither needs nor lends it",
  injected: [{ cause: "quota", nodegroup: "a100-training" }],
  clusterQueues: balanced.clusterQueues.map((queue) =>
    "cohort" in queue && queue.cohort === "a100"
      ? { ...queue, flavors: [{ name: "a100-west", nominalQuota: 24, borrowingLimit: 0 }] }
      : queue,
  ),
  workloadClasses: variant(balanced.workloadClasses, {
    features: { gang: [{ pods: 1, gpusPerPod: 4 }] },
    "finetune-a100": {
      arrivals: { kind: "poisson", perHour: 6, dailySwing: 0.3, peakHour: 19, weekendShare: 0.8 },
    },
    fraud: { arrivals: { kind: "poisson", perHour: 7, dailySwing: 0.2, peakHour: 10 } },
  }),
} satisfies ScenarioInput;

import { demandConstrained } from "./demand-constrained.js";
import { quotaStranded } from "./quota-stranded.js";
import type { ScenarioInput } from "./schema.js";

/** The nodegroups of one scenario's week with the classes of another's: whoever submits to h100-training is the latter's. */
const launched = demandConstrained.workloadClasses.filter((one) =>
  one.localQueue.startsWith("nlp-platform/finetuning"),
);

/**
 * Two troubles in one week: the product launch of demand-constrained, for which there are too few H100s, and the quota
 * of quota-stranded, which is in the wrong hands on a100-training.
 *
 * A right analysis tells them apart: h100-training is short of capacity on weekdays, a100-training waits for quota while
 * its GPUs are free, and lending there does nothing for the launch.
 */
export const quotaAndCapacity = {
  ...quotaStranded,
  name: "quota-and-capacity",
  description: "Too few H100s on weekdays and, in the same week, quota in the wrong hands on a100-training",
  injected: [...quotaStranded.injected, { cause: "capacity", nodegroup: "h100-training" }],
  workloadClasses: [
    ...quotaStranded.workloadClasses.filter((one) => !launched.some(({ name }) => name === one.name)),
    ...launched,
  ],
} satisfies ScenarioInput;

import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Full here, free there. The teams that train on a100-training have outgrown it by day; their work would run as well on
 * the A100s of a100-research, where more than half is free since a study ended, but their queues have no flavor for it.
 *
 * A right analysis finds that a100-training waits for a flavor, not for GPUs to be bought, and that the free GPUs are in
 * a100-research.
 */
export const wrongFlavor = {
  ...balanced,
  name: "wrong-flavor",
  description: "a100-training is full while A100s of another region, which its queues do not reach, are free",
  injected: [{ cause: "flavor", nodegroup: "a100-training" }],
  workloadClasses: variant(balanced.workloadClasses, {
    study: { arrivals: { kind: "periodic", everyHours: 168, offsetHours: 5 } },
    "finetune-a100": {
      arrivals: { kind: "poisson", perHour: 9, dailySwing: 0.4, peakHour: 19, weekendShare: 0.7 },
    },
    fraud: { arrivals: { kind: "poisson", perHour: 10, dailySwing: 0.3, peakHour: 15 } },
  }),
} satisfies ScenarioInput;

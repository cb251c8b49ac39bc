import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Quota for GPUs that somebody else holds. The robotics team runs a simulator as a plain Deployment on two of the six
 * nodes of a100-training. Kueue, which does not see it, still gives out quota for all six: gangs are admitted, and their
 * pods find no node.
 *
 * A right analysis finds gangs without nodes on a100-training for want of GPUs, with quota to spare, and says how many
 * GPUs are held outside Kueue and by whom.
 */
export const outsideKueue = {
  ...balanced,
  name: "outside-kueue",
  description: "Pods outside Kueue hold a third of a100-training: gangs are admitted and find no node",
  injected: [{ cause: "capacity", nodegroup: "a100-training" }],
  workloadClasses: variant(balanced.workloadClasses, {
    features: {
      arrivals: { kind: "periodic", everyHours: 12, offsetHours: 4, jitterMinutes: 60 },
      gang: [{ pods: 2, gpusPerPod: 4 }],
      duration: { kind: "lognormal", medianMinutes: 8 * 60, sigma: 0.3, maxMinutes: 24 * 60 },
      gpuModels: ["A100"],
    },
    "finetune-a100": { gpuModels: ["A100"] },
    fraud: { gpuModels: ["A100"] },
    batch: { gpuModels: ["A100"] },
  }),
  standalone: [
    ...balanced.standalone,
    {
      name: "simulator",
      namespace: "robotics",
      owner: "Robotics",
      nodegroup: "a100-training",
      pods: 2,
      gpusPerPod: 8,
      activity: { ...activities.batchInference, loadMinutes: 0 },
    },
  ],
} satisfies ScenarioInput;

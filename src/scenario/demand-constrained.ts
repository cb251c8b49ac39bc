import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import { hopper } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Too few H100s, and A100s and L40Ss to spare. A product launch has the NLP platform tune large models on weekdays:
 * the work needs H100s (FP8), so that both H100 nodegroups are full and a backlog builds up from Monday to Friday and
 * drains at the weekend, while the inference and A100 nodegroups, whose GPUs could not run it, have room.
 *
 * A right analysis finds h100-training short of capacity on weekdays, not blocked by quota or flavor, and does not
 * propose to lend it A100s.
 */
export const demandConstrained = {
  ...balanced,
  name: "demand-constrained",
  description: "Too few H100s on weekdays, while other GPUs that could not run the work have room",
  injected: [
    { cause: "capacity", nodegroup: "h100-training" },
    { cause: "capacity", nodegroup: "h100-research" },
  ],
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      "batch-inference": { arrivals: { kind: "poisson", perHour: 5, dailySwing: 0.2, peakHour: 16, burstSize: 1.2 } },
      serve: { gang: [{ pods: 6, gpusPerPod: 4 }] },
      features: { gang: [{ pods: 2, gpusPerPod: 4 }] },
      "experiment-a100": { arrivals: { kind: "poisson", perHour: 6, dailySwing: 0.2, peakHour: 18 } },
      notebook: { gpuModels: ["A100"] },
      "experiment-h100": {
        arrivals: { kind: "poisson", perHour: 7, dailySwing: 0.3, peakHour: 18, weekendShare: 0.4 },
      },
    },
    [
      {
        name: "launch",
        localQueue: "nlp-platform/finetuning",
        arrivals: { kind: "poisson", perHour: 0.36, dailySwing: 0.5, peakHour: 18, weekendShare: 0.1 },
        gang: [
          { pods: 1, gpusPerPod: 4, weight: 2 },
          { pods: 1, gpusPerPod: 8, weight: 1 },
        ],
        duration: { kind: "lognormal", medianMinutes: 110, sigma: 0.6, maxMinutes: 600 },
        activity: activities.finetuning,
        gpuModels: hopper,
        priorityClass: "standard",
        startupSeconds: 120,
        failure: { share: 0.12, retries: 1 },
      },
    ],
  ),
} satisfies ScenarioInput;

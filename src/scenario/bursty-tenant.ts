import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * All at once. The fraud team tunes by sweeps: once or twice a day it submits some two dozen jobs in one go, far more
 * than a100-training has free. For hours they and everybody behind them wait; then the GPUs are free again until the
 * next.
 *
 * A right analysis finds a100-training short of capacity in bursts that the fraud team causes, not all week long, and
 * that nodes bought for the peaks would stand idle between them.
 */
export const burstyTenant = {
  ...balanced,
  name: "bursty-tenant",
  description: "One team submits its work in large bursts: a100-training is short for hours, and then is not",
  injected: [{ cause: "capacity", nodegroup: "a100-training" }],
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      "finetune-a100": { gpuModels: ["A100"] },
      fraud: { gpuModels: ["A100"] },
      batch: { gpuModels: ["A100"] },
    },
    [
      {
        name: "sweep",
        localQueue: "fraud-detection/training",
        arrivals: { kind: "poisson", perHour: 1.7, burstSize: 25, dailySwing: 0.5, peakHour: 15, weekendShare: 0.5 },
        gang: [{ pods: 1, gpusPerPod: 1 }],
        duration: { kind: "lognormal", medianMinutes: 50, sigma: 0.4, maxMinutes: 180 },
        activity: activities.finetuning,
        gpuModels: ["A100"],
        priorityClass: "standard",
        failure: { share: 0.1, retries: 1 },
      },
    ],
  ),
} satisfies ScenarioInput;

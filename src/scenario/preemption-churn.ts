import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Work in vain. On a100-training the ML platform runs shards of eight GPUs for the better part of a day on quota that it
 * borrows, without checkpoints. The teams that train reclaim their quota whenever a burst of short jobs comes, several
 * times a day, and whoever came last has to go: shards begin again and again, hold GPUs and finish late.
 *
 * A right analysis finds much of what is held on a100-training lost, and evictions with the reason
 * Preempted. What waits there waits for capacity, but checkpoints, or quota of its own for what is borrowed all the
 * time, give back more than a node would.
 */
export const preemptionChurn = {
  ...balanced,
  name: "preemption-churn",
  description: "Borrowers on a100-training lose hours of work whenever their quota is reclaimed",
  injected: [{ cause: "lost", nodegroup: "a100-training" }],
  clusterQueues: balanced.clusterQueues.map((queue) =>
    queue.name === "training-a100" ? { ...queue, preemption: { reclaimWithinCohort: "Any" as const } } : queue,
  ),
  workloadClasses: variant(
    balanced.workloadClasses.filter(({ name }) => name !== "retrain" && name !== "features" && name !== "batch"),
    {
      "finetune-a100": {
        arrivals: { kind: "poisson", perHour: 5, dailySwing: 0.3, peakHour: 16, burstSize: 13 },
        gang: [{ pods: 1, gpusPerPod: 2 }],
        duration: { kind: "lognormal", medianMinutes: 14, sigma: 0.4, maxMinutes: 60 },
      },
    },
    [
      {
        name: "shard",
        localQueue: "ml-platform/batch",
        arrivals: { kind: "periodic", everyHours: 8, offsetHours: 1, jitterMinutes: 60 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 1200, sigma: 0.3, maxMinutes: 3000 },
        activity: activities.pretraining,
        gpuModels: ["A100"],
        priorityClass: "best-effort",
        startupSeconds: 120,
      },
    ],
  ),
} satisfies ScenarioInput;

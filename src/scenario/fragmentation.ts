import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import { hbm } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Free GPUs that nobody can use. The scheduler spreads pods over the emptiest nodes, so that searches of two GPUs and a
 * crowd of single-GPU jobs leave a few free GPUs on every node of a100-training, and the gangs that need a whole node
 * wait: admitted by quota, their pods pending, until the PodsReady timeout puts them back into the queue.
 *
 * A right analysis finds fragmentation on a100-training, although about half of its GPUs are free, and proposes to pack
 * or repack rather than to buy.
 */
export const fragmentation = {
  ...balanced,
  name: "fragmentation",
  description: "Half of a100-training is free, but scattered: gangs that need a whole node wait",
  injected: [{ cause: "fragmentation", nodegroup: "a100-training" }],
  placement: "spread",
  clusterQueues: balanced.clusterQueues.map((queue) =>
    queue.name === "batch-a100"
      ? { ...queue, flavors: [{ name: "a100-west", nominalQuota: 16, borrowingLimit: 0 }] }
      : queue,
  ),
  podsReadyTimeoutMinutes: 120,
  workloadClasses: variant(
    balanced.workloadClasses.filter((one) => one.name !== "retrain" && one.name !== "features"),
    {
      "finetune-a100": { gang: [{ pods: 1, gpusPerPod: 1 }] },
      batch: { localQueue: "fraud-detection/training" },
    },
    [
      {
        name: "search",
        localQueue: "fraud-detection/training",
        arrivals: { kind: "poisson", perHour: 3.5, dailySwing: 0.15, peakHour: 15 },
        gang: [{ pods: 1, gpusPerPod: 2 }],
        duration: { kind: "lognormal", medianMinutes: 100, sigma: 0.6, maxMinutes: 480 },
        activity: activities.finetuning,
        gpuModels: hbm,
        priorityClass: "standard",
        failure: { share: 0.1, retries: 1 },
      },
      {
        name: "shard",
        localQueue: "ml-platform/batch",
        arrivals: { kind: "periodic", everyHours: 4, offsetHours: 1, jitterMinutes: 90 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 75, sigma: 0.5, maxMinutes: 300 },
        activity: activities.pretraining,
        gpuModels: hbm,
        priorityClass: "standard",
        startupSeconds: 120,
      },
    ],
  ),
} satisfies ScenarioInput;

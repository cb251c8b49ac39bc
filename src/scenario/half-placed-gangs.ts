import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/** What the trainings, and jobs of a whole node, have in common. */
const training = {
  gang: [{ pods: 4, gpusPerPod: 8 }],
  duration: { kind: "lognormal", medianMinutes: 120, sigma: 0.3, maxMinutes: 480 },
  activity: activities.pretraining,
  gpuModels: ["A100"],
  startupSeconds: 120,
} satisfies Partial<ScenarioInput["workloadClasses"][number]>;

/**
 * Halves that block each other. Pods are bound one by one: each takes a node as soon as one is free, and keeps it. Twice a
 * day two trainings of four nodes each are launched on the six nodes of a100-training, the urgent one a little later, while
 * jobs of a whole node come and go. Quota lets both in. The first takes the nodes that are free, the urgent one those that
 * get free, and neither has four, until the PodsReady timeout evicts the first.
 *
 * A right analysis finds that work waits on a100-training for want of GPUs, while a quarter of those that are held there
 * are held by pods that do not run: gangs that wait for the rest of their nodes. To bind gangs together or not at all, or
 * to admit no more than there is room for, frees more than a node would add.
 */
export const halfPlacedGangs = {
  ...balanced,
  name: "half-placed-gangs",
  description: "Gangs on a100-training each hold a part of the nodes that they need, and block each other",
  injected: [
    { cause: "capacity", nodegroup: "a100-training" },
    { cause: "starting", nodegroup: "a100-training" },
  ],
  binding: "pod",
  podsReadyTimeoutMinutes: 240,
  clusterQueues: balanced.clusterQueues.map((queue) =>
    queue.name === "training-a100" ? { ...queue, flavors: [{ name: "a100-west", nominalQuota: 80 }] } : queue,
  ),
  workloadClasses: variant(
    balanced.workloadClasses.filter(({ name }) => name !== "retrain" && name !== "features"),
    {},
    [
      {
        ...training,
        name: "train-ranking",
        localQueue: "recommendations/training",
        arrivals: { kind: "periodic", everyHours: 12, offsetHours: 8, jitterMinutes: 10 },
        priorityClass: "standard",
      },
      {
        ...training,
        name: "train-detection",
        localQueue: "fraud-detection/training",
        arrivals: { kind: "periodic", everyHours: 12, offsetHours: 8.25, jitterMinutes: 10 },
        priorityClass: "production",
      },
      {
        ...training,
        name: "shard",
        localQueue: "ml-platform/batch",
        arrivals: { kind: "periodic", everyHours: 2, offsetHours: 1, jitterMinutes: 60 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 150, sigma: 0.3, maxMinutes: 300 },
        priorityClass: "best-effort",
      },
    ],
  ),
} satisfies ScenarioInput;

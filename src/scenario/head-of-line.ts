import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import { hopper } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * One stands, all stand. Research has one ClusterQueue for both of its nodegroups, and orders it by StrictFIFO so that
 * nobody is passed. Every afternoon two runs come that need the same node of H100s and go before everything else; while
 * the second waits for the first, no experiment and no notebook on A100s starts, although more than half of
 * a100-research is free.
 *
 * A right analysis finds the head of the queue as what most of the work for a100-research waits for, and proposes
 * BestEffortFIFO or a queue of its own for each model; only the second run itself waits for H100s.
 */
export const headOfLine = {
  ...balanced,
  name: "head-of-line",
  description: "A StrictFIFO queue over two nodegroups: a job that waits for H100s holds up work for free A100s",
  injected: [{ cause: "head-of-line", nodegroup: "a100-research" }],
  clusterQueues: [
    ...balanced.clusterQueues.filter((queue) => !queue.name.startsWith("research")),
    {
      name: "research",
      queueingStrategy: "StrictFIFO",
      flavors: [
        { name: "a100-east", nominalQuota: 24 },
        { name: "h100-east", nominalQuota: 16 },
      ],
    },
  ],
  localQueues: balanced.localQueues.map((queue) =>
    queue.namespace === "research" ? { ...queue, clusterQueue: "research" } : queue,
  ),
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      study: { arrivals: { kind: "periodic", everyHours: 168, offsetHours: 5 } },
      ablation: { arrivals: { kind: "periodic", everyHours: 168, offsetHours: 6 } },
      "experiment-a100": {
        gpuModels: ["A100"],
        arrivals: { kind: "poisson", perHour: 5, dailySwing: 0.2, peakHour: 18 },
      },
    },
    [
      {
        name: "rollout",
        localQueue: "research/experiments",
        arrivals: { kind: "periodic", everyHours: 24, offsetHours: 15, jitterMinutes: 40 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 210, sigma: 0.1, maxMinutes: 300 },
        activity: activities.finetuning,
        gpuModels: hopper,
        priorityClass: "production",
      },
      {
        name: "candidate",
        localQueue: "research/experiments",
        arrivals: { kind: "periodic", everyHours: 24, offsetHours: 16, jitterMinutes: 30 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 180, sigma: 0.2, maxMinutes: 300 },
        activity: activities.finetuning,
        gpuModels: hopper,
        priorityClass: "production",
      },
    ],
  ),
} satisfies ScenarioInput;

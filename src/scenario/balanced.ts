import { activities } from "./activities.js";
import { anyGpu, fleet, hbm, hopper, tenants } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";

/**
 * A cluster in good order. About 85 % of the GPUs that can be used are in use; queues form and drain within their wait
 * targets, some jobs fail, one inference node is cordoned, one team runs GPU pods outside Kueue, and Kueue's controller
 * restarts once.
 *
 * A right analysis finds no nodegroup out of balance: no action is worth taking. It shows the cordoned node as out of
 * service, the pods outside Kueue as such, and the idle hours of notebooks as the price of interactive work.
 *
 * Calibration: most workloads ask for one GPU (48 % of tasks: Alibaba 2023) while long multi-node training holds most
 * GPU time (0.9 % of jobs, 69.5 % of GPU time: Acme, NSDI'24); short jobs last as Alibaba's 2023 tasks do (quartiles
 * 175, 616 and 2241 s); 10 to 20 % of jobs fail (Helios 15.5 %, Philly 17 to 30 %), most of them early.
 */
export const balanced = {
  name: "balanced",
  description: "In good order: about 85 % in use, short queues, nothing worth changing",
  ...fleet,
  ...tenants,
  placement: "pack",
  workloadClasses: [
    {
      name: "pretrain",
      localQueue: "foundation-models/training",
      arrivals: { kind: "periodic", everyHours: 72, offsetHours: 1 },
      gang: [{ pods: 2, gpusPerPod: 8 }],
      duration: { kind: "constant", minutes: 71.8 * 60 },
      activity: activities.pretraining,
      gpuModels: hopper,
      priorityClass: "production",
      startupSeconds: 180,
    },
    {
      name: "finetune-h100",
      localQueue: "nlp-platform/finetuning",
      arrivals: { kind: "poisson", perHour: 13, dailySwing: 0.3, peakHour: 20, weekendShare: 0.8 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 3 },
        { pods: 1, gpusPerPod: 2, weight: 4 },
        { pods: 1, gpusPerPod: 4, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 18, sigma: 0.8, maxMinutes: 180 },
      activity: activities.finetuning,
      gpuModels: hopper,
      priorityClass: "standard",
      failure: { share: 0.15, retries: 1 },
    },
    {
      name: "retrain",
      localQueue: "recommendations/training",
      arrivals: { kind: "periodic", everyHours: 24, offsetHours: 2 },
      gang: [{ pods: 2, gpusPerPod: 8 }],
      duration: { kind: "constant", minutes: 23.8 * 60 },
      activity: activities.pretraining,
      gpuModels: hbm,
      priorityClass: "production",
      startupSeconds: 120,
    },
    {
      name: "finetune-a100",
      localQueue: "recommendations/training",
      arrivals: { kind: "poisson", perHour: 8, dailySwing: 0.3, peakHour: 19, weekendShare: 0.7 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 5 },
        { pods: 1, gpusPerPod: 2, weight: 3 },
        { pods: 1, gpusPerPod: 4, weight: 2 },
      ],
      duration: { kind: "lognormal", medianMinutes: 20, sigma: 0.8, maxMinutes: 180 },
      activity: activities.finetuning,
      gpuModels: hbm,
      priorityClass: "standard",
      failure: { share: 0.15, retries: 1 },
    },
    {
      name: "fraud",
      localQueue: "fraud-detection/training",
      arrivals: { kind: "poisson", perHour: 6, dailySwing: 0.2, peakHour: 10 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 2 },
        { pods: 2, gpusPerPod: 1, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 22, sigma: 0.7, maxMinutes: 300 },
      activity: activities.finetuning,
      gpuModels: hbm,
      priorityClass: "standard",
      failure: { share: 0.1, retries: 0 },
    },
    {
      name: "batch",
      localQueue: "ml-platform/batch",
      arrivals: { kind: "poisson", perHour: 17, dailySwing: 0.4, peakHour: 5, burstSize: 2 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "lognormal", medianMinutes: 35, sigma: 0.7, maxMinutes: 240 },
      activity: activities.batchInference,
      gpuModels: anyGpu,
      priorityClass: "best-effort",
      failure: { share: 0.1, retries: 2 },
    },
    {
      name: "batch-inference",
      localQueue: "ml-inference/batch-inference",
      arrivals: { kind: "poisson", perHour: 54, dailySwing: 0.2, peakHour: 16, burstSize: 1.5 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: {
        kind: "quantiles",
        points: [
          [0, 0.5],
          [0.1, 73 / 60],
          [0.25, 175 / 60],
          [0.5, 616 / 60],
          [0.75, 2241 / 60],
          [0.9, 7764 / 60],
          [0.95, 18064 / 60],
          [1, 480],
        ],
      },
      activity: activities.batchInference,
      gpuModels: anyGpu,
      priorityClass: "standard",
      failure: { share: 0.12, retries: 1 },
    },
    {
      name: "evaluate",
      localQueue: "nlp-platform/evaluation",
      arrivals: { kind: "poisson", perHour: 5, dailySwing: 0.3, peakHour: 21, burstSize: 1.5 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 3 },
        { pods: 1, gpusPerPod: 2, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 25, sigma: 0.7, maxMinutes: 180 },
      activity: activities.evaluation,
      gpuModels: anyGpu,
      priorityClass: "standard",
      failure: { share: 0.12, retries: 0 },
    },
    {
      name: "notebook",
      localQueue: "research/notebooks",
      arrivals: { kind: "poisson", perHour: 1.7, dailySwing: 0.6, peakHour: 16, weekendShare: 0.4 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "lognormal", medianMinutes: 150, sigma: 0.7, maxMinutes: 720 },
      activity: activities.notebook,
      gpuModels: hbm,
      priorityClass: "production",
      kind: "Pod",
      startupSeconds: 40,
    },
    {
      name: "experiment-a100",
      localQueue: "research/notebooks",
      arrivals: { kind: "poisson", perHour: 9, dailySwing: 0.2, peakHour: 18 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 2 },
        { pods: 1, gpusPerPod: 2, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 60, sigma: 0.7, maxMinutes: 360 },
      activity: activities.finetuning,
      gpuModels: hbm,
      priorityClass: "standard",
      failure: { share: 0.2, retries: 1 },
    },
    {
      name: "experiment-h100",
      localQueue: "research/experiments",
      arrivals: { kind: "poisson", perHour: 11.5, dailySwing: 0.2, peakHour: 18 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 3 },
        { pods: 1, gpusPerPod: 2, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 34, sigma: 0.6, maxMinutes: 480 },
      activity: activities.finetuning,
      gpuModels: hopper,
      priorityClass: "standard",
      failure: { share: 0.2, retries: 1 },
    },
  ],
  standalone: [
    {
      name: "embedding-server",
      namespace: "search",
      owner: "Search",
      nodegroup: "l40s-inference",
      pods: 6,
      gpusPerPod: 1,
      activity: { ...activities.batchInference, loadMinutes: 0, dutyShare: 0.7 },
    },
  ],
  cordons: [{ nodegroup: "l40s-inference", node: 11, fromHour: 40, toHour: 76 }],
  kueueRestartHours: [97.3],
} satisfies ScenarioInput;

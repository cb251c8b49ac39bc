import { activities } from "../scenario/activities.js";
import { parseScenario } from "../scenario/parse.js";
import type { Scenario, ScenarioInput } from "../scenario/schema.js";

/**
 * A day of 40 GPUs in three nodegroups, as a team that has just begun with Kueue may have them: H100s that are short in
 * the afternoon, A100s of which one queue's quota stands unused while another waits for it, sessions left open over
 * night, and an inference node that is cordoned for the morning.
 */
const input = {
  name: "small-fleet",
  description: "A day of 40 GPUs: short H100s, quota that nobody lends, sessions left open",
  days: 1,
  warmupDays: 0.5,
  missedScrapeShare: 0,
  nodegroups: [
    { name: "h100-training", region: "us-west-2", gpuModel: "H100", nodes: 2, gpusPerNode: 8, usdPerGpuHour: 4.5 },
    { name: "a100-research", region: "us-west-2", gpuModel: "A100", nodes: 2, gpusPerNode: 8, usdPerGpuHour: 3.5 },
    {
      name: "l40s-inference",
      region: "us-west-2",
      gpuModel: "L40S",
      nodes: 2,
      gpusPerNode: 4,
      cpusPerNode: 96,
      memoryGiBPerNode: 768,
      usdPerGpuHour: 1.861,
    },
  ],
  resourceFlavors: ["h100-training", "a100-research", "l40s-inference"].map((nodegroup) => ({
    name: nodegroup.slice(0, 4),
    nodeLabels: { "eks.amazonaws.com/nodegroup": nodegroup },
  })),
  clusterQueues: [
    { name: "training", flavors: [{ name: "h100", nominalQuota: 16 }] },
    { name: "research", flavors: [{ name: "a100", nominalQuota: 8 }] },
    { name: "evaluation", flavors: [{ name: "a100", nominalQuota: 8 }] },
    { name: "inference", queueingStrategy: "StrictFIFO", flavors: [{ name: "l40s", nominalQuota: 8 }] },
  ],
  localQueues: [
    { name: "finetuning", namespace: "nlp-platform", clusterQueue: "training", owner: "NLP platform" },
    { name: "pretraining", namespace: "foundation-models", clusterQueue: "training", owner: "Foundation models" },
    { name: "experiments", namespace: "research", clusterQueue: "research", owner: "Research" },
    { name: "notebooks", namespace: "research", clusterQueue: "research", owner: "Research", interactive: true },
    { name: "evaluation", namespace: "nlp-platform", clusterQueue: "evaluation", owner: "NLP platform" },
    { name: "batch-inference", namespace: "ml-inference", clusterQueue: "inference", owner: "Inference" },
  ],
  priorityClasses: [
    { name: "production", value: 1000 },
    { name: "standard", value: 500 },
  ],
  workloadClasses: [
    {
      name: "pretrain",
      localQueue: "foundation-models/pretraining",
      arrivals: { kind: "periodic", everyHours: 48, offsetHours: 1 },
      gang: [{ pods: 1, gpusPerPod: 8 }],
      duration: { kind: "constant", minutes: 46 * 60 },
      activity: activities.pretraining,
      gpuModels: ["H100"],
      priorityClass: "production",
      startupSeconds: 180,
    },
    {
      name: "finetune",
      localQueue: "nlp-platform/finetuning",
      arrivals: { kind: "poisson", perHour: 9.5, dailySwing: 0.7, peakHour: 15 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 6 },
        { pods: 1, gpusPerPod: 2, weight: 3 },
        { pods: 1, gpusPerPod: 4, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 18, sigma: 0.7, maxMinutes: 180 },
      activity: activities.finetuning,
      gpuModels: ["H100"],
      priorityClass: "standard",
      failure: { share: 0.15, retries: 1 },
    },
    {
      name: "experiment",
      localQueue: "research/experiments",
      arrivals: { kind: "poisson", perHour: 9, dailySwing: 0.4, peakHour: 15 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 4 },
        { pods: 1, gpusPerPod: 2, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 22, sigma: 0.7, maxMinutes: 180 },
      activity: activities.finetuning,
      gpuModels: ["A100"],
      priorityClass: "standard",
      failure: { share: 0.15, retries: 1 },
    },
    {
      name: "session",
      localQueue: "research/notebooks",
      arrivals: { kind: "periodic", everyHours: 10, offsetHours: 2 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "constant", minutes: 20 * 60 },
      activity: activities.leftOpen,
      gpuModels: ["A100"],
      priorityClass: "standard",
      kind: "Pod",
      startupSeconds: 40,
    },
    {
      name: "evaluate",
      localQueue: "nlp-platform/evaluation",
      arrivals: { kind: "poisson", perHour: 5, dailySwing: 0.3, peakHour: 21 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "lognormal", medianMinutes: 15, sigma: 0.7, maxMinutes: 120 },
      activity: activities.evaluation,
      gpuModels: ["A100"],
      priorityClass: "standard",
    },
    {
      name: "serve",
      localQueue: "ml-inference/batch-inference",
      arrivals: { kind: "poisson", perHour: 14, dailySwing: 0.2, peakHour: 16, burstSize: 1.3 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 5 },
        { pods: 1, gpusPerPod: 2, weight: 1 },
      ],
      duration: { kind: "lognormal", medianMinutes: 10, sigma: 0.7, maxMinutes: 120 },
      activity: activities.batchInference,
      gpuModels: ["L40S"],
      priorityClass: "standard",
    },
  ],
  placement: "pack",
  cordons: [{ nodegroup: "l40s-inference", node: 1, fromHour: 7, toHour: 11 }],
} satisfies ScenarioInput;

export const smallFleet = (): Scenario => parseScenario(input, input.name);

/** A day that has all of it. */
export const SMALL_FLEET_SEED = 2;

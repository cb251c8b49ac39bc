import type { Scenario } from "../scenario/schema.js";
import { type SmallInput, small, steady } from "./scenario.js";

/**
 * Four hours of a cluster of 40 GPUs in three nodegroups, after three of warm-up, in which nearly everything happens:
 * loans, gangs admitted without nodes, evictions, retries, gated pods, pods outside Kueue, a cordon, a restart of Kueue.
 */
const sampleInput: SmallInput = {
  name: "sample",
  days: 4 / 24,
  warmupDays: 3 / 24,
  nodegroups: [
    { nodes: 2, usdPerGpuHour: 4.5 },
    { nodes: 2, gpuModel: "A100", usdPerGpuHour: 3.5, region: "us-east-1" },
    { nodes: 2, gpuModel: "L40S", gpusPerNode: 4, cpusPerNode: 64, usdPerGpuHour: 1.5 },
  ],
  clusterQueues: [
    { name: "train", cohort: "shared", flavors: [{ name: "a", nominalQuota: 12, borrowingLimit: 4 }] },
    {
      name: "batch",
      cohort: "shared",
      flavors: [
        { name: "b", nominalQuota: 12 },
        { name: "a", nominalQuota: 4 },
      ],
    },
    { name: "infer", queueingStrategy: "StrictFIFO", flavors: [{ name: "c", nominalQuota: 7 }] },
  ],
  localQueues: [
    { name: "train", namespace: "team", clusterQueue: "train", owner: "The team" },
    { name: "batch", namespace: "team", clusterQueue: "batch", owner: "The team" },
    { name: "notebooks", namespace: "lab", clusterQueue: "batch" },
    { name: "infer", namespace: "prod", clusterQueue: "infer", owner: "Production", waitTargetMinutes: 5 },
  ],
  priorityClasses: [
    { name: "high", value: 100 },
    { name: "low", value: -100 },
  ],
  workloadClasses: [
    {
      name: "gang",
      localQueue: "team/train",
      arrivals: { kind: "periodic", everyHours: 1.5, jitterMinutes: 30 },
      gang: [{ pods: 2, gpusPerPod: 6 }],
      duration: { kind: "constant", minutes: 80 },
      gpuModels: ["H100"],
      priorityClass: "high",
      startupSeconds: 120,
      cpusPerGpu: 8,
      memoryGiBPerGpu: 64,
    },
    {
      name: "tune",
      localQueue: "team/train",
      arrivals: { kind: "poisson", perHour: 9 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "exponential", meanMinutes: 20 },
      gpuModels: ["H100"],
      failure: { share: 0.4, retries: 1 },
      activity: { ...steady, dutyShare: 0.6, cycleMinutes: 6, loadMinutes: 3 },
      startupSeconds: 45,
    },
    {
      name: "whole",
      localQueue: "team/batch",
      arrivals: { kind: "periodic", everyHours: 1 },
      gang: [{ pods: 1, gpusPerPod: 8 }],
      duration: { kind: "constant", minutes: 50 },
      gpuModels: ["A100"],
      priorityClass: "low",
    },
    {
      name: "notebook",
      localQueue: "lab/notebooks",
      arrivals: { kind: "poisson", perHour: 6 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "exponential", meanMinutes: 45 },
      gpuModels: ["A100"],
      kind: "Pod",
      startupSeconds: 40,
    },
    {
      name: "serve",
      localQueue: "prod/infer",
      arrivals: { kind: "poisson", perHour: 12, burstSize: 2 },
      gang: [
        { pods: 1, gpusPerPod: 1 },
        { pods: 1, gpusPerPod: 4, weight: 0.3 },
      ],
      duration: { kind: "exponential", meanMinutes: 15 },
      gpuModels: ["L40S"],
      cpusPerGpu: 4,
    },
  ],
  standalone: [
    { name: "server", namespace: "search", owner: "Search", nodegroup: "c", pods: 1, gpusPerPod: 1, activity: steady },
  ],
  placement: "spread",
  podsReadyTimeoutMinutes: 20,
  cordons: [{ nodegroup: "c", node: 1, fromHour: 1, toHour: 2.5 }],
  kueueRestartHours: [2.2],
};

/** The sample, with changes. */
export const sample = (changes: SmallInput = {}): Scenario => small({ ...sampleInput, ...changes });

export const SAMPLE_SEED = 4;

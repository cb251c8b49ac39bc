import type { Scenario } from "../scenario/schema.js";
import { small, steady } from "./scenario.js";

/**
 * Four hours of 16 GPUs in two nodegroups, as little as it takes for every metric to have something to say: gangs that
 * find no nodes, a queue whose work could run elsewhere, GPUs held and idle, stalled, or mostly unused.
 */
export const smallWorld = (): Scenario =>
  small({
    name: "small-world",
    days: 4 / 24,
    warmupDays: 2 / 24,
    nodegroups: [
      { nodes: 2, gpusPerNode: 4 },
      { nodes: 2, gpusPerNode: 4, gpuModel: "L40S", cpusPerNode: 64 },
    ],
    clusterQueues: [
      { name: "train", cohort: "all", flavors: [{ name: "a", nominalQuota: 5 }] },
      { name: "try", cohort: "all", flavors: [{ name: "a", nominalQuota: 3 }] },
      { name: "serve", flavors: [{ name: "b", nominalQuota: 6 }] },
    ],
    workloadClasses: [
      {
        name: "gang",
        localQueue: "team/train",
        arrivals: { kind: "periodic", everyHours: 1, jitterMinutes: 20 },
        gang: [{ pods: 2, gpusPerPod: 2 }],
        duration: { kind: "constant", minutes: 35 },
        gpuModels: ["H100"],
        startupSeconds: 90,
      },
      {
        name: "starved",
        localQueue: "team/train",
        arrivals: { kind: "periodic", everyHours: 1.5 },
        duration: { kind: "constant", minutes: 80 },
        gpuModels: ["H100"],
        activity: { ...steady, tensorActive: 0.02, dramActive: 0.05, powerShare: 0.1 },
      },
      {
        name: "trial",
        localQueue: "team/try",
        arrivals: { kind: "poisson", perHour: 9 },
        duration: { kind: "exponential", meanMinutes: 25 },
        gpuModels: ["H100", "L40S"],
        activity: { ...steady, grEngineActive: 0.2, memoryShare: 0.2 },
        failure: { share: 0.2, retries: 1 },
      },
      {
        name: "answer",
        localQueue: "team/serve",
        arrivals: { kind: "poisson", perHour: 12 },
        duration: { kind: "exponential", meanMinutes: 20 },
        gpuModels: ["L40S"],
        startupSeconds: 20,
      },
    ],
    standalone: [
      {
        name: "notebook",
        namespace: "lab",
        nodegroup: "a",
        pods: 1,
        gpusPerPod: 1,
        activity: { ...steady, dutyShare: 0 },
      },
      { name: "server", namespace: "search", nodegroup: "b", pods: 1, gpusPerPod: 1, activity: steady },
    ],
    podRetentionMinutes: 5,
  });

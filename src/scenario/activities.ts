import type { ScenarioInput } from "./schema.js";

type ActivityInput = ScenarioInput["workloadClasses"][number]["activity"];

/**
 * How typical work drives a GPU. Shapes and orders of magnitude follow published measurements; the digits are ours:
 * - busy GPUs show a median GPU_UTIL of 97 to 99 % while their SMs are active about 40 % of the time (Acme, NSDI'24);
 * - half of the GPUs of a large-model cluster use over 75 % of their memory (Acme, NSDI'24);
 * - evaluation jobs spend 29.5 % of their time loading and 19 % on the CPU computing metrics (Acme, NSDI'24);
 * - an 8-GPU node in intensive training draws about three quarters of its rated power (arXiv 2506.14551);
 * - decoding a large language model keeps memory busy and tensor cores mostly idle.
 */
export const activities = {
  /** Multi-node training of a large model: everything busy, near the power limit. */
  pretraining: {
    gpuUtilPercent: 99,
    grEngineActive: 0.97,
    tensorActive: 0.42,
    dramActive: 0.45,
    powerShare: 0.78,
    memoryShare: 0.85,
    dutyShare: 0.97,
    cycleMinutes: 120,
    loadMinutes: 12,
  },
  /** Fine-tuning: busy, with pauses for evaluation and checkpoints. */
  finetuning: {
    gpuUtilPercent: 96,
    grEngineActive: 0.9,
    tensorActive: 0.32,
    dramActive: 0.4,
    powerShare: 0.6,
    memoryShare: 0.72,
    dutyShare: 0.9,
    cycleMinutes: 25,
    loadMinutes: 4,
  },
  /** Batch inference: bound by memory bandwidth. */
  batchInference: {
    gpuUtilPercent: 92,
    grEngineActive: 0.85,
    tensorActive: 0.14,
    dramActive: 0.55,
    powerShare: 0.45,
    memoryShare: 0.6,
    dutyShare: 0.92,
    cycleMinutes: 15,
    loadMinutes: 2,
  },
  /** Evaluation: loads for a third of its time, computes metrics on the CPU for a fifth. */
  evaluation: {
    gpuUtilPercent: 88,
    grEngineActive: 0.75,
    tensorActive: 0.2,
    dramActive: 0.35,
    powerShare: 0.4,
    memoryShare: 0.5,
    dutyShare: 0.52,
    cycleMinutes: 20,
    loadMinutes: 5,
  },
  /** A notebook that somebody works in: short computations, long thought. */
  notebook: {
    gpuUtilPercent: 60,
    grEngineActive: 0.5,
    tensorActive: 0.1,
    dramActive: 0.2,
    powerShare: 0.3,
    memoryShare: 0.35,
    dutyShare: 0.35,
    cycleMinutes: 30,
    loadMinutes: 5,
  },
  /** A session or a worker that is left open: a context is loaded, and once or twice a day something small runs. */
  leftOpen: {
    gpuUtilPercent: 40,
    grEngineActive: 0.3,
    tensorActive: 0.05,
    dramActive: 0.1,
    powerShare: 0.2,
    memoryShare: 0.4,
    dutyShare: 0.01,
    cycleMinutes: 15 * 60,
    loadMinutes: 5,
  },
  /** Training that waits for its input: a kernel is always resident, hardly any arithmetic is done. */
  starved: {
    gpuUtilPercent: 95,
    grEngineActive: 0.9,
    tensorActive: 0.04,
    dramActive: 0.09,
    powerShare: 0.12,
    memoryShare: 0.7,
    dutyShare: 1,
    cycleMinutes: 60,
    loadMinutes: 5,
    starved: true,
  },
} as const satisfies Record<string, ActivityInput>;

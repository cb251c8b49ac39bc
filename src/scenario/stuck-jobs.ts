import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * A slow leak. Now and then an evaluation's workers lose their driver and never end; nobody notices one GPU. They pile
 * up on l40s-inference, one or two more every day and none fewer, until there is too little left for the work of the
 * day.
 *
 * A right analysis finds that l40s-inference is idle in the hands of the NLP platform, more so from day to day, that it
 * gets short of capacity because of that, and proposes to end what is stuck before it proposes to buy.
 */
export const stuckJobs = {
  ...balanced,
  name: "stuck-jobs",
  description: "Jobs that never end pile up on l40s-inference, idle, until it runs short",
  injected: [
    { cause: "idle", nodegroup: "l40s-inference" },
    { cause: "capacity", nodegroup: "l40s-inference" },
  ],
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      serve: { gang: [{ pods: 8, gpusPerPod: 4 }] },
      "batch-inference": { gpuModels: ["L40S"] },
      evaluate: { gpuModels: ["L40S"] },
    },
    [
      {
        name: "worker",
        localQueue: "nlp-platform/evaluation",
        arrivals: { kind: "periodic", everyHours: 19, offsetHours: 3, jitterMinutes: 600 },
        gang: [{ pods: 1, gpusPerPod: 1 }],
        duration: { kind: "constant", minutes: 90 * 24 * 60 },
        activity: activities.leftOpen,
        gpuModels: ["L40S"],
        priorityClass: "standard",
      },
    ],
  ),
} satisfies ScenarioInput;

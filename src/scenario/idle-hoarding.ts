import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Held and not used. At research a GPU is easier to keep than to get again, so that people open a session on Monday and
 * leave it open for days. The sessions hold a third of a100-research and hardly ever compute; experiments wait for GPUs
 * that are idle.
 *
 * A right analysis finds a100-research idle rather than too small, names Research as who holds the GPUs, and proposes to
 * take back what is idle before it proposes to buy.
 *
 * A third of the instances of Alibaba's PAI trace of 2020 show no utilisation at all (34.5 %, by affinode.io's analysis of
 * it); how many sessions there are and how long they stay is our choice.
 */
export const idleHoarding = {
  ...balanced,
  name: "idle-hoarding",
  description: "Sessions that are left open for days hold a third of a100-research and do nothing",
  injected: [{ cause: "idle", nodegroup: "a100-research" }],
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      study: { arrivals: { kind: "periodic", everyHours: 84, offsetHours: 5 } },
      "experiment-a100": { arrivals: { kind: "poisson", perHour: 7, dailySwing: 0.2, peakHour: 18 } },
    },
    [
      {
        name: "session",
        localQueue: "research/notebooks",
        arrivals: { kind: "poisson", perHour: 0.14, dailySwing: 0.6, peakHour: 16, weekendShare: 0.3 },
        gang: [{ pods: 1, gpusPerPod: 1 }],
        duration: { kind: "lognormal", medianMinutes: 54 * 60, sigma: 0.4, maxMinutes: 120 * 60 },
        activity: activities.leftOpen,
        gpuModels: ["A100"],
        priorityClass: "production",
        kind: "Pod",
        startupSeconds: 40,
      },
    ],
  ),
} satisfies ScenarioInput;

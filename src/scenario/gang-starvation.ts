import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import { hopper } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * The small ones pass. Every other day a gang that needs three quarters of h100-training is submitted at the priority of
 * everybody else. Under BestEffortFIFO whoever fits goes first: whenever a GPU gets free, a small job takes it, and the
 * gang waits for a quiet hour, though there is work for only half of the GPUs.
 *
 * A right analysis finds that h100-training waits in the shape of large gangs while small work does not wait, so that
 * more nodes are the last of the remedies: first order, priority or preemption.
 */
export const gangStarvation = {
  ...balanced,
  name: "gang-starvation",
  description: "Small jobs keep passing the large gangs of h100-training, which has enough GPUs for all in turn",
  injected: [{ cause: "capacity", nodegroup: "h100-training" }],
  workloadClasses: variant(
    balanced.workloadClasses.filter((one) => one.name !== "pretrain"),
    {
      "finetune-h100": {
        arrivals: { kind: "poisson", perHour: 7, dailySwing: 0.25, peakHour: 18 },
        duration: { kind: "lognormal", medianMinutes: 60, sigma: 0.5, maxMinutes: 240 },
      },
    },
    [
      {
        name: "pretrain-stage",
        localQueue: "foundation-models/training",
        arrivals: { kind: "periodic", everyHours: 48, offsetHours: 9, jitterMinutes: 120 },
        gang: [{ pods: 3, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 360, sigma: 0.2, maxMinutes: 600 },
        activity: activities.pretraining,
        gpuModels: hopper,
        priorityClass: "standard",
        startupSeconds: 180,
      },
    ],
  ),
} satisfies ScenarioInput;

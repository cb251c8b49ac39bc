import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * GPUs that look busy and do little. The training of the recommendations team on a100-training reads its examples from
 * a file system that cannot keep up: a kernel is always resident, so GPU_UTIL stays above 90 %, but tensor cores, memory
 * and power show that the GPUs starve.
 *
 * A right analysis finds no shortage anywhere; it finds the GPU-hours of a100-training that are held, busy by GPU_UTIL
 * and stalled, names the team, and says that it cannot tell storage from other reasons to wait.
 */
export const ioBottleneck = {
  ...balanced,
  name: "io-bottleneck",
  description: "Training on a100-training looks busy but starves for input",
  injected: [{ cause: "stalled", nodegroup: "a100-training" }],
  workloadClasses: variant(balanced.workloadClasses, {
    retrain: { activity: activities.starved },
    "finetune-a100": {
      activity: activities.starved,
      duration: { kind: "lognormal", medianMinutes: 40, sigma: 0.6, maxMinutes: 240 },
      arrivals: { kind: "poisson", perHour: 2.2, dailySwing: 0.25, peakHour: 19, weekendShare: 0.8 },
    },
  }),
} satisfies ScenarioInput;

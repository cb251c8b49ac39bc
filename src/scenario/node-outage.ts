import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import { hbm } from "./fleet.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Two nodes are away. From Tuesday to Thursday two of the six nodes of a100-training are NotReady and wait for repair:
 * a GPU of one has fallen off the bus, and what ran there is lost. The feature pipeline, whose gang needs as much as
 * they have, is due on Tuesday morning and starts when they are back; short work goes on beside it on what is left. What
 * stays for weeks is on other nodes.
 *
 * A right analysis finds that a100-training waits for GPUs that are out of service, that it did so for these days only,
 * and proposes to bring the nodes back rather than to buy.
 */
export const nodeOutage = {
  ...balanced,
  name: "node-outage",
  description: "Two of a100-training's six nodes are out of service for days, and a gang waits for them",
  injected: [{ cause: "unavailable", nodegroup: "a100-training" }],
  workloadClasses: variant(
    balanced.workloadClasses,
    {
      retrain: {
        arrivals: { kind: "periodic", everyHours: 400, offsetHours: 1 },
        duration: { kind: "constant", minutes: 30 * 24 * 60 },
      },
      features: { duration: { kind: "constant", minutes: 36 * 60 } },
    },
    [
      {
        name: "embed",
        localQueue: "ml-platform/batch",
        arrivals: { kind: "periodic", everyHours: 400, offsetHours: 1 },
        gang: [{ pods: 1, gpusPerPod: 2 }],
        duration: { kind: "constant", minutes: 30 * 24 * 60 },
        activity: activities.batchInference,
        gpuModels: hbm,
        priorityClass: "production",
      },
    ],
  ),
  outages: [
    { nodegroup: "a100-training", node: 4, kind: "fail", fromHour: 26, toHour: 86, xid: 79 },
    { nodegroup: "a100-training", node: 5, kind: "fail", fromHour: 26.5, toHour: 86 },
  ],
} satisfies ScenarioInput;

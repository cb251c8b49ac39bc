import { activities } from "./activities.js";
import { balanced } from "./balanced.js";
import type { ScenarioInput } from "./schema.js";
import { variant } from "./variant.js";

/**
 * Free nodes in different racks. Kueue knows the racks of a100-training, four nodes and two, and does not admit gangs of
 * three nodes that require one rack while single-node jobs hold one or two of the four: they stay pending with quota to
 * spare, though three nodes and more are free.
 *
 * A right analysis finds fragmentation on a100-training, of which more than half is free, and proposes to let such gangs
 * span racks, or to keep other work out of the larger one, rather than to buy. One that reads no racks cannot tell.
 */
export const racksFragmented = {
  ...balanced,
  name: "racks-fragmented",
  description: "Nodes of a100-training are free, but in different racks: gangs that require one rack wait",
  injected: [{ cause: "fragmentation", nodegroup: "a100-training" }],
  nodegroups: balanced.nodegroups.map((nodegroup) =>
    nodegroup.name === "a100-training" ? { ...nodegroup, topology: [{ level: "rack", nodes: 4 }] } : nodegroup,
  ),
  resourceFlavors: balanced.resourceFlavors.map((flavor) =>
    flavor.name === "a100-west" ? { ...flavor, topologyAware: true } : flavor,
  ),
  workloadClasses: variant(
    balanced.workloadClasses.filter((one) => one.name !== "retrain" && one.name !== "features"),
    {},
    [
      {
        name: "tune",
        localQueue: "recommendations/training",
        arrivals: { kind: "periodic", everyHours: 5, offsetHours: 1, jitterMinutes: 120 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 240, sigma: 0.3, maxMinutes: 960 },
        activity: activities.finetuning,
        gpuModels: ["A100"],
        priorityClass: "standard",
        startupSeconds: 120,
      },
      {
        name: "trio",
        localQueue: "fraud-detection/training",
        arrivals: { kind: "periodic", everyHours: 16, offsetHours: 1, jitterMinutes: 120 },
        gang: [{ pods: 3, gpusPerPod: 8 }],
        duration: { kind: "lognormal", medianMinutes: 75, sigma: 0.4, maxMinutes: 240 },
        topology: { kind: "required", level: "rack" },
        activity: activities.pretraining,
        gpuModels: ["A100"],
        priorityClass: "standard",
        startupSeconds: 120,
      },
    ],
  ),
} satisfies ScenarioInput;

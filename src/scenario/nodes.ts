import { type GpuModel, gpuModels } from "../hardware/gpu-models.js";
import type { Nodegroup, Scenario } from "./schema.js";

/** The GPU model of a nodegroup: the scenario's own, else one known by name. */
export function gpuModelOf(scenario: Scenario, nodegroup: Nodegroup): GpuModel {
  return scenario.gpuModels[nodegroup.gpuModel] ?? gpuModels[nodegroup.gpuModel]!;
}

/** Labels on every node of a nodegroup. */
export function nodeLabels(scenario: Scenario, nodegroup: Nodegroup): Record<string, string> {
  return {
    [scenario.nodegroupLabel]: nodegroup.name,
    "topology.kubernetes.io/region": nodegroup.region,
    "nvidia.com/gpu.product": gpuModelOf(scenario, nodegroup).product.replaceAll(" ", "-"),
  };
}

/** The nodegroups whose nodes carry all of a ResourceFlavor's labels; none for an unknown flavor or GPU model. */
export function flavorNodegroups(scenario: Scenario, flavorName: string): Nodegroup[] {
  const flavor = scenario.resourceFlavors.find((f) => f.name === flavorName);
  if (!flavor) return [];
  return scenario.nodegroups.filter((nodegroup) => {
    if (!gpuModelOf(scenario, nodegroup)) return false;
    const labels = nodeLabels(scenario, nodegroup);
    return Object.entries(flavor.nodeLabels).every(([key, value]) => labels[key] === value);
  });
}

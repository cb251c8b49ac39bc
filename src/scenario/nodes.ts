import { type GpuModel, knownGpuModel } from "../hardware/gpu-models.js";
import type { Nodegroup, Scenario } from "./schema.js";

/** The GPU model of a nodegroup: the scenario's own, else one known by name. */
export function gpuModelOf(scenario: Scenario, nodegroup: Nodegroup): GpuModel {
  const own = Object.hasOwn(scenario.gpuModels, nodegroup.gpuModel);
  return own ? scenario.gpuModels[nodegroup.gpuModel]! : knownGpuModel(nodegroup.gpuModel)!;
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

/** Pods of one size that an empty node of a nodegroup holds. */
export function podsPerNode(
  { gpusPerNode, cpusPerNode, memoryGiBPerNode }: Nodegroup,
  pod: { readonly gpusPerPod: number; readonly cpusPerPod: number; readonly memoryGiBPerPod: number },
): number {
  const { gpusPerPod: gpus, cpusPerPod, memoryGiBPerPod } = pod;
  // A share of a GPU lies on one GPU.
  const byGpus = gpus === 0 ? Infinity : gpus < 1 ? Math.floor(1 / gpus) * gpusPerNode : Math.floor(gpusPerNode / gpus);
  const of = (there: number, each: number) => (each === 0 ? Infinity : Math.floor(there / each));
  return Math.min(byGpus, of(cpusPerNode, cpusPerPod), of(memoryGiBPerNode, memoryGiBPerPod));
}

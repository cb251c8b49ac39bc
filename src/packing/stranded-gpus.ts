import { placeablePods } from "./placeable-pods.js";

/**
 * How many free GPUs are left over when nodes are filled with pods of `gpusPerPod` GPUs, each pod on one node: the sum
 * of free mod gpusPerPod (floor packing). 0 for pods of one GPU, and for no nodes.
 * Throws for the same arguments as placeablePods.
 */
export function strandedGpus(freePerNode: readonly number[], gpusPerPod: number): number {
  const pods = placeablePods(freePerNode, gpusPerPod);
  return freePerNode.reduce((total, free) => total + free, 0) - pods * gpusPerPod;
}

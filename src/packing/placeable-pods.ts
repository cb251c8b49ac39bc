import { checkWhole } from "./check.js";

/**
 * How many pods of `gpusPerPod` GPUs fit into the free GPUs of nodes at once, each pod on one node: the sum of
 * floor(free / gpusPerPod). Looks at GPUs only, not at CPU or memory. 0 for no nodes.
 * Throws a RangeError for free GPUs that aren't whole numbers >= 0, and for gpusPerPod that isn't one >= 1.
 */
export function placeablePods(freePerNode: readonly number[], gpusPerPod: number): number {
  checkWhole(gpusPerPod, 1, () => "gpusPerPod");
  let pods = 0;
  for (const [node, free] of freePerNode.entries()) {
    checkWhole(free, 0, () => `freePerNode[${node}]`);
    pods += Math.floor(free / gpusPerPod);
  }
  return pods;
}

/**
 * Packing: what free GPUs are worth to the shapes that want them, and how much demand they could serve. Pure functions.
 *
 * Nothing here tolerates a missing value, because a node left out of a sum is a wrong sum: what isn't a number throws a
 * TypeError, a number outside its range a RangeError, and both name the path (`shapes[2].popularity`), what was found
 * and what is allowed. Amounts are what is free, not what there is; whole GPUs, or milli-GPUs where the name says so.
 */
export { type Fragmentation, type FreeNode, fragmentation, type TaskShape } from "./fragmentation.js";
export { type MaxFlowInput, type MaxFlowResult, maxFlow } from "./max-flow.js";
export { placeablePods } from "./placeable-pods.js";
export { strandedGpus } from "./stranded-gpus.js";

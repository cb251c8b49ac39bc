import { outOfRange } from "../statistics/out-of-range.js";
import { checkAmount, checkArray, checkObject, checkOptionalText, checkWhole } from "./check.js";

/** What is free on a node: milli-CPU, and milli-GPU of each of its GPUs (1000 is a whole one, 0 a full one). */
export interface FreeNode {
  readonly cpuMilli: number;
  readonly gpuMilli: readonly number[];
  readonly gpuType?: string | undefined;
}

/** A kind of task, and how popular it is on any scale: only the ratios of popularities count. */
export interface TaskShape {
  readonly cpuMilli: number;
  /** Of each of its GPUs. */
  readonly gpuMilli: number;
  /** 0 for a task without GPUs. */
  readonly gpuCount: number;
  readonly popularity: number;
  /** Unset: any type will do. */
  readonly gpuType?: string | undefined;
}

export interface Fragmentation {
  /** Free milli-GPU that a task drawn from the shapes can't be expected to use. */
  readonly fragmentedGpuMilli: number;
  readonly freeGpuMilli: number;
  /** fragmentedGpuMilli / freeGpuMilli, from 0 to 1; 0 when nothing is free, since then nothing is out of reach. */
  readonly rate: number;
}

/**
 * Fragmentation of free GPUs as a target workload sees it: Weng et al., "Beware of Fragmentation: Scheduling
 * GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC 2023), section 4.
 *
 * To a shape that can't run on a node, all that is free there is a fragment: because it needs no GPU, lacks CPU, finds
 * too few GPUs with enough room, or needs a GPU of another type (a node without a type is of another). To one that can
 * run, the fragments are the GPUs with less room than it needs of each. Weighted by popularity, and added over nodes.
 *
 * Throws a RangeError or TypeError, naming the path, for amounts and popularities that aren't finite and >= 0, counts
 * that aren't whole, a shape with GPUs that asks 0 of each, and popularities that add up to 0 (so also for no shapes).
 */
export function fragmentation(nodes: readonly FreeNode[], shapes: readonly TaskShape[]): Fragmentation {
  checkNodes(nodes);
  checkShapes(shapes);
  let weighted = 0;
  let freeGpuMilli = 0;
  for (const node of nodes) {
    for (const free of node.gpuMilli) freeGpuMilli += free;
    for (const shape of shapes) weighted += shape.popularity * fragmentOf(node, shape);
  }
  const popularity = shapes.reduce((total, shape) => total + shape.popularity, 0);
  // A weighted mean is at most the largest of its values, which rounding may exceed.
  const fragmentedGpuMilli = Math.min(weighted / popularity, freeGpuMilli);
  return { fragmentedGpuMilli, freeGpuMilli, rate: freeGpuMilli > 0 ? fragmentedGpuMilli / freeGpuMilli : 0 };
}

/** The milli-GPU free on the node that the shape can't use. */
function fragmentOf(node: FreeNode, shape: TaskShape): number {
  let tooSmall = 0;
  let usable = 0;
  let usableGpus = 0;
  for (const free of node.gpuMilli) {
    if (free < shape.gpuMilli) {
      tooSmall += free;
    } else {
      usable += free;
      usableGpus++;
    }
  }
  const rightType = shape.gpuType === undefined || shape.gpuType === node.gpuType;
  const runs = shape.gpuCount > 0 && rightType && node.cpuMilli >= shape.cpuMilli && usableGpus >= shape.gpuCount;
  return runs ? tooSmall : tooSmall + usable;
}

function checkNodes(nodes: readonly FreeNode[]): void {
  checkArray(nodes, () => "nodes");
  for (const [i, node] of nodes.entries()) {
    checkObject(node, () => `nodes[${i}]`);
    checkAmount(node.cpuMilli, () => `nodes[${i}].cpuMilli`);
    checkArray(node.gpuMilli, () => `nodes[${i}].gpuMilli`);
    for (const [j, free] of node.gpuMilli.entries()) checkAmount(free, () => `nodes[${i}].gpuMilli[${j}]`);
    checkOptionalText(node.gpuType, () => `nodes[${i}].gpuType`);
  }
}

function checkShapes(shapes: readonly TaskShape[]): void {
  checkArray(shapes, () => "shapes");
  for (const [i, shape] of shapes.entries()) {
    checkObject(shape, () => `shapes[${i}]`);
    checkAmount(shape.cpuMilli, () => `shapes[${i}].cpuMilli`);
    checkAmount(shape.gpuMilli, () => `shapes[${i}].gpuMilli`);
    checkWhole(shape.gpuCount, 0, () => `shapes[${i}].gpuCount`);
    checkAmount(shape.popularity, () => `shapes[${i}].popularity`);
    checkOptionalText(shape.gpuType, () => `shapes[${i}].gpuType`);
    if (shape.gpuCount > 0 && shape.gpuMilli === 0) {
      throw outOfRange(`shapes[${i}].gpuMilli`, 0, `numbers > 0 where gpuCount is ${shape.gpuCount}`);
    }
  }
  if (!shapes.some((shape) => shape.popularity > 0)) {
    throw outOfRange("shapes", `${shapes.length} with popularities of 0`, "at least one with a popularity > 0");
  }
}

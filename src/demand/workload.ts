import type { Resource } from "../scenario/resource-groups.js";
import type { TopologyRequest } from "../scenario/schema.js";

/** One try at a workload's work. */
export interface Attempt {
  /** Time from Running to the end of the attempt, ms. */
  readonly durationMs: number;
  readonly fails: boolean;
}

/** A unit of demand, as its owner submits it: a gang of equal pods that start together. Plain data; nothing of it changes. */
export interface Workload {
  /** Position in order of creation; ties are broken by the class's order in the scenario. */
  readonly id: number;
  readonly name: string;
  /** Name of its workload class, which says how it drives a GPU. */
  readonly workloadClass: string;
  readonly namespace: string;
  readonly localQueue: string;
  readonly clusterQueue: string;
  /** When it was created, ms since the simulation started. */
  readonly createdMs: number;
  readonly pods: number;
  /** With how few pods it may be admitted; without it, with all of them alone. */
  readonly minPods?: number;
  /** Whole GPUs, a share of one in thousandths, or none. */
  readonly gpusPerPod: number;
  readonly cpusPerPod: number;
  readonly memoryGiBPerPod: number;
  readonly priorityClass: string;
  readonly priority: number;
  /** GPU models that could run it. */
  readonly gpuModels: readonly string[];
  /** What it asks for of racks and the like; without it, nothing. */
  readonly topology?: TopologyRequest;
  /** "Job": no pods until admitted; "Pod": gated pods from the start. */
  readonly kind: "Job" | "Pod";
  /** From bound to Running, ms. */
  readonly startupMs: number;
  /** Running time between two checkpoints, ms; without it a restart begins anew. */
  readonly checkpointMs?: number;
  /** The attempts it will make, at least one; all but the last fail. */
  readonly attempts: readonly Attempt[];
}

/** The LocalQueue of a workload, as namespace/name. */
export function localQueueOf({ namespace, localQueue }: Pick<Workload, "namespace" | "localQueue">): string {
  return `${namespace}/${localQueue}`;
}

/** GPUs that the whole gang asks for, exact to a thousandth. */
export function gpus({ pods, gpusPerPod }: Pick<Workload, "pods" | "gpusPerPod">): number {
  return inThousandths(pods * gpusPerPod);
}

/** What the whole gang asks for of a resource, exact to a thousandth of a GPU, core or GiB. */
export function amountOf(workload: Workload, resource: Resource): number {
  const { pods, gpusPerPod, cpusPerPod, memoryGiBPerPod } = workload;
  return inThousandths(pods * { gpus: gpusPerPod, cpus: cpusPerPod, memoryGiB: memoryGiBPerPod }[resource]);
}

/** An amount without the error in its last bits that shares of it add up to. */
export const inThousandths = (amount: number): number =>
  Number.isInteger(amount) ? amount : Math.round(amount * 1000) / 1000;

import type { Workload } from "../demand/workload.js";
import type { Resource } from "../scenario/resource-groups.js";
import type { PreemptionReason } from "./preemption.js";

/** Why a workload is evicted, in Kueue's words. */
export interface Eviction {
  /** When it is told to go; it holds quota and nodes until its pods are gone. */
  readonly atMs: number;
  readonly reason: "PodsReadyTimeout" | "Preempted" | "ClusterQueueStopped" | "LocalQueueStopped" | "NodeFailures";
  readonly underlyingCause: "WaitForStart" | "WaitForRecovery" | "";
  readonly preemption?: {
    readonly reason: PreemptionReason;
    /** Id of the workload for which it goes. */
    readonly preemptor: number;
  };
}

/** Quota held by a workload: from reservation to its end or eviction. */
export interface QuotaHold {
  readonly reservedMs: number;
  /** Of its GPUs: it runs on the nodes behind it. */
  readonly flavor: string;
  /** The flavor of each resource that it has quota of, where its ClusterQueue has several resource groups. */
  flavors?: Readonly<Partial<Record<Resource, string>>>;
  /** Pods that it was admitted with, if fewer than it asked for. */
  pods?: number;
  /** GPUs held beyond the ClusterQueue's nominal quota. */
  readonly borrowed: number;
  endMs: number | undefined;
  end: "finished" | "evicted" | undefined;
  /** Why it was told to go; it may end by itself before its pods are gone. */
  eviction?: Eviction;
  /** When a workload that was evicted may try again. */
  requeueMs?: number;
}

/** A workload as it was admitted: with the pods that it has quota for. */
export function asAdmitted(workload: Workload, { pods }: { readonly pods?: number }): Workload {
  return pods === undefined ? workload : { ...workload, pods };
}

/** One attempt on nodes: all pods together. */
export interface Run {
  readonly attempt: number;
  /** Since when the pods existed without a node: the admission, or the failure of the attempt before. */
  readonly podsCreatedMs: number;
  /** When all pods had nodes. */
  readonly placedMs: number;
  readonly runningMs: number;
  /** Index of each pod's node. */
  readonly nodes: readonly number[];
  /** When each pod was bound to its node, if not all were at placedMs. */
  boundMs?: readonly number[];
  /** Work that a checkpoint had kept when the run started, ms of running time. */
  savedMs?: number;
  /** When it is ended for idleness, if it lives to see it. */
  reapedMs?: number;
  endMs: number | undefined;
  /**
   * "lost": a node went from under it, and with one pod the whole gang; "moved": to make room for others, it starts again
   * elsewhere at once; "reaped": it idled for too long.
   */
  outcome: "succeeded" | "failed" | "evicted" | "lost" | "moved" | "reaped" | undefined;
  /** The node that took it down. */
  lostNode?: number;
}

/** A pod that is bound to a node while others of its gang have none. */
export interface EarlyPod {
  /** Which of the gang's pods, from 0. */
  readonly pod: number;
  readonly node: number;
  readonly boundMs: number;
  /** When it left its node, before all of its gang had one. */
  endMs?: number;
  /** "evicted": with its gang; "lost": its node went from under it; "failed": that of a plain Pod beside it did. */
  outcome?: "evicted" | "lost" | "failed";
}

/** Where a workload stood when the simulation ended. The last four are censored: its story was not over. */
export type WorkloadState = "succeeded" | "failed" | "pending" | "unplaced" | "starting" | "running";

/** All that happened to a workload. Times are ms since the simulation started. */
export interface WorkloadHistory {
  readonly workload: Workload;
  holds: QuotaHold[];
  runs: Run[];
  /** Pods bound one by one, in that order, but for those of its runs; none where gangs are bound together. */
  early?: EarlyPod[];
  state: WorkloadState;
}

/**
 * A list with one more item: of most workloads the only one, for which a list that is pushed onto would keep room for
 * sixteen others.
 */
export function withOneMore<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

/** A node and what it offers. */
export interface SimulatedNode {
  readonly name: string;
  readonly nodegroup: string;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGiB: number;
  /** Its domain at each level of its nodegroup above the host, outermost first; without it, there are none. */
  readonly domains?: readonly string[];
}

/** A pod outside Kueue, on its node from start to end. */
export interface StandalonePod {
  readonly owner: string;
  readonly index: number;
  readonly gpus: number;
  readonly node: number;
}

/**
 * A span in which a node is out of service. It takes no new pods; unless it is only cordoned, those that run there end.
 * A failed node is NotReady, a deleted one is in no series at all.
 */
export interface OutageSpan {
  readonly node: number;
  readonly kind: "cordon" | "drain" | "fail" | "delete";
  readonly fromMs: number;
  readonly toMs: number;
  /** The error that one of its GPUs shows just before. */
  readonly xid?: { readonly gpu: number; readonly code: number };
}

import type { Contract } from "../tables/contract.js";
import type { Grid } from "./grid.js";

/** One value a tick; NaN where the source was silent. */
export type Series = Float64Array;

/** A nodegroup as seen at every tick. All in GPUs, but for the means. */
export interface NodegroupSeries {
  readonly name: string;
  /** GPUs of its nodes. */
  readonly present: Series;
  /** Allocatable GPUs of healthy nodes: Ready, not cordoned, no taint in the way. */
  readonly capacity: Series;
  /** Requests of pods bound to its nodes, Pending or Running. */
  readonly held: Series;
  readonly heldOutsideKueue: Series;
  /** Held by pods that do not run yet. */
  readonly starting: Series;
  /** Free on healthy nodes. */
  readonly free: Series;
  /** Held by admitted workloads' pods that have no node: waiting, for room. */
  readonly unplaced: Series;
  /** Held, but idle for long: see `idle` in gpus.ts. */
  readonly idle: Series;
  /** Held and busy by GPU_UTIL, but starved by tensor activity, memory traffic and power. */
  readonly stalled: Series;
  /** GPUs that dcgm-exporter reported. */
  readonly seen: Series;
  /** Held, with engine and framebuffer both mostly unused: see `shareable` in gpus.ts. */
  readonly shareable: Series;
  /** Means over held GPUs. */
  readonly utilPercent: Series;
  readonly engineActive: Series;
  readonly tensorActive: Series;
  readonly dramActive: Series;
  /** From idle with context (0) to the power limit (1). */
  readonly powerShare: Series;
  readonly memoryShare: Series;
  /** Means over all GPUs: utilisation, and power as a share of the limit. */
  readonly utilPercentAll: Series;
  readonly tdpShareAll: Series;
}

export interface NodeSeries {
  readonly name: string;
  readonly nodegroup: string;
  /** Free GPUs if healthy, 0 if not; NaN where unknown. */
  readonly free: Series;
  /** GPUs that nobody holds and that are out of service. */
  readonly outOfService: Series;
}

export interface FlavorSeries {
  readonly flavor: string;
  /** Nodegroups that the contract maps it to. */
  readonly nodegroups: readonly string[];
  readonly nominal: Series;
  readonly borrowingLimit: Series;
  readonly reserved: Series;
}

export interface ClusterQueueSeries {
  readonly name: string;
  /** Empty if none. */
  readonly cohort: string;
  /** In the order of the contract, else by name. */
  readonly flavors: readonly FlavorSeries[];
  /** Nodegroups that its flavors reach. */
  readonly eligible: readonly string[];
  /** Nodegroups that could run its work; undefined if the contract does not say. */
  readonly able: readonly string[] | undefined;
  readonly strict: boolean | undefined;
  readonly pendingGpus: Series;
  readonly pending: Series;
  /** Workloads admitted within each tick, and the seconds that they had waited. */
  readonly admitted: Series;
  readonly admittedWaitSeconds: Series;
  /** 1 while Kueue says that it is not active: stopped, or misconfigured. It admits nothing then. */
  readonly inactive: Series;
}

export interface LocalQueueSeries {
  readonly namespace: string;
  readonly name: string;
  readonly clusterQueue: string | undefined;
  readonly pending: Series;
}

/** A gang of admitted pods without nodes, from tick to tick, both included. */
export interface UnplacedGang {
  readonly gang: string;
  readonly clusterQueue: string;
  readonly namespace: string;
  readonly localQueue: string | undefined;
  /** From its node selector; undefined if that is not exported and its queue reaches more than one. */
  readonly nodegroup: string | undefined;
  readonly pods: number;
  readonly gpusPerPod: number;
  readonly firstTick: number;
  readonly lastTick: number;
}

/** A gang that got nodes, rebuilt from its pods. Times are Unix seconds; undefined if not seen. */
export interface StartedGang {
  readonly gang: string;
  readonly namespace: string;
  readonly clusterQueue: string | undefined;
  readonly localQueue: string | undefined;
  readonly priorityClass: string;
  readonly nodegroup: string;
  readonly pods: number;
  readonly gpusPerPod: number;
  /** When its Job, or without one its pods, were created. */
  readonly createdSeconds: number;
  readonly scheduledSeconds: number;
  /** When its last pod ended; undefined while it runs: its duration is censored. */
  readonly endedSeconds: number | undefined;
  /** A pod of it failed, or it was evicted and made again: what it had done is lost, but for checkpoints. */
  readonly lost: boolean;
}

/** A held GPU that did nothing useful for long, from tick to tick, both included. */
export interface QuietSpan {
  readonly state: "idle" | "stalled";
  readonly nodegroup: string;
  readonly namespace: string;
  readonly firstTick: number;
  readonly lastTick: number;
}

/** Waits from creation to admission of the workloads of one LocalQueue and priority class, as a histogram. */
export interface WaitHistogram {
  readonly namespace: string;
  readonly name: string;
  readonly priorityClass: string;
  /** Cumulative counts by upper bound in seconds, +Inf included. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

/** How long held GPUs showed which utilisation and tensor activity; bins from the given values on, see busyBins in gpus.ts. */
export interface BusyBin {
  readonly nodegroup: string;
  readonly utilPercent: number;
  readonly tensorActive: number;
  /** Mean power in the bin, from idle with context (0) to the limit (1). */
  readonly powerShare: number;
  readonly gpuHours: number;
}

/** Rows that could not be joined to a nodegroup, and why. */
export interface Dropped {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly unit: string;
}

/** A dataset on one grid: all that the analysis computes from. */
export interface Observed extends Grid {
  readonly contract: Contract;
  readonly nodegroups: readonly NodegroupSeries[];
  readonly nodes: readonly NodeSeries[];
  readonly clusterQueues: readonly ClusterQueueSeries[];
  readonly localQueues: readonly LocalQueueSeries[];
  readonly unplaced: readonly UnplacedGang[];
  readonly started: readonly StartedGang[];
  readonly quiet: readonly QuietSpan[];
  readonly waits: readonly WaitHistogram[];
  readonly busy: readonly BusyBin[];
  readonly evictions: readonly { readonly clusterQueue: string; readonly reason: string; readonly count: number }[];
  /** Share of ticks at which each source was seen, 1 where it was seen whole. */
  readonly coverage: {
    readonly kueue: Series;
    readonly kubeState: Series;
    /** By nodegroup: share of its present GPUs that dcgm-exporter reported. */
    readonly dcgm: Readonly<Record<string, Series>>;
  };
  readonly dropped: readonly Dropped[];
}

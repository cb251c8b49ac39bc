import type { Cause } from "./cause.js";

/** How sentences say a cause, so that every caption says it alike. */
export interface CauseWords {
  /** What a place is that waits for it: "h100-training short of capacity". */
  readonly state: string;
  /** As the object of "waited": "3,240 GPU-hours waited for capacity". */
  readonly waited: string;
  /** As the gate of a number of GPU-hours: "196 behind quota". */
  readonly gate: string;
  /** What one would do, as the beginning of a sentence: "Lending unused quota". */
  readonly remedy: string;
  /** Whether that costs nothing. */
  readonly free: boolean;
}

const words: Readonly<Record<Cause | "mixed", CauseWords>> = {
  capacity: {
    state: "short of capacity",
    waited: "for capacity that was not there",
    gate: "for capacity that was not there",
    remedy: "More GPUs, or less demand at those hours,",
    free: false,
  },
  quota: {
    state: "blocked by quota",
    waited: "for quota while GPUs were free",
    gate: "behind quota",
    remedy: "Raising or lending quota",
    free: true,
  },
  fragmentation: {
    state: "fragmented",
    waited: "for free GPUs together, while enough were free apart",
    gate: "while enough were free, but apart",
    remedy: "Packing pods onto fewer nodes",
    free: true,
  },
  "head-of-line": {
    state: "blocked by queue order",
    waited: "behind another workload while GPUs and quota were free",
    gate: "behind the head of a strict queue",
    remedy: "BestEffortFIFO, or a queue of their own for large gangs,",
    free: true,
  },
  flavor: {
    state: "cut off from free GPUs by flavors",
    waited: "while GPUs that its flavors do not reach were free",
    gate: "behind flavors that do not reach the free GPUs",
    remedy: "A flavor on the nodegroups with free GPUs",
    free: true,
  },
  unavailable: {
    state: "short of GPUs out of service",
    waited: "for GPUs that were out of service",
    gate: "for GPUs out of service",
    remedy: "Bringing those nodes back",
    free: true,
  },
  invalid: {
    state: "above quota's maximum",
    waited: "for more than its quota could ever give",
    gate: "for more than their quota could ever give",
    remedy: "Raising the quota, or smaller jobs,",
    free: true,
  },
  unknown: {
    state: "waiting, for causes that telemetry cannot tell",
    waited: "for causes that telemetry cannot tell",
    gate: "for causes that telemetry cannot tell",
    remedy: "A closer look at the waiting workloads' conditions",
    free: true,
  },
  mixed: {
    state: "waiting, for several causes",
    waited: "for several causes",
    gate: "for several causes",
    remedy: "Each cause's own remedy",
    free: true,
  },
};

export function causeWords(cause: Cause | "mixed"): CauseWords {
  return words[cause];
}

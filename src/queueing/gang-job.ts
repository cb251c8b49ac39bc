/** A gang: all its pods start together, each with its GPUs on one node, and hold them for the duration. */
export interface GangJob {
  readonly arrival: number;
  readonly duration: number;
  readonly pods: number;
  readonly gpusPerPod: number;
}

/** Whether the first in the queue holds up the others (strict), or those that fit may pass it (best effort). */
export type Discipline = "strict-fifo" | "best-effort-fifo";

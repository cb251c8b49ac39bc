import { findTargets, mayPreempt, type Preemptions, type Preemptor } from "./preemption.js";
import type { QuotaNode } from "./quota.js";

/** The first workload of a ClusterQueue in a cycle, with the quota that it would get. */
export interface Contender {
  readonly node: QuotaNode;
  readonly gpus: number;
  /** Cohorts up which it borrows. */
  readonly height: number;
}

/** How ClusterQueues of a cohort come to terms: who is tried first, and whom each may preempt. */
export interface Sharing {
  /**
   * The order in which a cycle tries the first of each queue.
   *
   * @param contenders by priority, then by age
   * @param promised those that were tried before, in this cycle, and wait for others to go
   */
  inOrder<C extends Contender>(contenders: readonly C[], promised: () => readonly Contender[]): Iterable<C>;
  /** Whether a request that does not fit may look for someone to preempt. */
  mayPreempt(preemptor: Preemptor): boolean;
  findTargets(preemptor: Preemptor): Preemptions;
}

/** Kueue's sharing unless told: first come, first served, but those first that borrow less far. */
export const classicalSharing: Sharing = {
  inOrder: (contenders) => (contenders.length > 1 ? contenders.toSorted((a, b) => a.height - b.height) : contenders),
  mayPreempt,
  findTargets,
};

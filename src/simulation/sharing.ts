import { findTargets, mayPreempt, type Preemptor, type Target } from "./preemption.js";
import type { Ask, Request } from "./quota.js";
import type { Sharer } from "./sharer.js";

/** The first workload of a ClusterQueue in a cycle, with the quota that it would get. */
export interface Contender {
  readonly sharer: Sharer;
  readonly request: Request;
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
  /** Whether a queue with these policies may look for someone to preempt for what does not fit. */
  mayPreempt(ask: Ask, policies: Preemptor["policies"]): boolean;
  /** Whom to preempt so that a workload fits: a set of which none can stay, empty if there is none. */
  findTargets(preemptor: Preemptor): readonly Target[];
}

/** Kueue's sharing unless told: first come, first served, but those first that borrow less far. */
export const classicalSharing: Sharing = {
  inOrder: (contenders) => (contenders.length > 1 ? contenders.toSorted((a, b) => a.height - b.height) : contenders),
  mayPreempt,
  findTargets,
};

import type { Workload } from "../demand/workload.js";
import type { ClusterQueue } from "../scenario/schema.js";
import { type Holding, type QuotaNode, reachOf } from "./quota.js";

/** Kueue's reason of a preemption. */
export type PreemptionReason =
  | "InClusterQueue"
  | "InCohortReclamation"
  | "InCohortReclaimWhileBorrowing"
  | "InCohortFairSharing";

export interface Target {
  readonly holding: Holding;
  readonly reason: PreemptionReason;
}

/** A workload that does not fit, and what its ClusterQueue lets it do about it. */
export interface Preemptor {
  readonly node: QuotaNode;
  readonly gpus: number;
  readonly priority: number;
  /** By when it stands in its queue. */
  readonly sinceMs: number;
  readonly policies: NonNullable<ClusterQueue["preemption"]>;
  /** Whether its pods would have nodes once these are gone, where Kueue finds them before it admits. */
  readonly hasNodes?: ((gone: readonly Workload[]) => boolean) | undefined;
}

/** Whom to preempt so that a workload fits: a set of which none can stay, empty if there is none. */
export interface Preemptions {
  readonly targets: readonly Target[];
  /** How far up the workload borrows once they are gone. */
  readonly height: number;
}

export const NO_PREEMPTIONS: Preemptions = { targets: [], height: 0 };

interface Candidate extends Target {
  /** The lowest cohort that it shares with the preemptor; undefined in the same ClusterQueue. */
  readonly common: QuotaNode | undefined;
  /** Only to go for a preemptor that does not borrow afterwards. */
  readonly notForBorrower: boolean;
}

/** Whether a request that does not fit may look for someone to preempt. */
export function mayPreempt({ node, gpus, policies }: Preemptor): boolean {
  return gpus <= node.quota || reachOf(node, gpus).partOfTree || borrowsWithinCohort(policies);
}

/**
 * Kueue's classical preemption (pkg/scheduler/preemption in v0.19, without fair sharing): candidates go one by one, in
 * order, until the workload fits; then, from the last to the first, whoever need not have gone is given back.
 */
export function findTargets(preemptor: Preemptor): Preemptions {
  const { node, policies } = preemptor;
  const { candidates, others, privileged } = candidatesOf(preemptor);
  const forbidden = !borrowsWithinCohort(policies);
  const attempts =
    !others || (forbidden && node.usage >= node.quota)
      ? [true]
      : forbidden && !privileged
        ? [false, true]
        : [true, false];
  for (const borrowing of attempts) {
    const targets = minimalSet(preemptor, candidates, borrowing);
    if (targets.length > 0) return preemptionsOf(preemptor, targets);
  }
  return NO_PREEMPTIONS;
}

/** What comes of preempting these. */
export function preemptionsOf({ node, gpus }: Preemptor, targets: readonly Target[]): Preemptions {
  for (const { holding } of targets) holding.node.remove(holding.gpus);
  const { height } = reachOf(node, gpus);
  for (const { holding } of targets) holding.node.add(holding.gpus);
  return { targets, height };
}

function borrowsWithinCohort({ borrowWithinCohort }: Preemptor["policies"]): boolean {
  return borrowWithinCohort !== undefined && borrowWithinCohort.policy !== "Never";
}

function minimalSet(preemptor: Preemptor, candidates: readonly Candidate[], borrowing: boolean): Target[] {
  const { node, gpus, hasNodes } = preemptor;
  const fits = (gone: readonly Target[]) =>
    (borrowing || !node.borrowsWith(gpus)) && gpus <= node.available && (!hasNodes || hasNodes(workloadsOf(gone)));
  const gone: Target[] = [];
  for (const candidate of candidates) {
    if (!mayGo(candidate, borrowing)) continue;
    const { holding, reason } = candidate;
    holding.node.remove(holding.gpus);
    gone.push({ holding, reason });
    if (fits(gone)) break;
  }
  return needed(gone, fits);
}

export const workloadsOf = (targets: readonly Target[]): Workload[] => targets.map(({ holding }) => holding.workload);

/**
 * Of those whose quota has been taken, in this order, until it was enough: whose quota has to stay away, asked from the
 * last but one to the first. Nobody's if it is not enough at all. All have their quota back afterwards.
 *
 * @param enough whether it is enough if these have gone, whose quota has been taken
 */
export function needed(gone: readonly Target[], enough: (gone: readonly Target[]) => boolean): Target[] {
  const targets = enough(gone) ? gone.slice(-1) : [];
  for (let i = gone.length - 2; i >= 0; i--) {
    const target = gone[i]!;
    const { holding } = target;
    holding.node.add(holding.gpus);
    if (targets.length === 0 || enough([...gone.slice(0, i), ...targets])) continue;
    holding.node.remove(holding.gpus);
    targets.unshift(target);
  }
  for (const { holding } of targets.length > 0 ? targets : gone.slice(-1)) holding.node.add(holding.gpus);
  return targets;
}

/** Those that went before may have brought a queue or cohort back within its quota: nobody more has to go there. */
function mayGo({ holding, common, notForBorrower }: Candidate, borrowing: boolean): boolean {
  if (common === undefined) return true;
  if (borrowing && notForBorrower) return false;
  for (let node: QuotaNode | undefined = holding.node; node && node !== common; node = node.parent)
    if (!node.exceeded) return false;
  return true;
}

/**
 * Everybody who may be made to go, in Kueue's order: those that are leaving already; then those over whose quota the
 * preemptor has a privilege, since with its request it or a cohort around it stays within its own; then others of the
 * cohort tree; then its own queue's. Within each: lowest priority, then latest admission first.
 */
function candidatesOf(preemptor: Preemptor): {
  readonly candidates: Candidate[];
  readonly others: boolean;
  readonly privileged: boolean;
} {
  const { node, gpus, policies } = preemptor;
  const own: Candidate[] = [];
  const privileged: Candidate[] = [];
  const rest: Candidate[] = [];
  if (policies.withinClusterQueue !== "Never") collect(preemptor, node, undefined, false, own);
  if (policies.reclaimWithinCohort !== "Never") {
    let privilege = !node.borrowsWith(gpus);
    let left = Math.max(0, gpus - node.keptUnused);
    let below: QuotaNode = node;
    for (let cohort = node.parent; cohort; cohort = cohort.parent) {
      collectBorrowers(preemptor, cohort, cohort, below, privilege, privilege ? privileged : rest);
      privilege ||= !cohort.borrowsWith(left);
      left = Math.max(0, left - cohort.keptUnused);
      below = cohort;
    }
  }
  const groups = [privileged, rest, own].map((group) => group.sort((a, b) => byRank(a.holding, b.holding)));
  const some = (leaving: boolean) => groups.flatMap((group) => group.filter((c) => c.holding.leaving === leaving));
  return {
    candidates: [...some(true), ...some(false)],
    others: privileged.length + rest.length > 0,
    privileged: privileged.length > 0,
  };
}

/** Of a cohort's members but one, those that use more than is theirs. */
function collectBorrowers(
  preemptor: Preemptor,
  cohort: QuotaNode,
  common: QuotaNode,
  except: QuotaNode | undefined,
  privilege: boolean,
  into: Candidate[],
): void {
  for (const child of cohort.children) {
    if (child === except || child.stopped || !child.exceeded) continue;
    if (child.isQueue) collect(preemptor, child, common, privilege, into);
    else collectBorrowers(preemptor, child, common, undefined, privilege, into);
  }
}

function collect(
  preemptor: Preemptor,
  queue: QuotaNode,
  common: QuotaNode | undefined,
  privilege: boolean,
  into: Candidate[],
): void {
  const { policies, priority } = preemptor;
  const { borrowWithinCohort } = policies;
  const policy = common === undefined ? policies.withinClusterQueue : policies.reclaimWithinCohort;
  for (const holding of queue.holdings.values()) {
    if (!allows(policy, preemptor, holding)) continue;
    const its = holding.workload.priority;
    const threshold = borrowWithinCohort?.maxPriorityThreshold ?? Number.POSITIVE_INFINITY;
    const forBorrower = borrowsWithinCohort(policies) && its < priority && its <= threshold;
    const reason =
      common === undefined
        ? "InClusterQueue"
        : !privilege && forBorrower
          ? "InCohortReclaimWhileBorrowing"
          : "InCohortReclamation";
    into.push({ holding, reason, common, notForBorrower: !privilege && !forBorrower });
  }
}

type Policy = Preemptor["policies"]["withinClusterQueue"] | Preemptor["policies"]["reclaimWithinCohort"];

/** Whether a policy lets a workload preempt another. */
export function allows(policy: Policy, { priority, sinceMs }: Preemptor, { workload }: Holding): boolean {
  if (policy === "Any") return true;
  if (workload.priority < priority) return policy !== "Never";
  return policy === "LowerOrNewerEqualPriority" && workload.priority === priority && sinceMs < workload.createdMs;
}

/** Lowest priority first, then latest admission: the order in which equals are preempted. */
export function byRank(a: Holding, b: Holding): number {
  return a.workload.priority - b.workload.priority || b.reservedMs - a.reservedMs || b.workload.id - a.workload.id;
}

import type { Workload } from "../demand/workload.js";
import type { ClusterQueue } from "../scenario/schema.js";
import { type Holding, type QuotaNode, reachOf } from "./quota.js";

/** Kueue's reason of a preemption. */
export type PreemptionReason = "InClusterQueue" | "InCohortReclamation" | "InCohortReclaimWhileBorrowing";

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
 * Whom to preempt so that a workload fits: a set of which none can stay, empty if there is none. Kueue's classical
 * preemption (pkg/scheduler/preemption in v0.19, without fair sharing): candidates go one by one, in order, until the
 * workload fits; then, from the last to the first, whoever need not have gone is given back.
 *
 * @returns the targets, and how far up the workload borrows once they are gone
 */
export function findTargets(preemptor: Preemptor): { readonly targets: Target[]; readonly height: number } {
  const { node, gpus, policies } = preemptor;
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
    if (targets.length === 0) continue;
    for (const { holding } of targets) holding.node.remove(holding.gpus);
    const { height } = reachOf(node, gpus);
    for (const { holding } of targets) holding.node.add(holding.gpus);
    return { targets, height };
  }
  return { targets: [], height: 0 };
}

function borrowsWithinCohort({ borrowWithinCohort }: Preemptor["policies"]): boolean {
  return borrowWithinCohort !== undefined && borrowWithinCohort.policy !== "Never";
}

function minimalSet(preemptor: Preemptor, candidates: readonly Candidate[], borrowing: boolean): Target[] {
  const { node, gpus, hasNodes } = preemptor;
  const fits = (without: () => readonly Candidate[]) =>
    (borrowing || !node.borrowsWith(gpus)) &&
    gpus <= node.available &&
    (!hasNodes || hasNodes(without().map(({ holding }) => holding.workload)));
  const gone: Candidate[] = [];
  let enough = false;
  for (const candidate of candidates) {
    if (!mayGo(candidate, borrowing)) continue;
    candidate.holding.node.remove(candidate.holding.gpus);
    gone.push(candidate);
    enough = fits(() => gone);
    if (enough) break;
  }
  const targets = enough ? gone.slice(-1) : [];
  for (let i = gone.length - 2; i >= 0; i--) {
    const candidate = gone[i]!;
    candidate.holding.node.add(candidate.holding.gpus);
    if (!enough || fits(() => [...gone.slice(0, i), ...targets])) continue;
    candidate.holding.node.remove(candidate.holding.gpus);
    targets.unshift(candidate);
  }
  for (const { holding } of enough ? targets : gone.slice(-1)) holding.node.add(holding.gpus);
  return targets.map(({ holding, reason }) => ({ holding, reason }));
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
  const groups = [privileged, rest, own].map((group) => group.sort(inOrder));
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

function allows(policy: Policy, { priority, sinceMs }: Preemptor, { workload }: Holding): boolean {
  if (policy === "Any") return true;
  if (workload.priority < priority) return policy !== "Never";
  return policy === "LowerOrNewerEqualPriority" && workload.priority === priority && sinceMs < workload.createdMs;
}

function inOrder({ holding: a }: Candidate, { holding: b }: Candidate): number {
  return a.workload.priority - b.workload.priority || b.reservedMs - a.reservedMs || b.workload.id - a.workload.id;
}

import type { Workload } from "../demand/workload.js";
import type { ClusterQueue } from "../scenario/schema.js";
import { type Ask, fits, giveBack, type QuotaNode, type Request, reachOf, take } from "./quota.js";
import type { Holding, Sharer } from "./sharer.js";

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
  readonly queue: Sharer;
  readonly request: Request;
  /** What of the request does not fit: whoever holds nothing of it is left alone. */
  readonly lacking: Request;
  readonly priority: number;
  /** By when it stands in its queue. */
  readonly sinceMs: number;
  readonly policies: NonNullable<ClusterQueue["preemption"]>;
  /** Whether its pods would have nodes once these are gone, where Kueue finds them before it admits. */
  readonly hasNodes?: ((gone: readonly Workload[]) => boolean) | undefined;
}

interface Candidate extends Target {
  /** The lowest cohort that it shares with the preemptor; undefined in the same ClusterQueue. */
  readonly common: Sharer | undefined;
  /** Only to go for a preemptor that does not borrow afterwards. */
  readonly notForBorrower: boolean;
}

/** Whether a queue with these policies may look for someone to preempt for what does not fit. */
export function mayPreempt({ node, amount }: Ask, policies: Preemptor["policies"]): boolean {
  return amount <= node.quota || reachOf(node, amount).partOfTree || borrowsWithinCohort(policies);
}

/**
 * Whom to preempt so that a workload fits: a set of which none can stay, empty if there is none. Kueue's classical
 * preemption (pkg/scheduler/preemption in v0.19, without fair sharing): candidates go one by one, in order, until the
 * workload fits; then, from the last to the first, whoever need not have gone is given back.
 */
export function findTargets(preemptor: Preemptor): readonly Target[] {
  const { lacking, policies } = preemptor;
  const { candidates, others, privileged } = candidatesOf(preemptor);
  const forbidden = !borrowsWithinCohort(policies);
  const attempts =
    !others || (forbidden && lacking.some(({ node }) => node.usage >= node.quota))
      ? [true]
      : forbidden && !privileged
        ? [false, true]
        : [true, false];
  for (const borrowing of attempts) {
    const targets = minimalSet(preemptor, candidates, borrowing);
    if (targets.length > 0) return targets;
  }
  return [];
}

/** How far up a queue borrows with what it asks for, once these are gone. */
export function heightWithout(targets: readonly Target[], { node, amount }: Ask): number {
  for (const { holding } of targets) giveBack(holding.request);
  const { height } = reachOf(node, amount);
  for (const { holding } of targets) take(holding.request);
  return height;
}

function borrowsWithinCohort({ borrowWithinCohort }: Preemptor["policies"]): boolean {
  return borrowWithinCohort !== undefined && borrowWithinCohort.policy !== "Never";
}

function minimalSet(preemptor: Preemptor, candidates: readonly Candidate[], borrowing: boolean): Target[] {
  const { request, lacking, hasNodes } = preemptor;
  const enough = (gone: readonly Target[]) =>
    (borrowing || isOwn(request)) && fits(request) && (!hasNodes || hasNodes(workloadsOf(gone)));
  const gone: Target[] = [];
  for (const candidate of candidates) {
    if (!mayGo(candidate, lacking, borrowing)) continue;
    const { holding, reason } = candidate;
    giveBack(holding.request);
    gone.push({ holding, reason });
    if (enough(gone)) break;
  }
  return needed(gone, enough);
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
    take(holding.request);
    if (targets.length === 0 || enough([...gone.slice(0, i), ...targets])) continue;
    giveBack(holding.request);
    targets.unshift(target);
  }
  for (const { holding } of targets.length > 0 ? targets : gone.slice(-1)) take(holding.request);
  return targets;
}

/** Whether a request stays within the quota of those that it is asked of. */
const isOwn = (request: Request): boolean => !request.some(({ node, amount }) => node.borrowsWith(amount));

/** What of a request goes on to the cohort. */
const passedOn = (request: Request): Request =>
  request.map((ask) => ({ ...ask, node: ask.node.parent!, amount: Math.max(0, ask.amount - ask.node.keptUnused) }));

/** Those that went before may have brought a queue or cohort back within its quota: nobody more has to go there. */
function mayGo({ holding, common, notForBorrower }: Candidate, lacking: Request, borrowing: boolean): boolean {
  if (common === undefined) return true;
  if (borrowing && notForBorrower) return false;
  for (let sharer: Sharer | undefined = holding.queue; sharer && sharer !== common; sharer = sharer.parent)
    if (!sharer.exceeds(lacking)) return false;
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
  const { queue, request, policies } = preemptor;
  const own: Candidate[] = [];
  const privileged: Candidate[] = [];
  const rest: Candidate[] = [];
  if (policies.withinClusterQueue !== "Never") collect(preemptor, queue, undefined, false, own);
  if (policies.reclaimWithinCohort !== "Never") {
    let privilege = isOwn(request);
    let left = request;
    let below = queue;
    for (let cohort = queue.parent; cohort; cohort = cohort.parent) {
      collectBorrowers(preemptor, cohort, cohort, below, privilege, privilege ? privileged : rest);
      left = passedOn(left);
      privilege ||= isOwn(left);
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
  cohort: Sharer,
  common: Sharer,
  except: Sharer | undefined,
  privilege: boolean,
  into: Candidate[],
): void {
  for (const child of cohort.children) {
    if (child === except || child.stopped || !child.exceeds(preemptor.lacking)) continue;
    if (child.isQueue) collect(preemptor, child, common, privilege, into);
    else collectBorrowers(preemptor, child, common, undefined, privilege, into);
  }
}

function collect(
  preemptor: Preemptor,
  queue: Sharer,
  common: Sharer | undefined,
  privilege: boolean,
  into: Candidate[],
): void {
  const { policies, priority } = preemptor;
  const { borrowWithinCohort } = policies;
  const policy = common === undefined ? policies.withinClusterQueue : policies.reclaimWithinCohort;
  for (const holding of mayLeave(queue, policy, preemptor)) {
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

/** Who holds something of what a preemptor lacks, and may be preempted for it by this policy. */
export function mayLeave(queue: Sharer, policy: Policy, preemptor: Preemptor): Holding[] {
  const nodes = preemptor.lacking.map((ask) => queue.quota(ask));
  const found: Holding[] = [];
  for (const holding of queue.holdings.values())
    if (allows(policy, preemptor, holding) && holdsSome(holding.request, nodes)) found.push(holding);
  return found;
}

function holdsSome(request: Request, nodes: readonly (QuotaNode | undefined)[]): boolean {
  for (const { node } of request) if (nodes.includes(node)) return true;
  return false;
}

/** Whether a policy lets a workload preempt another. */
function allows(policy: Policy, { priority, sinceMs }: Preemptor, { workload }: Holding): boolean {
  if (policy === "Any") return true;
  if (workload.priority < priority) return policy !== "Never";
  return policy === "LowerOrNewerEqualPriority" && workload.priority === priority && sinceMs < workload.createdMs;
}

/** Lowest priority first, then latest admission: the order in which equals are preempted. */
export function byRank(a: Holding, b: Holding): number {
  return a.workload.priority - b.workload.priority || b.reservedMs - a.reservedMs || b.workload.id - a.workload.id;
}

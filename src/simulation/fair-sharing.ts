import type { Scenario } from "../scenario/schema.js";
import {
  byRank,
  mayLeave,
  mayPreempt,
  needed,
  type PreemptionReason,
  type Preemptor,
  type Target,
  workloadsOf,
} from "./preemption.js";
import { type Ask, fits, giveBack, take } from "./quota.js";
import { compareShares, type Share } from "./share.js";
import type { Holding, Sharer } from "./sharer.js";
import type { Contender, Sharing } from "./sharing.js";

type StrategyName = NonNullable<Scenario["fairSharing"]>["preemptionStrategies"][number];

/**
 * Whether one may be preempted: by the preemptor's share with its request, and the share of the other with and without
 * the one that would go.
 */
type Strategy = (preemptor: Share, before: Share, after: Share) => boolean;

const isLessThanInitialShare = (preemptor: Share, before: Share) => compareShares(preemptor, before) < 0;

const strategies: Record<StrategyName, Strategy> = {
  LessThanOrEqualToFinalShare: (preemptor, _before, after) => compareShares(preemptor, after) <= 0,
  LessThanInitialShare: isLessThanInitialShare,
};

/** Those who may be made to go, by their ClusterQueue, each list in turn. */
type Candidates = Map<Sharer, Holding[]>;

/**
 * Kueue's fair sharing (v0.19, with the gates that are on in it). What ClusterQueues and cohorts borrow is weighed
 * between those below one cohort, level by level: who would have the smallest weighted share is admitted first, and who
 * has the largest is preempted first, down to what the strategies allow.
 */
export class FairSharing implements Sharing {
  readonly #strategy: Strategy;
  /** Whether those that the strategy spares are asked about by LessThanInitialShare: the only one that may come second. */
  readonly #asksAgain: boolean;

  constructor(preemptionStrategies: readonly StrategyName[]) {
    this.#strategy = strategies[preemptionStrategies[0]!];
    this.#asksAgain = preemptionStrategies.length > 1;
  }

  /**
   * One winner after the other of a tournament: in each cohort, of the first workloads of its ClusterQueues and the
   * winners of its cohorts, the one with which its side would borrow nothing of what it asks for, then the one with which
   * its side would have the smallest share.
   */
  *inOrder<C extends Contender>(contenders: readonly C[], promised: () => readonly Contender[]): Generator<C> {
    const left = new Map(contenders.map((contender) => [contender.sharer, contender]));
    for (;;) {
      const [first] = left.keys();
      if (!first) return;
      const taken = promised();
      for (const { request } of taken) take(request);
      const entrants = new Map([...left].map(([queue, contender], rank) => [queue, enter(contender, rank)]));
      const { contender } = winner(first.root, entrants)!;
      for (const { request } of taken) giveBack(request);
      left.delete(contender.sharer);
      yield contender;
    }
  }

  mayPreempt(ask: Ask, policies: Preemptor["policies"]): boolean {
    return policies.reclaimWithinCohort !== "Never" || mayPreempt(ask, policies);
  }

  /**
   * Whom the strategies let go, one by one, from the ClusterQueue that has most at every level of the tree, until the
   * workload fits. A ClusterQueue that stays within its own quota needs no strategy: it takes that back. Its own
   * workloads go by priority, when it has most itself.
   */
  findTargets(preemptor: Preemptor): readonly Target[] {
    const { request, hasNodes } = preemptor;
    const candidates = candidatesOf(preemptor);
    if (candidates.size === 0) return [];
    const gone: Target[] = [];
    const enough = (without: readonly Target[]) => fits(request) && (!hasNodes || hasNodes(workloadsOf(without)));
    // Shares count the request in, room does not.
    take(request);
    const go = (holding: Holding, reason: PreemptionReason): boolean => {
      gone.push({ holding, reason });
      giveBack(holding.request);
      giveBack(request);
      const fit = enough(gone);
      take(request);
      return fit;
    };
    this.#search(preemptor, candidates, go);
    giveBack(request);
    return needed(gone, enough);
  }

  /** Makes one after the other go, until that is enough or nobody is left. */
  #search(
    { queue: own, lacking }: Preemptor,
    candidates: Candidates,
    go: (holding: Holding, reason: PreemptionReason) => boolean,
  ): void {
    const withinQuota = !own.exceeds(lacking);
    const spared: Candidates = new Map([...candidates.keys()].map((queue) => [queue, []]));
    for (const queue of byShare(own, candidates)) {
      const holdings = candidates.get(queue)!;
      if (queue === own || withinQuota) {
        if (go(holdings.shift()!, queue === own ? "InClusterQueue" : "InCohortReclamation")) return;
        continue;
      }
      const [side, other] = rivals(own, queue);
      const [share, before] = [side.share, other.share];
      const chosen = holdings.findIndex((holding) => this.#strategy(share, before, shareWithout(other, holding)));
      spared.get(queue)!.push(...holdings.splice(0, chosen < 0 ? holdings.length : chosen));
      if (chosen >= 0 && go(holdings.shift()!, "InCohortFairSharing")) return;
    }
    if (!this.#asksAgain) return;
    for (const queue of byShare(own, spared)) {
      const [side, other] = rivals(own, queue);
      // Only the first of a ClusterQueue is asked about.
      const [holding] = spared.get(queue)!.splice(0);
      if (isLessThanInitialShare(side.share, other.share) && go(holding!, "InCohortFairSharing")) return;
    }
  }
}

function candidatesOf(preemptor: Preemptor): Candidates {
  const { queue: own, lacking, policies } = preemptor;
  const candidates: Candidates = new Map();
  for (const queue of queuesBelow(own.root)) {
    if (queue !== own && (queue.stopped || !queue.exceeds(lacking))) continue;
    const policy = queue === own ? policies.withinClusterQueue : policies.reclaimWithinCohort;
    const holdings = mayLeave(queue, policy, preemptor);
    if (holdings.length > 0) candidates.set(queue, holdings.sort(inTurn));
  }
  return candidates;
}

function queuesBelow(sharer: Sharer): Sharer[] {
  return sharer.isQueue ? [sharer] : sharer.children.flatMap(queuesBelow);
}

/** Those that are leaving already first. */
function inTurn(a: Holding, b: Holding): number {
  return Number(b.leaving) - Number(a.leaving) || byRank(a, b);
}

/** A contender, and how the ClusterQueue and each cohort around it would stand with its request. */
interface Entrant<C> {
  readonly contender: C;
  readonly standings: ReadonlyMap<Sharer, { readonly borrows: boolean; readonly share: Share }>;
  /** Its place in the order in which equals are tried. */
  readonly rank: number;
}

function enter<C extends Contender>(contender: C, rank: number): Entrant<C> {
  const { sharer, request } = contender;
  const standings = new Map<Sharer, { borrows: boolean; share: Share }>();
  take(request);
  for (const side of sharer.path) standings.set(side, { borrows: side.exceeds(request), share: side.share });
  giveBack(request);
  return { contender, standings, rank };
}

/** Who of those below a cohort goes first; undefined if there is nobody. */
function winner<C>(sharer: Sharer, entrants: ReadonlyMap<Sharer, Entrant<C>>): Entrant<C> | undefined {
  let best = entrants.get(sharer);
  let bestSide = sharer;
  for (const side of sharer.children) {
    const entrant = winner(side, entrants);
    if (entrant && (!best || goesBefore(entrant, side, best, bestSide))) [best, bestSide] = [entrant, side];
  }
  return best;
}

function goesBefore(a: Entrant<unknown>, aSide: Sharer, b: Entrant<unknown>, bSide: Sharer): boolean {
  const [x, y] = [a.standings.get(aSide)!, b.standings.get(bSide)!];
  return (Number(x.borrows) - Number(y.borrows) || compareShares(x.share, y.share) || a.rank - b.rank) < 0;
}

/**
 * The ClusterQueue from which the next has to go, again and again while there are candidates: from the root down, the
 * side with the largest share. Sides that borrow nothing are spared, but for those around the preemptor's own.
 */
function* byShare(own: Sharer, candidates: Candidates): Generator<Sharer> {
  const around = new Set(own.path);
  const first = (queue: Sharer) => candidates.get(queue)![0]!;
  const hasMore = (a: Side, b: Side) =>
    (compareShares(a.side.share, b.side.share) ||
      Number(a.side !== a.queue) - Number(b.side !== b.queue) ||
      inTurn(first(b.queue), first(a.queue))) > 0;
  const chosenBelow = (sharer: Sharer): Sharer | undefined => {
    if (candidates.get(sharer)?.length) return sharer;
    let most: Side | undefined;
    for (const side of sharer.children) {
      if (side.share.borrowed === 0 && !around.has(side)) continue;
      const queue = chosenBelow(side);
      if (queue && (!most || hasMore({ side, queue }, most))) most = { side, queue };
    }
    return most?.queue;
  };
  for (let queue = chosenBelow(own.root); queue; queue = chosenBelow(own.root)) yield queue;
}

/** A ClusterQueue or cohort, and the ClusterQueue that is chosen below it. */
interface Side {
  readonly side: Sharer;
  readonly queue: Sharer;
}

/** The sides that two ClusterQueues stand on, next to each other below the lowest cohort around both. */
function rivals(a: Sharer, b: Sharer): [Sharer, Sharer] {
  const [mine, its] = [a.path, b.path];
  const apart = mine.findIndex((side, level) => side !== its[level]);
  return [mine[apart]!, its[apart]!];
}

/** The share that a side would have without one of those below it. */
function shareWithout(side: Sharer, { request }: Holding): Share {
  giveBack(request);
  const { share } = side;
  take(request);
  return share;
}

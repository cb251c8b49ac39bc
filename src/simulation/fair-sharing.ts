import type { Scenario } from "../scenario/schema.js";
import {
  allows,
  byRank,
  mayPreempt,
  NO_PREEMPTIONS,
  needed,
  type PreemptionReason,
  type Preemptions,
  type Preemptor,
  preemptionsOf,
  type Target,
  workloadsOf,
} from "./preemption.js";
import type { Holding, QuotaNode } from "./quota.js";
import type { QuotaTree } from "./quota-tree.js";
import { compareShares, type Share, Sharer } from "./share.js";
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
  /** ClusterQueues, by their quota of each flavor. */
  readonly #queues = new Map<QuotaNode, Sharer>();
  readonly #strategy: Strategy;
  /** Whether those that the strategy spares are asked about by LessThanInitialShare: the only one that may come second. */
  readonly #asksAgain: boolean;

  /** @param tree the quota of the scenario's ClusterQueues and cohorts, added up */
  constructor(scenario: Scenario, tree: QuotaTree, preemptionStrategies: readonly StrategyName[]) {
    this.#strategy = strategies[preemptionStrategies[0]!];
    this.#asksAgain = preemptionStrategies.length > 1;
    const cohorts = new Map<string, Sharer>();
    const cohortOf = (name: string): Sharer => {
      let cohort = cohorts.get(name);
      if (!cohort) {
        const { parent, fairSharing } = scenario.cohorts?.find((one) => one.name === name) ?? {};
        const above = parent === undefined ? undefined : cohortOf(parent);
        cohort = new Sharer(above, fairSharing?.weight ?? 1, tree.ofCohort(name));
        cohorts.set(name, cohort);
      }
      return cohort;
    };
    for (const { name, cohort, fairSharing } of scenario.clusterQueues) {
      const quotas = tree.ofQueue(name);
      const above = cohort === undefined ? undefined : cohortOf(cohort);
      const queue = new Sharer(above, fairSharing?.weight ?? 1, quotas);
      for (const quota of quotas.values()) this.#queues.set(quota, queue);
    }
  }

  /**
   * One winner after the other of a tournament: in each cohort, of the first workloads of its ClusterQueues and the
   * winners of its cohorts, the one with which its side would borrow nothing of the flavor, then the one with which its
   * side would have the smallest share.
   */
  *inOrder<C extends Contender>(contenders: readonly C[], promised: () => readonly Contender[]): Generator<C> {
    const left = new Map(contenders.map((contender) => [this.#queues.get(contender.node)!, contender]));
    for (;;) {
      const [first] = left.keys();
      if (!first) return;
      const taken = promised();
      for (const { node, gpus } of taken) node.add(gpus);
      const entrants = new Map([...left].map(([queue, contender], rank) => [queue, enter(queue, contender, rank)]));
      const { queue, contender } = winner(first.root, entrants)!;
      for (const { node, gpus } of taken) node.remove(gpus);
      left.delete(queue);
      yield contender;
    }
  }

  mayPreempt(preemptor: Preemptor): boolean {
    return preemptor.policies.reclaimWithinCohort !== "Never" || mayPreempt(preemptor);
  }

  /**
   * Whom the strategies let go, one by one, from the ClusterQueue that has most at every level of the tree, until the
   * workload fits. A ClusterQueue that stays within its own quota needs no strategy: it takes that back. Its own
   * workloads go by priority, when it has most itself.
   */
  findTargets(preemptor: Preemptor): Preemptions {
    const { node, gpus, hasNodes } = preemptor;
    const candidates = this.#candidates(preemptor);
    if (candidates.size === 0) return NO_PREEMPTIONS;
    const gone: Target[] = [];
    const fits = (without: readonly Target[]) =>
      gpus <= node.available && (!hasNodes || hasNodes(workloadsOf(without)));
    // Shares count the request in, room does not.
    node.add(gpus);
    const go = (holding: Holding, reason: PreemptionReason): boolean => {
      gone.push({ holding, reason });
      holding.node.remove(holding.gpus);
      node.remove(gpus);
      const enough = fits(gone);
      node.add(gpus);
      return enough;
    };
    this.#search(preemptor, candidates, go);
    node.remove(gpus);
    const targets = needed(gone, fits);
    return targets.length === 0 ? NO_PREEMPTIONS : preemptionsOf(preemptor, targets);
  }

  /** Makes one after the other go, until that is enough or nobody is left. */
  #search(
    { node }: Preemptor,
    candidates: Candidates,
    go: (holding: Holding, reason: PreemptionReason) => boolean,
  ): void {
    const own = this.#queues.get(node)!;
    const withinQuota = !node.exceeded;
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

  #candidates(preemptor: Preemptor): Candidates {
    const { node, policies } = preemptor;
    const candidates: Candidates = new Map();
    for (const queue of queuesBelow(node.root)) {
      if (queue !== node && (queue.stopped || !queue.exceeded)) continue;
      const policy = queue === node ? policies.withinClusterQueue : policies.reclaimWithinCohort;
      const holdings = [...queue.holdings.values()].filter((holding) => allows(policy, preemptor, holding));
      if (holdings.length > 0) candidates.set(this.#queues.get(queue)!, holdings.sort(inTurn));
    }
    return candidates;
  }
}

function queuesBelow(node: QuotaNode): QuotaNode[] {
  return node.isQueue ? [node] : node.children.flatMap(queuesBelow);
}

/** Those that are leaving already first. */
function inTurn(a: Holding, b: Holding): number {
  return Number(b.leaving) - Number(a.leaving) || byRank(a, b);
}

/** A contender, and how the ClusterQueue and each cohort around it would stand with its request. */
interface Entrant<C> {
  readonly contender: C;
  readonly queue: Sharer;
  readonly standings: ReadonlyMap<Sharer, { readonly borrows: boolean; readonly share: Share }>;
  /** Its place in the order in which equals are tried. */
  readonly rank: number;
}

function enter<C extends Contender>(queue: Sharer, contender: C, rank: number): Entrant<C> {
  const standings = new Map<Sharer, { borrows: boolean; share: Share }>();
  contender.node.add(contender.gpus);
  let node: QuotaNode | undefined = contender.node;
  for (let side: Sharer | undefined = queue; side && node; side = side.parent, node = node.parent)
    standings.set(side, { borrows: node.exceeded, share: side.share });
  contender.node.remove(contender.gpus);
  return { contender, queue, standings, rank };
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
function shareWithout(side: Sharer, { node, gpus }: Holding): Share {
  node.remove(gpus);
  const { share } = side;
  node.add(gpus);
  return share;
}

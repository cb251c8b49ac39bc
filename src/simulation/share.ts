import type { QuotaNode } from "./quota.js";

/** What a ClusterQueue or cohort has of others' quota, and the weight that it is to have of it. */
export interface Share {
  /** GPUs beyond its own quota, of all flavors, in thousandths of all that its parent cohort could use. */
  readonly borrowed: number;
  readonly weight: number;
}

/**
 * Compares by weighted share, of which lower is better: admitted first, preempted last. Who borrows at weight 0 comes
 * after all others, and of two such the one that borrows more. Follows CompareDRS in Kueue v0.19.
 */
export function compareShares(a: Share, b: Share): number {
  const [x, y] = [weighted(a), weighted(b)];
  return x === y ? (x === Number.POSITIVE_INFINITY ? a.borrowed - b.borrowed : 0) : x - y;
}

/** Kueue's weighted share; infinite for who borrows at weight 0. */
export const weighted = ({ borrowed, weight }: Share): number => (borrowed === 0 ? 0 : borrowed / weight);

/** A ClusterQueue or cohort with its quota of every flavor, as one of those that share the quota of a cohort. */
export class Sharer {
  readonly parent: Sharer | undefined;
  readonly children: Sharer[] = [];
  readonly #weight: number;
  readonly #quotas: ReadonlyMap<string, QuotaNode>;
  /** GPUs of all flavors that it could use if nobody else used anything. */
  readonly #potential: number;

  /** @param quotas by flavor, added up already; a cohort's those that it or anyone below it has */
  constructor(parent: Sharer | undefined, weight: number, quotas: ReadonlyMap<string, QuotaNode>) {
    this.parent = parent;
    this.#weight = weight;
    this.#quotas = quotas;
    this.#potential = [...this.root.#quotas.keys()].reduce((sum, flavor) => sum + this.#potentialOf(flavor), 0);
    parent?.children.push(this);
  }

  get root(): Sharer {
    return this.parent?.root ?? this;
  }

  /** From the root down to itself. */
  get path(): Sharer[] {
    return this.parent ? [...this.parent.path, this] : [this];
  }

  /**
   * Kueue's dominant resource share (pkg/cache/scheduler/fair_sharing.go in v0.19), of GPUs as the only resource: what
   * goes beyond its quota, flavor by flavor, of all that its parent could use if nobody else used anything.
   */
  get share(): Share {
    let gpus = 0;
    for (const { usage, quota } of this.#quotas.values()) gpus += Math.max(0, usage - quota);
    return { borrowed: this.parent && gpus > 0 ? (gpus * 1000) / this.parent.#potential : 0, weight: this.#weight };
  }

  /** Nobody limits what a cohort may borrow of a flavor that is none of its own. */
  #potentialOf(flavor: string): number {
    const quota = this.#quotas.get(flavor);
    if (quota) return quota.potential;
    return this.parent ? this.parent.#potentialOf(flavor) : 0;
  }
}

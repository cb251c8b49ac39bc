/** What a ClusterQueue or cohort has of others' quota, and the weight that it is to have of it. */
export interface Share {
  /** What is beyond its own quota, of all flavors, in thousandths of all that its parent cohort could use. */
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

import { outOfRange } from "./out-of-range.js";

/** A bucket of a Prometheus histogram: how many observations are at most `le` (cumulative; `Infinity` for "+Inf"). */
export interface Bucket {
  readonly le: number;
  readonly count: number | null | undefined;
}

/** Where a quantile lies: above `lower`, at most `upper`, in the unit of `le`; and of how many observations. */
export interface BucketInterval {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/**
 * The bucket in which the p-quantile lies, which is all that a histogram can tell of it. `upper` is Infinity when it
 * lies in the +Inf bucket: "at least `lower`". The quantile meant is the smallest observation that a share p of them
 * doesn't exceed; the lowest bucket starts at 0 (at -Infinity if its `le` isn't positive).
 * `undefined` without observations or without a +Inf bucket. Throws a RangeError for p outside [0, 1].
 *
 * Buckets may come in any order, and counts may be fractional, as `increase()` makes them. As in Prometheus
 * (promql/quantile.go: coalesceBuckets, ensureMonotonicAndIgnoreSmallDeltas), buckets with the same `le` are added,
 * and a count below that of a smaller bucket is raised to it.
 */
export function histogramQuantile(buckets: Iterable<Bucket>, p: number): BucketInterval | undefined {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  const counts = new Map<number, number>();
  for (const { le, count } of buckets) {
    if (Number.isNaN(le) || count === null || count === undefined || Number.isNaN(count)) continue;
    counts.set(le, (counts.get(le) ?? 0) + count);
  }
  const total = Math.max(0, ...counts.values());
  if (!counts.has(Infinity) || total === 0) return undefined;

  // The small allowance keeps 0.07 * 100 = 7.000000000000001 from asking for an eighth observation.
  const rank = p * total * (1 - 1e-12);
  let lower = -Infinity;
  for (const [le, count] of [...counts].sort(([a], [b]) => a - b)) {
    if (lower === -Infinity && le > 0) lower = 0;
    if (count > 0 && count >= rank) return { lower, upper: le, count: total };
    lower = le;
  }
  return { lower, upper: Infinity, count: total };
}

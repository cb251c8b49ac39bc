import { type Column, counter } from "./table.js";

/** Upper bounds of Kueue's wait buckets, seconds, without +Inf: 1, then 2.5 doubling, `length` in all. */
export const kueueBuckets = (length: 14 | 16): number[] => [
  1,
  ...Array.from({ length: length - 1 }, (_, i) => 2.5 * 2 ** i),
];

/** Name of the column that holds a histogram's bucket: `_bucket_le_2_5` for le="2.5". */
export const bucketColumn = (histogram: string, le: number): string =>
  `${histogram}_bucket_le_${Number.isFinite(le) ? String(le).replace(".", "_") : "inf"}`;

/** The columns of a histogram: sum, count and one cumulative counter a bucket, +Inf included. */
export function histogram(name: string, bounds: readonly number[], doc: string): Record<string, Column> {
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((le) => [
    bucketColumn(name, le),
    counter("workloads", `${doc}; at most ${Number.isFinite(le) ? `${le} s` : "any wait"}`, {
      series: `${name}_bucket{le="${Number.isFinite(le) ? le : "+Inf"}"}`,
      // Prometheus 3 writes le="1.0" where Prometheus 2 wrote le="1".
      ...(Number.isInteger(le)
        ? { spellings: [{ name: `${bucketColumn(name, le)}_0`, series: `${name}_bucket{le="${le}.0"}` }] }
        : {}),
    }),
  ]);
  return {
    [`${name}_sum`]: counter("seconds", `${doc}; sum of all waits`),
    [`${name}_count`]: counter("workloads", `${doc}; number of waits`),
    ...Object.fromEntries(buckets),
  };
}

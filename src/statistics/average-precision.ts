import { type Case, precisionRecall } from "./precision-recall.js";

/**
 * Average precision: the precision at each threshold, weighted by the recall that it adds. 1 where every positive
 * ranks above every negative; for values that are all equal it is the share of positives.
 * `undefined` where there are no positives. Cases without a value are ignored.
 *
 * The step-wise sum, without interpolation between points, which would be too optimistic: Davis and Goadrich, "The
 * relationship between precision-recall and ROC curves", ICML 2006.
 */
export function averagePrecision(cases: Iterable<Case>): number | undefined {
  const points = precisionRecall(cases);
  if (points.length === 0) return undefined;
  return points.reduce((sum, { precision, recall }, i) => sum + precision * (recall - (points[i - 1]?.recall ?? 0)), 0);
}

import { type Case, precisionRecall } from "./precision-recall.js";

/**
 * The area under the ROC curve: the chance that a positive ranks above a negative, both drawn at random, with ties as a
 * half (the Mann-Whitney statistic: Hanley and McNeil, Radiology 143, 1982).
 * `undefined` where there are no positives or no negatives. Cases without a value are ignored.
 */
export function rocAuc(cases: Iterable<Case>): number | undefined {
  const points = precisionRecall(cases);
  const { truePositives: positives, falsePositives: negatives } = points.at(-1) ?? {
    truePositives: 0,
    falsePositives: 0,
  };
  if (positives === 0 || negatives === 0) return undefined;
  let area = 0;
  let before = { truePositives: 0, falsePositives: 0 };
  for (const point of points) {
    const width = point.falsePositives - before.falsePositives;
    area += (width * (point.truePositives + before.truePositives)) / 2;
    before = point;
  }
  return area / (positives * negatives);
}

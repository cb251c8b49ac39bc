/** A case that a score ranks, and whether it is what is looked for. */
export interface Case {
  readonly value: number | null | undefined;
  readonly positive: boolean;
}

/** What a threshold finds: all cases with a value of at least that. */
export interface PrecisionRecall {
  readonly threshold: number;
  /** Share of what it finds that is positive. */
  readonly precision: number;
  /** Share of the positives that it finds. */
  readonly recall: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/**
 * The precision-recall curve: one point for each distinct value, from the highest threshold to the lowest, so that
 * recall rises to 1. Empty where there are no positives; cases without a value are ignored.
 */
export function precisionRecall(cases: Iterable<Case>): PrecisionRecall[] {
  const sorted = [...cases]
    .filter(
      (one): one is Case & { value: number } =>
        one.value !== null && one.value !== undefined && !Number.isNaN(one.value),
    )
    .sort((a, b) => (a.value === b.value ? 0 : b.value > a.value ? 1 : -1));
  const positives = sorted.filter((one) => one.positive).length;
  if (positives === 0) return [];
  const points: PrecisionRecall[] = [];
  let [truePositives, falsePositives] = [0, 0];
  sorted.forEach(({ value, positive }, i) => {
    if (positive) truePositives++;
    else falsePositives++;
    if (sorted[i + 1]?.value === value) return;
    points.push({
      threshold: value,
      precision: truePositives / (truePositives + falsePositives),
      recall: truePositives / positives,
      truePositives,
      falsePositives,
    });
  });
  return points;
}

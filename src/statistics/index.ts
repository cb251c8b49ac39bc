/**
 * Statistics: pure functions of numbers, one a file.
 *
 * One rule for missing values holds in the whole folder: `undefined`, `null` and `NaN` are ignored, as if they weren't
 * there; and where a statistic doesn't exist (no values, a zero sum, too few observations) the answer is `undefined`,
 * never `NaN`, and nothing is thrown. Arguments that no data could excuse (a probability of 2, a negative amount where
 * only amounts make sense) throw a RangeError that names the argument, what was found and what is allowed.
 */
export { averagePrecision } from "./average-precision.js";
export { binomialQuantile } from "./binomial-quantile.js";
export { type BootstrapOptions, bootstrap } from "./bootstrap.js";
export { conditionalQuantile } from "./conditional-quantile.js";
export { gini } from "./gini.js";
export { type Bucket, type BucketInterval, histogramQuantile } from "./histogram-quantile.js";
export type { Interval } from "./interval.js";
export { jain } from "./jain.js";
export { kaplanMeier, type Lifetime, type SurvivalStep } from "./kaplan-meier.js";
export { lifetimeQuantile } from "./lifetime-quantile.js";
export { mean } from "./mean.js";
export { meanInterval } from "./mean-interval.js";
export { numbers, type Values } from "./numbers.js";
export { type Case, type PrecisionRecall, precisionRecall } from "./precision-recall.js";
export { quantile } from "./quantile.js";
export { type QuantileBounds, quantileBounds } from "./quantile-bounds.js";
export { residualLife } from "./residual-life.js";
export { rocAuc } from "./roc-auc.js";
export { studentTQuantile } from "./student-t-quantile.js";
export { sum } from "./sum.js";
export { weightedQuantile } from "./weighted-quantile.js";

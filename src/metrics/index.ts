import { compositeScore } from "./composite-score.js";
import { demandRatio } from "./demand-ratio.js";
import { drainTimeHours } from "./drain-time-hours.js";
import { imbalance } from "./imbalance.js";
import type { Metric } from "./metric.js";
import { pendingRatio } from "./pending-ratio.js";
import { recoverableMismatch } from "./recoverable-mismatch.js";
import { shareableMismatch } from "./shareable-mismatch.js";
import { stalledShare } from "./stalled-share.js";
import { strandedShare } from "./stranded-share.js";
import { wasteShare } from "./waste-share.js";

/** Every metric. To add one: a file beside this one, a test, an RFC, and a line here. */
export const metrics: readonly Metric[] = [
  imbalance,
  demandRatio,
  recoverableMismatch,
  drainTimeHours,
  shareableMismatch,
  strandedShare,
  wasteShare,
  stalledShare,
  pendingRatio,
  compositeScore,
];

/** The metric that the heatmaps and the headlines use; RFC 0001 argues for it. */
export const defaultMetric: Metric = imbalance;

export { imbalance } from "./imbalance.js";
export type { Metric } from "./metric.js";

/** All that a notebook may import. */
export { type Analysis, analyse } from "./analysis/analyse.js";
export { reproSteps, sanityChecks } from "./analysis/closing.js";
export { simulatedText } from "./analysis/simulated-text.js";
export { summaryStatistics } from "./analysis/summary.js";
export {
  actionSheet,
  causeSheet,
  checksSheet,
  costSheet,
  droppedSheet,
  episodeSheet,
  joinedRowSheet,
  metricByNodegroupSheet,
  metricSheet,
  nodegroupsSheet,
  ownerSheet,
  planSheet,
  supplySheet,
  tablesSheet,
  waitSheet,
} from "./analysis/tables.js";
export { fiveQuestions, headline } from "./analysis/text.js";
export {
  type DatasetChoice,
  type GenerateOptions,
  generate,
  type Joined,
  joinByNodegroup,
  open,
  openBoard,
  openTrial,
  simulate,
  simulatedPlan,
} from "./api.js";
export { standingText } from "./board/board-text.js";
export { boardChecks, boardReproSteps } from "./board/closing.js";
export { promiseSheet, promiseText, removalSheet } from "./board/promises.js";
export type { Board } from "./board/rows.js";
export { alarmSheet, faultSheet, leaderboardSheet, namedSheet, planInputSheet, stateSheet } from "./board/sheets.js";
export { type Verification, verify } from "./checks/verify.js";
export type { Dataset } from "./dataset/open.js";
export { causesNamed } from "./figures/board/causes-named.js";
export { leaderboardFigure } from "./figures/board/leaderboard.js";
export { precisionRecallFigure } from "./figures/board/precision-recall.js";
export { whereMetricsFail } from "./figures/board/where-metrics-fail.js";
export { busyOrUseful } from "./figures/busy-or-useful.js";
export { costOfImbalance } from "./figures/cost-of-imbalance.js";
export { coverage } from "./figures/coverage.js";
export { demandAndCapacity } from "./figures/demand-and-capacity.js";
export { episodes } from "./figures/episodes.js";
export { explore } from "./figures/explore.js";
export { fragmentationMoment } from "./figures/fragmentation-moment.js";
export { gpusForTarget } from "./figures/gpus-for-target.js";
export { howLong } from "./figures/how-long.js";
export { imbalanceByHour } from "./figures/imbalance-by-hour.js";
export { metricsAgree } from "./figures/metrics-agree.js";
export { beforeAndAfter } from "./figures/trial/before-and-after.js";
export { costAgainstWait } from "./figures/trial/cost-and-wait.js";
export { effectsOfActions } from "./figures/trial/effects.js";
export { whoGains } from "./figures/trial/who-gains.js";
export { whatGpusDid } from "./figures/what-gpus-did.js";
export { whatWaited } from "./figures/what-waited.js";
export { whereGpuHoursWent } from "./figures/where-gpu-hours-went.js";
export { whoWaits } from "./figures/who-waits.js";
export { defaultMetric, metrics } from "./metrics/index.js";
export { markdown, show } from "./notebook/display.js";
export { fragmentation, strandedGpus } from "./packing/index.js";
export { budgetSentence } from "./plan/budget.js";
export { makePlan, type Plan } from "./plan/plan.js";
export type { SimulatedPlan } from "./plan/simulated.js";
export { type Asked, askServer, pullDataset } from "./prometheus/ask.js";
export { exportersSheet, needsSheet, questionsSheet } from "./prometheus/sheets.js";
export { erlangB, erlangC, meanWait } from "./queueing/index.js";
export { toDataFrame } from "./results/to-data-frame.js";
export { gini, quantile } from "./statistics/index.js";
export { trialBudgetSentence } from "./trial/budget.js";
export { trialChecks, trialReproSteps } from "./trial/closing.js";
export type { Trial } from "./trial/rows.js";
export { rankedSheet } from "./trial/sheets.js";
export { triedText } from "./trial/words.js";

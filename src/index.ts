/** All that a notebook may import. */
export { type Analysis, analyse, makePlan, type Plan } from "./analysis/analyse.js";
export {
  type DatasetChoice,
  type GenerateOptions,
  generate,
  type Joined,
  joinByNodegroup,
  open,
  simulate,
} from "./api.js";
export type { Dataset } from "./dataset/open.js";
export { defaultMetric, metrics } from "./metrics/index.js";
export { markdown, show } from "./notebook/display.js";
export { toDataFrame } from "./notebook/to-data-frame.js";
export { fragmentation, strandedGpus } from "./packing/index.js";
export { erlangB, erlangC, meanWait } from "./queueing/index.js";
export { gini, quantile } from "./statistics/index.js";
export { type Verification, verify } from "./verify.js";

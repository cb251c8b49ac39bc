import { tables } from "../tables/index.js";
import type { Fault } from "./fault.js";
import { NO_MARKERS, twoSeries } from "./rules-differ.js";
import { doubled, instant } from "./sql.js";

/** How much later the second one asks. */
const LATER = "INTERVAL 4 SECOND";

export const twoPrometheuses: Fault = {
  name: "two-prometheuses",
  shows: ["F37"],
  field:
    "Two Prometheuses scrape everything, for high availability, and the export merged their series: two samples where there was one, a few seconds apart.",
  fails: [],
  notes: ["replicas", "repeats"],
  spoils: ["gpus_held", "gpus_capacity", "coverage_dcgm"],
  join: "repairs",
  how: "Of several samples of a series in one tick the last counts.",
  rulesDiffer: twoSeries(
    { gpus_shareable: "higher", gpu_util_percent_all: "higher", tdp_share_all: "higher", shareable_mismatch: "higher" },
    NO_MARKERS,
  ),
  nodegroup: false,
  hours: "all",
  change: ({ endMs }) =>
    tables.map(({ name }) => ({
      table: name,
      sql: doubled({ timestamp: `timestamp + ${LATER}` }, `timestamp + ${LATER} < ${instant(endMs)}`),
    })),
};

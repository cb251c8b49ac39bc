import type { Fault } from "./fault.js";
import { NO_MARKERS, twoSeries } from "./rules-differ.js";
import { tablesOf } from "./sql.js";

export const slowKubeState: Fault = {
  name: "slow-kube-state",
  shows: ["F33"],
  field: "Sources are scraped at different intervals: kube-state-metrics half as often as the others.",
  fails: [],
  notes: [],
  spoils: ["gpus_held", "imbalance"],
  join: "repairs",
  how: "The grid is as fine as the slowest source, and the last sample of each counts while it is not stale.",
  band: 0.25,
  rulesDiffer: twoSeries(
    { gpus_shareable: "either", gpu_util_percent_all: "higher", tdp_share_all: "higher", shareable_mismatch: "lower" },
    NO_MARKERS,
  ),
  nodegroup: false,
  hours: "all",
  change({ contract }) {
    const intervals = contract.scrapeIntervalSeconds;
    const kept = `timestamp IN (
      SELECT timestamp FROM (
        SELECT timestamp, row_number() OVER (PARTITION BY instance ORDER BY timestamp) AS n FROM up WHERE job = 'kube-state-metrics')
      WHERE n % 2 = 1)`;
    return [
      { table: "up", sql: `FROM old WHERE job <> 'kube-state-metrics' OR ${kept}` },
      ...tablesOf("kube-state-metrics").map(({ name }) => ({ table: name, sql: `FROM old WHERE ${kept}` })),
      {
        contract: {
          ...contract,
          scrapeIntervalSeconds: { ...intervals, "kube-state-metrics": 2 * intervals["kube-state-metrics"] },
        },
      },
    ];
  },
};

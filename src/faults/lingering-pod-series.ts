import type { Fault } from "./fault.js";
import { twoSeries } from "./rules-differ.js";

export const lingeringPodSeries: Fault = {
  name: "lingering-pod-series",
  shows: ["F10"],
  field:
    "Samples were asked for by query_range, which repeats a series' last value for five minutes after it has ended. When a GPU changes hands it is there twice, once with the pod that has left it.",
  fails: ["duplicates", "counters"],
  notes: [],
  spoils: ["coverage_dcgm", "gpus_idle"],
  join: "repairs",
  how: "A GPU counts once a tick. Which of its two rows is the old one cannot be told, so the check fails all the same.",
  rulesDiffer: twoSeries(
    { gpus_shareable: "either", gpu_util_percent_all: "higher", tdp_share_all: "higher", shareable_mismatch: "either" },
    "Not where Prometheus scraped the GPUs itself: a stale marker ends the old series.",
  ),
  nodegroup: false,
  hours: "all",
  change: () => [
    {
      table: "dcgm_gpu",
      sql: `
        WITH followed AS (
          SELECT *, lead(pod) OVER series AS next_pod, lead(timestamp) OVER series AS next_timestamp
          FROM old WINDOW series AS (PARTITION BY instance, "UUID" ORDER BY timestamp)),
        ended AS (FROM followed WHERE pod IS NOT NULL AND next_timestamp IS NOT NULL AND next_pod IS DISTINCT FROM pod)
        FROM old
        UNION ALL
        SELECT ended.* EXCLUDE (next_pod, next_timestamp) REPLACE (later.timestamp AS timestamp)
        FROM ended JOIN old later ON later.instance = ended.instance AND later."UUID" = ended."UUID"
         AND later.timestamp > ended.timestamp AND later.timestamp <= ended.timestamp + INTERVAL 5 MINUTE`,
    },
  ],
};

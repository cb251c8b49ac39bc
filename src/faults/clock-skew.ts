import { SECOND_MS } from "../units/time.js";
import type { Fault } from "./fault.js";
import { instant, tablesOf } from "./sql.js";

/** How far the clock is behind, in scrape intervals: far enough to be told from a late scrape. */
const BEHIND_INTERVALS = 1.5;

export const clockSkew: Fault = {
  name: "clock-skew",
  shows: ["F22"],
  field:
    "Sources are scraped by two Prometheuses whose clocks differ. Each series is right by itself; put side by side, GPUs are held before their pods exist.",
  fails: ["clocks"],
  notes: [],
  spoils: ["gpus_starting", "gpus_free", "imbalance"],
  join: "refuses",
  how: "Nothing says which clock is right; the check finds objects that were seen before they were made. Kueue's own series name no time, so its clock cannot be told.",
  nodegroup: false,
  hours: "all",
  change({ contract, startMs }) {
    const behind = contract.scrapeIntervalSeconds["kube-state-metrics"] * BEHIND_INTERVALS * SECOND_MS;
    const earlier = `timestamp - INTERVAL ${behind} MILLISECOND`;
    const shifted = (where: string) =>
      `SELECT * REPLACE (CASE WHEN ${where} THEN ${earlier} ELSE timestamp END AS timestamp) FROM old
       WHERE NOT (${where}) OR ${earlier} >= ${instant(startMs)}`;
    return [
      { table: "up", sql: shifted("job = 'kube-state-metrics'") },
      ...tablesOf("kube-state-metrics").map(({ name }) => ({ table: name, sql: shifted("TRUE") })),
    ];
  },
};

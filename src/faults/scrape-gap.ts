import type { Fault } from "./fault.js";
import { changed, during, tablesOf } from "./sql.js";

export const scrapeGap: Fault = {
  name: "scrape-gap",
  shows: ["F15"],
  field:
    "kube-state-metrics does not answer for hours, as while it is out of memory. A query for a range would repeat its last value for five minutes and then show zero.",
  fails: ["gaps"],
  notes: [],
  spoils: ["gpus_capacity", "gpus_held", "imbalance"],
  join: "excludes",
  how: "After 2.5 intervals its series are unknown; means go over the ticks that are known, and coverage says how many.",
  nodegroup: false,
  hours: "middle",
  change: (world) => [
    {
      table: "up",
      sql: changed({ up: "0", process_start_time_seconds: "NULL" }, `job = 'kube-state-metrics' AND ${during(world)}`),
    },
    ...tablesOf("kube-state-metrics").map(({ name }) => ({
      table: name,
      sql: `FROM old WHERE NOT ${during(world)}`,
    })),
  ],
};

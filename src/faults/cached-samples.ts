import { identifier } from "../dataset/session.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import type { Column } from "../tables/table.js";
import type { Fault } from "./fault.js";

export const cachedSamples: Fault = {
  name: "cached-samples",
  shows: ["F14"],
  field:
    "dcgm-exporter collects less often than Prometheus asks it, by default every 30 s against every 15 s. Every second sample repeats the one before.",
  fails: [],
  notes: ["repeats"],
  spoils: ["gpu_util_percent", "engine_active"],
  join: "repairs",
  how: "Means over a window hardly feel it; nothing finer than the collection is claimed.",
  band: 0.1,
  nodegroup: false,
  hours: "all",
  change() {
    const values = Object.entries<Column>(dcgmGpu.columns).filter(([, { role }]) => role !== "label");
    const held = values.map(([name]) => {
      const value = identifier(name);
      return `CASE WHEN row_number() OVER series % 2 = 0 THEN lag(${value}) OVER series ELSE ${value} END AS ${value}`;
    });
    return [
      {
        table: "dcgm_gpu",
        sql: `SELECT * REPLACE (${held.join(", ")}) FROM old WINDOW series AS (PARTITION BY instance, "UUID" ORDER BY timestamp)`,
      },
    ];
  },
};

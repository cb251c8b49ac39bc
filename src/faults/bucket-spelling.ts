import { identifier } from "../dataset/session.js";
import type { Fault } from "./fault.js";
import { tablesOf } from "./sql.js";

export const bucketSpelling: Fault = {
  name: "bucket-spelling",
  shows: ["F20"],
  field: 'Prometheus 3 writes le="5.0" where Prometheus 2 wrote le="5": the same bucket under two names.',
  fails: [],
  notes: ["dialects"],
  spoils: ["wait_mean_seconds"],
  join: "repairs",
  how: "Bounds are read as numbers.",
  nodegroup: false,
  hours: "all",
  change: () =>
    tablesOf("kueue").flatMap(({ name, columns }) => {
      const renamed = Object.entries(columns).flatMap(([column, { spellings = [] }]) =>
        spellings.map((spelling) => `${identifier(column)} AS ${identifier(spelling.name)}`),
      );
      return renamed.length > 0 ? [{ table: name, sql: `SELECT * RENAME (${renamed.join(", ")}) FROM old` }] : [];
    }),
};

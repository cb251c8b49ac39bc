import { identifier } from "../dataset/session.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import type { Column } from "../tables/table.js";
import type { Fault } from "./fault.js";
import { among, during } from "./sql.js";

export const newDcgmNames: Fault = {
  name: "new-dcgm-names",
  shows: ["F06"],
  field:
    "dcgm-exporter 4.9 renamed its fields and changed units: percent became a ratio, MiB bytes, mJ joules. While it is rolled out, node by node, both dialects are in one range.",
  fails: [],
  notes: ["dialects"],
  spoils: ["gpu_util_percent_all", "memory_share", "waste_share", "shareable_mismatch"],
  join: "repairs",
  how: "The new names are read as the old ones, in the old units; a row has a value under one of them.",
  nodegroup: true,
  hours: "from middle",
  change(world) {
    const upgraded = `${among("Hostname", world.nodes)} AND ${during(world)}`;
    const fields = Object.entries<Column>(dcgmGpu.columns).flatMap(([name, { type, spellings = [] }]) =>
      type === "string" ? [] : spellings.map((spelling) => ({ old: identifier(name), ...spelling })),
    );
    const gone = fields.map(({ old }) => `CASE WHEN NOT (${upgraded}) THEN ${old} END AS ${old}`);
    const renamed = fields.map(
      ({ old, name, times = 1 }) => `CASE WHEN ${upgraded} THEN ${old} / ${times} END AS ${identifier(name)}`,
    );
    return [{ table: "dcgm_gpu", sql: `SELECT * REPLACE (${gone.join(", ")}), ${renamed.join(", ")} FROM old` }];
  },
};

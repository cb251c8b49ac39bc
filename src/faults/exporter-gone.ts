import type { Fault } from "./fault.js";
import { among, during } from "./sql.js";

export const exporterGone: Fault = {
  name: "exporter-gone",
  shows: ["F15"],
  field:
    "The exporters of a nodegroup are gone, as while their DaemonSet is rolled out: service discovery forgets them, and not even up says so.",
  fails: ["gaps"],
  notes: [],
  spoils: ["waste_share", "stalled_share", "composite_score"],
  join: "excludes",
  how: "What the GPUs did in that time is unknown, not idle; coverage_dcgm says how much.",
  nodegroup: true,
  hours: "middle",
  change: (world) => [
    { table: "up", sql: `FROM old WHERE NOT (coalesce(${among("node", world.nodes)}, FALSE) AND ${during(world)})` },
    { table: "dcgm_gpu", sql: `FROM old WHERE NOT (${among("Hostname", world.nodes)} AND ${during(world)})` },
  ],
};

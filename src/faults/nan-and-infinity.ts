import type { Fault } from "./fault.js";
import { among, changed } from "./sql.js";

export const nanAndInfinity: Fault = {
  name: "nan-and-infinity",
  shows: ["F21"],
  field:
    'Prometheus answers with strings, "NaN" and "+Inf" among them. An export that writes them as numbers puts one into a sum, and the sum is gone.',
  fails: ["ranges"],
  notes: [],
  spoils: ["power_share", "gpus_quota", "composite_score"],
  join: "refuses",
  how: "Only a limit that is not set may be infinite, and no value may be NaN; write what is missing as missing.",
  nodegroup: true,
  hours: "all",
  change: ({ nodes }) => [
    {
      table: "dcgm_gpu",
      sql: changed(
        { DCGM_FI_DEV_POWER_USAGE: "'NaN'::DOUBLE" },
        `${among("Hostname", nodes)} AND hash("UUID", timestamp) % 50 = 0`,
      ),
    },
    {
      table: "kueue_cluster_queue_resource",
      sql: changed({ kueue_cluster_queue_nominal_quota: "'Infinity'::DOUBLE" }, "hash(flavor, timestamp) % 50 = 0"),
    },
  ],
};

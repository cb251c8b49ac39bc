import type { Fault } from "./fault.js";
import { among } from "./sql.js";

export const ratioHoldsPercent: Fault = {
  name: "ratio-holds-percent",
  shows: ["F06"],
  field:
    "In DCGM 4.6 DCGM_FI_DEV_GPU_UTIL_RATIO was only another name of the field from 0 to 100. Whoever trusts the name reads 95 as 9,500 %.",
  fails: ["percentages"],
  notes: ["dialects"],
  spoils: ["gpu_util_percent_all", "composite_score"],
  join: "refuses",
  how: "The name is taken at its word; the check finds percentages beyond 100.",
  nodegroup: true,
  hours: "all",
  change({ nodes }) {
    const here = among("Hostname", nodes);
    return [
      {
        table: "dcgm_gpu",
        sql: `SELECT * REPLACE (CASE WHEN NOT ${here} THEN "DCGM_FI_DEV_GPU_UTIL" END AS "DCGM_FI_DEV_GPU_UTIL"),
                CASE WHEN ${here} THEN "DCGM_FI_DEV_GPU_UTIL" END AS "DCGM_FI_DEV_GPU_UTIL_RATIO" FROM old`,
      },
    ];
  },
};

import type { Fault } from "./fault.js";
import { among, changed } from "./sql.js";

export const percentHoldsRatio: Fault = {
  name: "percent-holds-ratio",
  shows: ["F06"],
  field:
    "To keep dashboards working after the upgrade to 4.9, someone relabelled the new ratio to the old name, without the factor of 100. No value is out of range: every GPU seems to be used at 1 %.",
  fails: ["units"],
  notes: [],
  spoils: ["stalled_share", "gpu_util_percent_all"],
  join: "refuses",
  how: "The values are taken at their word; the check finds GPUs whose engine works and whose utilisation never passes 1.",
  nodegroup: true,
  hours: "all",
  change: ({ nodes }) => [
    {
      table: "dcgm_gpu",
      sql: changed({ DCGM_FI_DEV_GPU_UTIL: '"DCGM_FI_DEV_GPU_UTIL" / 100' }, among("Hostname", nodes)),
    },
  ],
};

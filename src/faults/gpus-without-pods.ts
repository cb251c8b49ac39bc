import type { Fault } from "./fault.js";
import { among, changed } from "./sql.js";

export const gpusWithoutPods: Fault = {
  name: "gpus-without-pods",
  shows: ["F09"],
  field:
    "dcgm-exporter cannot ask the kubelet which pod holds which GPU: no series has a pod label, as if every GPU were free.",
  fails: ["holders"],
  notes: [],
  spoils: ["gpus_idle", "waste_share", "stalled_share"],
  join: "refuses",
  how: "A GPU that nobody is seen to hold is neither idle nor stalled: both are too low.",
  nodegroup: true,
  hours: "all",
  change: ({ nodes }) => [
    {
      table: "dcgm_gpu",
      sql: changed({ namespace: "NULL", pod: "NULL", container: "NULL" }, among("Hostname", nodes)),
    },
  ],
};

import type { Fault } from "./fault.js";
import { among, changed, suffix } from "./sql.js";

export const exporterPodAsHostname: Fault = {
  name: "exporter-pod-as-hostname",
  shows: ["F07"],
  field: "NODE_NAME is not set for dcgm-exporter: Hostname is then the name of its own pod, and no GPU has a node.",
  fails: ["labels", "nodegroups"],
  notes: [],
  spoils: ["coverage_dcgm", "waste_share", "stalled_share"],
  join: "excludes",
  how: "GPUs on a host that is no node are left out and counted; what they do is unknown, not idle.",
  nodegroup: true,
  hours: "all",
  change: ({ nodes }) => [
    {
      table: "dcgm_gpu",
      sql: changed({ Hostname: `'dcgm-exporter-' || ${suffix('"Hostname"')}` }, among("Hostname", nodes)),
    },
  ],
};

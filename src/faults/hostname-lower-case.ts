import type { Fault } from "./fault.js";

export const hostnameLowerCase: Fault = {
  name: "hostname-lower-case",
  shows: ["F05"],
  field:
    "From 4.8.3 on dcgm-exporter writes the label hostname where it wrote Hostname. A join on the old label is empty.",
  fails: [],
  notes: ["dialects"],
  spoils: ["coverage_dcgm", "waste_share", "stalled_share"],
  join: "repairs",
  how: "Either is read; Hostname goes first where both are there.",
  nodegroup: false,
  hours: "all",
  change: () => [{ table: "dcgm_gpu", sql: 'SELECT * EXCLUDE ("Hostname"), "Hostname" AS hostname FROM old' }],
};

import type { Fault } from "./fault.js";
import { countersFromZero } from "./kueue-counters.js";

export const counterReset: Fault = {
  name: "counter-reset",
  shows: ["F16"],
  field:
    "Counters fall although the process lives on: another replica answers behind the same address, or the export mixed two series into one.",
  fails: ["counters"],
  notes: [],
  spoils: ["workloads_admitted", "wait_mean_seconds", "drain_time_hours"],
  join: "refuses",
  how: "It is counted like a restart. Where two series were mixed that is wrong, which the check says.",
  nodegroup: false,
  hours: "from middle",
  change: countersFromZero,
};

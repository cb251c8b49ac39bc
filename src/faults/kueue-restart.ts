import { SECOND_MS } from "../units/time.js";
import type { Fault } from "./fault.js";
import { countersFromZero, lifeAt } from "./kueue-counters.js";
import { changed, instant } from "./sql.js";

export const kueueRestart: Fault = {
  name: "kueue-restart",
  shows: ["F16"],
  field: "Kueue's controller restarts, and its counters begin at 0. A plain difference would count backwards.",
  fails: [],
  notes: [],
  spoils: ["workloads_admitted", "wait_mean_seconds", "drain_time_hours"],
  join: "repairs",
  how: "A counter that falls began anew: all that it says has risen since.",
  nodegroup: false,
  hours: "from middle",
  change: async (world) => [
    ...(await countersFromZero(world)),
    {
      table: "up",
      sql: changed(
        { process_start_time_seconds: String(Math.floor(world.fromMs / SECOND_MS)) },
        `job = 'kueue' AND timestamp >= ${instant(world.fromMs)} AND process_start_time_seconds = ${await lifeAt(world)}`,
      ),
    },
  ],
};

import { DAY_MS } from "../units/time.js";
import type { Scenario } from "./schema.js";

/** Unix ms at which a scenario's simulation starts: its warm-up before its telemetry. */
export function originOf({ start, warmupDays }: Pick<Scenario, "start" | "warmupDays">): number {
  return Date.parse(start) - Math.round(warmupDays * DAY_MS);
}

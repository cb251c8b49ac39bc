import type { Replay } from "../replay/world.js";
import { number, plural } from "../units/format.js";

/** What is replayed of a list, and what is not. */
export function replayed({ workloads, leftOut, outside, notRead }: Replay): string {
  return [
    `replaying ${plural(workloads.length, "workload")}`,
    ...(outside > 0 ? [`${number(outside)} outside the simulated time (start, days, warmupDays)`] : []),
    ...(leftOut.length > 0
      ? [`${number(leftOut.length)} left out, the first of them row ${leftOut[0]!.row}, which ${leftOut[0]!.why}`]
      : []),
    ...(notRead.length > 0 ? [`columns not read: ${notRead.join(", ")}`] : []),
  ].join("; ");
}

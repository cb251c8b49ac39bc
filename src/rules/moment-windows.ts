import type { Observed } from "../join/observed.js";
import { rollUp } from "../join/roll-up.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { SECOND_MS } from "../units/time.js";
import { TRAILING_SECONDS } from "./queues.js";

/**
 * The joined table as the rules record it: one row a nodegroup and tick of the grid, seen at the tick's end. What is
 * counted within a window is counted over the seconds that trail, and unknown while Kueue is silent.
 */
export function momentWindows(observed: Observed): NodegroupWindow[] {
  const stepSeconds = observed.stepMs / SECOND_MS;
  const trailing = Math.round(TRAILING_SECONDS / stepSeconds);
  const rows = rollUp(observed, stepSeconds);
  return rows.map((row, i): NodegroupWindow => {
    // Rules know nothing of before their first evaluation.
    const first = Math.max(i - (i % observed.ticks) + 1, i - trailing + 1);
    const within = rows.slice(first, i + 1);
    const sum = (of: (row: NodegroupWindow) => number) => within.reduce((added, one) => added + of(one), 0);
    const isKnown = row.workloads_pending !== null;
    const admitted = sum((one) => one.workloads_admitted ?? 0);
    const waited = sum((one) => (one.wait_mean_seconds ?? 0) * (one.workloads_admitted ?? 0));
    return {
      ...row,
      window_seconds: TRAILING_SECONDS,
      workloads_admitted: isKnown ? admitted : null,
      wait_mean_seconds: isKnown && admitted > 0 ? waited / admitted : null,
    };
  });
}

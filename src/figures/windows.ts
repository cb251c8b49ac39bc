import { windowHours } from "../diagnosis/supply.js";
import type { Observed } from "../join/observed.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { list, number, percent, plural } from "../units/format.js";
import { HOUR_MS } from "../units/time.js";

/** A joined window with the stretch of time for which it holds, in milliseconds; the last may be cut short. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly hours: number;
  readonly row: NodegroupWindow;
}

/** The windows of each nodegroup, in the order of time. */
export function spansByNodegroup(
  observed: Observed,
  windows: readonly NodegroupWindow[],
): ReadonlyMap<string, readonly Span[]> {
  return new Map(
    observed.nodegroups.map(({ name }) => [
      name,
      windows
        .filter((window) => window.nodegroup === name)
        .map((row) => {
          const hours = windowHours(row);
          return { start: row.window_start, end: row.window_start + hours * HOUR_MS, hours, row };
        }),
    ]),
  );
}

/** The time that the data cover, in milliseconds. */
export function coveredTime({ startMs, stepMs, ticks }: Observed): { readonly from: number; readonly to: number } {
  return { from: startMs, to: startMs + ticks * stepMs };
}

/** A sentence on the sources that were silent for a part of the time, to end a note with; nothing if none was. */
export function silenceNote({ coverage }: Observed, sources: readonly ("Kueue" | "kube-state-metrics")[]): string {
  const silent = sources.flatMap((source) => {
    const series = source === "Kueue" ? coverage.kueue : coverage.kubeState;
    const missed = series.filter((seen) => !(seen > 0)).length;
    return missed > 0 ? [`${source} was silent for ${percent(missed / series.length)} of the time`] : [];
  });
  return silent.length === 0 ? "" : ` ${list(silent)}; what happened then is left out.`;
}

/** "4 of 168 hours". */
export function hoursOf(some: number, all: number): string {
  return `${number(Math.round(some))} of ${plural(Math.round(all), "hour")}`;
}

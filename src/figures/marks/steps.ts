import type { Quantity } from "../../units/format.js";
import { label } from "../layout.js";
import { MUTED } from "../palette.js";
import { FONT_SIZE, type Markish, plotLibrary } from "../plot.js";
import { svg } from "../svg.js";
import { textWidth } from "../text.js";
import { nodeMark } from "./node-mark.js";

/** A stretch of time for which a value holds; `end` is exclusive. In milliseconds, or Dates. */
export interface Window {
  readonly start: number | Date;
  readonly end: number | Date;
}

export type Step<Name extends string> = { readonly t: Date } & Readonly<Record<Name, number>>;

/**
 * Values of windows as the corners of a step curve ("step-after"). A window with a missing value, and a stretch that no
 * window covers, is a break (NaN): it is left out of the drawing, never drawn as zero. Equal neighbours are one step.
 */
export function steps<W extends Window, Name extends string>(
  windows: readonly W[],
  values: Readonly<Record<Name, (window: W) => Quantity>>,
): Step<Name>[] {
  const names = Object.keys(values) as Name[];
  const points: Step<Name>[] = [];
  const point = (t: number, value: (name: Name) => number) =>
    points.push({ ...Object.fromEntries(names.map((name) => [name, value(name)])), t: new Date(t) } as Step<Name>);
  let open: { readonly until: number; readonly values: readonly number[] } | undefined;
  const close = () => {
    if (open === undefined) return;
    const last = open;
    point(last.until, (name) => last.values[names.indexOf(name)]!);
    point(last.until, () => Number.NaN);
    open = undefined;
  };
  for (const window of [...windows].sort((a, b) => +a.start - +b.start)) {
    const now = names.map((name) => values[name](window) ?? Number.NaN);
    if (open !== undefined && +window.start < open.until) {
      throw new Error(`windows overlap at ${new Date(+window.start).toISOString()}`);
    }
    const missing = now.some((value) => !Number.isFinite(value));
    if (missing || (open !== undefined && +window.start > open.until)) close();
    if (missing) continue;
    const before: readonly number[] | undefined = open?.values;
    if (before === undefined || now.some((value, i) => value !== before[i])) {
      point(+window.start, (name) => now[names.indexOf(name)]!);
    }
    open = { until: +window.end, values: now };
  }
  close();
  return points;
}

/** A step line over windows, with gaps where data is missing. Options are those of Plot's line. */
export function stepLine<W extends Window>(
  windows: readonly W[],
  value: (window: W) => Quantity,
  options: { readonly stroke: string; readonly strokeWidth?: number; readonly strokeDasharray?: string },
): Markish {
  return plotLibrary().lineY(steps(windows, { y: value }), { x: "t", y: "y", curve: "step-after", ...options });
}

/** "no data" in each stretch of [from, to] that has no value, where it has room: a gap is named, not left to guess. */
export function gapLabels<W extends Window>(
  windows: readonly W[],
  value: (window: W) => Quantity,
  { from, to }: { readonly from: number; readonly to: number },
): Markish {
  const gaps = gapsOf(windows, value, from, to);
  return nodeMark(({ x, top, bottom }) => {
    const texts = gaps.flatMap(([start, end]) => {
      const [left, right] = [x(new Date(start)), x(new Date(end))];
      if (right - left < textWidth("no data", FONT_SIZE) + 6) return [];
      return [label("no data", (left + right) / 2, (top + bottom) / 2, { fill: MUTED, anchor: "middle" })];
    });
    return svg("g", {}, ...texts);
  });
}

/** Stretches of [from, to] without a value, in milliseconds. */
export function gapsOf<W extends Window>(
  windows: readonly W[],
  value: (window: W) => Quantity,
  from: number,
  to: number,
): [start: number, end: number][] {
  const gaps: [number, number][] = [];
  let known = from;
  for (const { t, y } of steps(windows, { y: value })) {
    if (Number.isNaN(y)) known = +t;
    else {
      if (+t > known && !Number.isNaN(known)) gaps.push([known, Math.min(+t, to)]);
      known = Number.NaN;
    }
  }
  if (known < to) gaps.push([known, to]);
  return gaps.filter(([start, end]) => end > start);
}

/** A filled step area from `low` (0 unless given) to `high`, with gaps where either is missing. */
export function stepArea<W extends Window>(
  windows: readonly W[],
  { low = () => 0, high }: { readonly low?: (window: W) => Quantity; readonly high: (window: W) => Quantity },
  options: { readonly fill: string; readonly fillOpacity?: number },
): Markish {
  const corners = steps(windows, { low, high });
  const edges = { curve: "step-after", shapeRendering: "crispEdges" } as const;
  return plotLibrary().areaY(corners, { x: "t", y1: "low", y2: "high", ...edges, ...options });
}

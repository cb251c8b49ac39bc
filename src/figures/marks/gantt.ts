import { DAY_MS } from "../../units/time.js";
import { hatch, type KeyItem, key, label, rowRoom, stack } from "../layout.js";
import { type Category, GREY, GRID, INK, inkOn } from "../palette.js";
import { FONT_SIZE, type Frame, plot } from "../plot.js";
import { type Drawn, type SvgNode, svg } from "../svg.js";
import { shortenName, textWidth, widest } from "../text.js";
import { nodeMark, type Space } from "./node-mark.js";
import { ticksOf, timeAxis } from "./time-axis.js";

export interface GanttBar {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The name of its category. */
  readonly part: string;
  /** What the thickness stands for: GPU-hours unmet, say. */
  readonly weight: number;
  /** Said at the bar if it is among the biggest. */
  readonly label: string;
  /** How big it is, if that is not its weight. */
  readonly size?: number;
}

export interface Gantt {
  /** The rows from top to bottom, worst first; a row without bars stays, empty. */
  readonly names: readonly string[];
  readonly bars: readonly GanttBar[];
  /** Where nothing is known: hatched, as missing. */
  readonly gaps?: readonly Pick<GanttBar, "name" | "start" | "end">[];
  readonly parts: readonly Category[];
  /** The period shown, in milliseconds; bars are cut to it. */
  readonly from: number;
  readonly to: number;
  /** The weight of a bar as thick as its row; the heaviest bar's by default. */
  readonly full?: number;
  /** How many of the biggest bars are labelled. */
  readonly labelled?: number;
}

/** The widest that names may be before they are shortened, in CSS pixels. */
export const NAME_ROOM = 170;
const LEAST = 16;
/** Room of the axes and their labels. */
const ABOVE_AND_BELOW = 72;
const LABEL_SIZE = 11;
const LABEL_GAP = 14;
const THINNEST = 4;

/**
 * Bars over time, a row a name, coloured by category. Thickness is in proportion to weight, on one scale for all rows;
 * bars of a row that overlap stand in lanes.
 */
export function gantt(frame: Frame, spec: Gantt): Drawn {
  const { names, parts, from, to } = spec;
  const bars = spec.bars.filter((bar) => bar.end > from && bar.start < to);
  const used = parts.filter((part) => bars.some((bar) => bar.part === part.name));
  const gaps = (spec.gaps ?? []).filter((gap) => gap.end > from && gap.start < to);
  const missing: KeyItem[] = gaps.length > 0 ? [{ label: "No data", color: GREY, shape: "hatch" }] : [];
  const legend = key([...used, ...missing], frame.width);
  const left = Math.min(NAME_ROOM, Math.ceil(widest(names, FONT_SIZE, 500))) + 10;
  const heaviest = spec.full ?? Math.max(0, ...bars.map((bar) => bar.weight));
  const sizeOf = (bar: GanttBar) => bar.size ?? bar.weight;
  const biggest = new Set([...bars].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, spec.labelled ?? 5));
  const colorOf = new Map(parts.map((part) => [part.name, part.color]));

  const draw = ({ x, y, left: start, right, top, bottom }: Space) => {
    const high = y.bandwidth?.() ?? 0;
    const gap = (bottom - top) / names.length - high;
    const lines = [
      ...ticksOf(from, to, DAY_MS).map((t) => svg("line", { x1: x(t), x2: x(t), y1: top, y2: bottom })),
      ...names.map((name) => y(name) - gap / 2).map((y0) => svg("line", { x1: start, x2: right, y1: y0, y2: y0 })),
    ];
    const edge = svg("line", { x1: start, x2: right, y1: bottom + 0.5, y2: bottom + 0.5, stroke: GREY });
    const holes = gaps.map(({ name, start: first, end: last }) => {
      const [x0, x1] = [Math.max(start, x(first)), Math.min(right, x(last))];
      return svg("rect", { x: x0, y: y(name) - gap / 2, width: x1 - x0, height: high + gap, fill: "url(#hatch)" });
    });
    const pattern = holes.length > 0 ? [hatch()] : [];
    const nodes: SvgNode[] = [...pattern, ...holes, svg("g", { stroke: GRID }, ...lines), edge];
    const texts: SvgNode[] = [];
    const rows = names.map((name) => ({ name, row: lanes(bars.filter((bar) => bar.name === name)) }));
    const thickest = (high / Math.max(1, ...rows.map(({ row }) => row.length))) * 0.92;
    for (const { name, row } of rows) {
      const lane = high / Math.max(1, row.length);
      const middleOfRow = y(name) + high / 2;
      texts.push(
        label(shortenName(name, NAME_ROOM, FONT_SIZE, 500), start - 10, middleOfRow, { weight: 500, anchor: "end" }),
      );
      row.forEach((inLane, i) => {
        const middle = y(name) + (i + 0.5) * lane;
        // Where the bar before, or what is said after it, ends.
        let taken = start;
        inLane.forEach((bar, j) => {
          const [x0, x1] = [Math.max(start, x(bar.start)), Math.min(right, x(bar.end))];
          const thick = Math.max(THINNEST, heaviest > 0 ? (thickest * bar.weight) / heaviest : 0);
          const color = colorOf.get(bar.part);
          if (color === undefined) throw new Error(`bar of "${name}" has part "${bar.part}", which has no colour`);
          const box = { x: x0, y: middle - thick / 2, width: Math.max(2, x1 - x0 - 1), height: thick };
          nodes.push(svg("rect", { ...box, fill: color }));
          const before = x0 - taken - LABEL_GAP;
          taken = x1;
          if (!biggest.has(bar)) return;
          const next = inLane[j + 1];
          const room = {
            inside: thick >= LABEL_SIZE + 3 ? x1 - x0 - 8 : 0,
            after: (next === undefined ? right : x(next.start)) - x1 - 8,
            before,
            across: lane >= LABEL_SIZE + 2 ? x1 - x0 - 8 : 0,
          };
          const words = placed(bar.label, x0, x1, middle, room, color);
          taken = words.after ? x1 + 5 + textWidth(bar.label, LABEL_SIZE, 500) : x1;
          texts.push(...words.nodes);
        });
      });
    }
    return svg("g", {}, ...nodes, ...texts);
  };

  const height = frame.height - legend.height - 10;
  rowRoom(names.length, height - ABOVE_AND_BELOW, LEAST);
  const body = plot(
    { ...frame, height },
    {
      marginLeft: left,
      marginRight: 4,
      x: { type: "utc", domain: [new Date(from), new Date(to)], grid: false },
      y: {
        type: "band",
        domain: [...names],
        paddingInner: 0.25,
        paddingOuter: 0.125,
        grid: false,
        ticks: [],
        labelOffset: left,
      },
      marks: [nodeMark(draw), ...timeAxis(from, to, frame.width - left - 4)],
    },
  );
  return stack([legend, body], 10);
}

/**
 * In the bar, after it or before it, wherever the whole text has room first; else across a thin bar that is long enough,
 * and nowhere if none is.
 */
function placed(
  text: string,
  x0: number,
  x1: number,
  y: number,
  room: { readonly inside: number; readonly after: number; readonly before: number; readonly across: number },
  color: string,
): { readonly nodes: readonly SvgNode[]; readonly after: boolean } {
  const width = textWidth(text, LABEL_SIZE, 500);
  const style = { size: LABEL_SIZE, weight: 500 } as const;
  const said = (node: SvgNode, after = false) => ({ nodes: [node], after });
  if (width <= room.inside)
    return said(label(text, (x0 + x1) / 2, y, { ...style, anchor: "middle", fill: inkOn(color) }));
  if (width <= room.after) return said(label(text, x1 + 5, y, { ...style, fill: INK, halo: true }), true);
  if (width <= room.before) return said(label(text, x0 - 5, y, { ...style, fill: INK, anchor: "end", halo: true }));
  if (width <= room.across)
    return said(label(text, (x0 + x1) / 2, y, { ...style, fill: INK, anchor: "middle", halo: true }));
  return { nodes: [], after: false };
}

/** Bars in as few lanes as keep them apart, each in the first that is free when it starts. */
export function lanes<Bar extends { readonly start: number; readonly end: number }>(bars: readonly Bar[]): Bar[][] {
  const result: Bar[][] = [];
  for (const bar of [...bars].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const free = result.find((lane) => lane.at(-1)!.end <= bar.start);
    if (free === undefined) result.push([bar]);
    else free.push(bar);
  }
  return result;
}

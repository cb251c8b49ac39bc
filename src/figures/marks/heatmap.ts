import type { Quantity } from "../../units/format.js";
import { DAY_MS } from "../../units/time.js";
import { beside, CRISP, colorKey, hatch, key, label, rowRoom, stack } from "../layout.js";
import { BACKGROUND, GREY, INK } from "../palette.js";
import { FONT_SIZE, type Frame, plot } from "../plot.js";
import { type Drawn, round, type SvgNode, svg } from "../svg.js";
import { shortenName, widest } from "../text.js";
import { nodeMark, type Space } from "./node-mark.js";
import type { Window } from "./steps.js";
import { ticksOf, timeAxis } from "./time-axis.js";

export interface HeatmapCell extends Window {
  readonly name: string;
  readonly value: Quantity;
}

export interface Heatmap {
  /** The rows from top to bottom, worst first. */
  readonly names: readonly string[];
  readonly cells: readonly HeatmapCell[];
  /** The period shown, in milliseconds; what no cell covers is hatched, as missing. */
  readonly from: number;
  readonly to: number;
  readonly color: (value: number) => string;
  /** Values to name on the strip of colours, from one end to the other. */
  readonly anchors: readonly { readonly at: number; readonly text: string }[];
  /** Columns of words to the right of the cells; a title is one or two lines. */
  readonly columns?: readonly { readonly title: readonly string[]; readonly text: (name: string) => string }[];
}

const NAME_ROOM = 170;
const LEAST = 16;
/** Room of the axes and their labels. */
const ABOVE_AND_BELOW = 72;
const COLUMN_GAP = 18;

/** Names against time, a cell a window, with a rule at every midnight. Missing cells are hatched. */
export function heatmap(frame: Frame, spec: Heatmap): Drawn {
  const { names, cells, from, to, color, columns = [] } = spec;
  const rows = new Map(
    names.map((name) => [
      name,
      runs(
        cells.filter((cell) => cell.name === name),
        spec,
      ),
    ]),
  );
  const gaps = [...rows.values()].some((row) => row.some((run) => run.color === undefined));
  const strip = colorKey(color, spec.anchors);
  const missing = key(gaps ? [{ label: "No data", color: GREY, shape: "hatch" }] : [], 120);
  const legend = beside([strip, { ...missing, node: svg("g", { transform: "translate(0,10)" }, missing.node) }], 24);
  const left = Math.min(NAME_ROOM, Math.ceil(widest(names, FONT_SIZE, 500))) + 10;
  const widths = columns.map(({ title, text }) => Math.ceil(widest([...title, ...names.map(text)], FONT_SIZE, 500)));
  const right = widths.reduce((sum, width) => sum + width + COLUMN_GAP, 4);

  const draw = ({ x, y, left: start, right: end, top, bottom }: Space) => {
    const high = y.bandwidth?.() ?? 0;
    const paths = new Map<string, string>();
    for (const [name, row] of rows) {
      for (const run of row) {
        const fill = run.color ?? "url(#hatch)";
        const [x0, x1] = [x(run.from), x(run.to)];
        const box = `M${round(x0)},${round(y(name))}H${round(x1)}V${round(y(name) + high)}H${round(x0)}Z`;
        paths.set(fill, (paths.get(fill) ?? "") + box);
      }
    }
    const fills = [...paths]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([fill, d]) => svg("path", { d, fill, ...CRISP }));
    const rules = ticksOf(from, to, DAY_MS)
      .filter((t) => t > from && t < to)
      .map((t) => svg("line", { x1: x(t), x2: x(t), y1: top, y2: bottom, stroke: BACKGROUND, "stroke-width": 1.5 }));
    const words = names.map((name): SvgNode => {
      const middle = y(name) + high / 2;
      return label(shortenName(name, NAME_ROOM, FONT_SIZE, 500), start - 10, middle, {
        weight: 500,
        anchor: "end",
        fill: INK,
      });
    });
    const beyond = columns.flatMap(({ title, text }, i) => {
      const at = end + widths.slice(0, i + 1).reduce((sum, width) => sum + width + COLUMN_GAP, 0);
      const heading = title.map((line, j) =>
        label(line, at, top - 8 - 15 * (title.length - 1 - j), { weight: 500, anchor: "end" }),
      );
      const values = names.map((name) => label(text(name), at, y(name) + high / 2, { anchor: "end" }));
      return [...heading, ...values];
    });
    const edge = svg("line", { x1: start, x2: end, y1: bottom + 0.5, y2: bottom + 0.5, stroke: GREY });
    return svg("g", {}, ...(gaps ? [hatch()] : []), ...fills, ...rules, edge, ...words, ...beyond);
  };

  const height = frame.height - legend.height - 10;
  rowRoom(names.length, height - ABOVE_AND_BELOW, LEAST);
  const body = plot(
    { ...frame, height },
    {
      marginLeft: left,
      marginRight: right,
      x: { type: "utc", domain: [new Date(from), new Date(to)] },
      y: { type: "band", domain: [...names], padding: 0.12, grid: false, ticks: [], labelOffset: left },
      marks: [nodeMark(draw), ...timeAxis(from, to, frame.width - left - right)],
    },
  );
  return stack([legend, body], 10);
}

interface Run {
  readonly from: number;
  readonly to: number;
  /** Undefined where there is no value. */
  readonly color: string | undefined;
}

/** Neighbours of one colour as one stretch, and the stretches between them that nothing covers. */
function runs(cells: readonly HeatmapCell[], { from, to, color }: Heatmap): Run[] {
  const row: Run[] = [];
  const push = (run: Run) => {
    const last = row.at(-1);
    if (run.to <= run.from) return;
    if (last !== undefined && last.color === run.color) row[row.length - 1] = { ...last, to: run.to };
    else row.push(run);
  };
  let covered = from;
  for (const { start, end, value } of [...cells].sort((a, b) => +a.start - +b.start)) {
    const [first, last] = [Math.max(+start, covered), Math.min(+end, to)];
    push({ from: covered, to: Math.min(first, to), color: undefined });
    const known = value !== null && value !== undefined && Number.isFinite(value);
    push({ from: first, to: last, color: known ? color(value) : undefined });
    covered = Math.max(covered, last);
  }
  push({ from: covered, to, color: undefined });
  return row;
}

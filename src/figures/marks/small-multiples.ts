import type { Quantity } from "../../units/format.js";
import { label, rowRoom, xLabel, yLabel } from "../layout.js";
import { INK, MUTED, textColor } from "../palette.js";
import { FONT_SIZE, type Frame, type Markish, plot, type ScaleOptions } from "../plot.js";
import { type Drawn, type SvgNode, svg, translate } from "../svg.js";
import { shorten, shortenName, textWidth } from "../text.js";

/** The box that the marks of one panel are drawn in, in CSS pixels. */
export interface Panel {
  readonly width: number;
  readonly height: number;
}

export interface SmallMultiples<Item> {
  readonly items: readonly Item[];
  readonly title: (item: Item) => string;
  /** A few words after the title, like the panel's own number. */
  readonly note?: (item: Item) => string;
  readonly color?: (item: Item) => string;
  /** What the panels are sorted by: the larger the worse, worst first; unknown last. */
  readonly badness: (item: Item) => Quantity;
  /** One pair of scales for all panels, so the domains must be given. */
  readonly x: ScaleOptions & { readonly domain: Iterable<unknown> };
  readonly y: ScaleOptions & { readonly domain: Iterable<unknown> };
  readonly marks: (item: Item, panel: Panel) => readonly Markish[];
  /** Axis marks to draw under the lowest panel of each column instead of Plot's own; a `timeAxis`, say. */
  readonly xAxis?: (panel: Panel) => readonly Markish[];
  readonly columns?: number;
}

/** Room for tick labels as wide as "10 min". */
const LEFT = 46;
const GAP = 22;
const HEADING = 24;
const NOTE = 16;
const TOP = 22;
const BOTTOM = 44;
const BETWEEN = 12;
const LEAST = 48;

/** A panel for each item on shared scales, worst first, the axes labelled once. */
export function smallMultiples<Item>(frame: Frame, spec: SmallMultiples<Item>): Drawn {
  const { width, height, axes } = frame;
  const items = worstFirst(spec.items, spec.badness, spec.title);
  const columns = Math.max(1, Math.min(items.length, spec.columns ?? Math.floor((width - LEFT + GAP) / (230 + GAP))));
  const rows = Math.max(1, Math.ceil(items.length / columns));
  const panelWidth = Math.floor((width - LEFT - 8 - GAP * (columns - 1)) / columns);
  const twoLines = items.some((item) => spec.note !== undefined && oneLine(item, spec) > panelWidth);
  const above = HEADING + (twoLines ? NOTE : 0);
  const panel: Panel = {
    width: panelWidth,
    height: Math.floor(rowRoom(rows, height - TOP - BOTTOM + BETWEEN, LEAST + above + BETWEEN) - above - BETWEEN),
  };
  const nodes: SvgNode[] = [];
  if (axes?.y !== undefined) nodes.push(yLabel(axes.y));
  if (axes?.x !== undefined) nodes.push(xLabel(axes.x, width, height));
  items.forEach((item, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    const lowest = i + columns >= items.length;
    const x = LEFT + column * (panel.width + GAP);
    const y = TOP + row * (panel.height + above + BETWEEN);
    const first = column === 0;
    const margins = { marginTop: 4, marginRight: 8, marginLeft: LEFT, marginBottom: BOTTOM - 16 };
    const drawn = plot(
      { width: panel.width + LEFT + 8, height: panel.height + 4 + BOTTOM - 16 },
      {
        ...margins,
        x: { ...spec.x, ...(lowest ? {} : { axis: null }) },
        y: { tickSpacing: 34, ...spec.y, ...(first ? {} : { axis: null, grid: true }) },
        marks: [...spec.marks(item, panel), ...(lowest ? (spec.xAxis?.(panel) ?? []) : [])],
      },
    );
    nodes.push(...heading(item, spec, x, y + HEADING / 2 - 2, panel.width, twoLines));
    nodes.push(translate(x - LEFT, y + above - 4, drawn.node));
  });
  return { width, height, node: svg("g", {}, ...nodes) };
}

const TITLE = { size: 13, weight: 600 } as const;

function heading<Item>(
  item: Item,
  spec: SmallMultiples<Item>,
  x: number,
  y: number,
  width: number,
  twoLines: boolean,
): SvgNode[] {
  const title = shortenName(spec.title(item), width, TITLE.size, TITLE.weight);
  const fill = spec.color === undefined ? INK : textColor(spec.color(item));
  const note = shorten(spec.note?.(item) ?? "", width, FONT_SIZE);
  const [right, down] = twoLines ? [0, NOTE] : [textWidth(title, TITLE.size, TITLE.weight) + 8, 0];
  const name = label(title, x, y, { ...TITLE, fill });
  return note === "" ? [name] : [name, label(note, x + right, y + down, { fill: MUTED })];
}

/** Width of title and note side by side. */
function oneLine<Item>(item: Item, spec: SmallMultiples<Item>): number {
  return textWidth(spec.title(item), TITLE.size, TITLE.weight) + 8 + textWidth(spec.note?.(item) ?? "", FONT_SIZE);
}

/** Sorted by badness, the largest first; unknown last; equals by name. */
export function worstFirst<Item>(
  items: readonly Item[],
  badness: (item: Item) => Quantity,
  name: (item: Item) => string,
): Item[] {
  const rank = (item: Item) => {
    const value = badness(item);
    return value === null || value === undefined || Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
  };
  return [...items].sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    if (first !== second) return first > second ? -1 : 1;
    return name(a) < name(b) ? -1 : Number(name(a) > name(b));
  });
}

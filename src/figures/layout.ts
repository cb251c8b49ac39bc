import type { Weight } from "./fonts.js";
import { BACKGROUND, GREY, INK, MUTED } from "./palette.js";
import { FONT_SIZE, type Frame } from "./plot.js";
import { type Drawn, type SvgNode, svg, translate } from "./svg.js";
import { shorten, textWidth } from "./text.js";

/** From the top of a line's capitals to its baseline, in ems: adds half of it to centre a text on a height. */
const CAP_HEIGHT = 0.73;

export interface TextStyle {
  readonly size?: number;
  readonly weight?: Weight;
  readonly fill?: string;
  readonly anchor?: "start" | "middle" | "end";
  /** A white edge around the letters, where they stand on marks. */
  readonly halo?: boolean;
}

/** A line of text whose capitals are centred on `y`. */
export function label(text: string, x: number, y: number, style: TextStyle = {}): SvgNode {
  const { size = FONT_SIZE, weight = 400, fill = INK, anchor = "start", halo = false } = style;
  return svg(
    "text",
    {
      x,
      y: y + (size * CAP_HEIGHT) / 2,
      "font-size": size,
      "font-weight": weight === 400 ? undefined : weight,
      "text-anchor": anchor,
      fill,
      ...(halo ? { stroke: BACKGROUND, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" } : {}),
    },
    text,
  );
}

/** One above the other, each at the left edge. */
export function stack(parts: readonly Drawn[], gap = 0): Drawn {
  let y = 0;
  const nodes = parts.map((part) => {
    const node = translate(0, y, part.node);
    y += part.height + gap;
    return node;
  });
  const width = Math.max(0, ...parts.map((part) => part.width));
  return { width, height: Math.max(0, y - gap), node: svg("g", {}, ...nodes) };
}

/** One next to the other, each at the top edge. */
export function beside(parts: readonly Drawn[], gap = 0): Drawn {
  let x = 0;
  const nodes = parts.map((part) => {
    const node = translate(x, 0, part.node);
    x += part.width + gap;
    return node;
  });
  const height = Math.max(0, ...parts.map((part) => part.height));
  return { width: Math.max(0, x - gap), height, node: svg("g", {}, ...nodes) };
}

export interface KeyItem {
  readonly label: string;
  readonly color: string;
  /** How the drawing shows it; a filled box by default. */
  readonly shape?: "fill" | "line" | "dash" | "hollow" | "cross" | "hatch";
}

/** Neighbouring fills meet at a pixel, without a pale seam. */
export const CRISP = { "shape-rendering": "crispEdges" };

const KEY_LEADING = 20;
const SWATCH = 12;

/** What colours and shapes mean, in the order given, where labels at the marks have no room. */
export function key(items: readonly KeyItem[], width: number): Drawn {
  let [x, y] = [0, 0];
  const nodes: SvgNode[] = [];
  for (const item of items) {
    const text = shorten(item.label, width - SWATCH - 6, FONT_SIZE);
    const needed = SWATCH + 6 + textWidth(text, FONT_SIZE);
    if (x > 0 && x + needed > width) [x, y] = [0, y + KEY_LEADING];
    const middle = y + KEY_LEADING / 2;
    nodes.push(swatch(item, x, middle), label(text, x + SWATCH + 6, middle));
    x += needed + 18;
  }
  return { width, height: items.length === 0 ? 0 : y + KEY_LEADING, node: svg("g", {}, ...nodes) };
}

function swatch({ color, shape = "fill" }: KeyItem, x: number, middle: number): SvgNode {
  if (shape === "line" || shape === "dash") {
    const dash = shape === "dash" ? "3,2" : undefined;
    const ends = { x1: x - 1, x2: x + SWATCH + 1, y1: middle, y2: middle };
    return svg("line", { ...ends, stroke: color, "stroke-width": 2, "stroke-dasharray": dash });
  }
  const box = { x, y: middle - SWATCH / 2, width: SWATCH, height: SWATCH };
  if (shape === "fill") return svg("rect", { ...box, fill: color });
  const inset = { x: x + 0.5, y: box.y + 0.5, width: SWATCH - 1, height: SWATCH - 1 };
  if (shape === "hollow") return svg("rect", { ...inset, fill: BACKGROUND, stroke: color });
  if (shape === "cross") return crossed(inset, color);
  return svg("g", {}, hatch(), svg("rect", { ...inset, fill: "url(#hatch)", stroke: color }));
}

/** A hollow box, crossed out. */
export function crossed(
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  color: string,
): SvgNode {
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const d = `M${box.x},${box.y}L${right},${bottom}M${right},${box.y}L${box.x},${bottom}`;
  return svg("g", { fill: "none", stroke: color }, svg("rect", { ...box }), svg("path", { d }));
}

/** The pattern of what is missing, to be filled with `url(#hatch)` by anything in the same figure. */
export function hatch(): SvgNode {
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 5, height: 5, fill: BACKGROUND }),
      svg("rect", { width: 1, height: 5, fill: GREY }),
    ),
  );
}

/**
 * A strip of a colour scale with words at given values. The strip has `shades` boxes of one colour each.
 *
 *     colorKey(color, [{ at: 1.5, text: "short" }, { at: 1, text: "balanced" }, { at: 0.5, text: "slack" }])
 */
export function colorKey(
  color: (value: number) => string,
  anchors: readonly { readonly at: number; readonly text: string }[],
  width = 280,
  shades = 13,
): Drawn {
  const first = anchors[0]!.at;
  const last = anchors.at(-1)!.at;
  const box = width / shades;
  const boxes = Array.from({ length: shades }, (_, i) => {
    const value = first + ((last - first) * i) / (shades - 1);
    return svg("rect", { x: i * box, y: 18, width: box, height: 8, fill: color(value), ...CRISP });
  });
  const words = anchors.map(({ at, text }) => {
    const share = (at - first) / (last - first);
    const x = share * width;
    return label(text, x, 8, { fill: MUTED, anchor: share < 0.1 ? "start" : share > 0.9 ? "end" : "middle" });
  });
  return { width, height: 26, node: svg("g", {}, ...words, ...boxes) };
}

/** A chart without data: its axis labels, so that the reader knows what is missing, and why it is. */
export function noData(frame: Frame, why: string): Drawn {
  const { width, height, axes } = frame;
  const nodes = [label(why, width / 2, height / 2, { size: 14, fill: MUTED, anchor: "middle" })];
  if (axes?.y !== undefined) nodes.push(yLabel(axes.y));
  if (axes?.x !== undefined) nodes.push(xLabel(axes.x, width, height));
  return { width, height, node: svg("g", {}, ...nodes) };
}

/**
 * What is left for each of `count` rows of a drawing, in CSS pixels; an error if that is less than `least`, which says
 * how high the figure must be. The number of rows comes with the data, so a figure computes its height from it.
 */
export function rowRoom(count: number, available: number, least: number): number {
  const room = available / Math.max(1, count);
  if (room >= least) return room;
  const more = Math.ceil(count * least - available);
  throw new Error(
    `${count} rows have ${Math.floor(room)} pixels each and need ${least}: add ${more} to the figure's height`,
  );
}

/** The label of the vertical axis, at the top left; Plot puts it there itself. */
export function yLabel(text: string, y = 8): SvgNode {
  return label(text, 0, y, { weight: 500 });
}

/** The label of the horizontal axis, at the bottom right of a box. */
export function xLabel(text: string, right: number, bottom: number): SvgNode {
  return label(text, right, bottom - 7, { weight: 500, anchor: "end" });
}

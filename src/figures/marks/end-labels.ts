import { label } from "../layout.js";
import { textColor } from "../palette.js";
import { FONT_SIZE, type Markish } from "../plot.js";
import { svg } from "../svg.js";
import { shorten, widest } from "../text.js";
import { nodeMark } from "./node-mark.js";
import { spread } from "./spread.js";

export interface EndLabel {
  /** The last point of its line. */
  readonly x: number | Date;
  readonly y: number;
  readonly label: string;
  readonly color: string;
}

const LEADING = 15;
const OFFSET = 8;
const MOST = 180;

/** The right margin that these labels need. */
export function endLabelMargin(labels: readonly { readonly label: string }[]): number {
  const texts = labels.map((each) => each.label);
  return Math.ceil(Math.min(MOST, widest(texts, FONT_SIZE, 500))) + OFFSET + 6;
}

/** Names at the ends of their lines instead of a key. Where lines end close together the labels are moved apart. */
export function endLabels(labels: readonly EndLabel[]): Markish {
  return nodeMark(({ x, y, right, top, bottom }) => {
    const ends = labels.map((each) => y(each.y));
    const heights = spread(ends, LEADING, top + 4, bottom - 4);
    const nodes = labels.flatMap((each, i) => {
      const color = textColor(each.color);
      const [end, height] = [ends[i]!, heights[i]!];
      const at = label(shorten(each.label, MOST, FONT_SIZE, 500), right + OFFSET, height, { weight: 500, fill: color });
      if (Math.abs(end - height) < 2 && x(each.x) > right - 2) return [at];
      const path = `M${x(each.x) + 2},${end}L${right + OFFSET - 2},${height}`;
      return [svg("path", { d: path, stroke: color, "stroke-width": 0.75, fill: "none" }), at];
    });
    return svg("g", {}, ...nodes);
  });
}

import type { Weight } from "./fonts.js";
import { BACKGROUND, GRID, INK, MUTED } from "./palette.js";
import { FONT_FAMILY, type SvgNode, svg, svgDocument, translate } from "./svg.js";
import { wrap } from "./text.js";
import type { Words } from "./words.js";

/** White around a picture, in CSS pixels. */
export const PADDING = 28;

interface Style {
  readonly size: number;
  readonly leading: number;
  readonly weight: Weight;
  readonly fill: string;
}

const TITLE: Style = { size: 22, leading: 28, weight: 600, fill: INK };
const SUBTITLE: Style = { size: 14, leading: 20, weight: 400, fill: MUTED };
const TAKEAWAY: Style = { size: 15, leading: 22, weight: 500, fill: INK };
const SMALL: Style = { size: 11.5, leading: 17, weight: 400, fill: MUTED };

/** The whole picture: title and subtitle above the chart, takeaway, note and source below. */
export function picture(words: Words, chart: SvgNode, width: number, chartHeight: number) {
  const inner = width - 2 * PADDING;
  const nodes: SvgNode[] = [];
  let y = PADDING;
  const write = (text: string, style: Style, x = PADDING, room = inner) => {
    const lines = wrap(text, room, style.size, style.weight);
    const { size, weight, fill } = style;
    nodes.push(
      ...lines.map((line, i) => {
        const baseline = y + i * style.leading + (style.leading + size * 0.72) / 2;
        return svg("text", { x, y: baseline, "font-size": size, "font-weight": weight, fill }, line);
      }),
    );
    y += lines.length * style.leading;
  };

  nodes.push(svg("rect", { x: PADDING, y: 0, width: 44, height: 5, fill: INK }));
  y = 20;
  write(words.title, TITLE);
  y += 3;
  write(words.subtitle, SUBTITLE);
  y += 14;
  nodes.push(translate(PADDING, y, chart));
  y += chartHeight + 14;

  const top = y;
  write(words.takeaway, TAKEAWAY, PADDING + 14, inner - 14);
  nodes.push(svg("rect", { x: PADDING, y: top + 2, width: 3, height: y - top - 4, fill: INK }));
  y += 12;
  nodes.push(svg("line", { x1: PADDING, x2: width - PADDING, y1: y, y2: y, stroke: GRID }));
  y += 8;
  write(`Note: ${words.note}`, SMALL);
  write(`Source: ${words.source}`, SMALL);
  const height = Math.ceil(y + 14);

  const [title, desc] = [`figure-${words.id}-title`, `figure-${words.id}-desc`];
  const document = svgDocument(
    width,
    height,
    { role: "img", "aria-labelledby": `${title} ${desc}`, "font-family": FONT_FAMILY },
    svg("title", { id: title }, words.title),
    svg("desc", { id: desc }, words.alt),
    svg("rect", { width, height, fill: BACKGROUND }),
    ...nodes,
  );
  return { svg: document, height };
}

import { createRequire } from "node:module";
import type * as PlotLibrary from "@observablehq/plot";
import { BACKGROUND, GRID, INK, MUTED } from "./palette.js";
import { type Drawn, type ElementLike, fromElement, svg, textsOf } from "./svg.js";

const require = createRequire(import.meta.url);

export type { Markish, PlotOptions, ScaleOptions } from "@observablehq/plot";

/** Observable Plot, loaded on first use: it takes a fifth of a second, which no import of evenkeel should. */
export function plotLibrary(): typeof PlotLibrary {
  return require("@observablehq/plot") as typeof PlotLibrary;
}

let document: unknown;

/** A document to draw in, with nothing in it; drawings are never attached. */
export function plotDocument(): unknown {
  if (document === undefined) {
    const linkedom = require("linkedom") as { parseHTML(html: string): { document: unknown } };
    document = linkedom.parseHTML("<!doctype html><html><body></body></html>").document;
  }
  return document;
}

/** Text size inside charts, in CSS pixels. */
export const FONT_SIZE = 12;

/** How wide and high to draw, and what the axes say. A figure's `Drawing` is one. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly axes?: { readonly x?: string; readonly y?: string };
}

const SCALES = ["x", "y", "fx", "fy"] as const;

/**
 * An Observable Plot in the style of the house: no tick marks, thin grid, axis labels (with their units, from the
 * figure's `axes`) at the top left and the bottom right. Options are Plot's; its captions and legends are refused,
 * because words belong to the figure, as are local-time scales.
 *
 *     plot(drawing, { marks: [plotLibrary().lineY(rows, { x: "window_start", y: "gpus" })] })
 */
export function plot(frame: Frame, options: PlotLibrary.PlotOptions): Drawn {
  const { width, height, axes } = frame;
  for (const name of ["title", "subtitle", "caption", "figure"] as const) {
    if (options[name] !== undefined)
      throw new Error(`plot option "${name}" is not allowed: words belong to the figure`);
  }
  for (const name of [...SCALES, "color", "opacity", "symbol", "r"] as const) {
    if (options[name]?.legend)
      throw new Error(`plot option "${name}.legend" is not allowed: label directly, or use key()`);
  }
  const axis = (label: string | undefined) => ({
    label: label ?? null,
    labelArrow: "none" as const,
    tickSize: 0,
    tickPadding: 8,
  });
  const drawn = plotLibrary().plot({
    marginTop: axes?.y === undefined ? 12 : 30,
    marginRight: 20,
    marginBottom: axes?.x === undefined ? 24 : 42,
    marginLeft: 48,
    ...options,
    document: plotDocument() as NonNullable<PlotLibrary.PlotOptions["document"]>,
    width,
    height,
    style: { fontSize: `${FONT_SIZE}px` },
    x: { ...axis(axes?.x), labelAnchor: "right", tickSpacing: 90, ...options.x },
    y: {
      ...axis(axes?.y),
      labelAnchor: "top",
      labelOffset: options.marginLeft ?? 48,
      grid: true,
      tickSpacing: 48,
      ...options.y,
    },
  });
  for (const name of SCALES) {
    if (drawn.scale(name)?.type === "time") throw new Error(`scale "${name}" is of type time: use utc`);
  }
  const element = drawn as unknown as ElementLike;
  if (element.localName !== "svg") throw new Error(`Plot drew a <${element.localName}> instead of an SVG`);
  const { children } = fromElement(element, { ink: INK, background: BACKGROUND }, restyle);
  const style = { fill: INK, "font-size": FONT_SIZE, "text-anchor": "middle" };
  const node = svg("g", style, ...children);
  if (textsOf(node).some((text) => text.includes("\u26a0"))) throw new Error("Plot warned about this plot; see stderr");
  return { width, height, node };
}

function restyle(ariaLabel: string): Readonly<Record<string, string | number>> {
  if (/^f?[xy]-grid$/.test(ariaLabel)) return { stroke: GRID, "stroke-opacity": 1 };
  if (/^f?[xy]-axis tick label$/.test(ariaLabel)) return { fill: MUTED };
  if (/^f?[xy]-axis label$/.test(ariaLabel)) return { "font-weight": 500 };
  return {};
}

import { createHash } from "node:crypto";
import { figureHtml } from "./html.js";
import { PADDING, picture } from "./picture.js";
import { type Drawn, FONT_FAMILY, renameIds, svg, svgDocument, textsOf } from "./svg.js";
import { type Axis, axisText, type Table, tableProblem } from "./table.js";
import type { Words } from "./words.js";

export type { Axis, Cell, Column, Table } from "./table.js";

/** What a drawing function is given: its size, and the axis labels that the figure requires it to show. */
export interface Drawing<Axes extends string = never> {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** The texts to put on the axes, units included. */
  readonly axes: Readonly<Record<"x" | "y" | Axes, string>>;
}

/** All that a captioned figure needs. Everything is required: a chart without its words doesn't compile. */
export interface FigureSpec<Axes extends string = never> extends Words {
  readonly table: Table;
  /** Of the whole picture, in CSS pixels; 900 is usual. The drawing gets what is left between the margins. */
  readonly width: number;
  /** Of the drawing alone, in CSS pixels; the words add theirs. */
  readonly height: number;
  /** `x` and `y`, and any others that the drawing has; each must be readable in it. */
  readonly axes: Readonly<Record<"x" | "y" | Axes, Axis>>;
  /** Draws the chart: a `plot()`, several of them stacked, or nodes of its own. */
  readonly draw: (drawing: Drawing<Axes>) => Drawn;
}

/** A captioned figure: its words, its numbers and its pictures, all plain data. */
export interface Figure extends Words {
  readonly table: Table;
  /** Size of the whole picture, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** The whole picture, words included: sufficient alone. */
  readonly svg: string;
  /** The chart without its words, for pages that set them as text. */
  readonly chart: string;
  /** SHA-256 of `svg`, in hex: whether a PNG made from it is fresh. */
  readonly digest: string;
  /** A `<figure>` with heading, chart, caption and data table; `heading` is the level of the heading, 3 by default. */
  html(options?: { readonly heading?: 2 | 3 | 4 | 5 | 6 }): string;
}

/** The most words that a title may have. */
export const TITLE_WORDS = 14;

/** The first of the titles, from the fullest to the shortest, that has no more words than a title may. */
export function fittingTitle(...titles: readonly [string, ...string[]]): string {
  return titles.find((title) => wordCount(title) <= TITLE_WORDS) ?? titles.at(-1)!;
}

const wordCount = (title: string) => title.trim().split(/\s+/).length;

/** Draws a figure and checks it; an error names the figure and what is wrong with it. */
export function figure<Axes extends string = never>(spec: FigureSpec<Axes>): Figure {
  try {
    return checkAndDraw(spec);
  } catch (cause) {
    throw new Error(`figure "${spec.id}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function checkAndDraw<Axes extends string>(spec: FigureSpec<Axes>): Figure {
  checkWords(spec);
  const problem = tableProblem(spec.table);
  if (problem !== undefined) fail(problem);
  const axes = checkAxes(spec.axes);
  const { id, title, subtitle, takeaway, note, source, alt, table, width } = spec;

  const inner = width - 2 * PADDING;
  if (!(inner > 0 && spec.height > 0)) fail(`width ${width} and height ${spec.height} leave no room to draw`);
  const drawn = spec.draw({ id, width: inner, height: spec.height, axes });
  if (drawn.width > inner || drawn.height > spec.height) {
    fail(`the drawing is ${drawn.width} x ${drawn.height}, but has ${inner} x ${spec.height}`);
  }
  const texts = textsOf(drawn.node);
  for (const [name, text] of Object.entries<string>(axes)) {
    if (!texts.includes(text)) fail(`the drawing doesn't show the label of axis ${name}, "${text}"`);
  }
  const nodes = renameIds(drawn.node, `figure-${id}`);

  const words = { id, title, subtitle, takeaway, note, source, alt };
  const whole = picture(words, nodes, width, drawn.height);
  const chartId = `figure-${id}-chart`;
  const chart = svgDocument(
    inner,
    drawn.height,
    { role: "img", "aria-labelledby": `${chartId}-title ${chartId}-desc`, "font-family": FONT_FAMILY },
    svg("title", { id: `${chartId}-title` }, title),
    svg("desc", { id: `${chartId}-desc` }, alt),
    nodes,
  );
  return Object.freeze({
    ...words,
    table,
    width,
    height: whole.height,
    svg: whole.svg,
    chart,
    digest: createHash("sha256").update(whole.svg).digest("hex"),
    html: (options: { readonly heading?: 2 | 3 | 4 | 5 | 6 } = {}) =>
      figureHtml(words, chart, table, options.heading ?? 3),
  });
}

function fail(problem: string): never {
  throw new Error(problem);
}

function checkWords(words: Words): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(words.id)) {
    fail(`the id must be lower-case words and digits joined by "-", like "03-demand-and-capacity"`);
  }
  for (const name of ["title", "subtitle", "takeaway", "note", "source", "alt"] as const) {
    if (typeof words[name] !== "string" || words[name].trim() === "") fail(`${name} is empty`);
    if (/\b(undefined|NaN)\b|\[object /.test(words[name])) fail(`${name} shows a missing value: "${words[name]}"`);
  }
  if (/[\r\n]/.test(words.title)) fail("title has more than one line");
  if (words.title.trim().endsWith(".")) fail("title ends with a full stop: it is a headline");
  const count = wordCount(words.title);
  if (count > TITLE_WORDS) fail(`title has ${count} words, at most ${TITLE_WORDS}: "${words.title}"`);
  const said = sentences(words.takeaway);
  if (!words.takeaway.trim().endsWith(".")) fail(`takeaway must end with a full stop: "${words.takeaway}"`);
  if (said.length < 2 || said.length > 3) {
    fail(`takeaway must be two or three sentences, found ${said.length}: "${words.takeaway}"`);
  }
}

/** A sentence ends at a full stop, question or exclamation mark before a space; names may begin one in lower case. */
export function sentences(text: string): string[] {
  return text
    .trim()
    .replace(/\b(e\.g|i\.e|vs|approx)\.(?=\s)/g, "$1\u2024")
    .split(/(?<=[.!?]["'”’)]?)\s+/)
    .filter((sentence) => sentence !== "")
    .map((sentence) => sentence.replaceAll("\u2024", "."));
}

function checkAxes<Name extends string>(axes: Readonly<Record<Name, Axis>>): Readonly<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const [name, axis] of Object.entries<Axis>(axes) as [Name, Axis][]) {
    if (axis.label.trim() === "") fail(`axis ${name} has no label`);
    if (axis.unit?.trim() === "") fail(`axis ${name} has an empty unit: null says that it shows names`);
    texts[name] = axisText(axis);
  }
  return texts as Record<Name, string>;
}

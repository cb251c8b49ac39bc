import { createHash } from "node:crypto";
import { EvenkeelError, shown as quoted } from "../errors.js";
import { png } from "../figures/png.js";
import { type Table, type TableOptions, tableHtml, tableText } from "./table.js";
import { currentDisplay } from "./tslab.js";

/** What can be shown as a figure. `src/figures` makes them. */
export interface Shown {
  readonly id: string;
  readonly title: string;
  /** What somebody who cannot see the figure needs to know. */
  readonly alt: string;
  /** The "so what". */
  readonly takeaway: string;
  /** The whole picture: title, chart, takeaway, note and source. */
  readonly svg: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** The same as a page has it: text as text, the chart as SVG, the numbers as a table. */
  html(): string;
}

/** An interactive chart, which JupyterLab draws; elsewhere its text stands in for it. */
export interface VegaLiteChart {
  vegaLite: object;
  alt: string;
}

/**
 * Show a figure, a table or an interactive chart as output of the running cell; outside a notebook, print its text.
 *
 * A figure is a PNG of the whole picture with its words as text beside it; with `EVENKEEL_FIGURES=html` in the
 * environment it is HTML with the chart as SVG. The output's metadata keep the size and the SVG's SHA-256.
 *
 *     show(figure);
 *     show([{ nodegroup: "a100", gpus: 64 }], { caption: "GPUs by nodegroup" });
 */
export function show(figure: Shown | VegaLiteChart): void;
export function show(table: Table, options: TableOptions): void;
export function show(shown: Shown | VegaLiteChart | Table, options?: TableOptions): void {
  if ("svg" in shown) {
    showFigure(shown);
  } else if ("vegaLite" in shown) {
    display({ "application/vnd.vegalite.v5+json": shown.vegaLite, "text/plain": shown.alt });
  } else if (options === undefined) {
    throw new EvenkeelError('show(table): found no caption. Give one: show(rows, { caption: "…" }).');
  } else {
    display({ "text/html": tableHtml(shown, options), "text/plain": tableText(shown, options) });
  }
}

/**
 * Show Markdown as output of the running cell. It may hold names from a cluster, which anybody may have chosen: what
 * would be HTML in it, or fetch an image, is shown as it stands.
 */
export function markdown(text: string): void {
  display({ "text/markdown": text.replaceAll("<", "&lt;").replaceAll("![", "!\\[") });
}

function showFigure(figure: Shown): void {
  const { svg, width, height, title, alt, takeaway } = figure;
  const form = process.env["EVENKEEL_FIGURES"] ?? "png";
  if (form !== "png" && form !== "html") {
    throw new EvenkeelError(`EVENKEEL_FIGURES: found ${quoted(form)}; allowed are png and html. Set one, or unset it.`);
  }
  const digest = { evenkeel: { svg_sha256: createHash("sha256").update(svg).digest("hex") } };
  const words = { "text/plain": `${title}\n${alt}\n${takeaway}` };
  if (form === "html") display({ "text/html": figure.html(), ...words }, digest);
  else
    display(
      { "image/png": Buffer.from(png(svg)).toString("base64"), ...words },
      { "image/png": { width, height }, ...digest },
    );
}

/** One output with all its forms; `tslab.display` could send but one form an output. */
function display(data: Record<string, unknown>, metadata: Record<string, unknown> = {}): void {
  const write = currentDisplay();
  if (write === null) console.log(data["text/plain"] ?? data["text/markdown"]);
  else write({ data, metadata, transient: {} }, false);
}

import { escapeText } from "../figures/svg.js";
import type { CodeCell, Json, Lines, MimeBundle, Notebook, Output } from "../notebook/notebook.js";
import { markdownHtml } from "./markdown.js";

const VEGA_LITE = "application/vnd.vegalite.v5+json";

/** The body of a page for an executed notebook: text and outputs in their order, code folded away. */
export function notebookHtml(notebook: Notebook): string {
  return notebook.cells
    .map((cell) => (cell.cell_type === "code" ? codeHtml(cell) : markdownHtml(cell.source.join(""))))
    .join("\n");
}

/** The first heading of a notebook; "" if it has none. */
export function notebookTitle(notebook: Notebook): string {
  const line = notebook.cells
    .filter((cell) => cell.cell_type === "markdown")
    .flatMap((cell) => cell.source)
    .find((text) => text.startsWith("# "));
  return line === undefined ? "" : line.slice(2).trim();
}

function codeHtml({ id, source, outputs }: CodeCell): string {
  return [
    `<section class="cell" id="cell-${id}">`,
    `<details class="code"><summary>Code</summary><pre><code>${escapeText(source.join(""))}</code></pre></details>`,
    ...outputs.map(outputHtml),
    "</section>",
  ].join("\n");
}

function outputHtml(output: Output): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output.name}">${escapeText(output.text.join(""))}</pre>`;
    case "error":
      return `<pre class="stderr">${escapeText(output.traceback.join("\n"))}</pre>`;
    case "execute_result":
    case "display_data":
      return bundleHtml(output.data);
  }
}

function bundleHtml(data: MimeBundle): string {
  const chart = data[VEGA_LITE];
  if (chart !== undefined) return chartHtml(chart, text(data["text/plain"]));
  const png = text(data["image/png"]);
  if (png !== "") return pictureHtml(png, text(data["text/plain"]));
  const [html, markdown] = [text(data["text/html"]), text(data["text/markdown"])];
  // HTML in a notebook of ours is a figure or a table, made of escaped text.
  if (html !== "") return `<div class="wide">${html}</div>`;
  if (markdown !== "") return markdownHtml(markdown);
  return `<pre>${escapeText(text(data["text/plain"]))}</pre>`;
}

/** A figure as a notebook keeps it: the whole picture, with the words that stand beside it as title, what it shows, so what. */
function pictureHtml(png: string, words: string): string {
  const [title = "", alt = "", takeaway = ""] = words.split("\n");
  return [
    `<figure class="wide"><img src="data:image/png;base64,${escapeText(png.trim())}" alt="${escapeText(`${title}. ${alt}`)}">`,
    `<figcaption><p class="takeaway">${escapeText(takeaway)}</p></figcaption></figure>`,
  ].join("\n");
}

/** A place for explore.js to draw in; without scripts, the words that stand for the chart. */
function chartHtml(spec: Json, alt: string): string {
  const json = JSON.stringify(spec).replaceAll("<", "\\u003c");
  return `<div class="explore" role="img" aria-label="${escapeText(alt)}"><p>${escapeText(alt)}</p><script type="application/json">${json}</script></div>`;
}

function text(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : (value as Lines).join("");
}

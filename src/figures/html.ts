import { escapeText } from "./svg.js";
import { type Table, tableHtml } from "./table.js";
import type { Words } from "./words.js";

/** A figure for a page: the words are real text, the chart is inline, the numbers are a table to open. */
export function figureHtml(words: Words, chart: string, table: Table, heading: number): string {
  const id = words.id;
  return [
    `<figure class="figure" id="${id}" aria-labelledby="${id}-heading">`,
    `<h${heading} id="${id}-heading">${escapeText(words.title)}</h${heading}>`,
    `<p class="subtitle">${escapeText(words.subtitle)}</p>`,
    chart,
    "<figcaption>",
    `<p class="takeaway">${escapeText(words.takeaway)}</p>`,
    `<p class="note">Note: ${escapeText(words.note)}</p>`,
    `<p class="source">Source: ${escapeText(words.source)}</p>`,
    "<details>",
    "<summary>The numbers</summary>",
    tableHtml(table),
    "</details>",
    "</figcaption>",
    "</figure>",
    "",
  ].join("\n");
}

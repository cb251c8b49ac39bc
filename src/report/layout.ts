import { escapeText } from "../figures/svg.js";
import { version } from "../version.js";

/** Marks a page as one of ours: only a folder whose index carries it is ever replaced. */
export const GENERATOR = `<meta name="generator" content="evenkeel">`;

export interface Page {
  readonly title: string;
  /** HTML above the body: where one is, and where one could go. */
  readonly navigation: string;
  readonly body: string;
  /** HTML below the body. */
  readonly footer: string;
  /** Whether the page has an interactive chart. */
  readonly interactive: boolean;
}

/** A whole page. All that it needs lies beside it. */
export function pageHtml({ title, navigation, body, footer, interactive }: Page): string {
  const scripts = interactive ? ["vega.min.js", "vega-lite.min.js", "explore.js"] : [];
  return `${[
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    GENERATOR,
    `<title>${escapeText(title)}</title>`,
    '<link rel="icon" href="data:,">',
    '<link rel="stylesheet" href="style.css">',
    "</head>",
    "<body>",
    `<header>${navigation}</header>`,
    `<main>\n${body}\n</main>`,
    `<footer>${footer}<p>evenkeel ${escapeText(version)}. Times are UTC.</p></footer>`,
    ...scripts.map((file) => `<script src="${file}"></script>`),
    "</body>",
    "</html>",
  ].join("\n")}\n`;
}

/** Links side by side; the one that leads to the page itself is marked and not a link. */
export function links(
  label: string,
  items: readonly { readonly href: string; readonly text: string }[],
  here?: string,
): string {
  const each = items.map(({ href, text }) =>
    href === here
      ? `<span aria-current="page">${escapeText(text)}</span>`
      : `<a href="${escapeText(href)}">${escapeText(text)}</a>`,
  );
  return `<nav aria-label="${escapeText(label)}">${each.join("\n")}</nav>`;
}

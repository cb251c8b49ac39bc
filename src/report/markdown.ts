import { Marked } from "marked";
import { escapeText } from "../figures/svg.js";

/** Links lead to the web, to a place on the page, or to another page of the report; anything else stays text. */
const SAFE_LINK = /^(https?:|#|[\w./-]+$)/i;

const marked = new Marked({
  renderer: {
    // What a cluster's owner named things is text here, never markup.
    html: ({ text }) => escapeText(text),
    image: ({ text }) => escapeText(text),
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      return SAFE_LINK.test(href) ? `<a href="${escapeText(href)}">${words}</a>` : words;
    },
  },
});

/** Markdown of a notebook's cell as HTML; markup inside it is shown, not run. */
export function markdownHtml(text: string): string {
  return marked.parse(text, { async: false });
}

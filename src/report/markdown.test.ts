import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { markdownHtml } from "./markdown.js";

/** The document that a browser would make of it. */
const parsed = (markdown: string) => parseHTML(`<html><body>${markdownHtml(markdown)}</body></html>`).document;
const tags = (markdown: string) => [...parsed(markdown).body.querySelectorAll("*")].map((each) => each.localName);
const links = (markdown: string) =>
  [...parsed(markdown).querySelectorAll("a")].map((a) => [a.getAttribute("href"), a.textContent]);

describe("markdownHtml(text)", () => {
  test("makes of Markdown what Markdown says", () => {
    expect(markdownHtml("# One\n\ntwo **three** `four`")).toBe(
      "<h1>One</h1>\n<p>two <strong>three</strong> <code>four</code></p>\n",
    );
    expect(tags("1. a\n2. b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\nnpx evenkeel\n```")).toEqual(
      "ol li li table thead tr th th tbody tr td td pre code".split(" "),
    );
  });

  test.each([
    "<b>bold</b>",
    "<script>alert(1)</script>",
    'a <img src="x" onerror="alert(1)"> b',
    "<div onclick=alert(1)>\n\ntext\n\n</div>",
    "<!-- a comment --> after",
    "<svg/onload=alert(1)>",
    "# <img src=x onerror=alert(1)>",
    "**<i>both</i>**",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |",
    '```"><img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```',
    "`<script>alert(1)</script>`",
    "![<img src=x onerror=alert(1)>](x.png)",
    '[<img src=x onerror=alert(1)>](https://example.org "\\"><script>alert(1)</script>")',
  ])("shows markup and does not run it: %s", (text) => {
    const { body } = parsed(text);
    const allowed = new Set("p a h1 strong em pre code table thead tbody tr th td".split(" "));
    for (const element of body.querySelectorAll("*")) {
      expect(allowed).toContain(element.localName);
      for (const { name } of element.attributes) expect(["href", "class"]).toContain(name);
    }
  });

  test("shows it letter for letter", () => {
    for (const text of [
      "<b>bold</b>",
      'a <img src="x" onerror="alert(1)"> b',
      "<script>alert('&amp;')</script>",
      "a < b & c > d",
    ])
      expect(parsed(text).body.textContent!.trim()).toBe(text);
  });

  test("links to the web, to a place on the page and to another page", () => {
    for (const href of [
      "https://example.org/a?b=1&c=2",
      "http://example.org",
      "HTTPS://EXAMPLE.ORG",
      "#plan",
      "x.02-the-data.html",
      "../a/b.csv",
    ])
      expect(links(`[go](${href})`)).toEqual([[href, "go"]]);
    expect(links("https://example.org")).toEqual([["https://example.org", "https://example.org"]]);
    expect(links("[a **b** `<c>`](#d)")).toEqual([["#d", "a b <c>"]]);
  });

  test.each([
    "[go](javascript:alert(1))",
    "[go](JavaScript:alert(1))",
    "[go]( javascript:alert(1))",
    "[go](<java\tscript:alert(1)>)",
    "[go](&#106;avascript:alert(1))",
    "[go](java&Tab;script:alert(1))",
    "[go](vbscript:msgbox(1))",
    "[go](data:text/html,<script>alert(1)</script>)",
    "[go](file:///etc/passwd)",
    "[go][1]\n\n[1]: javascript:alert(1)",
    "[![go](x.png)](javascript:alert(1))",
    "<javascript:go>",
    "go@example.org",
  ])("leaves a link that leads anywhere else as its words: %s", (text) => {
    expect(links(text)).toEqual([]);
    expect(parsed(text).body.textContent).toContain("go");
  });

  test("keeps what a link leads to inside its attribute", () => {
    expect(links('[go](#"onclick=alert(1))')).toEqual([['#"onclick=alert(1)', "go"]]);
    expect(tags('[go](https://example.org/"><img/src=x>)')).toEqual(["p", "a"]);
  });

  test("makes no element but its own of any text", () => {
    const pieces = [
      "<",
      ">",
      '"',
      "'",
      "&",
      "script",
      "img src=x",
      " onerror=",
      "[",
      "](",
      ")",
      "javascript:",
      "`",
      "\n",
      "#",
      "*",
      "a",
      "|",
      "-",
      "!",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
        for (const element of parsed(parts.join("")).body.querySelectorAll("*")) {
          expect(["script", "img", "style", "iframe", "svg"]).not.toContain(element.localName);
          for (const { name, value } of element.attributes) {
            expect(name).not.toMatch(/^on/);
            if (name === "href") expect(value).not.toMatch(/^\s*javascript:/i);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { version } from "../version.js";
import { GENERATOR, links, type Page, pageHtml } from "./layout.js";

const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>';

const page = (rest: Partial<Page> = {}): Page => ({
  title: "A page",
  navigation: "<nav>where</nav>",
  body: "<h1>What</h1>",
  footer: "<p>on</p>",
  interactive: false,
  ...rest,
});
const parsed = (rest?: Partial<Page>) => parseHTML(pageHtml(page(rest))).document;

describe("pageHtml(page)", () => {
  test("is a whole page: where one is above, what it says within, where one goes below", () => {
    const html = pageHtml(page());
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n/);
    expect(html).toMatch(/<\/html>\n$/);
    const { document } = parseHTML(html);
    expect(document.title).toBe("A page");
    expect(document.querySelector("meta[charset]")!.getAttribute("charset")).toBe("utf-8");
    expect(document.querySelector("header")!.innerHTML).toBe("<nav>where</nav>");
    expect(document.querySelector("main")!.innerHTML.trim()).toBe("<h1>What</h1>");
    expect(document.querySelector("footer")!.textContent).toBe(`onevenkeel ${version}. Times are UTC.`);
  });

  test("carries the mark by which a report's folder is known for ours", () => {
    expect(pageHtml(page())).toContain(GENERATOR);
    expect(parsed().querySelector('meta[name="generator"]')!.getAttribute("content")).toBe("evenkeel");
  });

  test("needs nothing but what lies beside it", () => {
    for (const interactive of [false, true]) {
      const document = parsed({ interactive });
      const addresses = [...document.querySelectorAll("[src], [href]")].map(
        (each) => each.getAttribute("src") ?? each.getAttribute("href"),
      );
      for (const address of addresses) expect(address).toMatch(/^([\w-]+(\.[\w-]+)+|data:,)$/);
    }
  });

  test("loads Vega, and then what draws with it, only where there is something to draw", () => {
    const scripts = (interactive: boolean) =>
      [...parsed({ interactive }).querySelectorAll("script")].map((script) => script.getAttribute("src"));
    expect(scripts(false)).toEqual([]);
    expect(scripts(true)).toEqual(["vega.min.js", "vega-lite.min.js", "explore.js"]);
  });

  test("takes its title for text", () => {
    const document = parsed({ title: `</title>${HOSTILE} & more` });
    expect(document.title).toBe(`</title>${HOSTILE} & more`);
    expect(document.querySelectorAll("script, img")).toHaveLength(0);
  });
});

describe("links(label, items, here)", () => {
  const items = [
    { href: "a.html", text: "One" },
    { href: "b.html", text: "Two" },
  ];
  const parsedLinks = (...[label, some, here]: Parameters<typeof links>) =>
    parseHTML(`<html><body>${links(label, some, here)}</body></html>`).document.body;

  test("are links side by side, under a label that is read out", () => {
    const body = parsedLinks("Pages", items);
    expect(body.querySelector("nav")!.getAttribute("aria-label")).toBe("Pages");
    expect([...body.querySelectorAll("a")].map((a) => [a.getAttribute("href"), a.textContent])).toEqual([
      ["a.html", "One"],
      ["b.html", "Two"],
    ]);
    expect(body.querySelectorAll("[aria-current]")).toHaveLength(0);
  });

  test("mark the page itself, which is no link", () => {
    const body = parsedLinks("Pages", items, "b.html");
    expect([...body.querySelectorAll("a")].map((a) => a.textContent)).toEqual(["One"]);
    expect([...body.querySelectorAll('[aria-current="page"]')].map((each) => each.textContent)).toEqual(["Two"]);
  });

  test("take label, address and words for text", () => {
    const body = parsedLinks(HOSTILE, [{ href: HOSTILE, text: HOSTILE }]);
    expect([...body.querySelectorAll("*")].map((each) => each.localName)).toEqual(["nav", "a"]);
    const a = body.querySelector("a")!;
    expect([a.getAttribute("href"), a.textContent]).toEqual([HOSTILE, HOSTILE]);
    expect([...a.attributes].map(({ name }) => name)).toEqual(["href"]);
  });
});

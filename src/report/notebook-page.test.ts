import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../analysis/analyse.js";
import {
  actionSheet,
  causeSheet,
  episodeSheet,
  ownerSheet,
  planSheet,
  type Sheet,
  supplySheet,
  waitSheet,
} from "../analysis/tables.js";
import { fiveQuestions, headline } from "../analysis/text.js";
import { explore } from "../figures/explore.js";
import { whatWaited } from "../figures/what-waited.js";
import { whereGpuHoursWent } from "../figures/where-gpu-hours-went.js";
import { whoWaits } from "../figures/who-waits.js";
import type { CodeCell, Json, Notebook, Output, TextCell } from "../notebook/notebook.js";
import { toLines } from "../notebook/notebook.js";
import { tableHtml } from "../notebook/table.js";
import { budgetSentence } from "../plan/budget.js";
import { makePlan, type Plan } from "../plan/plan.js";
import { analysisOf } from "../testing/analysis.js";
import { notebookHtml, notebookTitle } from "./notebook-page.js";

const text = (source: string, cell_type: "markdown" | "raw" = "markdown"): TextCell => ({
  cell_type,
  id: "text",
  metadata: {},
  source: toLines(source),
});

const code = (outputs: Output[], source = "await run();", id = "c1"): CodeCell => ({
  cell_type: "code",
  id,
  metadata: {},
  source: toLines(source),
  execution_count: 1,
  outputs,
});

const shown = (data: Record<string, Json>): Output => ({ output_type: "display_data", data, metadata: {} });

const notebook = (...cells: Notebook["cells"]): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });

const parsed = (html: string) => parseHTML(`<html><body>${html}</body></html>`).document.body;
const page = (...cells: Notebook["cells"]) => parsed(notebookHtml(notebook(...cells)));
/** What follows the code in the page of a cell. */
const outputs = (...each: Output[]) => [...page(code(each)).querySelectorAll("section > :not(details)")];

const HOSTILE = '</script></pre><script>alert(1)</script><img src="x" onerror="alert(1)">"><svg/onload=alert(1)>';

describe("notebookHtml(notebook)", () => {
  test("has text and cells in their order, and each cell's code folded away before its outputs", () => {
    const body = page(
      text("# A question\n"),
      code([{ output_type: "stream", name: "stdout", text: ["one\n", "two"] }], "const a = 1;\nprint(a);", "first"),
      text("and so on"),
      code([], "b", "second"),
    );
    expect([...body.children].map((each) => each.outerHTML)).toEqual([
      "<h1>A question</h1>",
      '<section class="cell" id="cell-first">\n<details class="code"><summary>Code</summary><pre><code>const a = 1;\nprint(a);</code></pre></details>\n<pre class="stdout">one\ntwo</pre>\n</section>',
      "<p>and so on</p>",
      '<section class="cell" id="cell-second">\n<details class="code"><summary>Code</summary><pre><code>b</code></pre></details>\n</section>',
    ]);
    expect(body.querySelector("details")!.hasAttribute("open")).toBe(false);
  });

  test("shows what was printed, what failed and what came out, each as text", () => {
    const all = outputs(
      { output_type: "stream", name: "stderr", text: ["a warning"] },
      { output_type: "error", ename: "Error", evalue: "no", traceback: ["Error: no", "  at cell 3"] },
      { output_type: "execute_result", execution_count: 1, data: { "text/plain": ["{ a: 1 }"] }, metadata: {} },
      shown({ "text/plain": "words" }),
    );
    expect(all.map((each) => each.outerHTML)).toEqual([
      '<pre class="stderr">a warning</pre>',
      '<pre class="stderr">Error: no\n  at cell 3</pre>',
      "<pre>{ a: 1 }</pre>",
      "<pre>words</pre>",
    ]);
  });

  test("shows of an output the form that says most: a chart, HTML, Markdown, text", () => {
    const [vega, html, markdown, plain] = [
      { "application/vnd.vegalite.v5+json": { mark: "line" } },
      { "text/html": ["<table>", "<tr></tr></table>"] },
      { "text/markdown": ["**bold**"] },
      { "text/plain": ["words"] },
    ];
    const classOf = (...forms: Record<string, Json>[]) => {
      const [first] = outputs(shown(Object.assign({}, ...forms)));
      return `${first!.localName}.${first!.className}`;
    };
    expect(classOf(plain, markdown, html, vega)).toBe("div.explore");
    expect(classOf(plain, markdown, html)).toBe("div.wide");
    expect(classOf(plain, markdown)).toBe("p.");
    expect(classOf(plain)).toBe("pre.");
    const [picture] = outputs(shown({ "image/png": "iVBOR\n", "text/plain": "A title\nWhat it shows.\nSo what." }));
    expect(picture!.tagName).toBe("FIGURE");
    expect(picture!.querySelector("img")!.getAttribute("src")).toBe("data:image/png;base64,iVBOR");
    expect(picture!.querySelector("img")!.getAttribute("alt")).toBe("A title. What it shows.");
    expect(picture!.querySelector("figcaption .takeaway")!.textContent).toBe("So what.");
    expect(outputs(shown({}))[0]!.textContent).toBe("");
  });

  test("keeps a chart's data for a script to read, and its words for where no script runs", () => {
    const spec = { title: `a${HOSTILE}b`, data: { values: [{ name: "<!--", "</script>": 1 }] } };
    const [chart] = outputs(
      shown({ "application/vnd.vegalite.v5+json": spec, "text/plain": [`one ${HOSTILE}\n`, "two"] }),
    );
    expect(chart!.getAttribute("role")).toBe("img");
    expect(chart!.getAttribute("aria-label")).toBe(`one ${HOSTILE}\ntwo`);
    expect(chart!.querySelector("p")!.textContent).toBe(`one ${HOSTILE}\ntwo`);
    const script = chart!.querySelector("script")!;
    expect(script.getAttribute("type")).toBe("application/json");
    expect(script.textContent).not.toContain("<");
    expect(JSON.parse(script.textContent!)).toEqual(spec);
    expect([...chart!.querySelectorAll("*")].map((each) => each.localName)).toEqual(["p", "script"]);
  });
});

describe("nothing that a cluster's owner named things becomes markup", () => {
  const inert = (body: ReturnType<typeof parsed>) => {
    for (const { localName, attributes } of body.querySelectorAll("*")) {
      expect(["script", "img", "iframe", "object", "style", "link"]).not.toContain(localName);
      for (const { name, value } of attributes) {
        expect(name).not.toMatch(/^on/i);
        expect(value).not.toMatch(/^\s*javascript:/i);
      }
    }
  };

  test.each<[string, Notebook["cells"]]>([
    ["in Markdown", [text(HOSTILE)]],
    ["in a raw cell", [text(HOSTILE, "raw")]],
    ["in code", [code([], HOSTILE)]],
    ["on stdout", [code([{ output_type: "stream", name: "stdout", text: [HOSTILE] }])]],
    ["on stderr", [code([{ output_type: "stream", name: "stderr", text: [HOSTILE] }])]],
    ["in an error", [code([{ output_type: "error", ename: HOSTILE, evalue: HOSTILE, traceback: [HOSTILE] }])]],
    [
      "in a result",
      [code([{ output_type: "execute_result", execution_count: 1, data: { "text/plain": [HOSTILE] }, metadata: {} }])],
    ],
    ["in words shown", [code([shown({ "text/plain": [HOSTILE] })])]],
    ["in Markdown shown", [code([shown({ "text/markdown": [HOSTILE] })])]],
  ])("%s", (_, cells) => {
    const body = page(...cells);
    inert(body);
    expect(body.querySelectorAll("svg")).toHaveLength(0);
    expect(body.textContent).toContain(HOSTILE);
  });

  test("in the figures, tables and sentences of an analysis whose every label is hostile", () => {
    const names = [
      '<script>alert("a")</script>',
      '"><img src=x onerror=alert(1)>',
      "[b](javascript:alert(1))",
      "</svg><svg onload=alert(1)>",
    ];
    const analysis = hostileAnalysis(names);
    const plan = makePlan(analysis, 3600);
    const tables: Sheet[] = [
      ...[actionSheet, planSheet].map((sheet) => sheet(plan)),
      ...[causeSheet, episodeSheet, ownerSheet, waitSheet].map((sheet) => sheet(analysis)),
      supplySheet(analysis.diagnosis),
    ];
    const figures = [whereGpuHoursWent(analysis), whatWaited(analysis), whoWaits(analysis)];
    const { vegaLite, alt } = explore(analysis);
    const body = page(
      code([
        ...figures.map((figure) => shown({ "text/html": toLines(figure.html()) })),
        ...tables.map((table) => shown({ "text/html": toLines(tableHtml(table, { caption: names.join(" ") })) })),
        ...sentences(analysis, plan).map((line) => shown({ "text/markdown": toLines(line) })),
        shown({ "application/vnd.vegalite.v5+json": vegaLite as unknown as Json, "text/plain": alt }),
      ]),
    );
    expect([...body.querySelectorAll("script")].map((script) => script.getAttribute("type"))).toEqual([
      "application/json",
    ]);
    expect(body.querySelectorAll("svg")).toHaveLength(figures.length);
    expect(body.querySelectorAll("table")).toHaveLength(figures.length + tables.length);
    body.querySelector(".explore script")!.remove();
    inert(body);
    for (const a of body.querySelectorAll("a")) expect(a.getAttribute("href")).not.toMatch(/script/i);
    for (const name of names) expect(body.textContent).toContain(name);
  });
});

describe("notebookTitle(notebook)", () => {
  test("is the first heading of its text", () => {
    expect(
      notebookTitle(notebook(code([], "# not this"), text("words\n## Nor this\n# The question?\n"), text("# Later"))),
    ).toBe("The question?");
  });

  test("is empty without one", () => {
    expect(notebookTitle(notebook(text("no heading, #tag")))).toBe("");
    expect(notebookTitle(notebook())).toBe("");
  });
});

/** Work waits, GPUs idle and stall, under names that no cluster should have, and may. */
function hostileAnalysis(names: readonly string[]): Analysis {
  const made = analysisOf({
    nodegroups: names.map((name, i) => ({ name, gpus: 16, held: 16, idle: i === 0 ? 8 : 0, stalled: i === 1 ? 8 : 0 })),
    queues: names.map((name) => ({ name, nodegroups: [name], pendingGpus: (hour) => (hour < 12 ? 8 : 0) })),
  });
  const [owner] = names;
  const { contract } = made.observed;
  const observed = { ...made.observed, contract: { ...contract, owners: { team: owner! } } };
  return { ...made, observed, diagnosis: { ...made.diagnosis, observed }, source: names.join(" ") };
}

function sentences(analysis: Analysis, plan: Plan): string[] {
  return [headline(analysis), fiveQuestions(analysis, plan), budgetSentence(analysis, plan)];
}

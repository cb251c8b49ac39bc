import { describe, expect, it } from "vitest";
import { plotDocument } from "./plot.js";
import { type ElementLike, escapeText, fromElement, renameIds, round, serialize, svg, textsOf } from "./svg.js";

const COLORS = { ink: "#111111", background: "#eeeeee" };

function element(markup: string): ElementLike {
  const document = plotDocument() as { createElement(name: string): { innerHTML: string; firstElementChild: unknown } };
  const holder = document.createElement("div");
  holder.innerHTML = markup;
  return holder.firstElementChild as ElementLike;
}

describe("serialize()", () => {
  it("rounds every length, position and path to two decimals, and leaves colours and words alone", () => {
    const path = svg("path", { d: "M0.125,-0.001L1e-7,12.3456Z", fill: "#0072b2", "stroke-width": 1.999 });
    expect(serialize(path)).toBe('<path d="M0.13,0L0,12.35Z" fill="#0072b2" stroke-width="2"/>');
    expect(serialize(svg("text", { y: "0.3249em" }, "1.23456"))).toBe('<text y="0.32em">1.23456</text>');
    expect(serialize(svg("rect", { fill: "url(#figure-03-demand-1)" }))).toBe(
      '<rect fill="url(#figure-03-demand-1)"/>',
    );
  });

  it("spells level and upright lines of a path with one coordinate", () => {
    const d = (path: string) => serialize(svg("path", { d: path })).slice(9, -3);
    expect(d("M0,5L10,5L10,7.001L12,9M3,9L3,1Z")).toBe("M0,5H10V7L12,9M3,9V1Z");
    expect(d("M5,5L5,5")).toBe("M5,5H5");
    expect(d("M0,0C1,2,3,4,5,6L5,8")).toBe("M0,0C1,2,3,4,5,6L5,8");
  });

  it("escapes what a label may hold, and replaces what XML forbids", () => {
    expect(serialize(svg("text", {}, `<script>"&'\u0000\uD800`))).toBe(
      "<text>&lt;script&gt;&quot;&amp;&#39;\uFFFD\uFFFD</text>",
    );
    expect(escapeText("日本 🚀 é")).toBe("日本 🚀 é");
  });

  it("refuses a coordinate that is no number", () => {
    expect(() => serialize(svg("line", { x1: Number.NaN }))).toThrow("a coordinate of a drawing is NaN");
    expect(round(-0.001)).toBe("0");
  });
});

describe("fromElement()", () => {
  it("drops styles and classes, and turns variables into colours", () => {
    const node = fromElement(
      element(
        '<svg class="plot"><style>a{}</style><g aria-label="rule" stroke="currentColor"><line class="a" style="x:y" x1="1"/>' +
          '<rect fill="var(--plot-background)"/></g></svg>',
      ),
      COLORS,
      (name) => (name === "rule" ? { opacity: 0.5 } : {}),
    );
    expect(node).toEqual(
      svg(
        "svg",
        {},
        svg("g", { stroke: "#111111", opacity: 0.5 }, svg("line", { x1: "1" }), svg("rect", { fill: "#eeeeee" })),
      ),
    );
  });

  it("refuses elements that need something outside the picture", () => {
    for (const name of ["use", "image", "foreignObject", "script", "a"]) {
      expect(() =>
        fromElement({ ...element("<svg></svg>"), localName: name, attributes: [], childNodes: [] }, COLORS),
      ).toThrow(`<${name}> is not allowed in a figure`);
    }
  });
});

describe("renameIds()", () => {
  it("names ids after the figure in the order of drawing, with their references", () => {
    const drawing = (n: number) =>
      svg("g", {}, svg("clipPath", { id: `plot-clip-${n}` }), svg("g", { "clip-path": `url(#plot-clip-${n})` }));
    expect(renameIds(drawing(7), "figure-a")).toEqual(renameIds(drawing(8), "figure-a"));
    expect(serialize(renameIds(drawing(7), "figure-a"))).toContain('clip-path="url(#figure-a-1)"');
  });

  it("refuses a reference to what the drawing doesn't hold", () => {
    expect(() => renameIds(svg("g", { mask: "url(#elsewhere)" }), "figure-a")).toThrow("refers to #elsewhere");
  });
});

describe("textsOf()", () => {
  it("says each text once, its lines joined", () => {
    const node = svg("g", {}, svg("text", {}, " a "), svg("text", {}, svg("tspan", {}, "b"), svg("tspan", {}, "c")));
    expect(textsOf(node)).toEqual(["a", "b c"]);
  });
});

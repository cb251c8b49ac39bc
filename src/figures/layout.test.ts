import { describe, expect, it } from "vitest";
import { beside, colorKey, key, noData, stack } from "./layout.js";
import { illegible } from "./legibility.js";
import { type Drawn, svg, svgDocument, textsOf } from "./svg.js";

const box = (width: number, height: number): Drawn => ({ width, height, node: svg("rect", { width, height }) });
const document = ({ width, height, node }: Drawn) => svgDocument(width, height, {}, node);

describe("stack() and beside()", () => {
  it("add up their parts and the gaps between them", () => {
    expect(stack([box(10, 5), box(20, 5)], 2)).toMatchObject({ width: 20, height: 12 });
    expect(beside([box(10, 5), box(20, 8)], 2)).toMatchObject({ width: 32, height: 8 });
    expect(stack([], 2)).toMatchObject({ width: 0, height: 0 });
  });
});

describe("key()", () => {
  it("keeps the order given and wraps within the width", () => {
    const items = ["useful", "starting", "stalled", "a label that is much too long for it"];
    const drawn = key(
      items.map((label) => ({ label, color: "#0072b2" })),
      160,
    );
    expect(textsOf(drawn.node).slice(0, 3)).toEqual(items.slice(0, 3));
    expect(drawn.height).toBeGreaterThan(20);
    expect(illegible(document(drawn))).toEqual([]);
  });

  it("of nothing takes no room", () => {
    expect(key([], 100).height).toBe(0);
  });
});

describe("colorKey()", () => {
  it("names its anchors in order", () => {
    const drawn = colorKey(
      () => "#0072b2",
      [
        { at: 2, text: "short" },
        { at: 1, text: "balanced" },
        { at: 0, text: "slack" },
      ],
    );
    expect(textsOf(drawn.node)).toEqual(["short", "balanced", "slack"]);
    expect(illegible(document(drawn))).toEqual([]);
  });
});

describe("noData()", () => {
  it("says why, and still what the axes would show", () => {
    const drawn = noData({ width: 400, height: 200, axes: { x: "Time, UTC", y: "GPUs" } }, "No workload waited");
    expect(textsOf(drawn.node).sort()).toEqual(["GPUs", "No workload waited", "Time, UTC"]);
  });
});

describe("illegible()", () => {
  const text = (x: number, content: string) => svg("text", { x, y: 20, "font-size": 12 }, content);

  it("finds texts that overlap and texts that leave the picture", () => {
    const drawn = svgDocument(100, 40, {}, text(5, "capacity"), text(20, "demand"), text(90, "short"));
    expect(illegible(drawn)).toEqual(['"capacity" overlaps "demand"', '"short" leaves the picture']);
  });

  it("follows translations, anchors and lines of a text", () => {
    const lines = svg(
      "text",
      { transform: "translate(50,10)", "text-anchor": "middle", "font-size": 12 },
      svg("tspan", { x: 0, y: "0.71em" }, "one"),
      svg("tspan", { x: 0, dy: "1em" }, "two"),
    );
    expect(illegible(svgDocument(100, 40, {}, lines))).toEqual([]);
    expect(illegible(svgDocument(100, 20, {}, lines))).toEqual(['"two" leaves the picture']);
  });
});

import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { fontFiles } from "./fonts.js";
import { shorten, shortenName, textWidth, widest, wrap } from "./text.js";

/** Width of the ink as resvg sets it, kerning included. */
function inkWidth(text: string, size: number, weight: number): number {
  const { Resvg } = createRequire(import.meta.url)("@resvg/resvg-js") as {
    Resvg: new (svg: string, options: object) => { getBBox(): { width: number } };
  };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="50"><text x="10" y="30" font-family="Inter" font-size="${size}" font-weight="${weight}">${text}</text></svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: false, fontFiles: fontFiles() } }).getBBox().width;
}

describe("textWidth()", () => {
  it("agrees with what the rasteriser draws, within two percent", () => {
    for (const weight of [400, 500, 600] as const) {
      for (const text of ["h100-sxm waited 1,235 GPU-hours", "Healthy capacity − 62% of it", "Wed 28 May 14:00 UTC"]) {
        const drawn = inkWidth(text, 20, weight);
        expect(Math.abs(textWidth(text, 20, weight) - drawn) / drawn, `${text} at ${weight}`).toBeLessThan(0.02);
      }
    }
  });

  it("grows with size and weight, and is zero for nothing", () => {
    expect(textWidth("GPU", 24)).toBeCloseTo(2 * textWidth("GPU", 12), 9);
    expect(textWidth("GPU", 12, 600)).toBeGreaterThan(textWidth("GPU", 12, 400));
    expect(textWidth("", 12)).toBe(0);
    expect(widest([], 12)).toBe(0);
    expect(widest(["i", "GPU"], 12)).toBe(textWidth("GPU", 12));
  });
});

describe("wrap()", () => {
  it("breaks at spaces and fills lines no wider than the room", () => {
    const text = "Demand exceeded healthy capacity for 41 hours and left 1,235 GPU-hours waiting.";
    const lines = wrap(text, 200, 15);
    expect(lines.join(" ")).toBe(text);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(textWidth(line, 15)).toBeLessThanOrEqual(200);
  });

  it("breaks a word that is wider than a line inside", () => {
    const word = "h200-long-context-inference-".repeat(4);
    const lines = wrap(`a ${word}`, 150, 15);
    expect(lines.join("").replace("a", "")).toBe(word);
    for (const line of lines) expect(textWidth(line, 15)).toBeLessThanOrEqual(150);
  });
});

describe("shorten()", () => {
  it("cuts with an ellipsis only what doesn't fit", () => {
    expect(shorten("l40s", 100, 12)).toBe("l40s");
    const cut = shorten("h200-long-context-inference", 100, 12);
    expect(cut).toMatch(/^h200-long.*…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(100);
    expect(shorten("h200", 1, 12)).toBe("");
  });
});

describe("shortenName()", () => {
  const names = ["reserved-capacity-block-us-east-1a", "reserved-capacity-block-us-east-1b"];

  it("keeps both ends of what doesn't fit, so that names that begin alike can be told apart", () => {
    const cut = names.map((name) => shortenName(name, 150, 12, 500));
    expect(cut[0]).toMatch(/^reserved-.*….*-1a$/);
    expect(new Set(cut).size).toBe(2);
    for (const name of cut) expect(textWidth(name, 12, 500)).toBeLessThanOrEqual(150);
  });

  it("leaves alone what fits, and says nothing where not even a letter does", () => {
    expect(shortenName("l40s", 100, 12)).toBe("l40s");
    expect(shortenName("h200", 1, 12)).toBe("");
  });
});

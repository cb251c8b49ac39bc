import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { sampleFigure } from "./__fixtures__/sample-figure.js";
import { plot, plotLibrary } from "./plot.js";
import { png } from "./png.js";

const UPNG = createRequire(import.meta.url)("upng-js") as {
  decode(bytes: ArrayBuffer): { width: number; height: number; ctype: number };
  toRGBA8(image: object): ArrayBuffer[];
};

const figure = sampleFigure({
  draw: (drawing) => plot(drawing, { marks: [plotLibrary().lineY([3, 1, 4, 1, 5, 9, 2, 6], { stroke: "#d55e00" })] }),
});
const bytes = png(figure.svg);
const image = UPNG.decode(bytes.slice().buffer);

it("png() gives the same bytes twice", () => {
  expect(Buffer.from(png(figure.svg)).equals(Buffer.from(bytes))).toBe(true);
});

it("png() is palette-based, 1.5 pixels a CSS pixel, and about 50 KB for a whole picture", () => {
  expect(image.ctype).toBe(3);
  expect([image.width, image.height]).toEqual([figure.width * 1.5, Math.round(figure.height * 1.5)]);
  expect(bytes.length).toBeGreaterThan(20_000);
  expect(bytes.length).toBeLessThan(70_000);
});

it("png() keeps the colours of the figure exactly", () => {
  const pixels = new Uint32Array(UPNG.toRGBA8(image)[0]!);
  const drawn = new Set(pixels);
  expect(pixels[0]).toBe(0xffffffff);
  expect(drawn.has(0xff28231f), "ink, #1f2328").toBe(true);
  expect(drawn.has(0xff005ed5), "vermillion, #d55e00").toBe(true);
});

it("png() sets text in the shipped font: without it the picture would have none", () => {
  const text = (family: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text y="15" font-family="${family}">GPU</text></svg>`;
  const blank = png('<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"/>');
  expect(Buffer.from(png(text("Inter, sans-serif"))).equals(Buffer.from(blank))).toBe(false);
});

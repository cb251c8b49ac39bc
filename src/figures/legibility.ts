import type { Weight } from "./fonts.js";
import { plotDocument } from "./plot.js";
import { type ElementLike, fromElement, type SvgNode } from "./svg.js";
import { textWidth } from "./text.js";

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Overlap that the eye forgives, in CSS pixels; kerning, which isn't measured, makes texts a little narrower. */
const SLACK = 1;

/**
 * Texts of an SVG that overlap each other or leave the picture, each said in words; empty when all can be read. For
 * tests of figures: `expect(illegible(figure.svg)).toEqual([])`, with data of several seeds. Rotated texts are not
 * looked at.
 */
export function illegible(svg: string): string[] {
  const document = plotDocument() as { createElement(name: string): { innerHTML: string; firstElementChild: unknown } };
  const holder = document.createElement("div");
  holder.innerHTML = svg;
  const root = fromElement(holder.firstElementChild as ElementLike, { ink: "black", background: "white" });
  const boxes = boxesOf(root, { x: 0, y: 0, size: 16, weight: 400, anchor: "start" });
  const width = Number(root.attributes["width"]);
  const height = Number(root.attributes["height"]);
  const problems: string[] = [];
  boxes.forEach((box, i) => {
    if (box.left < -SLACK || box.right > width + SLACK || box.top < -SLACK || box.bottom > height + SLACK) {
      problems.push(`"${box.text}" leaves the picture`);
    }
    for (const other of boxes.slice(i + 1)) {
      const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
      const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (wide > SLACK && high > SLACK) problems.push(`"${box.text}" overlaps "${other.text}"`);
    }
  });
  return problems;
}

interface Inherited {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly weight: Weight;
  readonly anchor: string;
}

function boxesOf(node: SvgNode, outer: Inherited): Box[] {
  const { attributes } = node;
  const transform = String(attributes["transform"] ?? "");
  if (/rotate|matrix|scale/.test(transform) || node.name === "defs") return [];
  const [dx = 0, dy = 0] = Array.from(transform.matchAll(/-?[\d.]+/g), Number);
  const inner: Inherited = {
    x: outer.x + dx,
    y: outer.y + dy,
    size: Number.parseFloat(String(attributes["font-size"] ?? outer.size)),
    weight: Number(attributes["font-weight"] ?? outer.weight) as Weight,
    anchor: String(attributes["text-anchor"] ?? outer.anchor),
  };
  const elements = node.children.filter((child): child is SvgNode => typeof child !== "string");
  if (node.name !== "text") return elements.flatMap((child) => boxesOf(child, inner));
  const length = (value: string | number | undefined) => {
    const given = String(value ?? 0);
    return Number.parseFloat(given) * (given.endsWith("em") ? inner.size : 1);
  };
  const [x, y] = [length(attributes["x"]), length(attributes["y"])];
  const lines = elements.length === 0 ? [{ ...node, attributes: {} as SvgNode["attributes"] }] : elements;
  let baseline = inner.y + y + length(attributes["dy"]);
  return lines.flatMap((line) => {
    if (line.attributes["y"] !== undefined) baseline = inner.y + length(line.attributes["y"]);
    baseline += length(line.attributes["dy"]);
    const text = line.children.filter((child) => typeof child === "string").join("");
    if (text.trim() === "") return [];
    const width = textWidth(text, inner.size, inner.weight);
    const at =
      inner.x + (line.attributes["x"] === undefined ? x : length(line.attributes["x"])) + length(attributes["dx"]);
    const left = inner.anchor === "end" ? at - width : inner.anchor === "middle" ? at - width / 2 : at;
    return [
      { text, left, right: left + width, top: baseline - 0.74 * inner.size, bottom: baseline + 0.2 * inner.size },
    ];
  });
}

import type { Markish } from "../plot.js";
import type { SvgNode } from "../svg.js";

/** A scale as Plot gives it to a mark: from a value to CSS pixels. */
export interface PixelScale {
  (value: unknown): number;
  bandwidth?(): number;
}

export interface Space {
  readonly x: PixelScale;
  readonly y: PixelScale;
  /** Edges of the frame, in CSS pixels of the plot. */
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface ElementFactory {
  createElementNS(namespace: string, name: string): DomElement;
}
interface DomElement {
  setAttribute(name: string, value: string): void;
  append(...children: (DomElement | string)[]): void;
}

/**
 * A mark that draws nodes of its own in the space of a plot's scales. It adds nothing to their domains: other marks of
 * the plot, or explicit domains, must.
 */
export function nodeMark(draw: (space: Space) => SvgNode): Markish {
  const render = (
    _index: unknown,
    scales: { readonly x?: PixelScale; readonly y?: PixelScale },
    _values: unknown,
    dimensions: Readonly<
      Record<"width" | "height" | "marginLeft" | "marginRight" | "marginTop" | "marginBottom", number>
    >,
    context: { readonly document: ElementFactory },
  ) => {
    const none = (axis: string) => () => {
      throw new Error(`this plot has no ${axis} scale: give it a domain`);
    };
    const space: Space = {
      x: scales.x ?? none("x"),
      y: scales.y ?? none("y"),
      left: dimensions.marginLeft,
      right: dimensions.width - dimensions.marginRight,
      top: dimensions.marginTop,
      bottom: dimensions.height - dimensions.marginBottom,
    };
    return toElement(draw(space), context.document);
  };
  return render as unknown as Markish;
}

function toElement(node: SvgNode, document: ElementFactory): DomElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", node.name);
  for (const [name, value] of Object.entries(node.attributes)) element.setAttribute(name, String(value));
  element.append(...node.children.map((child) => (typeof child === "string" ? child : toElement(child, document))));
  return element;
}

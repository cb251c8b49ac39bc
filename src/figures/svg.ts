/**
 * A drawing as plain data, and its one spelling as text. What Plot draws is turned into these nodes at once, so that
 * everything after (composition, checks, serialisation) is a function of data, and the bytes depend on no DOM.
 */
export interface SvgNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (SvgNode | string)[];
}

/** A piece of a figure: nodes to be put at the origin of a box of this size, in CSS pixels. */
export interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly node: SvgNode;
}

export const FONT_FAMILY = "Inter, system-ui, sans-serif";

/** `svg("rect", { width: 2 })` is a node; attributes that are undefined are left out. */
export function svg(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: readonly (SvgNode | string)[]
): SvgNode {
  const kept: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return { name, attributes: kept, children };
}

/** The nodes moved right and down. */
export function translate(x: number, y: number, ...children: readonly (SvgNode | string)[]): SvgNode {
  return svg("g", { transform: `translate(${x},${y})` }, ...children);
}

/** A stand-alone SVG document: size and view box are explicit, and nothing outside it is needed to show it. */
export function svgDocument(
  width: number,
  height: number,
  attributes: Readonly<Record<string, string | undefined>>,
  ...children: readonly SvgNode[]
): string {
  const root = svg(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, ...attributes },
    ...children,
  );
  return serialize(root);
}

const CONTAINERS = new Set(["svg", "g", "defs", "clipPath", "pattern"]);

/** XML with one element a line; numbers have at most two decimals. */
export function serialize(node: SvgNode): string {
  const attributes = Object.entries(node.attributes)
    .map(([key, value]) => ` ${key}="${escapeText(spell(key, value))}"`)
    .join("");
  const children = node.children.filter((child) => typeof child !== "string" || child !== "");
  if (children.length === 0) return `<${node.name}${attributes}/>`;
  const inside = children.map((child) => (typeof child === "string" ? escapeText(child) : serialize(child)));
  const gap = CONTAINERS.has(node.name) ? "\n" : "";
  return `<${node.name}${attributes}>${gap}${inside.join(gap)}${gap}</${node.name}>`;
}

/** Attributes whose digits aren't lengths or positions; nor are those of a colour or a reference, which hold a #. */
const LITERAL = /^(id|xmlns|role|aria-.*|font-family)$/;

function spell(key: string, value: string | number): string {
  if (typeof value === "number") return round(value);
  if (LITERAL.test(key) || value.includes("#")) return value;
  const rounded = value.replace(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi, (digits) => round(+digits));
  return key === "d" ? shortenPath(rounded) : rounded;
}

/** A path of moves and straight lines, with its level and upright lines as H and V: half the bytes of a step curve. */
function shortenPath(path: string): string {
  if (!/^([ML]-?[\d.]+,-?[\d.]+|Z)*$/.test(path)) return path;
  let [x, y] = ["", ""];
  return path.replace(/([MLZ])([^MLZ]*)/g, (whole, command: string, point: string) => {
    const [beforeX, beforeY] = [x, y];
    [x = "", y = ""] = point.split(",");
    if (command !== "L") return whole;
    if (y === beforeY) return `H${x}`;
    return x === beforeX ? `V${y}` : whole;
  });
}

/** At most two decimals, no negative zero, no exponent. */
export function round(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`a coordinate of a drawing is ${value}: leave missing values out`);
  return String(Math.round(value * 100) / 100 || 0);
}

/** Text for XML and HTML alike; characters that XML forbids become U+FFFD. */
export function escapeText(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}

/** What each text element says, in the order of drawing. Lines of one element are joined by a space. */
export function textsOf(node: SvgNode): string[] {
  if (node.name !== "text") return node.children.flatMap((child) => (typeof child === "string" ? [] : textsOf(child)));
  return [contentOf(node)];
}

function contentOf(node: SvgNode): string {
  const parts = node.children.map((child) => (typeof child === "string" ? child : contentOf(child)));
  return parts.join(node.children.some((child) => typeof child !== "string") ? " " : "").trim();
}

/**
 * The same drawing with its ids, and the references to them, named after the figure: `<prefix>-1`, `<prefix>-2`, in
 * the order of drawing. Plot numbers its clip paths through the life of the process; a figure must not show that.
 * What several parts of a drawing define alike is defined once.
 */
export function renameIds(node: SvgNode, prefix: string): SvgNode {
  const names = new Map<string, string>();
  const collect = (each: SvgNode) => {
    const id = each.attributes["id"];
    if (id !== undefined && !names.has(String(id))) names.set(String(id), `${prefix}-${names.size + 1}`);
    for (const child of each.children) if (typeof child !== "string") collect(child);
  };
  const defined = new Map<string, string>();
  /** Whether something that was defined before is defined again: parts of a drawing may each bring it. */
  const again = (each: SvgNode): boolean => {
    const id = each.attributes["id"];
    if (id === undefined) return false;
    const [text, known] = [canonical(each), defined.get(String(id))];
    if (known !== undefined && known !== text) throw new Error(`a drawing defines #${id} twice, and not alike`);
    defined.set(String(id), text);
    return known !== undefined;
  };
  const rename = (each: SvgNode): SvgNode => {
    const attributes: Record<string, string | number> = {};
    for (const [key, value] of Object.entries(each.attributes)) {
      if (key === "id") attributes[key] = names.get(String(value))!;
      else if (typeof value === "string" && value.includes("url(#")) {
        attributes[key] = value.replace(/url\(#([^)]*)\)/g, (_, id: string) => `url(#${names.get(id) ?? missing(id)})`);
      } else attributes[key] = value;
    }
    const children = each.children
      .filter((child) => typeof child === "string" || !again(child))
      .map((child) => (typeof child === "string" ? child : rename(child)))
      .filter((child) => typeof child === "string" || child.name !== "defs" || child.children.length > 0);
    return { ...each, attributes, children };
  };
  collect(node);
  return rename(node);
}

/** What tells two nodes apart, whatever the order of their attributes. */
function canonical({ name, attributes, children }: SvgNode): string {
  const sorted = Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  return JSON.stringify([name, sorted, children.map((c) => (typeof c === "string" ? c.trim() : canonical(c)))]);
}

function missing(id: string): never {
  throw new Error(`a drawing refers to #${id}, which it does not hold`);
}

interface NodeLike {
  readonly nodeType: number;
  readonly textContent: string | null;
}

/** As much of a DOM element as is read here; linkedom's and a browser's both fit. */
export interface ElementLike extends NodeLike {
  readonly localName: string;
  readonly attributes: ArrayLike<{ readonly name: string; readonly value: string }>;
  readonly childNodes: ArrayLike<NodeLike>;
}

/** Elements that need something outside the picture, or that Git hosts and rasterisers drop or show differently. */
const FORBIDDEN = new Set(["use", "image", "foreignObject", "script", "a", "animate", "set"]);
const DROPPED_ELEMENTS = new Set(["style", "title", "desc"]);
const DROPPED_ATTRIBUTES = /^(class|style|font-variant|aria-.*|data-.*)$/;

/**
 * A DOM element as nodes. Colours that name a variable become colours, classes and styles go; `restyle` may add
 * attributes to an element by its aria-label, which is how Plot names the parts of a chart.
 */
export function fromElement(
  element: ElementLike,
  colors: { readonly ink: string; readonly background: string },
  restyle: (ariaLabel: string) => Readonly<Record<string, string | number>> = () => ({}),
): SvgNode {
  if (FORBIDDEN.has(element.localName)) {
    throw new Error(`<${element.localName}> is not allowed in a figure: it would not be self-contained`);
  }
  const attributes: Record<string, string | number> = {};
  const given = Array.from(element.attributes).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, value } of given) {
    if (DROPPED_ATTRIBUTES.test(name)) continue;
    if (value === "currentColor") attributes[name] = colors.ink;
    else attributes[name] = value === "var(--plot-background)" ? colors.background : value;
  }
  Object.assign(attributes, restyle(given.find(({ name }) => name === "aria-label")?.value ?? ""));
  const children: (SvgNode | string)[] = [];
  for (const child of Array.from(element.childNodes)) {
    if (child.nodeType === 3) children.push(child.textContent ?? "");
    else if (child.nodeType === 1 && !DROPPED_ELEMENTS.has((child as ElementLike).localName)) {
      children.push(fromElement(child as ElementLike, colors, restyle));
    }
  }
  return { name: element.localName, attributes, children };
}

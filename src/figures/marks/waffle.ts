import { crossed, type KeyItem, key, label, stack, xLabel, yLabel } from "../layout.js";
import { GREY, INK, MUTED } from "../palette.js";
import { FONT_SIZE, type Frame } from "../plot.js";
import { type Drawn, type SvgNode, svg } from "../svg.js";
import { shortenName, textWidth } from "../text.js";

/** What holds a GPU: a holder's name, null if it is free, undefined if it is out of service. */
export type GpuHolder = string | null | undefined;

export interface WaffleNode {
  readonly name: string;
  readonly gpus: readonly GpuHolder[];
}

export interface Waffle {
  /** From left to right; sorted by the caller, say by free GPUs. */
  readonly nodes: readonly WaffleNode[];
  readonly holders: readonly { readonly name: string; readonly label: string; readonly color: string }[];
  /** The shape that waits, drawn to the right: so many pods of so many GPUs, each pod on one node. */
  readonly gang?: { readonly label: string; readonly pods: number; readonly gpus: number };
}

const LARGEST = 25;
const SMALLEST = 6;
const NAMED = 11;
const TOP = 24;
const LEFT = 22;
const NAMES = 62;
const ENDS = 18;
const BELOW = 22;
const GANG_GAP = 30;
const GANG_PODS = 8;

/**
 * A column a node, a cell a GPU: filled by its holder's colour, hollow if free, crossed if out of service. Nodes that
 * don't fit side by side go on below. Each node is named where there is room, else the first and last of a line.
 */
export function waffle(frame: Frame, { nodes, holders, gang }: Waffle): Drawn {
  const { axes } = frame;
  const colors = new Map(holders.map((holder) => [holder.name, holder.color]));
  const cells = nodes.flatMap((node) => node.gpus);
  const items: KeyItem[] = holders.filter((holder) => cells.includes(holder.name));
  if (cells.includes(null)) items.push({ label: "Free", color: GREY, shape: "hollow" });
  if (cells.includes(undefined)) items.push({ label: "Out of service", color: GREY, shape: "cross" });
  const legend = key(items, frame.width);

  const tallest = Math.max(1, gang?.gpus ?? 0, ...nodes.map((node) => node.gpus.length));
  const room = { width: frame.width - LEFT, height: frame.height - legend.height - 8 - TOP - BELOW };
  const { cell, columns, named } = arrange(nodes.length, tallest, room, gang);
  const pitch = tallest * cell + (named ? NAMES : ENDS);
  const floorOf = (line: number) => TOP + line * pitch + tallest * cell;
  const xOf = (column: number) => LEFT + column * cell;

  const drawings = nodes.flatMap((node, i) => {
    const [x, floor] = [xOf(i % columns), floorOf(Math.floor(i / columns))];
    return node.gpus.map((holder, j) => gpu(holder, boxAt(x, floor, j, cell), colors, node.name));
  });
  const words: SvgNode[] = [];
  const lines = Math.max(1, Math.ceil(nodes.length / columns));
  for (let line = 0; line < lines; line += 1) {
    const floor = floorOf(line);
    const inLine = nodes.slice(line * columns, (line + 1) * columns);
    if (named) words.push(...inLine.map((node, i) => nodeName(node.name, xOf(i + 0.5), floor + 8)));
    else words.push(...endNames(inLine, xOf, floor + 10));
    const counts = Array.from({ length: tallest }, (_, i) => i + 1).filter(
      (n) => n === 1 || n === tallest || n % 4 === 0,
    );
    const style = { fill: MUTED, anchor: "end", size: Math.min(11, cell * 1.4) } as const;
    words.push(...counts.map((n) => label(String(n), LEFT - 6, floor - (n - 0.5) * cell, style)));
  }
  const right = xOf(Math.min(columns, nodes.length));
  const height = Math.ceil(TOP + lines * pitch + BELOW);
  if (axes?.y !== undefined) words.push(yLabel(axes.y));
  if (axes?.x !== undefined)
    words.push(xLabel(axes.x, Math.max(right, LEFT + textWidth(axes.x, FONT_SIZE, 500)), height));
  const shape = gang === undefined ? [] : waiting(gang, right + GANG_GAP, floorOf(0), cell);
  return stack([legend, { width: frame.width, height, node: svg("g", {}, ...drawings, ...words, ...shape) }], 8);
}

interface Arrangement {
  readonly cell: number;
  readonly columns: number;
  /** Whether each node has its name. */
  readonly named: boolean;
}

/** The number of lines of nodes that leaves the largest cells; names may cost a third of that. */
function arrange(
  nodes: number,
  tallest: number,
  room: { readonly width: number; readonly height: number },
  gang: Waffle["gang"],
): Arrangement {
  const shape = gang === undefined ? 0 : GANG_GAP + textWidth(gang.label, FONT_SIZE, 500);
  const pods = gang === undefined ? 0 : Math.min(GANG_PODS, gang.pods) + 1;
  const options: Arrangement[] = [];
  for (let lines = 1; lines <= Math.max(1, nodes); lines += 1) {
    const columns = Math.max(1, Math.ceil(nodes / lines));
    const across = Math.min((room.width - shape) / columns, (room.width - GANG_GAP) / (columns + pods));
    for (const named of [true, false]) {
      const down = (room.height / lines - (named ? NAMES : ENDS)) / tallest;
      options.push({ cell: Math.floor(4 * Math.min(LARGEST, down, across)) / 4, columns, named });
    }
  }
  const largest = (some: readonly Arrangement[]) => some.reduce((best, each) => (each.cell > best.cell ? each : best));
  const best = largest(options);
  if (best.cell < SMALLEST) {
    const space = `${Math.round(room.width)} x ${Math.round(room.height)}`;
    throw new Error(`${nodes} nodes of ${tallest} GPUs don't fit into ${space} pixels: draw fewer, or higher`);
  }
  const named = options.filter((each) => each.named && each.cell >= Math.max(NAMED, (best.cell * 2) / 3));
  return named.length > 0 ? largest(named) : best;
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

function gpu(holder: GpuHolder, box: Box, colors: ReadonlyMap<string, string>, node: string): SvgNode {
  if (typeof holder === "string") {
    const fill = colors.get(holder);
    if (fill === undefined) throw new Error(`node "${node}": no colour for holder "${holder}"`);
    return svg("rect", { ...box, fill });
  }
  const outline = { x: box.x + 0.5, y: box.y + 0.5, width: box.width - 1, height: box.height - 1 };
  return holder === null ? svg("rect", { ...outline, fill: "none", stroke: GREY }) : crossed(outline, GREY);
}

function boxAt(x: number, floor: number, fromFloor: number, cell: number): Box & { readonly rx: number } {
  const gap = cell >= NAMED ? 1 : 0.5;
  const side = cell - 2 * gap;
  return { x: x + gap, y: floor - (fromFloor + 1) * cell + gap, width: side, height: side, rx: gap * 1.5 };
}

function nodeName(name: string, x: number, y: number): SvgNode {
  const text = label(shortenName(name, NAMES - 10, 10), 0, 0, { size: 10, fill: MUTED, anchor: "end" });
  return svg("g", { transform: `translate(${x},${y})rotate(-90)` }, text);
}

/** The names of the first and the last node of a line, under its ends. */
function endNames(nodes: readonly WaffleNode[], xOf: (column: number) => number, y: number): SvgNode[] {
  const room = (xOf(nodes.length) - xOf(0)) / 2 - 8;
  const [first, last] = [nodes[0], nodes.at(-1)].map((node) => shortenName(node?.name ?? "", room, 11));
  const style = { size: 11, fill: MUTED } as const;
  return [
    label(first!, xOf(0), y, style),
    ...(nodes.length > 1 ? [label(last!, xOf(nodes.length), y, { ...style, anchor: "end" })] : []),
  ].filter((node) => node.children[0] !== "");
}

/** Pods as columns of dashed cells; of many pods the first few, and dots. */
function waiting(gang: NonNullable<Waffle["gang"]>, left: number, floor: number, cell: number): SvgNode[] {
  const pods = Math.min(GANG_PODS, gang.pods);
  const boxes = Array.from({ length: pods * gang.gpus }, (_, i) => {
    const box = boxAt(left + Math.floor(i / gang.gpus) * cell, floor, i % gang.gpus, cell);
    return svg("rect", { ...box, fill: "none", stroke: INK, "stroke-width": 1.25, "stroke-dasharray": "3,2" });
  });
  const dots = pods < gang.pods ? [label("…", left + pods * cell + 3, floor - cell / 2, { weight: 500 })] : [];
  return [...boxes, ...dots, label(gang.label, left, floor + 12, { weight: 500 })];
}

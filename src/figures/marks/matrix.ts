import { hatch, label, rowRoom, xLabel, yLabel } from "../layout.js";
import { GRID, INK, inkOn } from "../palette.js";
import { FONT_SIZE, type Frame } from "../plot.js";
import { type Drawn, svg } from "../svg.js";
import { shorten, shortenName, textWidth, widest } from "../text.js";

export interface MatrixCell {
  readonly text: string;
  readonly color: string;
}

export interface Matrix {
  /** From top to bottom. */
  readonly rows: readonly string[];
  /** From left to right. */
  readonly columns: readonly string[];
  /** What a cell shows; nothing is hatched, as missing. */
  readonly cell: (row: string, column: string) => MatrixCell | undefined;
}

const NAME_ROOM = 190;
/** Text size of column headings: names of metrics are long. */
const HEADING = 11;
const LEAST = 20;
const LEADING = 15;
const BELOW = 30;

/** Names against names, a coloured cell with a few letters for each pair. */
export function matrix(frame: Frame, { rows, columns, cell }: Matrix): Drawn {
  const { width, height, axes } = frame;
  const left = Math.min(NAME_ROOM, Math.ceil(widest(rows, FONT_SIZE, 500))) + 12;
  const column = (width - left) / Math.max(1, columns.length);
  const headings = columns.map((name) => broken(name, column - 4));
  const above = 30 + LEADING * Math.max(1, ...headings.map((lines) => lines.length));
  const row = Math.min(30, rowRoom(rows.length, height - above - BELOW, LEAST));
  const bottom = above + row * rows.length + BELOW;
  const names = rows.map((name, i) =>
    label(shortenName(name, NAME_ROOM, FONT_SIZE, 500), left - 12, above + row * (i + 0.5), {
      weight: 500,
      anchor: "end",
      fill: INK,
    }),
  );
  const heads = headings.flatMap((lines, j) =>
    lines.map((line, k) =>
      label(
        shorten(line, column - 2, HEADING),
        left + column * (j + 0.5),
        above - 10 - LEADING * (lines.length - 1 - k),
        { anchor: "middle", size: HEADING },
      ),
    ),
  );
  const cells = rows.flatMap((rowName, i) =>
    columns.flatMap((columnName, j) => {
      const found = cell(rowName, columnName);
      const box = { x: left + column * j + 0.5, y: above + row * i + 0.5, width: column - 1, height: row - 1 };
      if (found === undefined) return [svg("rect", { ...box, fill: "url(#hatch)", stroke: GRID, "stroke-width": 0.5 })];
      const text = shorten(found.text, column - 4, FONT_SIZE);
      return [
        svg("rect", { ...box, fill: found.color }),
        label(text, box.x + box.width / 2, box.y + box.height / 2, { anchor: "middle", fill: inkOn(found.color) }),
      ];
    }),
  );
  const labels = [
    ...(axes?.y === undefined ? [] : [yLabel(axes.y)]),
    ...(axes?.x === undefined ? [] : [xLabel(axes.x, width, bottom)]),
  ];
  return { width, height: bottom, node: svg("g", {}, hatch(), ...labels, ...names, ...heads, ...cells) };
}

/** A name in lines, broken only where its words meet. */
function broken(name: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of name.split(/(?<=[_-])/)) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last + word, HEADING) <= width) lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines;
}

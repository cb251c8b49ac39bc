import { fixed, number, timestamp, UNKNOWN } from "../units/format.js";
import { escapeText } from "./svg.js";

/** What an axis or a column shows: a quantity with its unit, or names (`unit: null`). */
export interface Axis {
  readonly label: string;
  readonly unit: string | null;
}

/** A value in a data table. Missing values are shown as "unknown", never as zero. */
export type Cell = string | number | boolean | Date | null | undefined;

export interface Column extends Axis {
  /** The key in each row. */
  readonly name: string;
  /** Decimals of its numbers; without it, each number has as many as its size asks for. */
  readonly digits?: number;
}

/** The numbers behind a figure, for those who can't see it or don't believe it. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** A label with its unit: "Waiting, GPU-hours"; the unit isn't repeated where the label is the unit. */
export function axisText({ label, unit }: Axis): string {
  return unit === null || unit.toLowerCase() === label.toLowerCase() ? label : `${label}, ${unit}`;
}

/** How a table shows a value. */
export function cellText(value: Cell, column: Pick<Column, "digits"> = {}): string {
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === "number") return column.digits === undefined ? number(value) : fixed(value, column.digits);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value instanceof Date ? timestamp(value) : value;
}

/** The table as HTML; each row is headed by its first column. Cells with numbers have the class `number`. */
export function tableHtml({ columns, rows }: Table): string {
  const kinds = columns.map(({ name }) => (rows.some((row) => typeof row[name] === "number") ? ' class="number"' : ""));
  const head = columns.map((column, i) => `<th scope="col"${kinds[i]}>${escapeText(axisText(column))}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map((column, i) => {
      const text = escapeText(cellText(row[column.name], column));
      return i === 0 ? `<th scope="row"${kinds[i]}>${text}</th>` : `<td${kinds[i]}>${text}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return ["<table>", `<thead><tr>${head.join("")}</tr></thead>`, "<tbody>", ...body, "</tbody>", "</table>"].join("\n");
}

/** What is wrong with a table, if anything. */
export function tableProblem({ columns, rows }: Table): string | undefined {
  if (columns.length === 0) return "table has no columns";
  const names = new Set<string>();
  for (const { name, label, unit } of columns) {
    if (names.has(name)) return `table has two columns "${name}"`;
    names.add(name);
    if (label.trim() === "") return `column "${name}" has no label`;
    if (unit?.trim() === "") return `column "${name}" has an empty unit: null says that it holds names`;
    const row = rows.findIndex((each) => !(name in each));
    if (row >= 0) return `row ${row} of the table has no "${name}", only ${Object.keys(rows[row]!).join(", ")}`;
  }
  return undefined;
}

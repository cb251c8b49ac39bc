/** Rows as plain objects, or columns and rows side by side. */
export type Table =
  | readonly object[]
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };

export interface TableOptions {
  caption: string;
  /** Rows to show before saying how many more there are; 100 unless said. */
  limit?: number;
}

interface Column {
  name: string;
  cells: string[];
  numeric: boolean;
}

const missing = "–";

/** A table as HTML. Alignment stands in each cell, because hosts of notebooks take style sheets out. */
export function tableHtml(table: Table, options: TableOptions): string {
  const { columns, caption } = layOut(table, options);
  const rows = Array.from({ length: columns[0]?.cells.length ?? 0 }, (_, row) =>
    columns.map(({ cells, numeric }) => `<td style="${style(numeric)}">${escapeHtml(cells[row]!)}</td>`).join(""),
  );
  const head = columns.map(
    ({ name, numeric }) => `<th scope="col" style="text-align: ${numeric ? "right" : "left"}">${escapeHtml(name)}</th>`,
  );
  return [
    "<table>",
    `<caption style="text-align: left">${escapeHtml(caption)}</caption>`,
    `<thead><tr>${head.join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map((row) => `<tr>${row}</tr>`),
    "</tbody>",
    "</table>",
  ].join("\n");
}

/** A table as text in columns. */
export function tableText(table: Table, options: TableOptions): string {
  const { columns, caption } = layOut(table, options);
  const padded = columns.map(({ name, cells, numeric }) => {
    const width = Math.max(...[name, ...cells].map((cell) => [...cell].length));
    const pad = (cell: string) => {
      const space = " ".repeat(width - [...cell].length);
      return numeric ? space + cell : cell + space;
    };
    return [name, "-".repeat(width), ...cells].map(pad);
  });
  const lines = (padded[0] ?? []).map((_, row) =>
    padded
      .map((column) => column[row]!)
      .join("  ")
      .trimEnd(),
  );
  return [caption, ...lines].join("\n");
}

function layOut(table: Table, { caption, limit = 100 }: TableOptions): { columns: Column[]; caption: string } {
  const { names, rows } = sideBySide(table);
  const shown = rows.slice(0, limit);
  const columns = names.map((name, index): Column => {
    const values = shown.map((row) => row[index]);
    const present = values.filter((value) => !isMissing(value));
    const amounts = present.filter((value) => !NEUTRAL.has(String(value)));
    const numeric = amounts.length > 0 && amounts.every(isAmount);
    const decimals = decimalsFor(present.filter((value): value is number => typeof value === "number"));
    return { name, numeric, cells: values.map((value) => formatValue(value, decimals)) };
  });
  const cut = rows.length > shown.length ? ` (the first ${shown.length} of ${group(String(rows.length))} rows)` : "";
  return { columns, caption: caption + cut };
}

function sideBySide(table: Table): { names: readonly string[]; rows: readonly (readonly unknown[])[] } {
  if ("columns" in table) return { names: table.columns, rows: table.rows };
  const names = [...new Set(table.flatMap((row) => Object.keys(row)))];
  return { names, rows: table.map((row) => names.map((name) => (row as Record<string, unknown>)[name])) };
}

/** Words that stand in a column of amounts where there is none. */
const NEUTRAL: ReadonlySet<string> = new Set(["", "unknown", "free", "none"]);

/** A number, or text that is one already: "1,234", "−$20,440", "<0.1%". */
function isAmount(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "bigint") return true;
  return typeof value === "string" && /^[<>]?[−-]?\$?\d[\d,]*(\.\d+)?( million)?%?$/.test(value);
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value);
}

/** As many as the largest number needs for about four digits; one count a column, so that the points line up. */
function decimalsFor(values: readonly number[]): number {
  if (values.every((value) => Number.isInteger(value) || !Number.isFinite(value))) return 0;
  const largest = Math.max(...values.filter(Number.isFinite).map(Math.abs));
  return largest >= 1000 ? 0 : largest >= 100 ? 1 : largest >= 1 ? 2 : largest >= 0.01 ? 3 : 6;
}

function formatValue(value: unknown, decimals: number): string {
  if (isMissing(value)) return missing;
  if (typeof value === "bigint") return group(String(value));
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
    const fixed = Math.abs(value) < 1e21 ? value.toFixed(decimals) : String(value);
    return group(Number(fixed) === 0 ? fixed.replace("-", "") : fixed);
  }
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner));
}

/** Thousands by commas, in numbers of five digits or more before the point. */
function group(digits: string): string {
  return /^-?\d{5,}(\.|$)/.test(digits) ? digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",") : digits;
}

function style(numeric: boolean): string {
  return numeric ? "text-align: right; white-space: nowrap" : "text-align: left";
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

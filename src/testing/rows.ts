import type { TableRows } from "../tables/block.js";

/** A row of telemetry as plain data; a missing number is NaN, a missing string null. */
export type PlainRow = Record<string, number | string | null> & { readonly timestamp: number };

/** Stands in every cell that nothing was written to. */
const UNWRITTEN = -12_345_678.9;

/** All rows of a table, in order. @throws Error if a block leaves a cell unwritten */
export function rowsOf({ table, openLabels, blocks }: TableRows): PlainRow[] {
  const numbers = Object.entries(table.columns)
    .filter(([name, { type }]) => type !== "string" && name !== "timestamp")
    .map(([name]) => name);
  const strings = [
    ...Object.entries(table.columns)
      .filter(([, { type }]) => type === "string")
      .map(([name]) => name),
    ...openLabels,
  ];
  const rows: PlainRow[] = [];
  for (const block of blocks()) {
    const { length } = block.timestamps;
    if (length === 0) continue;
    const columns = Object.fromEntries(numbers.map((name) => [name, new Float64Array(length).fill(UNWRITTEN)]));
    for (const [name, value] of Object.entries(block.constants ?? {})) columns[name]!.fill(value);
    block.fill?.(columns, 0);
    for (let i = 0; i < length; i++) {
      const row: Record<string, number | string | null> = { timestamp: block.timestamps[i]! };
      for (const name of strings) {
        const value = block.strings[name];
        if (value === undefined) throw new Error(`${table.name}.${name} was not written`);
        row[name] = value;
      }
      for (const name of numbers) {
        row[name] = columns[name]![i]!;
        if (row[name] === UNWRITTEN) throw new Error(`${table.name}.${name} was not written`);
      }
      rows.push(row as PlainRow);
    }
  }
  return rows;
}

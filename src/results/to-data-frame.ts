import { createRequire } from "node:module";
import type { DataFrame } from "danfojs-node";
import { EvenkeelError, shown } from "../errors.js";

/** Rows as plain objects, or whole columns by name, such as typed arrays; all columns of one length. */
export type FrameSource = readonly object[] | { readonly columns: Readonly<Record<string, ArrayLike<unknown>>> };

export interface ToDataFrameOptions {
  /** What to do with a row that has a missing value (null, undefined or NaN): leave it out, or throw; drop unless said. */
  missing?: "drop" | "error";
}

/**
 * A danfojs-node data frame, for who comes from pandas, and how many rows were left out of it.
 *
 * Rows with a missing value are left out, because with one among its rows danfojs 1.2.0 throws in `describe`, gives
 * NaN for whole groups in `groupby`, and sorts wrongly. Whole bigints become numbers.
 *
 *     const { frame, dropped } = toDataFrame(rows);
 *     frame.groupby(["nodegroup"]).col(["gpu_hours_allocated"]).mean().print();
 */
export function toDataFrame(
  source: FrameSource,
  { missing = "drop" }: ToDataFrameOptions = {},
): { frame: DataFrame; dropped: number } {
  if (missing !== "drop" && missing !== "error") {
    throw new EvenkeelError(`toDataFrame: missing: found ${shown(missing)}; allowed are "drop" and "error".`);
  }
  const { names, rows } = read(source);
  const kept = rows.filter((row, index) => {
    const gap = row.findIndex((value) => value === null || value === undefined || Number.isNaN(value));
    if (gap >= 0 && missing === "error") {
      throw new EvenkeelError(
        `toDataFrame: row ${index}, column ${shown(names[gap])}: found ${String(row[gap])}, which danfojs cannot compute with. Fill it in, filter it out, or allow it to be dropped: toDataFrame(rows, { missing: "drop" }).`,
      );
    }
    return gap < 0;
  });
  // danfojs takes over a second to load, and few notebooks want it.
  const danfo = createRequire(import.meta.url)("danfojs-node") as typeof import("danfojs-node");
  return { frame: new danfo.DataFrame(kept, { columns: [...names] }), dropped: rows.length - kept.length };
}

function read(source: FrameSource): { names: readonly string[]; rows: unknown[][] } {
  if (!("columns" in source)) {
    const names = [...new Set(source.flatMap((row) => Object.keys(row)))];
    return {
      names,
      rows: source.map((row, index) => names.map((name) => plain((row as Record<string, unknown>)[name], index, name))),
    };
  }
  const columns = Object.entries(source.columns);
  const length = columns[0]?.[1].length ?? 0;
  const other = columns.find(([, values]) => values.length !== length);
  if (other !== undefined) {
    throw new EvenkeelError(
      `toDataFrame: column ${shown(other[0])}: found ${other[1].length} values where column ${shown(columns[0]![0])} has ${length}. Give columns of one length.`,
    );
  }
  const rows = Array.from({ length }, (_, row) => columns.map(([name, values]) => plain(values[row], row, name)));
  return { names: columns.map(([name]) => name), rows };
}

/** danfojs takes a bigint for a number and then cannot add it to one. */
function plain(value: unknown, row: number, name: string): unknown {
  if (typeof value !== "bigint") return value;
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new EvenkeelError(
    `toDataFrame: row ${row}, column ${shown(name)}: found ${value}, which a number cannot hold exactly. Make it a string, or scale it.`,
  );
}

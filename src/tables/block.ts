import type { Table } from "./table.js";

/** Where a block writes its numbers: one array a column, into which it writes from row `at` on. NaN is a missing value. */
export type NumberColumns = Readonly<Record<string, Float64Array>>;

/** A run of rows whose strings are all the same: one series, or the part of it over which no label changes. */
export interface Block {
  /** Unix ms of each row, rising. */
  readonly timestamps: Float64Array;
  /** Every string column; null is a missing value. */
  readonly strings: Readonly<Record<string, string | null>>;
  /** Number columns that stay the same over the block; NaN is a missing value. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Writes the number columns that vary. */
  fill?(columns: NumberColumns, at: number): void;
}

/** The rows of one table, as blocks. May be gone through more than once, each time with the same blocks. */
export interface TableRows {
  readonly table: Table;
  /** Open label columns of these rows, beyond the table's own columns. */
  readonly openLabels: readonly string[];
  blocks(): Iterable<Block>;
}

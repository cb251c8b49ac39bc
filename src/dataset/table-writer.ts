import { setImmediate } from "node:timers/promises";
import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  ENUM,
  INTEGER,
  TIMESTAMPTZ,
} from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import type { Block, TableRows } from "../tables/block.js";
import { type Column, optionalLabel } from "../tables/table.js";
import { ColumnDigest, tableDigest } from "./digest.js";
import { identifier, literal } from "./session.js";

/** Rows of a DuckDB vector. */
const VECTOR_ROWS = 2048;
/** Rows gathered before they are handed to DuckDB: what bounds the memory of a write. */
const SLICE_ROWS = 64 * VECTOR_ROWS;
/** Room to begin with: most tables of a small dataset need no more. */
const FIRST_ROWS = VECTOR_ROWS;
const ROW_GROUP_ROWS = 122_880;

export interface WrittenTable {
  readonly rows: number;
  /** Unix ms of the first and the last sample; null if there are none. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly digest: string;
}

/**
 * Writes a table as Parquet, through DuckDB, column by column. Goes through the rows twice: once for the strings, from
 * which the column types are made, once for everything. Memory does not grow with the rows.
 */
export async function writeTable(connection: DuckDBConnection, rows: TableRows, file: string): Promise<WrittenTable> {
  const columns = await listColumns(connection, rows);
  await connection.run(`CREATE TABLE staging (${columns.map((c) => `${identifier(c.name)} ${c.sqlType}`).join(", ")})`);
  const appender = await connection.createAppender("staging");
  const slice = new Slice(columns, appender);
  let gathered = 0;
  for (const block of rows.blocks()) {
    slice.add(block);
    gathered += block.timestamps.length;
    if (gathered < SLICE_ROWS) continue;
    gathered = 0;
    // So that signals are heard while a large table is written.
    await setImmediate();
  }
  slice.flush();
  appender.closeSync();
  const selected = columns.map((c) => `${c.selected} AS ${identifier(c.name)}`).join(", ");
  await connection.run(
    `COPY (SELECT ${selected} FROM staging) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
  );
  await connection.run("DROP TABLE staging");
  for (const column of columns) if (column.enumName) await connection.run(`DROP TYPE ${identifier(column.enumName)}`);
  return {
    rows: slice.rows,
    firstMs: slice.firstMs,
    lastMs: slice.lastMs,
    digest: tableDigest(columns.map((c) => [c.name, c.digest.hex()])),
  };
}

interface WrittenColumn {
  readonly name: string;
  readonly type: Column["type"];
  readonly sqlType: string;
  readonly chunkType: DuckDBType;
  /** How the staged column is selected for the file. */
  readonly selected: string;
  /** String columns: code of each string; a code is the position in the enum. */
  readonly codes: ReadonlyMap<string, number>;
  readonly enumName: string | undefined;
  readonly digest: ColumnDigest;
}

/** The columns in the order in which the file has them: the table's, then the open labels. */
async function listColumns(connection: DuckDBConnection, rows: TableRows): Promise<WrittenColumn[]> {
  const declared: [string, Column][] = [
    ...Object.entries(rows.table.columns),
    ...rows.openLabels.map((name): [string, Column] => [name, optionalLabel("")]),
  ];
  const strings = declared.filter(([, column]) => column.type === "string").map(([name]) => name);
  const codes = new Map(strings.map((name) => [name, new Map<string, number>()]));
  for (const block of rows.blocks()) {
    for (const name of strings) {
      const value = block.strings[name];
      const known = codes.get(name)!;
      if (value != null && !known.has(value)) known.set(value, known.size);
    }
  }
  const columns: WrittenColumn[] = [];
  for (const [name, { type }] of declared) {
    const common = { name, type, codes: codes.get(name) ?? new Map(), enumName: undefined, digest: new ColumnDigest() };
    switch (type) {
      case "timestamp":
        columns.push({ ...common, sqlType: "TIMESTAMPTZ", chunkType: TIMESTAMPTZ, selected: identifier(name) });
        break;
      case "integer":
        columns.push({ ...common, sqlType: "INTEGER", chunkType: INTEGER, selected: identifier(name) });
        break;
      case "double":
        columns.push({
          ...common,
          sqlType: "DOUBLE",
          chunkType: DOUBLE,
          selected: `nullif(${identifier(name)}, 'NaN'::DOUBLE)`,
        });
        break;
      case "string": {
        const enumName = `${name} values`;
        const values = common.codes.size > 0 ? [...common.codes.keys()] : [""];
        await connection.run(`CREATE TYPE ${identifier(enumName)} AS ENUM (${values.map(literal).join(", ")})`);
        columns.push({
          ...common,
          enumName,
          sqlType: identifier(enumName),
          chunkType: ENUM(values),
          selected: identifier(name),
        });
      }
    }
  }
  return columns;
}

const NULL_CODE = 0xffff_ffff;

/** Rows gathered column by column until there are enough to hand on. */
class Slice {
  rows = 0;
  firstMs: number | null = null;
  lastMs: number | null = null;
  readonly #columns: readonly WrittenColumn[];
  readonly #appender: DuckDBAppender;
  readonly #chunk: DuckDBDataChunk;
  readonly #validity = new BigUint64Array(VECTOR_ROWS / 64);
  #capacity = 0;
  #size = 0;
  readonly #numbers: Record<string, Float64Array> = {};
  readonly #codes: Record<string, Uint32Array> = {};

  constructor(columns: readonly WrittenColumn[], appender: DuckDBAppender) {
    this.#columns = columns;
    this.#appender = appender;
    this.#chunk = DuckDBDataChunk.create(columns.map((c) => c.chunkType));
    this.#allocate(FIRST_ROWS);
  }

  add(block: Block): void {
    const length = block.timestamps.length;
    if (length === 0) return;
    if (this.#size + length > SLICE_ROWS) this.flush();
    if (this.#size + length > this.#capacity) this.#allocate(Math.max(this.#size + length, 2 * this.#capacity));
    const [from, to] = [this.#size, this.#size + length];
    for (const { name, type, codes, digest } of this.#columns) {
      if (type === "string") {
        const value = block.strings[name] ?? null;
        this.#codes[name]!.fill(value === null ? NULL_CODE : codes.get(value)!, from, to);
        digest.strings(value, length);
      } else if (type === "timestamp") this.#numbers[name]!.set(block.timestamps, from);
      else if (block.constants && name in block.constants) this.#numbers[name]!.fill(block.constants[name]!, from, to);
    }
    block.fill?.(this.#numbers, from);
    this.#size = to;
    this.rows += length;
    this.firstMs = Math.min(this.firstMs ?? Number.POSITIVE_INFINITY, block.timestamps[0]!);
    this.lastMs = Math.max(this.lastMs ?? Number.NEGATIVE_INFINITY, block.timestamps[length - 1]!);
  }

  flush(): void {
    if (this.#size === 0) return;
    const data = this.#columns.map((column) => {
      if (column.type === "string")
        return enumCodes(this.#codes[column.name]!.subarray(0, this.#size), column.codes.size);
      const values = this.#numbers[column.name]!.subarray(0, this.#size);
      column.digest.numbers(values);
      return column.type === "timestamp"
        ? microseconds(values)
        : column.type === "integer"
          ? Int32Array.from(values)
          : values;
    });
    for (let at = 0; at < this.#size; at += VECTOR_ROWS) {
      const length = Math.min(VECTOR_ROWS, this.#size - at);
      this.#chunk.reset();
      this.#chunk.rowCount = length;
      this.#columns.forEach((column, i) => {
        const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = data[i]!;
        const vector = bindings.data_chunk_get_vector(this.#chunk.chunk, i);
        bindings.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset + at * width, length * width);
        if (column.type === "string") this.#copyValidity(vector, this.#codes[column.name]!.subarray(at, at + length));
      });
      this.#appender.appendDataChunk(this.#chunk);
    }
    this.#size = 0;
  }

  #copyValidity(vector: Parameters<typeof bindings.copy_data_to_vector>[0], codes: Uint32Array): void {
    if (!codes.includes(NULL_CODE)) return;
    const bits = new Uint8Array(this.#validity.buffer);
    bits.fill(0);
    for (let row = 0; row < codes.length; row++) if (codes[row] !== NULL_CODE) bits[row >> 3]! |= 1 << (row & 7);
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.byteLength);
  }

  /** Makes room, and keeps what was gathered. */
  #allocate(capacity: number): void {
    this.#capacity = capacity;
    for (const { name, type } of this.#columns) {
      if (type === "string") this.#codes[name] = grown(this.#codes[name], new Uint32Array(capacity));
      else this.#numbers[name] = grown(this.#numbers[name], new Float64Array(capacity));
    }
  }
}

function grown<T extends Float64Array | Uint32Array>(old: T | undefined, larger: T): T {
  if (old) larger.set(old);
  return larger;
}

/** Codes in the width that DuckDB uses for an enum of this many values; what is missing is masked, so any code will do. */
function enumCodes(codes: Uint32Array, values: number): Uint8Array | Uint16Array | Uint32Array {
  const narrow = new (values < 2 ** 8 ? Uint8Array : values < 2 ** 16 ? Uint16Array : Uint32Array)(codes.length);
  for (let i = 0; i < codes.length; i++) narrow[i] = codes[i] === NULL_CODE ? 0 : codes[i]!;
  return narrow;
}

/** Unix ms as DuckDB keeps timestamps: 64-bit microseconds, written as two halves since no double is exact beyond 2^53. */
function microseconds(milliseconds: Float64Array): BigInt64Array {
  const halves = new Uint32Array(milliseconds.length * 2);
  for (let i = 0; i < milliseconds.length; i++) {
    const us = milliseconds[i]! * 1000;
    halves[2 * i] = us % 2 ** 32;
    halves[2 * i + 1] = Math.floor(us / 2 ** 32);
  }
  return new BigInt64Array(halves.buffer);
}

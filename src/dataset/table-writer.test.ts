import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block, TableRows } from "../tables/block.js";
import {
  countGauge,
  gauge,
  label,
  optionalGauge,
  optionalLabel,
  type Table,
  table,
  timestamp,
} from "../tables/table.js";
import { tempFolder } from "../testing/dataset.js";
import { literal, withSession } from "./session.js";
import { type WrittenTable, writeTable } from "./table-writer.js";

const anyTable: Table = table({
  name: "any",
  source: "prometheus",
  doc: "",
  key: [],
  columns: {
    timestamp,
    name: label(""),
    maybe: optionalLabel(""),
    count: countGauge("", ""),
    value: gauge("", ""),
    optional: optionalGauge("", ""),
  },
});

interface PlainBlock {
  readonly name: string;
  readonly maybe: string | null;
  readonly open: string | null;
  readonly rows: readonly { ms: number; count: number; value: number; optional: number }[];
}

const blockOf = ({ name, maybe, open, rows }: PlainBlock): Block => ({
  timestamps: Float64Array.from(rows, (row) => row.ms),
  strings: { name, maybe, label_open: open },
  fill(columns, at) {
    for (const column of ["count", "value", "optional"] as const)
      columns[column]!.set(
        rows.map((row) => row[column]),
        at,
      );
  },
});
const rowsOf = (blocks: readonly PlainBlock[]): TableRows => ({
  table: anyTable,
  openLabels: ["label_open"],
  blocks: () => blocks.map(blockOf),
});

/** Writes blocks and reads them back, in the file's order. */
async function roundTrip(
  blocks: readonly PlainBlock[],
  threads?: number,
): Promise<{ written: WrittenTable; read: unknown[][] }> {
  const file = join(await tempFolder(), "any.parquet");
  return withSession(threads === undefined ? {} : { threads }, async (connection) => {
    const written = await writeTable(connection, rowsOf(blocks), file);
    const reader = await connection.runAndReadAll(
      `SELECT epoch_ms(timestamp)::DOUBLE, name, maybe, count, value, optional, label_open FROM read_parquet(${literal(file)})`,
    );
    return { written, read: reader.getRows() };
  });
}

const expected = (blocks: readonly PlainBlock[]) =>
  blocks.flatMap(({ name, maybe, open, rows }) =>
    rows.map(({ ms, count, value, optional }) => [
      ms,
      name,
      maybe,
      count,
      value,
      Number.isNaN(optional) ? null : optional,
      open,
    ]),
  );

const anyText = fc.oneof(fc.constantFrom("a", "b", "", "null", 'quo"te', "it's", "new\nline", "ünï → 🚀"), fc.string());
const anyBlock = fc.record({
  name: anyText,
  maybe: fc.option(anyText),
  open: fc.option(anyText),
  rows: fc.array(
    fc.record({
      ms: fc.integer({ min: 0, max: 4e12 }),
      count: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      value: fc.double({ noNaN: true }).map((value) => value + 0),
      optional: fc.oneof(
        fc.constant(Number.NaN),
        fc.double({ noNaN: true }).map((value) => value + 0),
      ),
    }),
    { maxLength: 20 },
  ),
});

const steady = (name: string, length: number, maybe: string | null = null): PlainBlock => ({
  name,
  maybe,
  open: null,
  rows: Array.from({ length }, (_, i) => ({
    ms: 1e12 + i,
    count: i,
    value: i / 8,
    optional: i % 3 === 0 ? Number.NaN : i,
  })),
});

describe("writeTable", () => {
  test("writes whatever rows it is given, in their order: text, missing values, infinities, times to the millisecond", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBlock, { maxLength: 6 }), async (blocks) => {
        const { written, read } = await roundTrip(blocks);
        expect(read).toEqual(expected(blocks));
        const times = blocks.flatMap(({ rows }) => (rows.length > 0 ? [rows] : []));
        expect(written.rows).toBe(read.length);
        expect(written.firstMs === null).toBe(times.length === 0);
      }),
      { numRuns: 30 },
    );
  });

  test.each([1, 255, 256, 257, 65_536])("keeps %i different strings in a column apart", async (count) => {
    const blocks = Array.from({ length: count }, (_, i) => steady(`series ${i}`, 1, i % 2 === 0 ? null : `maybe ${i}`));
    const { read } = await roundTrip(blocks);
    expect(read.map((row) => row[1]).join()).toBe(blocks.map((block) => block.name).join());
    expect(read.map((row) => row[2] ?? "none").join()).toBe(blocks.map((block) => block.maybe ?? "none").join());
  });

  test("writes blocks longer than a slice, and slices whose nulls begin and end anywhere", async () => {
    const blocks = [
      steady("a", 5),
      steady("long", 140_000, "x"),
      steady("b", 2048, null),
      steady("c", 3000, "y"),
      steady("d", 1),
    ];
    const { written, read } = await roundTrip(blocks);
    expect(written).toMatchObject({ rows: 145_054, firstMs: 1e12, lastMs: 1e12 + 139_999 });
    const wrong = expected(blocks).filter((row, i) => row.some((value, column) => value !== read[i]![column]));
    expect(wrong).toEqual([]);
  });

  test("gives the same digest for the same rows in other blocks and on any number of threads", async () => {
    const whole = [steady("a", 30_000)];
    const pieces = [0, 10_000, 20_000].map((from) => ({
      ...whole[0]!,
      rows: whole[0]!.rows.slice(from, from + 10_000),
    }));
    const digests = [await roundTrip(whole, 1), await roundTrip(pieces, 2), await roundTrip(whole)].map(
      ({ written }) => written.digest,
    );
    expect(new Set(digests).size).toBe(1);
  });

  test("writes a table without rows", async () => {
    expect(await roundTrip([])).toMatchObject({ written: { rows: 0, firstMs: null, lastMs: null }, read: [] });
  });
});

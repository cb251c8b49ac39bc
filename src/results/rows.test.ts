import { stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fromCSV } from "arquero";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { literal, withSession } from "../dataset/session.js";
import { tempFolder } from "../testing/dataset.js";
import { toCsv, writeRows } from "./rows.js";

const schema = z.object({
  name: z.string().describe("A name"),
  kind: z.enum(["add", "free"]),
  nodes: z.int(),
  usd: z.number(),
  upper: z.int().nullable().describe("An end of an interval"),
  p95: z.number().nullable(),
  until: z.string().nullable(),
  open: z.boolean(),
  known: z.boolean().nullable(),
});
type Row = z.output<typeof schema>;

const whole: Row = {
  name: "h100",
  kind: "add",
  nodes: -3,
  usd: -0.1,
  upper: Number.MAX_SAFE_INTEGER,
  p95: 1e300,
  until: "2026-12-31",
  open: true,
  known: false,
};
const bare: Row = {
  name: "",
  kind: "free",
  nodes: 0,
  usd: 0,
  upper: null,
  p95: null,
  until: null,
  open: false,
  known: null,
};

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.array(fc.constantFrom('"', ",", "\r", "\n", "\t", ";", " ", "=", "é", "😀", "a")).map((parts) => parts.join("")),
);
const anyRow: fc.Arbitrary<Row> = fc.record({
  name: anyText,
  kind: fc.constantFrom("add", "free"),
  nodes: fc.maxSafeInteger(),
  usd: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  upper: fc.option(fc.maxSafeInteger()),
  p95: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  until: fc.option(anyText),
  open: fc.boolean(),
  known: fc.option(fc.boolean()),
});

describe("toCsv(schema, rows)", () => {
  const pair = z.object({ text: z.string(), value: z.number().nullable() });
  const lines = (...rows: z.output<typeof pair>[]) => toCsv(pair, rows).split("\r\n");

  test("has a line of names and one a row, each ended by CR and LF", () => {
    expect(toCsv(pair, [{ text: "a", value: 1 }])).toBe("text,value\r\na,1\r\n");
    expect(toCsv(pair, [])).toBe("text,value\r\n");
  });

  test("quotes what holds a comma, a quote or a line end, and doubles quotes, as RFC 4180 has it", () => {
    expect(toCsv(pair, [{ text: 'say "hi", twice', value: 1 }])).toContain('\r\n"say ""hi"", twice",1\r\n');
    for (const text of ["a\nb", "a\r\nb", "a\rb"])
      expect(toCsv(pair, [{ text, value: 1 }])).toBe(`text,value\r\n"${text}",1\r\n`);
    expect(lines({ text: "plain; text\t", value: 1 })[1]).toBe("plain; text\t,1");
  });

  test("leaves missing values empty, and 0 and text as they are", () => {
    expect(lines({ text: "", value: null }, { text: "null", value: 0 }).slice(1, 3)).toEqual([",", "null,0"]);
  });

  test("writes numbers whole and so that a spreadsheet takes them for numbers, those below zero too", () => {
    const values = [-20440, -32604.72, 0.1 + 0.2, 1e21, 5e-324, 0, -0];
    const cells = values.map((value) => lines({ text: "", value })[1]!.slice(1));
    expect(cells.map(Number)).toEqual(values.map((value) => value + 0));
    for (const cell of cells) expect(cell).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
  });

  test("keeps text that a spreadsheet would run as a formula from being one", () => {
    for (const text of ["=1+1", "+1", "-1", "@ml-team", "\t=1"])
      expect(lines({ text, value: -1 })[1]).toBe(`'${text},-1`);
    expect(lines({ text: '=HYPERLINK("a","b")', value: 1 })[1]).toBe(`"'=HYPERLINK(""a"",""b"")",1`);
    expect(lines({ text: "a=b", value: 1 })[1]).toBe("a=b,1");
  });

  test("has the columns in the schema's order, whatever the order in a row", () => {
    const { name, ...rest } = whole;
    const [head, row] = toCsv(schema, [{ ...rest, name }]).split("\r\n");
    expect(head).toBe("name,kind,nodes,usd,upper,p95,until,open,known");
    expect(row).toBe("h100,add,-3,-0.1,9007199254740991,1e+300,2026-12-31,true,false");
  });

  test("says to other readers of CSV what the rows say", async () => {
    const text = (row: Row) =>
      Object.keys(schema.shape).map((name) => {
        const value = row[name as keyof Row] ?? "";
        return typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
      });
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1 }), (rows) => {
        const read = fromCSV(toCsv(schema, rows), { autoType: false });
        expect(read.columnNames()).toEqual(Object.keys(schema.shape));
        const cells = (read.objects() as Record<string, string | null>[]).map((row) =>
          Object.values(row).map((cell) => cell ?? ""),
        );
        expect(cells).toEqual(rows.map(text));
      }),
    );
    const hard: Row[] = [{ ...whole, name: 'a "b", c', until: "one\r\ntwo\nthree" }, bare];
    const file = join(await tempFolder(), "hard.csv");
    await writeFile(file, toCsv(schema, hard));
    const rows = await ask(`SELECT * FROM read_csv(${literal(file)}, all_varchar = true, quote = '"', escape = '"')`);
    expect(rows.map((row) => Object.values(row).map((cell) => cell ?? ""))).toEqual(hard.map(text));
  });
});

describe("writeRows(file, schema, rows)", () => {
  test("writes what DuckDB reads back, with the schema's types and nulls", async () => {
    const file = await written([whole, bare]);
    expect(await ask(`SELECT * FROM read_parquet(${literal(file)})`)).toEqual([whole, bare].map(asBigints));
    const types = await ask(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM ${literal(file)})`);
    expect(types.map(({ name, type }) => [name, type])).toEqual([
      ["name", "VARCHAR"],
      ["kind", "VARCHAR"],
      ["nodes", "BIGINT"],
      ["usd", "DOUBLE"],
      ["upper", "BIGINT"],
      ["p95", "DOUBLE"],
      ["until", "VARCHAR"],
      ["open", "BOOLEAN"],
      ["known", "BOOLEAN"],
    ]);
  });

  test("writes what parquetjs-lite itself reads back", async () => {
    expect(await readBack(await written([whole, bare]))).toEqual([whole, bare].map(asBigints));
  });

  test("writes any rows so that both read the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 30 }), async (rows) => {
        const file = await written(rows);
        expect(await ask(`SELECT * FROM read_parquet(${literal(file)})`)).toEqual(rows.map(asBigints));
        expect(await readBack(file)).toEqual(rows.map(asBigints));
      }),
      { numRuns: 15 },
    );
  });

  test("writes a table without rows, and columns that hold nothing but nulls", async () => {
    for (const rows of [[], [bare, bare, bare]]) {
      const file = await written(rows);
      expect(await ask(`SELECT * FROM read_parquet(${literal(file)})`)).toEqual(rows.map(asBigints));
      expect(await readBack(file)).toEqual(rows.map(asBigints));
    }
  });

  test("refuses a row that its schema does not allow, before there is a file", async () => {
    const file = join(await tempFolder(), "bad.parquet");
    for (const bad of [{ nodes: 0.5 }, { usd: Number.NaN }, { usd: Infinity }, { name: null }, { kind: "sell" }]) {
      await expect(writeRows(file, schema, [whole, { ...whole, ...bad } as Row])).rejects.toThrow(z.ZodError);
      await expect(stat(file)).rejects.toThrow("ENOENT");
    }
  });

  test("throws a TypeError for a column that has no type in Parquet", async () => {
    const file = join(await tempFolder(), "bad.parquet");
    await expect(writeRows(file, z.object({ list: z.array(z.string()) }), [])).rejects.toThrow(
      new TypeError("writeRows: no Parquet type for ZodArray; use strings, numbers, booleans and nullable ones"),
    );
  });
});

const folder = tempFolder();
let files = 0;

async function written(rows: readonly Row[]): Promise<string> {
  const file = join(await folder, `${files++}.parquet`);
  await writeRows(file, schema, rows);
  return file;
}

const ask = (sql: string) =>
  withSession({ threads: 1 }, async (connection) => (await connection.runAndReadAll(sql)).getRowObjects());

/** Both readers give 64-bit integers as bigints. */
function asBigints(row: Row): Record<string, unknown> {
  return { ...row, nodes: BigInt(row.nodes), upper: row.upper === null ? null : BigInt(row.upper) };
}

interface Cursor {
  next(): Promise<Record<string, unknown> | null>;
}
interface Reader {
  readonly ParquetReader: { openFile(file: string): Promise<{ getCursor(): Cursor; close(): Promise<void> }> };
}

/** The rows as parquetjs-lite reads them; it leaves out of a row what is null. */
async function readBack(file: string): Promise<Record<string, unknown>[]> {
  const { ParquetReader } = createRequire(import.meta.url)("parquetjs-lite") as Reader;
  const reader = await ParquetReader.openFile(file);
  const nothing = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, null]));
  const rows: Record<string, unknown>[] = [];
  const cursor = reader.getCursor();
  for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push({ ...nothing, ...row });
  await reader.close();
  return rows;
}

import { createRequire } from "node:module";
import { z } from "zod";

type Fields = Readonly<Record<string, z.ZodType>>;
type Value = string | number | boolean | null | undefined;

/** The part of parquetjs-lite that is used: it comes without types. */
interface Parquet {
  readonly ParquetSchema: new (
    fields: Record<string, { type: string; optional: boolean; compression: string }>,
  ) => object;
  readonly ParquetWriter: {
    openFile(schema: object, file: string): Promise<{ appendRow(row: object): Promise<void>; close(): Promise<void> }>;
  };
}

/** Writes small results as Parquet, with the schema that their zod type says. Missing values are left out of their row. */
export async function writeRows<F extends Fields>(
  file: string,
  schema: z.ZodObject<F>,
  rows: readonly z.output<z.ZodObject<F>>[],
): Promise<void> {
  const { ParquetSchema, ParquetWriter } = createRequire(import.meta.url)("parquetjs-lite") as Parquet;
  const fields = Object.fromEntries(
    Object.entries(schema.shape).map(([name, type]) => [name, { ...parquetType(type), compression: "GZIP" }]),
  );
  // All are checked before the file is opened: a row that is wrong leaves nothing behind.
  const present = rows.map((row) =>
    Object.entries(schema.parse(row)).filter(([, value]) => value !== null && value !== undefined),
  );
  const writer = await ParquetWriter.openFile(new ParquetSchema(fields), file);
  for (const entries of present) await writer.appendRow(Object.fromEntries(entries));
  await writer.close();
}

/**
 * Rows as CSV (RFC 4180), a column for each field of the schema, missing values empty. Text that begins as a formula
 * does gets an apostrophe in front.
 */
export function toCsv<F extends Fields>(schema: z.ZodObject<F>, rows: readonly z.output<z.ZodObject<F>>[]): string {
  const names = Object.keys(schema.shape);
  const lines = rows.map((row) => names.map((name) => csvCell((row as Record<string, Value>)[name])).join(","));
  return `${[names.join(","), ...lines].join("\r\n")}\r\n`;
}

function csvCell(value: Value): string {
  const text = value === null || value === undefined ? "" : typeof value === "string" ? inert(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Text that a spreadsheet would take for a formula, kept as text: names come from a cluster's users. */
const inert = (text: string) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

function parquetType(type: z.ZodType): { type: string; optional: boolean } {
  if (type instanceof z.ZodNullable) return { ...parquetType(type.unwrap() as z.ZodType), optional: true };
  if (type instanceof z.ZodString || type instanceof z.ZodEnum) return { type: "UTF8", optional: false };
  if (type instanceof z.ZodNumber) return { type: type.isInt ? "INT64" : "DOUBLE", optional: false };
  if (type instanceof z.ZodBoolean) return { type: "BOOLEAN", optional: false };
  throw new TypeError(
    `writeRows: no Parquet type for ${type.constructor.name}; use strings, numbers, booleans and nullable ones`,
  );
}

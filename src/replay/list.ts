import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import type { DuckDBConnection } from "@duckdb/node-api";
import { fileLiteral, identifier, literal, withSession } from "../dataset/session.js";
import { didYouMean, EvenkeelError, shown } from "../errors.js";
import { fixed, plural } from "../units/format.js";

/** A column that a list may have. */
export interface ListColumn {
  /** "moment": seconds, or UTC times; one or the other throughout the column. */
  readonly kind: "number" | "text" | "moment";
  readonly unit: string;
  readonly doc: string;
  /** Smallest number that can be right; 0 unless told. */
  readonly least?: number;
  readonly whole?: true;
}

/** The values of a column, row by row; null where there is none. Moments are numbers, as `times` says. */
interface Values {
  readonly values: readonly (string | number | null)[];
  /** Whether moments are Unix seconds; else they are seconds since whatever the list counts from. */
  readonly times: boolean;
}

/** What a file lists, by the columns that are known of it. */
export class List<Name extends string> {
  readonly file: string;
  readonly length: number;
  /** All columns of the file, as it calls them. */
  readonly present: readonly string[];
  /** Those that nothing is read from. */
  readonly notRead: readonly string[];
  readonly #columns: ReadonlyMap<string, Values>;

  constructor(
    file: string,
    length: number,
    present: readonly string[],
    notRead: readonly string[],
    columns: ReadonlyMap<string, Values>,
  ) {
    this.file = file;
    this.length = length;
    this.present = present;
    this.notRead = notRead;
    this.#columns = columns;
  }

  has(name: Name): boolean {
    return this.#columns.has(name);
  }

  /** Whether a column of moments holds times of day rather than seconds. */
  holdsTimes(name: Name): boolean {
    return this.#columns.get(name)?.times ?? false;
  }

  number(name: Name, row: number): number | undefined {
    const value = this.#columns.get(name)?.values[row];
    return typeof value === "number" ? value : undefined;
  }

  text(name: Name, row: number): string | undefined {
    const value = this.#columns.get(name)?.values[row];
    return typeof value === "string" && value !== "" ? value : undefined;
  }
}

/** How many wrong rows an error names. */
const NAMED = 3;

/** The most rows of a list. */
const MOST_ROWS = 1_000_000;

/**
 * Reads a CSV file with a header, or a Parquet file.
 *
 * @param what what it lists, for errors: "workloads"
 * @param known the columns that it may have
 * @param spelled what the file calls them, where that is another name
 * @throws EvenkeelError for a file that cannot be read, a column that is not there, a value of the wrong kind
 */
export async function readList<Name extends string>(
  file: string,
  what: string,
  known: Readonly<Record<Name, ListColumn>>,
  spelled: Readonly<Record<string, string>> = {},
): Promise<List<Name>> {
  const refuse = (message: string, cause?: unknown) =>
    new EvenkeelError(`${what} ${file}: ${message}`, 2, cause === undefined ? undefined : { cause });
  const isParquet = await parquetOrCsv(file, refuse);
  const source = isParquet
    ? `SELECT COLUMNS(*)::VARCHAR FROM read_parquet(${fileLiteral(file)})`
    : await csvSource(file, refuse);
  return withSession({}, async (connection) => {
    await connection.run(`CREATE TABLE list AS ${source}`).catch((cause: Error) => {
      throw refuse(`cannot be read as ${isParquet ? "Parquet" : "CSV"}: ${reasonOf(cause.message)}`, cause);
    });
    const present = (await connection.runAndReadAll("DESCRIBE list")).getRows().map(([name]) => String(name));
    const [[rows]] = (await connection.runAndReadAll("SELECT count(*) FROM list")).getRows() as [[bigint]];
    const length = Number(rows);
    if (length === 0) throw refuse(`found no row; allowed: at least one beside the header`);
    if (length > MOST_ROWS)
      throw refuse(`found ${fixed(length, 0)} rows; allowed: at most ${fixed(MOST_ROWS, 0)}; make it shorter`);
    const inFile = namesInFile(Object.keys(known), spelled, present, refuse);
    const columns = new Map<string, Values>();
    for (const [name, called] of inFile)
      columns.set(name, await readColumn(connection, called, known[name as Name], refuse));
    const used = new Set(inFile.values());
    const notRead = present.filter((name) => !used.has(name));
    return new List<Name>(file, length, present, notRead, columns);
  });
}

type Refuse = (message: string, cause?: unknown) => EvenkeelError;

async function parquetOrCsv(file: string, refuse: Refuse): Promise<boolean> {
  const extension = extname(file).toLowerCase();
  if (extension !== ".csv" && extension !== ".parquet")
    throw refuse(`found the ending ${shown(extension)}; allowed: .csv or .parquet`);
  const there = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw refuse(`cannot be read (${cause.code}); name a file that is there`, cause);
  });
  if (!there.isFile()) throw refuse("is no file; name a .csv or .parquet file");
  return extension === ".parquet";
}

const DELIMITERS = [",", ";", "\t", "|"];

/** How to read a CSV file as its first line has it: nothing about its rows is guessed. */
async function csvSource(file: string, refuse: Refuse): Promise<string> {
  const header = await firstLineOf(file);
  if (header.includes("\0") || header.includes("\ufffd"))
    throw refuse("found bytes that are no UTF-8; save it as UTF-8");
  const parted = DELIMITERS.map((delimiter) => fieldsOf(header, delimiter));
  const most = parted.reduce((a, b) => (b.length > a.length ? b : a));
  const names = most.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw refuse(`found the column ${shown(twice)} twice; rename one`);
  if (names.every((name) => name === ""))
    throw refuse("found no header; allowed: the names of the columns in the first line");
  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(", ");
  const delimiter = DELIMITERS[parted.indexOf(most)]!;
  return `SELECT * FROM read_csv(${fileLiteral(file)}, header = true, auto_detect = false, delim = ${literal(delimiter)}, quote = '"', escape = '"', columns = {${columns}})`;
}

async function firstLineOf(file: string): Promise<string> {
  const lines = createInterface({
    input: createReadStream(file, { encoding: "utf8" }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  try {
    for await (const line of lines) return line.replace(/^\ufeff/, "");
    return "";
  } finally {
    lines.close();
  }
}

/** The fields of a line, of which one in double quotes may hold the delimiter. */
function fieldsOf(line: string, delimiter: string): string[] {
  const fields = [""];
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) fields.push("");
    else fields[fields.length - 1] += character;
  }
  return fields;
}

/** What DuckDB says of a file, up to where it goes on to its own settings. */
function reasonOf(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const end = lines.findIndex((line) => line === "" || /^(Possible|file =|The search space)/i.test(line));
  return lines.slice(0, end < 0 ? 3 : Math.max(1, end)).join("; ");
}

/** What the file calls each known column that it has. */
function namesInFile(
  known: readonly string[],
  spelled: Readonly<Record<string, string>>,
  present: readonly string[],
  refuse: Refuse,
): Map<string, string> {
  for (const [name, called] of Object.entries(spelled)) {
    if (!known.includes(name))
      throw refuse(`columns: found ${shown(name)}, which is no column of it. ${didYouMean(name, known)}`);
    if (!present.includes(called))
      throw refuse(
        `columns.${name}: found ${shown(called)}, which the file does not have. ${didYouMean(called, present)}`,
      );
  }
  const renamed = Object.values(spelled);
  const twice = renamed.find((called, i) => renamed.indexOf(called) < i);
  if (twice !== undefined) throw refuse(`columns: found ${shown(twice)} for two columns; allowed: one each`);
  return new Map(
    known.flatMap((name): [string, string][] => {
      const called = spelled[name];
      if (called !== undefined) return [[name, called]];
      // A column that is read under another name is not read under its own.
      const own = present.find((one) => one.toLowerCase() === name && !renamed.includes(one));
      return own === undefined ? [] : [[name, own]];
    }),
  );
}

async function readColumn(
  connection: DuckDBConnection,
  called: string,
  { kind, least = 0, whole }: ListColumn,
  refuse: Refuse,
): Promise<Values> {
  const text = `nullif(trim(${identifier(called)}), '')`;
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  const time = `epoch_ms(TRY_CAST(${text} AS TIMESTAMPTZ)) / 1000`;
  const select = async (expression: string) =>
    (await connection.runAndReadAll(`SELECT ${expression} AS value FROM list`)).getColumnsJS()[0] as (
      | string
      | number
      | null
    )[];
  const holds = async (condition: string) =>
    (await connection.runAndReadAll(`SELECT 1 FROM list WHERE ${condition} LIMIT 1`)).getRows().length > 0;
  /** Complains of rows for which a condition holds. */
  const refuseWhere = async (condition: string, allowed: string) => {
    if (!(await holds(condition))) return;
    const wrong = `SELECT row, value, count(*) OVER () FROM (SELECT row_number() OVER () AS row, ${identifier(called)} AS value, ${condition} AS wrong FROM list) WHERE wrong ORDER BY row LIMIT ${NAMED}`;
    const found = (await connection.runAndReadAll(wrong)).getRows();
    const named = found.map(([row, value]) => `${shown(String(value))} in row ${row}`).join(", ");
    const all = Number(found[0]![2]);
    throw refuse(
      `${called}: found ${named}${all > found.length ? ` and ${plural(all - found.length, "more row")}` : ""}; allowed: ${allowed}`,
    );
  };

  if (kind === "text") {
    await refuseWhere(`contains(${identifier(called)}, chr(0))`, "text without NUL characters");
    return { values: await select(text), times: false };
  }
  const times = kind === "moment" && (await holds(`${number} IS NULL AND ${time} IS NOT NULL`));
  if (times) {
    await refuseWhere(`${text} IS NOT NULL AND (${time} IS NULL OR ${number} IS NOT NULL)`, MOMENTS);
    return { values: await select(time), times };
  }
  const allowed = kind === "moment" ? MOMENTS : `${whole ? "whole numbers" : "numbers"} from ${least} on, or nothing`;
  await refuseWhere(
    `${text} IS NOT NULL AND (${number} IS NULL OR NOT isfinite(${number}) OR ${number} < ${least}${whole ? ` OR ${number} <> floor(${number})` : ""})`,
    allowed,
  );
  return { values: await select(number), times };
}

const MOMENTS =
  "seconds from 0 on, or UTC times such as 2026-01-05 08:30:00, one or the other throughout the column, or nothing";

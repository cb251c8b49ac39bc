import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from "@duckdb/node-api";
import { parse } from "yaml";
import { EvenkeelError } from "../errors.js";
import { faultsOf } from "../schema-faults.js";
import { type Contract, contractSchema } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import type { ColumnType, Table } from "../tables/table.js";
import { fixed, plural } from "../units/format.js";
import { CONTRACT_FILE, MANIFEST_FILE, type Manifest, parseManifest } from "./manifest.js";
import { fileLiteral, identifier } from "./session.js";
import { readingOf, type Spelled } from "./spelling.js";

/** A dataset that is open for reading: what the analysis knows of a world, simulated or real. */
export interface Dataset {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly contract: Contract;
  /** Columns that the files name otherwise than the tables; the views have them under the tables' names as well. */
  readonly spelled: readonly Spelled[];
  /** Runs SQL (DuckDB's) over the tables, each a view of its name. Timestamps come as Unix ms if selected by epoch_ms. */
  query<R extends Record<string, unknown>>(sql: string): Promise<R[]>;
  /**
   * The result of a query column by column. Numbers come as doubles, in an array of them where none is missing; what is
   * missing is null.
   */
  columns(sql: string): Promise<Record<string, ArrayLike<unknown>>>;
  /** Runs statements that return nothing, for instance to make a temporary table. */
  run(sql: string): Promise<void>;
  close(): void;
}

const sqlTypes: Readonly<Record<ColumnType, readonly string[]>> = {
  timestamp: ["TIMESTAMP WITH TIME ZONE"],
  string: ["VARCHAR"],
  integer: ["INTEGER", "BIGINT", "DOUBLE"],
  double: ["DOUBLE", "FLOAT", "BIGINT", "INTEGER"],
};

/**
 * Opens a dataset folder. Checks what a reader relies on: the manifest's version, the contract, that every table's file
 * is there, whole and has the columns that the tables declare. What it does not check, `verify` does.
 *
 * @throws EvenkeelError that names the file, what was found and what to do
 */
export async function openDataset(folder: string, options: { readonly threads?: number } = {}): Promise<Dataset> {
  const { manifest, contract } = await describeDataset(folder);
  const instance = await DuckDBInstance.create(
    ":memory:",
    options.threads === undefined ? {} : { threads: String(options.threads) },
  );
  const connection = await instance.connect();
  const spelled: Spelled[] = [];
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const table of tables) spelled.push(...(await attach(connection, folder, manifest, contract, table)));
  } catch (error) {
    close();
    throw error;
  }
  return {
    folder,
    manifest,
    contract,
    spelled,
    async query<R extends Record<string, unknown>>(sql: string) {
      const reader = await connection.runAndReadAll(sql);
      return reader
        .getRowObjects()
        .map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)]))) as R[];
    },
    async columns(sql) {
      const result = await connection.run(sql);
      const chunks = await result.fetchAllChunks();
      return Object.fromEntries(result.deduplicatedColumnNames().map((name, i) => [name, valuesOf(chunks, i)]));
    },
    async run(sql) {
      await connection.run(sql);
    },
    close,
  };
}

/** What a dataset says of itself, without its tables. @throws EvenkeelError as openDataset does */
export async function describeDataset(folder: string): Promise<Pick<Dataset, "manifest" | "contract">> {
  return { manifest: await readManifest(folder), contract: await readContract(folder) };
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** All values of a column. */
function valuesOf(chunks: readonly DuckDBDataChunk[], column: number): ArrayLike<unknown> {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const numbers = new Float64Array(rows);
  let at = 0;
  for (const chunk of chunks) {
    const vector = chunk.getColumnVector(column);
    for (let row = 0; row < chunk.rowCount; row++) {
      const value = plain(vector.getItem(row));
      if (typeof value !== "number") return chunks.flatMap((each) => each.getColumnValues(column).map(plain));
      numbers[at++] = value;
    }
  }
  return rows > 0 ? numbers : [];
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, MANIFEST_FILE);
  return parseManifest(await readText(file, `${folder} holds no dataset`), file);
}

async function readContract(folder: string): Promise<Contract> {
  const file = join(folder, CONTRACT_FILE);
  return parseContract(await readText(file, `${folder} has no contract`), file);
}

/** A contract that lies by itself, beside no tables. @throws EvenkeelError if it cannot be read, or does not say enough */
export async function readContractFile(file: string): Promise<Contract> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new EvenkeelError(
      `--contract ${file}: cannot be read (${(cause as NodeJS.ErrnoException).code}); name the contract of a cluster, as docs/label-contract.md describes it`,
      2,
      { cause },
    );
  }
  return parseContract(text, file);
}

function parseContract(text: string, file: string): Contract {
  let data: unknown;
  try {
    data = parse(text);
  } catch (cause) {
    throw new EvenkeelError(`${file} is not YAML: ${(cause as Error).message}`, 2, { cause });
  }
  const parsed = contractSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const wrong = faultsOf(contractSchema, data, parsed.error, "contract").map((line) => `  ${line}`);
  throw new EvenkeelError(
    `${file} does not say what evenkeel must know of the cluster:\n${wrong.join("\n")}\nSee docs/label-contract.md`,
  );
}

async function readText(file: string, otherwise: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new EvenkeelError(
      `${otherwise}: cannot read ${file} (${(cause as NodeJS.ErrnoException).code}). Make one with: npx evenkeel generate --scenario NAME --seed N --out DIR`,
      2,
      { cause },
    );
  }
}

/**
 * Makes a table's file a view, after checking that it is what the manifest and the contract say.
 *
 * @returns columns that the file names otherwise than the table
 */
async function attach(
  connection: DuckDBConnection,
  folder: string,
  manifest: Manifest,
  contract: Contract,
  table: Table,
): Promise<readonly Spelled[]> {
  const entry = manifest.tables[table.name];
  if (!entry)
    throw new EvenkeelError(
      `${join(folder, MANIFEST_FILE)}: found no table "${table.name}"; generate or pull the dataset again`,
    );
  const path = join(folder, entry.file);
  if (!(await stat(path).catch(() => undefined)))
    throw new EvenkeelError(`${path}: not there, though the manifest lists it; generate or pull the dataset again`);
  let found: Map<string, string>;
  let rows: number;
  try {
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${fileLiteral(path)})`);
    found = new Map(described.getRows().map((row) => [String(row[0]), String(row[1])]));
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet(${fileLiteral(path)})`);
    rows = Number(counted.getRows()[0]![0]);
  } catch (cause) {
    throw new EvenkeelError(
      `${path}: no Parquet file, or not all of one (${(cause as Error).message.split("\n")[0]}); generate or pull the dataset again`,
      2,
      { cause },
    );
  }
  const { selected, spelled, missing: absent } = readingOf(table, [...found.keys()]);
  const labels = table.openLabels?.prefix === "label_" ? contract.nodegroupLabels : [];
  const missing = [...absent, ...labels.filter((name) => !found.has(name))];
  if (missing.length > 0) {
    const advice = missing.some((name) => name.startsWith("label_"))
      ? "kube-state-metrics exports node labels only if they are allow-listed; see docs/label-contract.md"
      : "generate or pull the dataset again";
    throw new EvenkeelError(
      `${path}: missing column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}; found ${[...found.keys()].join(", ")}. ${advice}`,
    );
  }
  const types = Object.entries(table.columns).map(([name, { type }]): [string, ColumnType] => [name, type]);
  const named = [
    ...types,
    ...labels.map((name): [string, ColumnType] => [name, "string"]),
    ...spelled.map(({ column, found: as }): [string, ColumnType] => [as, table.columns[column]!.type]),
  ];
  for (const [name, type] of named) {
    const is = found.get(name);
    if (is !== undefined && !sqlTypes[type].includes(is))
      throw new EvenkeelError(
        `${path}: column ${name} is ${is}; allowed: ${sqlTypes[type].join(", ")}; generate or pull the dataset again`,
      );
  }
  if (rows !== entry.rows)
    throw new EvenkeelError(
      `${path}: found ${plural(rows, "row")}, the manifest says ${fixed(entry.rows, 0)}: the file was replaced; generate or pull the dataset again`,
    );
  await connection.run(
    `CREATE VIEW ${identifier(table.name)} AS SELECT ${selected} FROM read_parquet(${fileLiteral(path)})`,
  );
  return spelled;
}

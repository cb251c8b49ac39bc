import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { contentDigest } from "./content-digest.js";
import { sha256 } from "./digest.js";
import type { FileEntry, Manifest } from "./manifest.js";
import { fileLiteral } from "./session.js";

/** What a manifest says of a file of its folder. */
export async function fileEntry(folder: string, file: string): Promise<FileEntry> {
  const path = join(folder, file);
  return { file, bytes: (await stat(path)).size, sha256: sha256(await readFile(path)) };
}

export const isoTime = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** What a manifest says of a table, read from its file: for a table that another program than the writer wrote. */
export async function tableEntry(
  connection: DuckDBConnection,
  folder: string,
  name: string,
  file: string,
): Promise<Manifest["tables"][string]> {
  const from = `read_parquet(${fileLiteral(join(folder, file))})`;
  const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const columns = (await ask(`DESCRIBE SELECT * FROM ${from}`)).map((row) => String(row[0]));
  const [counted] = await ask(
    `SELECT count(*)::INTEGER, epoch_ms(min(timestamp))::DOUBLE, epoch_ms(max(timestamp))::DOUBLE FROM ${from}`,
  );
  const [rows, first, last] = counted as [number, number | null, number | null];
  return {
    ...(await fileEntry(folder, file)),
    rows,
    columns,
    firstSample: isoTime(first),
    lastSample: isoTime(last),
    digest: await contentDigest(connection, folder, name, { file, columns }),
  };
}

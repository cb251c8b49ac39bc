import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { tables } from "../tables/index.js";
import type { ColumnType } from "../tables/table.js";
import { ColumnDigest, tableDigest } from "./digest.js";
import type { Manifest } from "./manifest.js";
import { fileLiteral, identifier } from "./session.js";

/**
 * The digest of a table's content, read from its Parquet file: the one that its writer gave, however the file is
 * encoded. Columns in the order of the manifest.
 *
 * @throws Error if the file cannot be read or lacks a column
 */
export async function contentDigest(
  connection: DuckDBConnection,
  folder: string,
  name: string,
  { file, columns }: Pick<Manifest["tables"][string], "file" | "columns">,
): Promise<string> {
  const types = tables.find((table) => table.name === name)?.columns;
  const list = columns.map((column) => {
    const type: ColumnType = types?.[column]?.type ?? "string";
    return { column, type, digest: new ColumnDigest() };
  });
  const selected = list.map(({ column, type }) => {
    if (type === "string") return `${identifier(column)}::VARCHAR`;
    return `${type === "timestamp" ? `epoch_ms(${identifier(column)})` : identifier(column)}::DOUBLE`;
  });
  const result = await connection.stream(
    `SELECT ${selected.join(", ")} FROM read_parquet(${fileLiteral(join(folder, file))})`,
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    for (const [i, { type, digest }] of list.entries()) {
      const values = chunk.getColumnValues(i);
      if (type === "string") for (const value of values) digest.strings(value as string | null, 1);
      else digest.numbers(Float64Array.from(values, (value) => (value as number | null) ?? Number.NaN));
    }
  }
  return tableDigest(list.map(({ column, digest }) => [column, digest.hex()]));
}

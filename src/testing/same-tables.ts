import { join } from "node:path";
import { fileLiteral, identifier, withSession } from "../dataset/session.js";
import { tables } from "../tables/index.js";
import { readManifest } from "./dataset.js";

/** How the rows of a table differ between two datasets, columns that only one of them has aside. */
export interface Difference {
  readonly table: string;
  readonly rows: number;
  /** Rows of the one that the other has not, and the other way round. */
  readonly missing: number;
  readonly added: number;
  readonly columns: readonly string[];
}

/** Compares the tables of two datasets row by row, whatever their order. */
export async function differences(one: string, other: string): Promise<Difference[]> {
  const [a, b] = await Promise.all([readManifest(one), readManifest(other)]);
  return withSession({}, async (connection) => {
    const found: Difference[] = [];
    for (const { name } of tables) {
      const [mine, its] = [a.tables[name]!, b.tables[name]!];
      const shared = mine.columns.filter((column) => its.columns.includes(column));
      const rows = (folder: string, file: string) =>
        `SELECT ${shared.map(identifier).join(", ")} FROM read_parquet(${fileLiteral(join(folder, file))})`;
      const count = async (from: string, without: string) =>
        Number(
          (await connection.runAndReadAll(`SELECT count(*) FROM (${from} EXCEPT ALL ${without})`)).getRows()[0]![0],
        );
      const [left, right] = [rows(one, mine.file), rows(other, its.file)];
      found.push({
        table: name,
        rows: mine.rows,
        missing: await count(left, right),
        added: await count(right, left),
        columns: [...mine.columns, ...its.columns].filter((column) => !shared.includes(column)),
      });
    }
    return found;
  });
}

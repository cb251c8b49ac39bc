import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { fileLiteral, identifier, withSession } from "../dataset/session.js";
import { EvenkeelError } from "../errors.js";
import { type Board, boardTables } from "./rows.js";

/** Reads the tables of a board. @throws EvenkeelError if one is missing or not as its schema says */
export async function readBoard(folder: string): Promise<Board> {
  return withSession({}, async (connection) => {
    const tables: Record<string, unknown[]> = {};
    for (const [name, schema] of Object.entries(boardTables)) {
      const file = join(folder, `${name}.parquet`);
      await readFile(file).catch((cause) => {
        throw new EvenkeelError(`${file}: cannot be read; npx evenkeel score --out ${folder} writes it`, 2, { cause });
      });
      const columns = Object.keys(schema.shape).map(identifier).join(", ");
      const reader = await connection
        .runAndReadAll(`SELECT ${columns} FROM read_parquet(${fileLiteral(file)})`)
        .catch((cause) => {
          throw new EvenkeelError(
            `${file}: found no table of a score board of this version; write it again with npx evenkeel score`,
            2,
            { cause },
          );
        });
      const rows = reader.getRowObjectsJS().map((row) => numeric(row));
      const parsed = (schema as z.ZodObject).array().safeParse(rows);
      if (!parsed.success)
        throw new EvenkeelError(
          `${file}: ${parsed.error.issues[0]!.message}; write it again with npx evenkeel score`,
          2,
        );
      tables[name] = parsed.data;
    }
    return tables as unknown as Board;
  });
}

/** Whole numbers come as bigints. */
const numeric = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );

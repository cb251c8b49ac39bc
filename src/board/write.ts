import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { fillFolder, type StagingOptions } from "../dataset/staging.js";
import { writeRows } from "../results/rows.js";
import { type Board, boardTables } from "./rows.js";

/**
 * Writes a board into a folder, whole or not at all.
 *
 * @param make what makes the board once it is clear that the folder can be written
 * @returns the board
 */
export function writeBoard(folder: string, make: () => Promise<Board>, options: StagingOptions = {}): Promise<Board> {
  const isIn = async (path: string) => (await stat(join(path, "scores.parquet")).catch(() => undefined)) !== undefined;
  return fillFolder(
    folder,
    options,
    async (staging) => {
      const board = await make();
      for (const [name, schema] of Object.entries(boardTables))
        await writeRows(join(staging, `${name}.parquet`), schema as z.ZodObject, [...board[name as keyof Board]]);
      return board;
    },
    { name: "score board", isIn },
  );
}

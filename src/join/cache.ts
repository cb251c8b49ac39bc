import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DataType, tableFromArrays, tableFromIPC, tableToIPC, type Vector } from "apache-arrow";
import { CACHE_FOLDER } from "../dataset/cache-folder.js";
import { codeDigest } from "../dataset/code-digest.js";
import type { Dataset } from "../dataset/open.js";

/** Columns of a result: numbers, strings, booleans or null. */
export type Columns = Record<string, ArrayLike<unknown>>;

/**
 * The tables that `make` returns, kept beside the dataset as Arrow files. The name of the folder is made of `what`, of
 * the dataset's digest and of the code that joins, so that neither other data nor other code can meet an old result.
 * A dataset that may not be written to is read without a cache.
 */
export async function cachedColumns(
  dataset: Dataset,
  what: string,
  make: () => Promise<Record<string, Columns>>,
): Promise<Record<string, Columns>> {
  const code = ["", "../packing/", "../tables/", "../dataset/"].map((part) =>
    fileURLToPath(new URL(`./${part}`, import.meta.url)),
  );
  const name = `${what}-${dataset.manifest.digest.slice(0, 16)}-${await codeDigest(...code)}`;
  const folder = join(dataset.folder, CACHE_FOLDER, name);
  const known = await read(folder);
  if (known) return known;
  const made = await make();
  await write(folder, made).catch(() => undefined);
  return made;
}

async function read(folder: string): Promise<Record<string, Columns> | undefined> {
  try {
    const tables: Record<string, Columns> = {};
    for (const file of await readdir(folder)) {
      const table = tableFromIPC(await readFile(join(folder, file)));
      tables[file.replace(/\.arrow$/, "")] = Object.fromEntries(
        table.schema.fields.map((field, i) => [field.name, valuesOf(table.getChildAt(i)!)]),
      );
    }
    return Object.keys(tables).length > 0 ? tables : undefined;
  } catch {
    return undefined;
  }
}

/** The values of a column; whole arrays where Arrow has them, since going through it value by value takes far longer. */
function valuesOf(column: Vector): ArrayLike<unknown> {
  const [data] = column.data;
  if (column.nullCount > 0 || column.data.length !== 1 || !data) return [...column];
  if (DataType.isDictionary(column.type)) {
    const words = [...data.dictionary!];
    return Array.from((data.values as Int32Array).subarray(0, data.length), (code) => words[code]);
  }
  return DataType.isFloat(column.type) ? column.toArray() : [...column];
}

/** Written under another name and renamed, so that a reader never meets half a cache. */
async function write(folder: string, tables: Record<string, Columns>): Promise<void> {
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  for (const [name, columns] of Object.entries(tables))
    await writeFile(join(partial, `${name}.arrow`), tableToIPC(tableFromArrays(columns as Record<string, unknown[]>)));
  await rename(partial, folder);
}

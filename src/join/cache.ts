import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tableFromArrays, tableFromIPC, tableToIPC } from "apache-arrow";
import type { Dataset } from "../dataset/open.js";

/** Columns of a result: numbers, strings, booleans or null. */
export type Columns = Record<string, unknown[]>;

/**
 * The tables that `make` returns, kept beside the dataset as Arrow files. The name of the folder is made of the
 * dataset's digest and of the code that joins, so that neither other data nor other code can meet an old result.
 * A dataset that may not be written to is read without a cache.
 */
export async function cachedColumns(
  dataset: Dataset,
  make: () => Promise<Record<string, Columns>>,
): Promise<Record<string, Columns>> {
  const folder = join(dataset.folder, ".cache", `join-${await cacheKey(dataset)}`);
  const known = await read(folder);
  if (known) return known;
  const made = await make();
  await write(folder, made).catch(() => undefined);
  return made;
}

async function cacheKey(dataset: Dataset): Promise<string> {
  const hash = createHash("sha256").update(dataset.manifest.digest);
  const here = fileURLToPath(new URL(".", import.meta.url));
  for (const file of (await readdir(here)).filter((name) => /^[^.]+\.(js|ts)$/.test(name)).sort())
    hash.update(await readFile(join(here, file)));
  return hash.digest("hex").slice(0, 16);
}

async function read(folder: string): Promise<Record<string, Columns> | undefined> {
  try {
    const tables: Record<string, Columns> = {};
    for (const file of await readdir(folder)) {
      const table = tableFromIPC(await readFile(join(folder, file)));
      tables[file.replace(/\.arrow$/, "")] = Object.fromEntries(
        table.schema.fields.map((field, i) => [field.name, [...table.getChildAt(i)!]]),
      );
    }
    return Object.keys(tables).length > 0 ? tables : undefined;
  } catch {
    return undefined;
  }
}

/** Written under another name and renamed, so that a reader never meets half a cache. */
async function write(folder: string, tables: Record<string, Columns>): Promise<void> {
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  for (const [name, columns] of Object.entries(tables))
    await writeFile(join(partial, `${name}.arrow`), tableToIPC(tableFromArrays(columns)));
  await rename(partial, folder);
}

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE_FOLDER } from "../dataset/cache-folder.js";
import { codeDigest } from "../dataset/code-digest.js";
import { sha256 } from "../dataset/digest.js";
import { writeWhole } from "../dataset/write-whole.js";
import { type Verification, verify } from "./verify.js";

/**
 * What verify finds; if it was asked before, what it found then, as long as no file's size or time of change and no
 * check has changed since. For notebooks, which all end with it.
 */
export async function verifyOnce(folder: string): Promise<Verification> {
  const known = join(folder, CACHE_FOLDER, `verified-${await stampOf(folder)}.json`);
  const text = await readFile(known, "utf8").catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Verification;
  const verification = await verify(folder);
  await writeWhole(known, JSON.stringify(verification)).catch(() => undefined);
  return verification;
}

async function stampOf(folder: string): Promise<string> {
  const parts = ["../checks/", "../tables/", "../dataset/"];
  const code = await codeDigest(...parts.map((part) => fileURLToPath(new URL(part, import.meta.url))));
  const entries = await readdir(folder, { recursive: true });
  const files = entries.filter((entry) => !entry.startsWith(CACHE_FOLDER)).sort();
  const stamps = await Promise.all(files.map(async (file) => ({ file, ...(await stat(join(folder, file))) })));
  const changed = stamps
    .filter(({ mode }) => (mode & 0o170000) !== 0o040000)
    .map(({ file, size, mtimeMs }) => `${file} ${size} ${mtimeMs}`);
  return `${sha256(changed.join("\n")).slice(0, 16)}-${code}`;
}

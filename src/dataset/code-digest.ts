import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * A digest of the code in some folders (compiled or not, tests aside), to name what it computed by: other code never
 * meets an old result.
 */
export async function codeDigest(...folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const files = (await readdir(folder)).filter((name) => /^[^.]+\.(js|ts)$/.test(name)).sort();
    for (const file of files) hash.update(await readFile(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

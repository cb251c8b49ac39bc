import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "./digest.js";
import type { FileEntry, Manifest } from "./manifest.js";

/** A file that is not what the manifest says. */
export interface FileDifference {
  readonly file: string;
  readonly what: string;
}

/** Holds every file of a dataset, truth included, against the manifest's size and SHA-256. */
export async function compareFiles(folder: string, manifest: Manifest): Promise<FileDifference[]> {
  const entries: FileEntry[] = [...Object.values(manifest.tables), manifest.contract, ...manifest.truth];
  const differences: FileDifference[] = [];
  for (const { file, bytes, sha256: expected } of entries) {
    const found = await readFile(join(folder, file)).catch(() => undefined);
    if (!found) differences.push({ file, what: "not there" });
    else if (found.byteLength !== bytes)
      differences.push({ file, what: `${found.byteLength} bytes instead of ${bytes}` });
    else if (sha256(found) !== expected) differences.push({ file, what: "other bytes than were written" });
  }
  return differences;
}

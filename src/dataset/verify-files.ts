import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contentDigest } from "./content-digest.js";
import { sha256 } from "./digest.js";
import type { FileEntry, Manifest } from "./manifest.js";
import { withSession } from "./session.js";

/** A file that is not, byte by byte, what the manifest says. */
export interface FileDifference {
  readonly file: string;
  readonly what: string;
  /** Whether it holds the same rows all the same, encoded in another way. */
  readonly sameContent: boolean;
}

/** Holds every file of a dataset, truth included, against the manifest's size and SHA-256. */
export async function compareFiles(folder: string, manifest: Manifest): Promise<FileDifference[]> {
  const entries: FileEntry[] = [...Object.values(manifest.tables), manifest.contract, ...manifest.truth];
  const differences: FileDifference[] = [];
  for (const { file, bytes, sha256: expected } of entries) {
    const found = await readFile(join(folder, file)).catch(() => undefined);
    if (found && sha256(found) === expected) continue;
    if (!found) differences.push({ file, what: "not there", sameContent: false });
    else if (await hasSameContent(folder, manifest, file))
      differences.push({ file, what: "re-encoded, content unchanged", sameContent: true });
    else if (found.byteLength !== bytes)
      differences.push({ file, what: `${found.byteLength} bytes instead of ${bytes}`, sameContent: false });
    else differences.push({ file, what: "other bytes than were written", sameContent: false });
  }
  return differences;
}

async function hasSameContent(folder: string, manifest: Manifest, file: string): Promise<boolean> {
  const [name, entry] = Object.entries(manifest.tables).find(([, table]) => table.file === file) ?? [];
  if (name === undefined || entry === undefined) return false;
  try {
    return (await withSession({}, (connection) => contentDigest(connection, folder, name, entry))) === entry.digest;
  } catch {
    return false;
  }
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checks } from "./checks/index.js";
import { MANIFEST_FILE, parseManifest } from "./dataset/manifest.js";
import { openDataset } from "./dataset/open.js";
import { compareFiles } from "./dataset/verify-files.js";
import { EvenkeelError } from "./errors.js";

export interface VerifiedCheck {
  readonly name: string;
  readonly rule: string;
  readonly ok: boolean;
  /** How many things are wrong. */
  readonly count: number;
  readonly found: string;
}

export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly VerifiedCheck[];
}

/**
 * Holds a dataset against its manifest, then against every sanity check. Checks that need the tables are left out when
 * a file is missing or cut short, since nothing they said could be trusted.
 *
 * @throws EvenkeelError if the folder holds no dataset of this version
 */
export async function verify(folder: string): Promise<Verification> {
  const file = join(folder, MANIFEST_FILE);
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EvenkeelError(
      `${folder} holds no dataset: cannot read ${file} (${cause.code}); name a folder that evenkeel generate wrote`,
      2,
      { cause },
    );
  });
  const manifest = parseManifest(text, file);
  const differences = await compareFiles(folder, manifest);
  const files = 2 + Object.keys(manifest.tables).length + manifest.truth.length;
  const results: VerifiedCheck[] = [
    {
      name: "hashes",
      rule: "Every file is the one that the manifest lists",
      ok: differences.length === 0,
      count: differences.length,
      found:
        differences.length === 0
          ? `${files - 1} files`
          : differences.map(({ file: name, what }) => `${name}: ${what}`).join("; "),
    },
  ];
  try {
    const dataset = await openDataset(folder);
    try {
      results.push({
        name: "schema",
        rule: "Every table has its columns, of the right types",
        ok: true,
        count: 0,
        found: `${Object.keys(manifest.tables).length} tables`,
      });
      for (const check of checks) {
        const { ok, count, found } = await check.run(dataset);
        results.push({ name: check.name, rule: check.rule, ok, count, found });
      }
    } finally {
      dataset.close();
    }
  } catch (error) {
    if (!(error instanceof EvenkeelError)) throw error;
    results.push({
      name: "schema",
      rule: "Every table has its columns, of the right types",
      ok: false,
      count: 1,
      found: error.message,
    });
  }
  return { ok: results.every((result) => result.ok), checks: results };
}

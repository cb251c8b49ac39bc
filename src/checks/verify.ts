import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE, parseManifest } from "../dataset/manifest.js";
import { type Dataset, openDataset } from "../dataset/open.js";
import { compareFiles } from "../dataset/verify-files.js";
import { EvenkeelError } from "../errors.js";
import { plural } from "../units/format.js";
import type { Check, CheckResult } from "./check.js";
import { checks } from "./index.js";

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
  const changed = differences.filter(({ sameContent }) => !sameContent);
  const files = 1 + Object.keys(manifest.tables).length + manifest.truth.length;
  const results: VerifiedCheck[] = [
    {
      name: "hashes",
      rule: "Every file is the one that the manifest lists",
      ok: changed.length === 0,
      count: changed.length,
      found: [
        ...(changed.length === 0 ? [plural(files, "file")] : []),
        ...differences.map(({ file: name, what }) => `${name}: ${what}`),
      ].join("; "),
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
        results.push({ name: check.name, rule: check.rule, ...(await outcome(check, dataset)) });
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

/** What a check found; a table that cannot be read to its end is a finding, too. */
async function outcome(check: Check, dataset: Dataset): Promise<CheckResult> {
  try {
    const { ok, count, found } = await check.run(dataset);
    return { ok, count, found };
  } catch (error) {
    return { ok: false, count: 1, found: `cannot be read: ${(error as Error).message.split("\n")[0]}` };
  }
}

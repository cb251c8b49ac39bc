import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { analyse } from "../analysis/analyse.js";
import { datasetFolder, generate } from "../api.js";
import { MANIFEST_FILE, parseManifest } from "../dataset/manifest.js";
import { openDataset } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { packageRoot } from "../notebook/root.js";
import { verifyOnce } from "../verify-once.js";

/** A scenario to make ready for the notebooks. */
export interface PrepareJob {
  readonly scenario: string;
  readonly seed: number;
}

export type PrepareReply =
  | { readonly progress: string }
  | { readonly done: true; readonly checks: number }
  | { readonly failed: string; readonly exitCode: number };

/**
 * Generates a scenario's dataset, checks it and joins it, so that the notebooks find it all ready. A dataset that is
 * there already and is the one that the committed manifest describes is kept.
 */
export async function prepare({ scenario, seed }: PrepareJob, onProgress: (text: string) => void): Promise<number> {
  const folder = datasetFolder(scenario, seed);
  if (!(await isExpected(scenario, seed, folder))) {
    onProgress("simulating");
    await generate({
      scenario,
      seed,
      out: folder,
      replace: true,
      threads: 1,
      onTable: (name) => onProgress(`writing ${name}`),
    });
  }
  onProgress("checking");
  const { ok, checks } = await verifyOnce(folder);
  if (!ok) {
    const failed = checks.filter((check) => !check.ok).map((check) => `  ${check.name}: ${check.found}`);
    throw new EvenkeelError(`${folder} fails its checks:\n${failed.join("\n")}`, 1);
  }
  onProgress("joining");
  const dataset = await openDataset(folder, { threads: 1 });
  try {
    await analyse(dataset);
  } finally {
    dataset.close();
  }
  return checks.length;
}

async function isExpected(scenario: string, seed: number, folder: string): Promise<boolean> {
  const digestOf = async (file: string) => {
    const text = await readFile(file, "utf8").catch(() => undefined);
    return text === undefined ? undefined : parseManifest(text, file).digest;
  };
  if (!(await stat(join(folder, MANIFEST_FILE)).catch(() => undefined))) return false;
  const expected = await digestOf(join(packageRoot, "data", "expected", `${scenario}-${seed}.json`));
  return expected !== undefined && (await digestOf(join(folder, MANIFEST_FILE)).catch(() => undefined)) === expected;
}

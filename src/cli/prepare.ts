import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "../api.js";
import { verifyOnce } from "../checks/verify-once.js";
import { MANIFEST_FILE, parseManifest } from "../dataset/manifest.js";
import { openDataset } from "../dataset/open.js";
import { packageRoot } from "../notebook/root.js";
import { type Summary, summarise } from "../report/summarise.js";
import { plural } from "../units/format.js";
import { doApart } from "./apart.js";

/** A dataset to make ready for the notebooks. */
export interface PrepareJob {
  readonly folder: string;
  /** The named world that it shows; if it is not there as the committed manifest has it, it is generated. */
  readonly world?: { readonly scenario: string; readonly seed: number };
}

export interface Prepared {
  readonly checks: number;
  /** What failed, a line a check. */
  readonly failed: readonly string[];
  readonly summary: Summary;
}

/** Generates a dataset where that is asked for, checks it, joins it and says what it comes to. */
export async function prepare({ folder, world }: PrepareJob, onProgress: (text: string) => void): Promise<Prepared> {
  if (world !== undefined && !(await isExpected(world, folder))) {
    const onTable = (name: string) => onProgress(`writing ${name}`);
    const onDay = (day: number, of: number) => onProgress(`simulating, ${plural(day, "day")} of ${of}`);
    await generate({ ...world, out: folder, replace: true, threads: 1, onDay, onTable });
  }
  onProgress("checking");
  const { checks } = await verifyOnce(folder);
  const failed = checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.found}`);
  onProgress("joining");
  const dataset = await openDataset(folder, { threads: 1 });
  try {
    return { checks: checks.length, failed, summary: await summarise(dataset) };
  } finally {
    dataset.close();
  }
}

async function isExpected({ scenario, seed }: NonNullable<PrepareJob["world"]>, folder: string): Promise<boolean> {
  const digestOf = async (file: string) => {
    const text = await readFile(file, "utf8").catch(() => undefined);
    return text === undefined ? undefined : parseManifest(text, file).digest;
  };
  if (!(await stat(join(folder, MANIFEST_FILE)).catch(() => undefined))) return false;
  const expected = await digestOf(join(packageRoot, "data", "expected", `${scenario}-${seed}.json`));
  return expected !== undefined && (await digestOf(join(folder, MANIFEST_FILE)).catch(() => undefined)) === expected;
}

/**
 * Prepares datasets, one a processor at a time, each in a process of its own, so that its memory is given back.
 * The results come in the order of the jobs.
 */
export function prepareAll(
  jobs: readonly PrepareJob[],
  told: {
    readonly onProgress: (job: number, text: string) => void;
    readonly onDone: (job: number, prepared: Prepared) => void;
  },
): Promise<Prepared[]> {
  const module = new URL("./prepare-process.js", import.meta.url);
  return doApart<PrepareJob, Prepared>(jobs, { module, nameOf: ({ folder }) => folder, fresh: true }, told);
}

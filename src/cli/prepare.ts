import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generate } from "../api.js";
import { verifyOnce } from "../checks/verify-once.js";
import { MANIFEST_FILE, parseManifest } from "../dataset/manifest.js";
import { openDataset } from "../dataset/open.js";
import { EvenkeelError, type ExitCode } from "../errors.js";
import { packageRoot } from "../notebook/root.js";
import { type Summary, summarise } from "../report/summarise.js";
import { plural } from "../units/format.js";
import { beforeInterruption } from "./interrupt.js";

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

export type PrepareReply =
  | { readonly progress: string }
  | { readonly done: Prepared }
  | { readonly failed: string; readonly exitCode: number };

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
export async function prepareAll(
  jobs: readonly PrepareJob[],
  {
    onProgress,
    onDone,
  }: { onProgress: (job: number, text: string) => void; onDone: (job: number, prepared: Prepared) => void },
): Promise<Prepared[]> {
  const results: Prepared[] = [];
  const queue = jobs.entries();
  const work = async () => {
    for (const [i, job] of queue) {
      const prepared = await prepareApart(job, (text) => onProgress(i, text));
      results[i] = prepared;
      onDone(i, prepared);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  return results;
}

function prepareApart(job: PrepareJob, onProgress: (text: string) => void): Promise<Prepared> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./prepare-process.js", import.meta.url)), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // Less garbage collection than with the default of 16 MB.
      execArgv: ["--max-semi-space-size=64"],
      // In a process group of its own, so that Ctrl-C reaches only us, who end it and wait until it has cleaned up.
      detached: process.platform !== "win32",
    });
    const takeBack = beforeInterruption(async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    });
    let settled = false;
    child.on("message", (reply: PrepareReply) => {
      if ("progress" in reply) return onProgress(reply.progress);
      settled = true;
      if ("done" in reply) resolve(reply.done);
      else reject(new EvenkeelError(`${job.folder}: ${reply.failed}`, reply.exitCode as ExitCode));
    });
    child.on("exit", (code, signal) => {
      takeBack();
      if (settled) return;
      const how = signal ?? `exit code ${code}`;
      reject(new EvenkeelError(`${job.folder}: the process that prepared it ended (${how}); run this again`, 3));
    });
    child.send(job);
  });
}

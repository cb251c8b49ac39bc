import { existsSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EvenkeelError } from "../errors.js";
import { MANIFEST_FILE } from "./manifest.js";

export interface StagingOptions {
  /** Whether a dataset that is already there may be replaced once the new one is whole. */
  readonly replace?: boolean;
}

/** What a folder is filled with: only a folder that holds one, or nothing, is ever replaced. */
export interface Kind {
  readonly name: string;
  isIn(folder: string): Promise<boolean>;
}

const datasetKind: Kind = { name: "dataset", isIn: (folder) => isManifest(join(folder, MANIFEST_FILE)) };

/**
 * Whether a folder may be written: it is not there, empty, or holds what may be replaced.
 *
 * @throws EvenkeelError that says what is in the way
 */
export async function requireFree(
  folder: string,
  options: StagingOptions,
  kind: Kind = datasetKind,
): Promise<"nothing" | "empty" | "one"> {
  const occupied = await occupant(resolve(folder), kind);
  if (occupied === "file") throw new EvenkeelError(`--out ${folder}: a file is in the way; name a new or empty folder`);
  if (occupied === "other")
    throw new EvenkeelError(
      `--out ${folder}: found a folder that is not empty and holds no ${kind.name}; name a new or empty folder`,
    );
  if (occupied === "one" && !options.replace)
    throw new EvenkeelError(
      `--out ${folder}: found a ${kind.name} there already; name another folder, or add --replace`,
    );
  return occupied;
}

/**
 * Fills a folder so that it is there whole or not at all: `fill` writes into a hidden sibling, which is synced to disk
 * and renamed at the end. A run that fails or is stopped leaves what was there as it was; what a killed run left behind
 * is cleared, or put back, by the next.
 */
export async function fillFolder<T>(
  folder: string,
  options: StagingOptions,
  fill: (staging: string) => Promise<T>,
  kind: Kind = datasetKind,
): Promise<T> {
  const target = resolve(folder);
  const prefix = `.${basename(target)}.partial-`;
  await clearAbandoned(target, prefix);
  const occupied = await requireFree(folder, options, kind);
  const staging = join(dirname(target), `${prefix}${process.pid}`);
  // At once: whatever else was going on must not write on.
  const onSignal = (signal: NodeJS.Signals) => process.exit(signal === "SIGINT" ? 130 : 143);
  const onExit = () => removeNow(staging);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("exit", onExit);
  try {
    await makeFolder(staging, folder);
    const result = await fill(staging);
    await syncAll(staging);
    swapIn(staging, target, occupied);
    await rm(retired(staging), { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
    process.off("exit", onExit);
  }
}

/** How often, and how many ms apart, a folder is removed into which something still writes. */
const REMOVALS = 100;
const BETWEEN_REMOVALS_MS = 20;

/**
 * Removes a folder while the process ends. DuckDB's threads may still write into it, so that it is not empty when its
 * files are gone: then again. What stays in spite of that the next run clears.
 */
function removeNow(folder: string): void {
  for (let i = 0; i < REMOVALS; i++) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_REMOVALS_MS);
    }
  }
}

/** An empty folder, made anew. @param folder what the user named */
async function makeFolder(staging: string, folder: string): Promise<void> {
  try {
    await mkdir(dirname(staging), { recursive: true });
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new EvenkeelError(`--out ${folder}: cannot be written (${why}); name a folder that you may write to`, 2, {
      cause,
    });
  }
}

type Occupant = "nothing" | "empty" | "one" | "file" | "other";

async function occupant(folder: string, kind: Kind): Promise<Occupant> {
  try {
    const entries = await readdir(folder);
    if (entries.length === 0) return "empty";
    return (await kind.isIn(folder)) ? "one" : "other";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "nothing";
    if (code === "ENOTDIR") return "file";
    throw new EvenkeelError(`--out ${folder}: cannot be read (${(error as Error).message})`, 2, { cause: error });
  }
}

/** Whether a file is the manifest of a dataset, of whatever version: nothing else is ever replaced. */
async function isManifest(file: string): Promise<boolean> {
  try {
    const data: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof data === "object" && data !== null && "contractVersion" in data;
  } catch {
    return false;
  }
}

/** Removes what runs left behind whose process is gone, or puts it back if it is what was to be replaced. */
async function clearAbandoned(target: string, prefix: string): Promise<void> {
  const parent = dirname(target);
  for (const entry of await readdir(parent).catch(() => [])) {
    const [pid, old] = entry.startsWith(prefix) ? entry.slice(prefix.length).split(".") : [];
    if (pid === undefined || !/^\d+$/.test(pid) || isAlive(Number(pid))) continue;
    if (old !== undefined && !existsSync(target)) renameSync(join(parent, entry), target);
    else await rm(join(parent, entry), { recursive: true, force: true });
  }
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const handle = await open(join(entry.parentPath, entry.name), "r+");
    await handle.sync();
    await handle.close();
  }
}

/** Where what is replaced waits to be removed. */
const retired = (staging: string) => `${staging}.old`;

/** In one go, so that no signal is handled while neither is in place. */
function swapIn(staging: string, target: string, occupied: Occupant): void {
  if (occupied === "empty") rmdirSync(target);
  if (occupied === "one") renameSync(target, retired(staging));
  renameSync(staging, target);
}

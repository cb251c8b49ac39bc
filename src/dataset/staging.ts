import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { EvenkeelError } from "../errors.js";
import { MANIFEST_FILE } from "./manifest.js";

export interface StagingOptions {
  /** Whether a dataset that is already there may be replaced once the new one is whole. */
  readonly replace?: boolean;
}

/**
 * Fills a folder so that it is there whole or not at all: `fill` writes into a hidden sibling, which is synced to disk
 * and renamed at the end. A run that fails or is stopped leaves what was there as it was; what a killed run left behind
 * is cleared by the next.
 */
export async function fillFolder<T>(
  folder: string,
  options: StagingOptions,
  fill: (staging: string) => Promise<T>,
): Promise<T> {
  const target = resolve(folder);
  const occupied = await occupant(target);
  if (occupied === "other")
    throw new EvenkeelError(
      `--out ${folder}: found a folder that is not empty and holds no dataset; name a new or empty folder`,
    );
  if (occupied === "dataset" && !options.replace)
    throw new EvenkeelError(`--out ${folder}: found a dataset there already; name another folder, or add --replace`);

  const prefix = `.${basename(target)}.partial-`;
  const staging = join(dirname(target), `${prefix}${process.pid}`);
  const clear = () => rm(staging, { recursive: true, force: true });
  const onSignal = (signal: NodeJS.Signals) => {
    clear().finally(() => process.exit(signal === "SIGINT" ? 130 : 143));
  };
  try {
    await mkdir(dirname(target), { recursive: true });
    await clearAbandoned(dirname(target), prefix);
    await clear();
    await mkdir(staging);
  } catch (cause) {
    throw new EvenkeelError(
      `--out ${folder}: cannot be written (${(cause as Error).message}); name a folder that you may write to`,
      2,
      { cause },
    );
  }
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    const result = await fill(staging);
    await syncAll(staging);
    await swapIn(staging, target, occupied);
    return result;
  } catch (error) {
    await clear();
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

type Occupant = "nothing" | "empty" | "dataset" | "other";

async function occupant(folder: string): Promise<Occupant> {
  try {
    const entries = await readdir(folder);
    if (entries.length === 0) return "empty";
    return entries.includes(MANIFEST_FILE) ? "dataset" : "other";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "nothing";
    if (code === "ENOTDIR") return "other";
    throw new EvenkeelError(`--out ${folder}: cannot be read (${(error as Error).message})`, 2, { cause: error });
  }
}

/** Removes what runs left behind whose process is gone. */
async function clearAbandoned(parent: string, prefix: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number(entry.slice(prefix.length));
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
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

async function swapIn(staging: string, target: string, occupied: Occupant): Promise<void> {
  if (occupied === "empty") await rmdir(target);
  if (occupied !== "dataset") return rename(staging, target);
  const old = `${staging}.old`;
  await rename(target, old);
  await rename(staging, target);
  await rm(old, { recursive: true, force: true });
}

import { copyFile, mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { MANIFEST_FILE, type Manifest } from "../dataset/manifest.js";
import { describeDataset } from "../dataset/open.js";
import { fillFolder, type StagingOptions } from "../dataset/staging.js";
import { EvenkeelError } from "../errors.js";
import type { FaultInput } from "../scenario/schema.js";
import { applyFaults } from "./apply.js";
import { strikesOf } from "./request.js";

export interface BreakOptions extends StagingOptions {
  /** The dataset, which stays as it is. */
  readonly from: string;
  /** Folder to write. */
  readonly out: string;
  /** Applied in this order. */
  readonly faults: readonly FaultInput[];
  /** Called before each table is written anew. */
  readonly onTable?: (table: string, fault: string) => void;
}

/** Writes a copy of a dataset in which telemetry goes wrong. The copy appears whole or not at all; returns its manifest. */
export async function breakDataset({ from, out, faults, onTable, ...options }: BreakOptions): Promise<Manifest> {
  const source = () => "--fault";
  const { manifest, contract } = await describeDataset(from);
  const [startMs, endMs] = [Date.parse(manifest.start), Date.parse(manifest.end)];
  const inside = relative(resolve(from), resolve(out));
  if (inside === "" || !(inside.startsWith("..") || isAbsolute(inside)))
    throw new EvenkeelError(
      `--out ${out}: found the dataset itself, or a folder in it, which is to stay as it is; name another folder`,
    );
  // All of them, before anything is copied.
  strikesOf(faults, { contract, startMs, endMs }, source);
  return fillFolder(out, options, async (staging) => {
    const files = [MANIFEST_FILE, manifest.contract.file, ...Object.values(manifest.tables).map(({ file }) => file)];
    for (const file of [...files, ...manifest.truth.map((entry) => entry.file)]) {
      await mkdir(dirname(join(staging, file)), { recursive: true });
      await copyFile(join(from, file), join(staging, file));
    }
    return applyFaults(staging, faults, source, onTable);
  });
}

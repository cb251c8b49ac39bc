import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeDigest } from "../dataset/code-digest.js";
import type { Outcome } from "./outcome.js";
import type { SimulateAll, SimulationJob } from "./whatif.js";

/** The code that outcomes come of. */
const CODE = ["", "../simulation/", "../scenario/", "../demand/", "../telemetry/", "../random/", "../statistics/"];

/**
 * Keeps the outcome of every simulation as soon as it is finished, and does none twice: what was stopped goes on where it
 * was. A file each, named by scenario, seed and code; the folder may be deleted at any time.
 *
 * @param onKnown called with how many of the jobs were done before
 */
export function keepFinished(
  folder: string,
  simulate: (
    jobs: readonly SimulationJob[],
    onOutcome: (job: number, outcome: Outcome) => Promise<void>,
  ) => Promise<unknown>,
  onKnown: (known: number, of: number) => void = () => {},
): SimulateAll {
  return async (jobs) => {
    const code = await codeDigest(
      ...CODE.map((part) => fileURLToPath(new URL(part === "" ? "./" : part, import.meta.url))),
    );
    const fileOf = ({ scenario, seed }: SimulationJob) => {
      const { name: _, description: __, injected: ___, ...world } = scenario;
      const digest = createHash("sha256")
        .update(JSON.stringify([world, seed, code]))
        .digest("hex");
      return join(folder, `${digest.slice(0, 32)}.json`);
    };
    const files = jobs.map(fileOf);
    const outcomes = await Promise.all(files.map(read));
    const missing = [...jobs.keys()].filter((i) => outcomes[i] === undefined && files.indexOf(files[i]!) === i);
    onKnown(jobs.length - missing.length, jobs.length);
    await simulate(
      missing.map((i) => jobs[i]!),
      async (j, outcome) => {
        const i = missing[j]!;
        files.forEach((file, k) => {
          if (file === files[i]) outcomes[k] = outcome;
        });
        await write(files[i]!, outcome);
      },
    );
    return outcomes as Outcome[];
  };
}

async function read(file: string): Promise<Outcome | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Outcome;
  } catch {
    return undefined;
  }
}

/** Under another name first, so that nobody meets half of it. */
async function write(file: string, outcome: Outcome): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  const partial = `${file}.partial-${process.pid}`;
  await writeFile(partial, JSON.stringify(outcome));
  await rename(partial, file);
}

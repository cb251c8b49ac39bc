import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeDigest } from "../dataset/code-digest.js";
import { sha256 } from "../dataset/digest.js";
import { writeWhole } from "../dataset/write-whole.js";
import { EvenkeelError } from "../errors.js";
import type { Outcome } from "./outcome.js";
import type { SimulateAll, SimulationJob } from "./whatif.js";

/** The code that outcomes come of. */
const CODE = [
  "../whatif/",
  "../simulation/",
  "../scenario/",
  "../hardware/",
  "../demand/",
  "../telemetry/",
  "../packing/",
  "../tables/",
  "../join/",
  "../diagnosis/",
  "../plan/",
  "../random/",
  "../statistics/",
];

/**
 * Keeps the outcome of every simulation as soon as it is finished, and does none twice: what was stopped goes on where it
 * was. A file each, named by scenario, seed and code; the folder may be deleted at any time.
 *
 * @param onKnown called with how many of the jobs were done before
 * @throws EvenkeelError where the folder cannot be written, before anything is simulated
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
    const code = await codeDigest(...CODE.map((part) => fileURLToPath(new URL(part, import.meta.url))));
    const fileOf = ({ scenario, seed }: SimulationJob) => {
      const { name: _, description: __, injected: ___, ...world } = scenario;
      return join(folder, `${sha256(JSON.stringify([world, seed, code])).slice(0, 32)}.json`);
    };
    const files = jobs.map(fileOf);
    const outcomes = await Promise.all(files.map(read));
    const missing = [...jobs.keys()].filter((i) => outcomes[i] === undefined && files.indexOf(files[i]!) === i);
    onKnown(jobs.length - missing.length, jobs.length);
    if (missing.length > 0) await orRefuse(folder, () => mkdir(folder, { recursive: true }));
    await simulate(
      missing.map((i) => jobs[i]!),
      async (j, outcome) => {
        const i = missing[j]!;
        files.forEach((file, k) => {
          if (file === files[i]) outcomes[k] = outcome;
        });
        await orRefuse(folder, () => writeWhole(files[i]!, JSON.stringify({ digest: digestOf(outcome), outcome })));
      },
    );
    return outcomes as Outcome[];
  };
}

const digestOf = (outcome: unknown) => sha256(JSON.stringify(outcome));

/** What a file holds as it was written; nothing where there is none, or a damaged one. */
async function read(file: string): Promise<Outcome | undefined> {
  try {
    const { digest, outcome } = JSON.parse(await readFile(file, "utf8"));
    return digestOf(outcome) === digest ? outcome : undefined;
  } catch {
    return undefined;
  }
}

async function orRefuse(folder: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new EvenkeelError(
      `--finished ${folder}: cannot be written (${(cause as NodeJS.ErrnoException).code}); name another folder`,
      2,
      { cause },
    );
  }
}

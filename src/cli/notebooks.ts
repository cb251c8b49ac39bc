import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { datasetFolder, generate } from "../api.js";
import { openDataset } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { scenarioTruth } from "../generate.js";
import { observe } from "../join/observe.js";
import { stringify } from "../notebook/notebook.js";
import { chosenNotebooks, notebooksOf, runNotebooks } from "../notebook/run.js";
import { loadWorld } from "../replay/world.js";
import { readTrial } from "../trial/read.js";
import { plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { replayed } from "./replayed.js";

export interface NotebookFlags {
  readonly scenario: string;
  readonly seed: number;
  readonly data?: string;
  readonly days?: number;
  /** What `evenkeel whatif --notebook` wrote. */
  readonly whatIf?: string;
  readonly out: string;
  readonly replace?: boolean;
}

/** `evenkeel notebooks`: executed copies for another world. */
export async function notebooksCommand(names: readonly string[], flags: NotebookFlags): Promise<void> {
  const progress = new Progress();
  const chosen = await chosenNotebooks(names);
  const files = chosen.map((name) => join(flags.out, `${name}.ipynb`));
  refuseToOverwrite(files, flags);
  ifInterrupted(`no notebook was written to ${flags.out}`);
  const trial = flags.whatIf === undefined ? undefined : resolve(flags.whatIf);
  if (trial !== undefined) await readTrial(trial);
  const ofResults = await notebooksOf("results");
  const needsNoDataset = chosen.every((name) => ofResults.includes(name));
  const dataset = needsNoDataset ? undefined : await readableDataset(flags, progress);
  inFolder(flags.out, () => mkdirSync(flags.out, { recursive: true }));
  const executions = await runNotebooks(
    chosen.map((name) => ({
      name,
      figures: "png" as const,
      ...(dataset === undefined ? {} : { dataset }),
      ...(trial === undefined ? {} : { trial }),
    })),
    { onCell: ({ name }, cell) => progress.step(`running ${name}: ${cell}`) },
  );
  const texts = executions.map((execution) => stringify(execution.notebook));
  inFolder(flags.out, () => {
    // In one go, so that no signal is handled while some are written and some are not.
    for (const [i, file] of files.entries()) writeFileSync(`${file}.partial`, texts[i]!);
    for (const file of files) renameSync(`${file}.partial`, file);
  });
  ifInterrupted(undefined);
  executions.forEach((execution, i) => {
    if (execution.ok) progress.done(files[i]!);
  });
  progress.clear();
  const failures = executions.flatMap((execution, i) =>
    execution.ok ? [] : [`${execution.failure.message}\n${files[i]} shows how far it came`],
  );
  if (failures.length > 0) throw new EvenkeelError(failures.join("\n"), 1);
}

async function readableDataset(flags: NotebookFlags, progress: Progress): Promise<string> {
  const dataset = flags.data === undefined ? await world(flags, progress) : resolve(flags.data);
  progress.step(`reading ${dataset}`);
  await requireReadable(dataset);
  return dataset;
}

/** @throws EvenkeelError if a notebook is there already and may not be replaced */
function refuseToOverwrite(files: readonly string[], { out, replace }: NotebookFlags): void {
  const there = files.filter((file) => existsSync(file));
  if (there.length > 0 && !replace)
    throw new EvenkeelError(
      `--out ${out}: found ${there.join(", ")} there already; name another folder, or add --replace`,
    );
}

/** Joins the dataset, so that what no notebook could read is said once, before any runs; they find the join beside it. */
async function requireReadable(folder: string): Promise<void> {
  const dataset = await openDataset(folder);
  try {
    await observe(dataset);
  } catch (cause) {
    if (cause instanceof EvenkeelError) throw cause;
    const [what] = (cause as Error).message.split("\n");
    throw new EvenkeelError(
      `${folder}: cannot be joined (${what}); npx evenkeel verify ${folder} says what is wrong with it`,
      2,
      { cause },
    );
  } finally {
    dataset.close();
  }
}

/** @throws EvenkeelError if the folder of the notebooks cannot be written */
function inFolder(out: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new EvenkeelError(
      `--out ${out}: cannot be written (${(cause as Error).message}); name a folder that you may write to`,
      2,
      { cause },
    );
  }
}

/**
 * The dataset of a scenario and seed: generated, unless it is there already. A scenario that is not the named one as it
 * stands gets a folder beside the notebooks.
 */
async function world({ scenario, seed, days, out, replace }: NotebookFlags, progress: Progress): Promise<string> {
  const { scenario: resolved } = await loadWorld(scenario, { days });
  const { name } = resolved;
  const named = scenario === name && days === undefined;
  const folder = named ? datasetFolder(name, seed) : join(resolve(out), `data-${name}-${seed}`);
  const truth = await readFile(join(folder, "truth", "scenario.yaml"), "utf8").catch(() => undefined);
  // What a list held when it was replayed is not in the scenario.
  if (truth === scenarioTruth(resolved, seed) && !resolved.demand) return folder;
  await generate({
    scenario,
    seed,
    out: folder,
    replace: named || replace === true,
    ...(days === undefined ? {} : { days }),
    onReplay: (replay) => progress.done(replayed(replay)),
    onDay: (day, of) => progress.step(`generating ${name}, seed ${seed}: ${plural(day, "day")} of ${of}`),
    onTable: (table) => progress.step(`generating ${name}, seed ${seed}: ${table}`),
  });
  progress.done(folder);
  return folder;
}

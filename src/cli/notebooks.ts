import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { datasetFolder, generate } from "../api.js";
import { MANIFEST_FILE } from "../dataset/manifest.js";
import { EvenkeelError } from "../errors.js";
import { stringify } from "../notebook/notebook.js";
import { chosenNotebooks, runNotebooks } from "../notebook/run.js";
import { loadScenario } from "../scenario/load.js";
import { Progress } from "./progress.js";

export interface NotebookFlags {
  readonly scenario: string;
  readonly seed: number;
  readonly data?: string;
  readonly days?: number;
  readonly out: string;
}

/** `evenkeel notebooks`: executed copies for another world. */
export async function notebooksCommand(names: readonly string[], flags: NotebookFlags): Promise<void> {
  const progress = new Progress();
  const chosen = await chosenNotebooks(names);
  const dataset = flags.data === undefined ? await world(flags, progress) : resolve(flags.data);
  await mkdir(flags.out, { recursive: true }).catch((cause: Error) => {
    throw new EvenkeelError(
      `--out ${flags.out}: cannot be made (${cause.message}); name a folder that you may write to`,
      2,
      { cause },
    );
  });
  const executions = await runNotebooks(
    chosen.map((name) => ({ name, dataset, figures: "png" as const })),
    { onCell: ({ name }, cell) => progress.step(`running ${name}: ${cell}`) },
  );
  const failures: string[] = [];
  for (const [i, name] of chosen.entries()) {
    const execution = executions[i]!;
    const file = join(flags.out, `${name}.ipynb`);
    await writeFile(`${file}.partial`, stringify(execution.notebook));
    await rename(`${file}.partial`, file);
    if (execution.ok) progress.done(`${file}`);
    else failures.push(execution.failure.message);
  }
  progress.clear();
  if (failures.length > 0) throw new EvenkeelError(failures.join("\n"), 1);
}

/** The dataset of a scenario and seed: generated if it is not there. A scenario that is not the named one as it stands gets a folder beside the notebooks. */
async function world({ scenario, seed, days, out }: NotebookFlags, progress: Progress): Promise<string> {
  const { name } = await loadScenario(scenario, { days });
  const named = scenario === name && days === undefined;
  const folder = named ? datasetFolder(name, seed) : join(resolve(out), `data-${name}-${seed}`);
  const there = await stat(join(folder, MANIFEST_FILE)).then(
    () => true,
    () => false,
  );
  if (there && named) return folder;
  progress.step(`generating ${name}, seed ${seed}`);
  await generate({
    scenario,
    seed,
    out: folder,
    replace: true,
    ...(days === undefined ? {} : { days }),
    onTable: (table) => progress.step(`generating ${name}, seed ${seed}: ${table}`),
  });
  progress.done(folder);
  return folder;
}

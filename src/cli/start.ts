import { join, relative } from "node:path";
import { datasetFolder } from "../api.js";
import { EvenkeelError } from "../errors.js";
import { writeReport } from "../report/write.js";
import { defaultScenarios } from "../scenario/index.js";
import { list, plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { prepareAll } from "./prepare.js";
import { Progress } from "./progress.js";
import { reportFolder } from "./report.js";
import { textTable } from "./text-table.js";

const SEED = 42;

/** `evenkeel start`: everything, from a seed to captioned notebooks. */
export async function start(): Promise<void> {
  const began = Date.now();
  const progress = new Progress();
  const elapsed = () => `${Math.round((Date.now() - began) / 1000)} s`.padStart(6);
  const names = defaultScenarios.map(({ name }) => name);
  const label = (i: number) => `[${i + 1}/${names.length}] ${names[i]}`;

  progress.done(`preparing ${list(names)}: simulating what is not there yet, checking, joining`);
  ifInterrupted("what was whole is kept, the rest was not written; run this again to go on");
  const prepared = await prepareAll(
    names.map((scenario) => ({ folder: datasetFolder(scenario, SEED), world: { scenario, seed: SEED } })),
    {
      onProgress: (i, text) => progress.step(`${label(i)}: ${text}`),
      onDone: (i, { checks, failed }) =>
        progress.done(
          `${elapsed()}  ${label(i)}: generated and joined; ${failed.length === 0 ? `${plural(checks, "check")} passed` : `${failed.length} of ${plural(checks, "check")} FAILED`}`,
        ),
    },
  );
  const failed = prepared.flatMap(({ failed }, i) => failed.map((line) => `  ${names[i]}: ${line}`));
  if (failed.length > 0) throw new EvenkeelError(`Datasets fail their checks:\n${failed.join("\n")}`, 1);

  const worlds = prepared.map(({ summary }, i) => ({
    name: `${names[i]}-${SEED}`,
    folder: datasetFolder(names[i]!, SEED),
    summary,
  }));
  await writeReport(reportFolder, worlds, {
    onNotebook: (done, of) => progress.step(`running notebook ${done + 1} of ${of}`),
  });
  ifInterrupted(undefined);
  progress.done(`${elapsed()}  notebooks run, report written`);
  console.log(
    `\n${textTable(
      ["scenario", "finding"],
      worlds.map(({ summary }) => [summary.scenario, summary.headline]),
    )}`,
  );
  const index = join(reportFolder, "index.html");
  console.log(`\nRead the report:      ${relative(process.cwd(), index)} (npx evenkeel report --open)`);
  console.log("Read the notebooks:   notebooks/*.ipynb, or npm run lab");
  console.log("Try another seed:     npx evenkeel notebooks --scenario balanced --seed 7 --out another-seed");
}

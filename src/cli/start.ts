import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { datasetFolder } from "../api.js";
import { EvenkeelError, type ExitCode } from "../errors.js";
import { writeReport } from "../report/write.js";
import { scenarios } from "../scenario/index.js";
import type { PrepareJob, PrepareReply } from "./prepare.js";
import { Progress } from "./progress.js";
import { reportFolder } from "./report.js";
import { textTable } from "./text-table.js";

const SEED = 42;
const PREPARE = fileURLToPath(new URL("./prepare-process.js", import.meta.url));

/** `evenkeel start`: everything, from a seed to captioned notebooks. */
export async function start(): Promise<void> {
  const began = Date.now();
  const progress = new Progress();
  const jobs = scenarios.map(({ name }): PrepareJob => ({ scenario: name, seed: SEED }));
  const elapsed = () => `${Math.round((Date.now() - began) / 1000)} s`;

  const queue = jobs.entries();
  const work = async () => {
    for (const [i, job] of queue) {
      const label = `[${i + 1}/${jobs.length}] ${job.scenario}`;
      const checks = await prepareApart(job, (step) => progress.step(`${label}: ${step}`));
      progress.done(`${elapsed().padStart(5)}  ${label}: generated, joined; ${checks} checks passed`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));

  const worlds = jobs.map(({ scenario, seed }) => ({
    name: `${scenario}-${seed}`,
    folder: datasetFolder(scenario, seed),
  }));
  const summaries = await writeReport(reportFolder, worlds, {
    onNotebook: (done, of) => progress.step(`running notebook ${done + 1} of ${of}`),
  });
  progress.done(`${elapsed().padStart(5)}  notebooks run, report written`);
  console.log(
    `\n${textTable(
      ["scenario", "finding"],
      summaries.map(({ scenario, headline }) => [scenario, headline]),
    )}`,
  );
  const index = join(reportFolder, "index.html");
  console.log(`\nRead the report:      ${relative(process.cwd(), index)} (npx evenkeel report --open)`);
  console.log("Read the notebooks:   notebooks/*.ipynb, or npm run lab");
  console.log("Try another seed:     npx evenkeel notebooks --scenario balanced --seed 7 --out another-seed");
}

/** Runs one preparation in a process of its own, so that two can run at a time and memory is given back. */
function prepareApart(job: PrepareJob, onStep: (text: string) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(PREPARE, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let settled = false;
    child.on("message", (reply: PrepareReply) => {
      if ("progress" in reply) return onStep(reply.progress);
      settled = true;
      if ("done" in reply) resolve(reply.checks);
      else reject(new EvenkeelError(`${job.scenario}: ${reply.failed}`, reply.exitCode as ExitCode));
    });
    child.on("exit", (code, signal) => {
      if (!settled)
        reject(
          new EvenkeelError(
            `${job.scenario}: its process ended (${signal ?? `exit code ${code}`}); run npm start again`,
            3,
          ),
        );
    });
    child.send(job);
  });
}

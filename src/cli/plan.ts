import { access } from "node:fs/promises";
import { join } from "node:path";
import { analyse } from "../analysis/analyse.js";
import { simulatedText } from "../analysis/simulated-text.js";
import { actionSheet, planSheet, type Sheet } from "../analysis/tables.js";
import { SIMULATED_PLAN_FILE } from "../api.js";
import { openDataset } from "../dataset/open.js";
import { writeWhole } from "../dataset/write-whole.js";
import { EvenkeelError } from "../errors.js";
import { makePlan, type Plan } from "../plan/plan.js";
import { proposalsOf, type SimulatedPlan } from "../plan/simulated.js";
import { loadScenario } from "../scenario/load.js";
import type { Scenario } from "../scenario/schema.js";
import { duration, plural } from "../units/format.js";
import { type ProposalsJob, type ProposalsTried, simulatedPlanOf } from "../whatif/plan-trial.js";
import { onlyDrawn } from "../whatif/whatif.js";
import { doApart } from "./apart.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { textTable } from "./text-table.js";
import { seedsFrom } from "./whatif.js";

export interface PlanFlags {
  /** Seconds. */
  readonly target: number;
  readonly scenario?: string;
  readonly seeds: number;
}

/** `evenkeel plan`: the capacity plan of a dataset, and what comes of it when it is simulated. */
export async function planCommand(folder: string, { target, scenario: twin, seeds }: PlanFlags): Promise<void> {
  ifInterrupted(`${join(folder, SIMULATED_PLAN_FILE)} stays as it was`);
  const dataset = await openDataset(folder);
  try {
    const { digest, seed } = dataset.manifest;
    const scenario = await loadScenario(twin ?? (await ownScenario(folder)));
    onlyDrawn(scenario);
    const own = twin === undefined && seed !== null;
    const plan = makePlan(await analyse(dataset), target);
    const simulated = await simulatePlan(plan, scenario, {
      command: `npx evenkeel plan DIR --target ${target}s --seeds ${seeds}${twin === undefined ? "" : " --scenario FILE"}`,
      dataset: digest,
      own,
      seeds: seedsFrom({ seed: own ? seed : 1, seeds }),
    });
    ifInterrupted(undefined);
    await writeBeside(folder, simulated);
    console.log(text(plan, simulated));
  } finally {
    dataset.close();
  }
}

/** Simulates what a plan proposes, a seed after the other in processes of their own, one a processor, with progress. */
export async function simulatePlan(
  plan: Plan,
  scenario: Scenario,
  facts: Pick<SimulatedPlan, "command" | "dataset" | "own" | "seeds">,
): Promise<SimulatedPlan> {
  const proposals = proposalsOf(plan);
  const progress = new Progress();
  let done = 0;
  progress.step(`simulating the plan of ${scenario.name} with ${plural(facts.seeds.length, "seed")}`);
  const trials = await doApart<ProposalsJob, ProposalsTried>(
    facts.seeds.map((seed) => ({ scenario, seed, proposals })),
    {
      module: new URL("./plan-process.js", import.meta.url),
      nameOf: ({ seed }) => `${scenario.name}, seed ${seed}`,
    },
    { onDone: () => progress.step(`${++done} of ${plural(facts.seeds.length, "seed")} of ${scenario.name} simulated`) },
  );
  progress.clear();
  return simulatedPlanOf({ ...facts, scenario: scenario.name }, proposals, trials);
}

/** The scenario that a dataset was made from. @throws EvenkeelError where there is none */
async function ownScenario(folder: string): Promise<string> {
  const file = join(folder, "truth", "scenario.yaml");
  try {
    await access(file);
    return file;
  } catch (cause) {
    throw new EvenkeelError(
      `${folder}: found no truth/scenario.yaml, which says what to simulate; give --scenario FILE, a scenario that is like this cluster; npx evenkeel twin ${folder} --out FILE makes one`,
      2,
      { cause },
    );
  }
}

async function writeBeside(folder: string, simulated: SimulatedPlan): Promise<void> {
  const file = join(folder, SIMULATED_PLAN_FILE);
  try {
    await writeWhole(file, `${JSON.stringify(simulated, null, 1)}\n`);
  } catch (cause) {
    throw new EvenkeelError(`${file}: cannot be written (${(cause as NodeJS.ErrnoException).code})`, 2, { cause });
  }
}

function text(plan: Plan, simulated: SimulatedPlan): string {
  const table = ({ columns, rows }: Sheet, leftOut: readonly string[]) => {
    const shown = columns.flatMap((name, i) => (leftOut.includes(name) ? [] : [i]));
    return textTable(
      shown.map((i) => columns[i]!),
      rows.map((row) => shown.map((i) => String(row[i]))),
    );
  };
  return [
    `A p95 wait of ${duration(plan.targetSeconds)}. ${simulatedText(simulated)}`,
    table(planSheet(plan, simulated), ["jobs (censored, unseen)", "Erlang, GPUs"]),
    table(actionSheet(plan, simulated), ["what", "because", "who loses"]),
  ].join("\n\n");
}

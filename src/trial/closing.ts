import type { Sheet } from "../analysis/tables.js";
import { mean, meanInterval } from "../statistics/index.js";
import { number, plural } from "../units/format.js";
import { baselineOf, optionsOf } from "./options.js";
import { LEVEL, type SimulationRow, type Trial, type WhatIfRow } from "./rows.js";

/** What is rounded to four digits may differ by so much when it is added up. */
const ROUNDING = 0.05;

/** What every notebook ends with: whether what was tried adds up. */
export function trialChecks(trial: Trial): Sheet {
  const { seeds, simulations, days } = trial;
  const options = optionsOf(trial);
  const before = baselineOf(trial);
  const off = (sum: (row: SimulationRow) => number) =>
    simulations.filter((row) => Math.abs(sum(row) - row.unmetGpuHours) > ROUNDING).length;
  const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
  const unlike = options.filter(
    ({ unmet, wait, simulations: mine }) =>
      !follows(unmet, before, mine, ({ unmetGpuHours }) => unmetGpuHours) ||
      !follows(wait, before, mine, ({ waitP95Seconds }) => waitP95Seconds),
  );
  const hours = simulations.filter(({ unmetGpuHoursByHour }) => unmetGpuHoursByHour.length !== Math.ceil(days * 24));
  const negative = simulations.filter(({ unmetGpuHoursByHour }) => unmetGpuHoursByHour.some((value) => value < 0));
  const row = (what: string, wrong: number, found: string) => [what, wrong === 0 ? "ok" : "FAILED", found];
  return {
    columns: ["what must hold", "", "found"],
    rows: [
      row(
        "every option met the same seeds",
        options.filter((option) => option.simulations.includes(undefined as never)).length,
        `${plural(options.length, "option")} and doing nothing, ${plural(seeds.length, "seed")}`,
      ),
      row(
        "there is every hour, and none waits less than nothing",
        hours.length + negative.length,
        plural(days * 24, "hour"),
      ),
      row(
        "the hours add up to what waited",
        off(({ unmetGpuHoursByHour }) => total(unmetGpuHoursByHour)),
        plural(simulations.length, "simulation"),
      ),
      row(
        "so do the causes",
        off(({ unmetGpuHoursByCause }) => total(Object.values(unmetGpuHoursByCause))),
        plural(simulations.length, "simulation"),
      ),
      row(
        "each difference and its interval follow from the simulations",
        unlike.length,
        `${number(options.length)} of them`,
      ),
    ],
  };
}

/** Whether a row is what the simulations without and with it come to. */
function follows(
  row: WhatIfRow,
  before: readonly SimulationRow[],
  after: readonly SimulationRow[],
  of: (simulation: SimulationRow) => number | null,
): boolean {
  const [without, having] = [before.map(of), after.map(of)];
  // What is unknown in one seed is unknown.
  if ([...without, ...having].includes(null)) return row.difference === null;
  const differences = having.map((value, i) => value! - without[i]!);
  const interval = meanInterval(differences, LEVEL);
  const told = [row.before, row.after, row.difference, row.lower, row.upper];
  const found = [mean(without), mean(having), mean(differences), interval?.lower, interval?.upper];
  return told.every((value, i) =>
    value === null ? found[i] === undefined : Math.abs(value - (found[i] ?? Number.NaN)) <= ROUNDING,
  );
}

/** How to get the same results again, and others. Markdown. */
export function trialReproSteps({ command }: Trial): string {
  const given = (option: string) => new RegExp(`--${option} (\\S+)`).exec(command)?.[1] ?? "FILE";
  const other = command
    .replace(/--notebook .*/, "--notebook mine.json")
    .replace(/--scenario \S+/, "--scenario mine.yaml");
  return [
    "```",
    command,
    `npx evenkeel whatif --scenario ${given("scenario")} --check ${given("notebook")}`,
    other,
    "npx evenkeel notebooks 08-what-if --what-if mine.json --out mine",
    "```",
    "",
    "The first line simulates all of it again; the second does one seed again and holds it against the file. The last two are for a scenario and actions of your own: `npx evenkeel scenarios --show balanced > mine.yaml` prints one to change, `npx evenkeel whatif --list` lists the actions, and `npx evenkeel advise` searches for them.",
  ].join("\n");
}

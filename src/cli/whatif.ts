import { isDeepStrictEqual } from "node:util";
import { checkSeed } from "../api.js";
import { EvenkeelError } from "../errors.js";
import { loadScenario } from "../scenario/load.js";
import { trialChecks } from "../trial/closing.js";
import { readTrial } from "../trial/read.js";
import { joined, LEVEL } from "../trial/rows.js";
import { duration, list, number, plural } from "../units/format.js";
import { formOf } from "../whatif/actions/action.js";
import { actionKinds } from "../whatif/actions/index.js";
import { measures, queueMeasures } from "../whatif/compare.js";
import type { Outcome } from "../whatif/outcome.js";
import { parseTogether } from "../whatif/parse-action.js";
import { type Tried, variantOf, variantsOf, type WhatIf, whatIf } from "../whatif/whatif.js";
import { csvOf, jsonOf, trialOf, trialText } from "../whatif/written.js";
import { ifInterrupted } from "./interrupt.js";
import { simulateApart } from "./simulate-all.js";
import { textTable } from "./text-table.js";
import { differenceText, moneyText, quoted, shownIn } from "./what-if-text.js";
import { writeNamed } from "./write-file.js";

export interface WhatIfFlags {
  readonly scenario: string;
  readonly action: readonly string[];
  readonly seed: number;
  readonly seeds: number;
  readonly days?: number;
  readonly pairs?: boolean;
  readonly check?: string;
  readonly json?: string;
  readonly notebook?: string;
  readonly csv?: string;
  readonly finished?: string;
}

/** `evenkeel whatif --list`. */
export function listActions(): void {
  console.log(
    actionKinds.map((kind) => `${formOf(kind)}\n  ${kind.does}\n  for instance: ${kind.example}`).join("\n\n"),
  );
}

/** `evenkeel whatif`: what each action would change, over several seeds. */
export async function whatIfCommand(flags: WhatIfFlags): Promise<void> {
  if (flags.check !== undefined) return check(flags.check, flags);
  const scenario = await loadScenario(flags.scenario, { days: flags.days });
  const seeds = seedsFrom(flags);
  const variants = variantsOf(scenario, flags.action, flags.pairs);
  const found = await whatIf(scenario, variants, seeds, simulateApart(flags.finished));
  ifInterrupted(undefined);
  if (flags.json !== undefined) await writeNamed("json", flags.json, jsonOf(found));
  if (flags.csv !== undefined) await writeNamed("csv", flags.csv, csvOf(found));
  if (flags.notebook !== undefined)
    await writeNamed("notebook", flags.notebook, trialText(trialOf(found, commandOf(flags))));
  console.log(text(found));
}

/** What makes the file of --notebook again. */
function commandOf({ scenario, action, seed, seeds, days, pairs, notebook }: WhatIfFlags): string {
  return [
    "npx evenkeel whatif",
    `--scenario ${scenario}`,
    ...action.map((one) => `--action "${one}"`),
    ...(pairs ? ["--pairs"] : []),
    `--seed ${seed} --seeds ${seeds}`,
    ...(days === undefined ? [] : [`--days ${days}`]),
    `--notebook ${notebook}`,
  ].join(" ");
}

/** Does all that a file of `--notebook` tells of one seed again, and holds it against the file. */
async function check(file: string, { scenario: named, seed, finished }: WhatIfFlags): Promise<void> {
  const trial = await readTrial(file);
  const { days, seeds, simulations } = trial;
  if (!seeds.includes(seed))
    throw new EvenkeelError(`--seed: found ${seed}; allowed with --check ${file}: ${seeds.join(", ")}`);
  const scenario = await loadScenario(named, { days });
  if (scenario.name !== trial.scenario)
    throw new EvenkeelError(
      `--scenario: found ${scenario.name}; allowed with --check ${file}: ${trial.scenario}, of which it is`,
    );
  const tried = simulations.filter((one) => one.seed === seed && one.actions.length > 0);
  const variants = tried.map(({ actions }) => variantOf(scenario, parseTogether(joined(actions), scenario)));
  const priced = variants.filter(({ actions, money }) =>
    trial.rows.some((row) => row.action === joined(actions) && row.usd_per_month !== money.usdPerMonth),
  );
  const failed = trialChecks(trial).rows.filter(([, outcome]) => outcome !== "ok");
  if (priced.length + failed.length > 0)
    throw new EvenkeelError(
      `${file} contradicts itself: ${list([...failed.map(([what]) => `that ${what} is not so`), ...priced.map(({ actions }) => `${quoted(actions)} costs something else`)])}. Write it again: the command stands in it`,
      1,
    );
  const found = await whatIf(scenario, variants, [seed], simulateApart(finished));
  ifInterrupted(undefined);
  const again = trialOf(found, "").simulations;
  const wrong = again
    .filter((one) => !simulations.some((other) => isDeepStrictEqual(one, other)))
    .map(({ actions }) => (actions.length === 0 ? "nothing changed" : quoted(actions)));
  if (wrong.length > 0)
    throw new EvenkeelError(
      `${file} is not what ${scenario.name} comes to with seed ${seed} and\n  ${wrong.join("\n  ")}\nWrite it again: the command stands in it`,
      1,
    );
  console.log(
    `${scenario.name}, seed ${seed}: ${plural(variants.length + 1, "simulation")} come to what is in ${file}`,
  );
}

/** Far beyond what any difference that matters needs. */
const MOST_SEEDS = 1000;

/**
 * So many seeds from one on.
 *
 * @throws EvenkeelError for fewer than so many, or more than anybody needs
 */
export function seedsFrom({ seed, seeds }: Pick<WhatIfFlags, "seed" | "seeds">, fewest = 1): number[] {
  if (seeds < fewest || seeds > MOST_SEEDS)
    throw new EvenkeelError(
      `--seeds: found ${seeds}; allowed: ${fewest} to ${number(MOST_SEEDS)}${seeds < fewest ? ", since one seed shows no interval" : ""}`,
    );
  return Array.from({ length: seeds }, (_, i) => checkSeed(seed + i));
}

function text(found: WhatIf): string {
  const { scenario, days, seeds, tried, baseline } = found;
  const over =
    seeds.length === 1
      ? `seed ${seeds[0]}: one seed shows no interval, so nothing can be told from chance; use --seeds 10`
      : `seeds ${seeds[0]} to ${seeds.at(-1)}; in brackets the ${LEVEL * 100} % interval of the difference`;
  return [
    `${scenario}, ${plural(days, "day")} a simulation, ${over}`,
    ...tried.map((one) =>
      [
        `${quoted(one.actions)}: ${moneyText(one.money)}`,
        clusterTable(one),
        waitTable(one, baseline),
        queuesText(one),
      ].join("\n"),
    ),
  ].join("\n\n");
}

function clusterTable({ differences }: Tried): string {
  const rows = differences.filter(({ queue }) => queue === null);
  return textTable(
    ["", "without", "with", "difference"],
    rows.map((row) => [
      measures.find(({ name }) => name === row.measure)!.doc,
      shownIn(row.unit, row.before),
      shownIn(row.unit, row.after),
      differenceText(row),
    ]),
  );
}

/** The p95 wait of every LocalQueue against its target. */
function waitTable({ differences }: Tried, baseline: readonly Outcome[]): string {
  const targetOf = (queue: string) => {
    const targets = baseline.flatMap(({ queues }) => queues.find((one) => one.queue === queue)!.waitTargetsSeconds);
    return targets.length === 0 ? "no work" : targetText(Math.min(...targets), Math.max(...targets));
  };
  const rows = differences.filter(({ queue, measure }) => queue !== null && measure === "wait_p95_seconds");
  return textTable(
    ["p95 wait of the LocalQueue", "target", "without", "with", "difference"],
    rows.map((row) => [
      row.queue!,
      targetOf(row.queue!),
      shownIn(row.unit, row.before),
      shownIn(row.unit, row.after),
      differenceText(row),
    ]),
  );
}

/** A target, or those of the smallest and the largest work. */
const targetText = (least: number, most: number): string =>
  least === most ? duration(least) : `${duration(least)} to ${duration(most)}`;

/** Queues for which something is shown to differ, who gains first. */
function queuesText({ differences }: Tried): string {
  const rows = differences.filter(({ queue, verdict }) => queue !== null && (verdict === "less" || verdict === "more"));
  if (rows.length === 0) return "No queue is shown to gain or to lose.";
  const sorted = rows.toSorted((a, b) => Number(a.verdict === "more") - Number(b.verdict === "more"));
  return textTable(
    ["who gains and who loses", "", "without", "with", "difference"],
    sorted.map((row) => [
      `${row.verdict === "less" ? "gains" : "loses"}: ${row.queue}`,
      queueMeasures.find(({ name }) => name === row.measure)!.doc,
      shownIn(row.unit, row.before),
      shownIn(row.unit, row.after),
      differenceText(row),
    ]),
  );
}

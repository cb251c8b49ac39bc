import { isDeepStrictEqual } from "node:util";
import { checkSeed } from "../api.js";
import { EvenkeelError } from "../errors.js";
import { joined } from "../plan/what-if.js";
import { loadScenario } from "../scenario/load.js";
import { trialChecks } from "../trial/closing.js";
import { readTrial } from "../trial/read.js";
import { quoted } from "../trial/words.js";
import { list, number, plural } from "../units/format.js";
import { formOf } from "../whatif/actions/action.js";
import { actionKinds } from "../whatif/actions/index.js";
import { parseTogether } from "../whatif/parse-action.js";
import { variantOf, variantsOf, whatIf } from "../whatif/whatif.js";
import { csvOf, jsonOf, trialOf, trialText } from "../whatif/written.js";
import { ifInterrupted } from "./interrupt.js";
import { simulateApart } from "./simulate-all.js";
import { whatIfText } from "./what-if-text.js";
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
  console.log(whatIfText(found));
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

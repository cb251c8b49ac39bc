import { checkSeed } from "../api.js";
import { loadScenario } from "../scenario/load.js";
import { dollars, duration, number, percent, plural } from "../units/format.js";
import { formOf } from "../whatif/actions/action.js";
import { actionKinds } from "../whatif/actions/index.js";
import { type Difference, LEVEL, measures, queueMeasures } from "../whatif/compare.js";
import type { Money } from "../whatif/money.js";
import { type Tried, variantsOf, type WhatIf, whatIf } from "../whatif/whatif.js";
import { csvOf, jsonOf } from "../whatif/written.js";
import { ifInterrupted } from "./interrupt.js";
import { simulateApart } from "./simulate-all.js";
import { textTable } from "./text-table.js";
import { writeWhole } from "./write-file.js";

export interface WhatIfFlags {
  readonly scenario: string;
  readonly action: readonly string[];
  readonly seed: number;
  readonly seeds: number;
  readonly days?: number;
  readonly json?: string;
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
  const scenario = await loadScenario(flags.scenario, { days: flags.days });
  const first = checkSeed(flags.seed);
  const last = checkSeed(first + flags.seeds - 1);
  const seeds = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const variants = variantsOf(scenario, flags.action);
  const found = await whatIf(scenario, variants, seeds, simulateApart(flags.finished));
  ifInterrupted(undefined);
  if (flags.json !== undefined) await writeWhole("json", flags.json, jsonOf(found));
  if (flags.csv !== undefined) await writeWhole("csv", flags.csv, csvOf(found));
  console.log(text(found));
}

function text(found: WhatIf): string {
  const { scenario, days, seeds, tried } = found;
  const over =
    seeds.length === 1
      ? `seed ${seeds[0]}: one seed shows no interval, so nothing can be told from chance; use --seeds 10`
      : `seeds ${seeds[0]} to ${seeds.at(-1)}; in brackets the ${LEVEL * 100} % interval of the difference`;
  return [
    `${scenario}, ${plural(days, "day")} a simulation, ${over}`,
    ...tried.map((one) => [actionsText(one), clusterTable(one), queuesText(one)].join("\n")),
  ].join("\n\n");
}

const actionsText = ({ actions, money }: Tried) =>
  `${actions.map((one) => `"${one}"`).join(" with ")}: ${moneyText(money)}`;

function moneyText({ usdPerMonth, committedUntil, reusableUsdPerMonth }: Money): string {
  const until = committedUntil === null ? "" : `committed until ${committedUntil.slice(0, 10)}`;
  if (reusableUsdPerMonth > 0)
    return `saves nothing yet: nodes of ${dollars(reusableUsdPerMonth)} a month, ${until}, become free for other work`;
  if (usdPerMonth === 0) return "costs nothing";
  return usdPerMonth > 0
    ? `costs ${dollars(usdPerMonth)} a month${until && `, ${until}`}`
    : `saves ${dollars(-usdPerMonth)} a month`;
}

const inUnit: Readonly<Record<string, (value: number | null) => string>> = {
  "USD/month": dollars,
  s: (value) => (value === null ? "not reached" : duration(value)),
  share: percent,
};

/** A value of a measure in its unit. */
const shown = (unit: string, value: number | null) => (inUnit[unit] ?? number)(value);

function signed(unit: string, value: number): string {
  const said = shown(unit, value);
  return value > 0 && !said.startsWith("<") ? `+${said}` : said;
}

function differenceText({ unit, difference, lower, upper, verdict }: Difference): string {
  if (verdict === "same") return "the same";
  if (difference === null) return "unknown";
  const interval = lower === null || upper === null ? "" : ` (${signed(unit, lower)} to ${signed(unit, upper)})`;
  return `${signed(unit, difference)}${interval}${verdict === "no difference shown" ? ": no difference shown" : ""}`;
}

function clusterTable({ differences }: Tried): string {
  const rows = differences.filter(({ queue }) => queue === null);
  return textTable(
    ["", "without", "with", "difference"],
    rows.map((row) => [
      measures.find(({ name }) => name === row.measure)!.doc,
      shown(row.unit, row.before),
      shown(row.unit, row.after),
      differenceText(row),
    ]),
  );
}

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
      shown(row.unit, row.before),
      shown(row.unit, row.after),
      differenceText(row),
    ]),
  );
}

import { LEVEL } from "../trial/rows.js";
import { quoted } from "../trial/words.js";
import { dollars, duration, number, percent, plural } from "../units/format.js";
import { type Difference, measures, queueMeasures } from "../whatif/compare.js";
import type { Money } from "../whatif/money.js";
import type { Outcome } from "../whatif/outcome.js";
import type { Tried, WhatIf } from "../whatif/whatif.js";
import { textTable } from "./text-table.js";

/** What was found of each action, or of several together. */
export function whatIfText(found: WhatIf): string {
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

/** What every table says of a measure. */
const CHANGE = ["without", "with", "difference"];
const changeCells = (row: Difference) => [
  shownIn(row.unit, row.before),
  shownIn(row.unit, row.after),
  differenceText(row),
];

function clusterTable({ differences }: Tried): string {
  const rows = differences.filter(({ queue }) => queue === null);
  return textTable(
    ["", ...CHANGE],
    rows.map((row) => [measures.find(({ name }) => name === row.measure)!.doc, ...changeCells(row)]),
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
    ["p95 wait of the LocalQueue", "target", ...CHANGE],
    rows.map((row) => [row.queue!, targetOf(row.queue!), ...changeCells(row)]),
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
    ["who gains and who loses", "", ...CHANGE],
    sorted.map((row) => [
      `${row.verdict === "less" ? "gains" : "loses"}: ${row.queue}`,
      queueMeasures.find(({ name }) => name === row.measure)!.doc,
      ...changeCells(row),
    ]),
  );
}

function moneyText({ usdPerMonth, committedUntil, reusableUsdPerMonth }: Money): string {
  const until = committedUntil === null ? "" : `committed until ${committedUntil.slice(0, 10)}`;
  if (reusableUsdPerMonth > 0 && usdPerMonth > 0)
    return `costs ${dollars(usdPerMonth)} a month; nodes of ${dollars(reusableUsdPerMonth)} a month that it gives back, ${until}, become free for other work`;
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
const shownIn = (unit: string, value: number | null): string => (inUnit[unit] ?? number)(value);

function signed(unit: string, value: number): string {
  const said = shownIn(unit, value);
  return value > 0 && !said.startsWith("<") ? `+${said}` : said;
}

function differenceText({ unit, difference, lower, upper, verdict }: Difference): string {
  if (verdict === "same") return "the same";
  if (difference === null) return "unknown";
  const interval = lower === null || upper === null ? "" : ` (${signed(unit, lower)} to ${signed(unit, upper)})`;
  return `${signed(unit, difference)}${interval}${verdict === "no difference shown" ? ": no difference shown" : ""}`;
}

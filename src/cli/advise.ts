import { loadScenario } from "../scenario/load.js";
import { LEVEL } from "../trial/rows.js";
import { quoted } from "../trial/words.js";
import { dollars, duration, gpuHours, list, number, plural, range } from "../units/format.js";
import { type Advice, advise, type Option, removedBeyond } from "../whatif/advise.js";
import { ifInterrupted } from "./interrupt.js";
import { simulateApart } from "./simulate-all.js";
import { textTable } from "./text-table.js";

import { seedsFrom } from "./whatif.js";
import { writeNamed } from "./write-file.js";

export interface AdviseFlags {
  readonly scenario: string;
  /** US dollars a month. */
  readonly budget: number;
  readonly pairs?: boolean;
  readonly seed: number;
  readonly seeds: number;
  readonly days?: number;
  readonly json?: string;
  readonly finished?: string;
}

/** `evenkeel advise`: what to do, the free first. */
export async function adviseCommand(flags: AdviseFlags): Promise<void> {
  const scenario = await loadScenario(flags.scenario, { days: flags.days });
  const advice = await advise({
    scenario,
    budgetUsdPerMonth: flags.budget,
    pairs: flags.pairs === true,
    seeds: seedsFrom(flags, 2),
    simulateAll: simulateApart(flags.finished),
  });
  ifInterrupted(undefined);
  if (flags.json !== undefined) await writeNamed("json", flags.json, `${JSON.stringify(advice, null, 2)}\n`);
  console.log(text(advice));
}

function text(advice: Advice): string {
  const { scenario, days, seeds, budgetUsdPerMonth, gates, worth, notShown, left, simulations } = advice;
  const budget = budgetUsdPerMonth === 0 ? "nothing to spend" : `${dollars(budgetUsdPerMonth)} a month to spend`;
  const tried = worth.length + notShown.length;
  return [
    `${scenario}, ${plural(days, "day")} a simulation, ${budget}; seeds ${seeds[0]} to ${seeds.at(-1)}, fewer for what is clear sooner; ${plural(simulations, "simulation")}`,
    gatesText(advice),
    ...(worth.length > 0 ? [worthTable(worth), frontText(advice)] : []),
    verdict(advice),
    ...(notShown.length > 0
      ? [
          `Not shown to help, of ${plural(tried, "option")} tried: ${notShown.map(({ actions }) => quoted(actions)).join(", ")}`,
        ]
      : []),
    ...(left.length > 0 ? [`Not tried:\n${left.map(({ action, why }) => `  "${action}": ${why}`).join("\n")}`] : []),
    ...(gates.length > 0
      ? [
          "Who gains and who loses: npx evenkeel whatif with the action and this --seed and --seeds, which goes on from what is simulated",
        ]
      : []),
  ].join("\n\n");
}

function gatesText({ gates, baseline }: Advice): string {
  const unmet = gpuHours(baseline.reduce((sum, { unmetGpuHours }) => sum + unmetGpuHours, 0) / baseline.length);
  if (gates.length === 0) return `${unmet} wait on average, nowhere enough for something to be done`;
  return `${unmet} wait on average; of that\n${textTable(
    ["ClusterQueue", "for GPUs of", "because of", "GPU-hours"],
    gates.map(({ clusterQueue, nodegroups, cause, gpuHours: hours }) => [
      clusterQueue,
      list(nodegroups),
      cause,
      number(hours),
    ]),
  )}`;
}

const monthly = (usd: number) => (usd === 0 ? "free" : usd < 0 ? `saves ${dollars(-usd)}` : dollars(usd));

function worthTable(worth: readonly Option[]): string {
  return textTable(
    [
      "what to do",
      "a month",
      "GPU-hours removed",
      `${LEVEL * 100} % interval`,
      "per $1,000 a month",
      "seeds",
      "against",
    ],
    worth.map(({ actions, because, money, removed, outcomes }) => [
      quoted(actions),
      monthly(money.usdPerMonth),
      number(removed.gpuHours),
      range(removed.lower, removed.upper),
      money.usdPerMonth > 0 ? number((removed.gpuHours * 1000) / money.usdPerMonth) : "-",
      String(outcomes.length),
      [...new Set(because)].join("; "),
    ]),
  );
}

function frontText({ front }: Advice): string {
  return `No other of these is both cheaper and has a shorter p95 wait of a GPU:\n${textTable(
    ["what to do", "a month", "p95 wait"],
    front.map(({ actions, usdPerMonth, waitP95Seconds }) => [
      actions.length === 0 ? "nothing" : quoted(actions),
      monthly(usdPerMonth),
      waitP95Seconds === null ? "not reached" : duration(waitP95Seconds),
    ]),
  )}`;
}

/** What to do first, what money adds to that, or that there is nothing. */
function verdict({ worth, gates, budgetUsdPerMonth, notShown }: Advice): string {
  const free = worth.find(({ money }) => money.usdPerMonth <= 0);
  const paid = worth.filter(({ money }) => money.usdPerMonth > 0);
  const removes = ({ actions, removed }: Option) =>
    `${quoted(actions)} removes ${gpuHours(Math.round(removed.gpuHours))} (${range(removed.lower, removed.upper)})`;
  const costs = ({ money }: Option) => `for ${dollars(money.usdPerMonth)} a month`;
  if (free) {
    const first = `Do first what is free: ${removes(free)}.`;
    const more = paid.find(({ actions }) => actions.length > 1 && free.actions.every((one) => actions.includes(one)));
    if (more) {
      const { gpuHours: hours, lower, upper } = removedBeyond(free, more);
      return `${first} Beyond it ${quoted(more.actions.filter((one) => !free.actions.includes(one)))} removes ${gpuHours(Math.round(hours))} more (${range(lower, upper)}) ${costs(more)}.`;
    }
    return paid[0] ? `${first} By itself, without that, ${removes(paid[0])} ${costs(paid[0])}.` : first;
  }
  if (paid[0]) return `Nothing that is free is shown to help. ${removes(paid[0])} ${costs(paid[0])}.`;
  if (gates.length === 0)
    return "Nothing is worth doing: no queue waits so much at any nodegroup that an action is called for.";
  const within = budgetUsdPerMonth === 0 ? "that is free" : `within ${dollars(budgetUsdPerMonth)} a month`;
  return `Nothing is worth doing ${within}: ${notShown.length === 0 ? "there is no such action against what waits" : "of what was tried, nothing is shown to remove any of what waits"}.`;
}

import type { Sheet } from "../analysis/tables.js";
import { MONTH_HOURS } from "../plan/capacity.js";
import { dollars, duration, list, number, range } from "../units/format.js";
import { helps, isFree, type Option, optionsOf, ranked } from "./options.js";
import { LEVEL, type Trial } from "./rows.js";
import { harmsText, moneyAndTerm } from "./words.js";

/** What was tried, the best first: free before what costs, then by what a dollar removes; last what is not shown to help. */
export function rankedSheet(trial: Trial): Sheet {
  return {
    columns: [
      "option",
      "actions",
      "money",
      "GPU-hours removed",
      `${LEVEL * 100} % interval`,
      "$ a GPU-hour removed",
      "p95 wait",
      "gains",
      "loses",
    ],
    rows: ranked(optionsOf(trial)).map((option) => [
      option.name,
      option.actions.join(" with "),
      moneyAndTerm(option),
      removedText(option),
      boundsText(option),
      dollarsText(option, trial),
      `${waitText(option.wait.before)} to ${waitText(option.wait.after)}`,
      namesOf(option.gains, trial),
      namesOf([...option.loses, ...harmsText(option)], trial),
    ]),
  };
}

const removedText = ({ unmet: { difference, verdict } }: Option) => {
  if (difference === null) return "unknown";
  const said = number(Math.round(-difference));
  if (verdict === "less") return said;
  return verdict === "more"
    ? `${said}: adds to what waits`
    : `${said}: ${verdict === "unknown" ? "not told from chance" : verdict}`;
};

const boundsText = ({ unmet: { lower, upper } }: Option) =>
  lower === null || upper === null ? "unknown" : range(Math.round(-upper), Math.round(-lower));

const waitText = (seconds: number | null) => (seconds === null ? "not reached" : duration(seconds));

const namesOf = (names: readonly string[], { seeds }: Trial) =>
  seeds.length === 1 ? "unknown" : names.length === 0 ? "nobody shown" : list(names);

/** US dollars for each GPU-hour of waiting that is removed. */
export const usdPerGpuHourRemoved = (usdPerMonth: number, gpuHours: number, { days }: Trial): number =>
  usdPerMonth / ((gpuHours * MONTH_HOURS) / (days * 24));

function dollarsText(option: Option, trial: Trial): string {
  if (isFree(option)) return "free";
  if (!helps(option)) return "nothing shown for it";
  return dollars(usdPerGpuHourRemoved(option.usdPerMonth, -option.unmet.difference!, trial));
}

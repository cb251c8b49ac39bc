import { date, dollars, gpuHours, list, number, plural, range } from "../units/format.js";
import { DAY_MS } from "../units/time.js";
import { lettersOf, type Option, type OverSeeds, optionsOf } from "./options.js";
import type { Trial } from "./rows.js";

/** Where the numbers of a trial come from, for the foot of a figure. */
export const trialSource = ({ scenario, evenkeel }: Trial): string =>
  `simulated: scenario ${scenario}; evenkeel ${evenkeel}`;

/** "10 simulations of 7 days each, seeds 42 to 51". */
export function populationText({ days, seeds }: Trial): string {
  const each = seeds.length > 1 ? " each" : "";
  return `${plural(seeds.length, "simulation")} of ${plural(days, "day")}${each}, ${seeds.length > 1 ? `seeds ${seeds[0]} to ${seeds.at(-1)}` : `seed ${seeds[0]}`}`;
}

/** What was tried, on what, and what each costs. Markdown. */
export function triedText(trial: Trial): string {
  const options = optionsOf(trial);
  const single = options.filter(({ actions }) => actions.length === 1);
  const together = options.length - single.length;
  const tried = [
    ...(single.length > 0 ? [plural(single.length, "action")] : []),
    ...(together > 0 ? [`${plural(together, "combination")}${single.length > 0 ? " of them" : ""}`] : []),
  ];
  return [
    `\`${trial.scenario}\`: ${trial.description}. ${capital(populationText(trial))}, without anything done and with ${list(tried)}:`,
    "",
    ...lettersOf(trial).map(({ name, action }) => {
      const alone = single.find(({ actions }) => actions[0] === action);
      return `- **${name}** \`${action}\`: ${alone ? moneyAndTerm(alone) : "only tried with others"}`;
    }),
  ].join("\n");
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The hours of the time axis, ms. */
export function timeOf({ start, days }: Trial): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Date.parse(start);
  return { fromMs, toMs: fromMs + days * DAY_MS };
}

/** "A: borrow training-a100 on; B: …". */
export function namesText(trial: Trial): string {
  return lettersOf(trial)
    .map(({ name, action }) => `${name}: ${action}`)
    .join("; ");
}

/** What it costs, in few words. */
export function moneyText({ usdPerMonth, reusableUsdPerMonth }: Option): string {
  if (usdPerMonth > 0) return `${dollars(Math.round(usdPerMonth))} a month`;
  if (usdPerMonth < 0) return `saves ${dollars(Math.round(-usdPerMonth))} a month`;
  return reusableUsdPerMonth > 0 ? "saves nothing yet" : "free";
}

/** The same, with how long that binds. */
export function moneyAndTerm(option: Option): string {
  const { committedUntil, reusableUsdPerMonth } = option;
  const until = committedUntil === null ? "" : `, committed until ${date(Date.parse(committedUntil))}`;
  const reusable =
    reusableUsdPerMonth > 0
      ? `; nodes of ${dollars(Math.round(reusableUsdPerMonth))} a month become free for other work`
      : "";
  return `${moneyText(option)}${until}${reusable}`;
}

/** `"borrow training-a100 on" with "add-nodes h100-training 1"`. */
export const quoted = (actions: readonly string[]): string => actions.map((one) => `"${one}"`).join(" with ");

/** "5,073 GPU-hours (3,643 to 6,503)". */
export function hoursOverSeeds({ estimate, interval }: OverSeeds): string {
  const bounds = interval ? ` (${range(Math.round(interval.lower), Math.round(interval.upper))})` : "";
  return `${gpuHours(Math.round(estimate))}${bounds}`;
}

/** A change with its sign: "+12", "−5,073". */
export const signedNumber = (value: number): string => `${value > 0 ? "+" : ""}${number(value)}`;

/** What an option does to work beside making it wait: "23.5 more workloads ended for idleness". */
export const harmsText = ({ harms }: Option): string[] =>
  harms.map(({ measure, difference }) => {
    const more = Math.abs(difference!) >= 10 ? Math.round(difference!) : difference;
    if (measure === "evictions") return plural(more, "more eviction");
    return measure === "reaped_workloads"
      ? `${plural(more, "more workload")} ended for idleness`
      : `${plural(more, "more GPU-hour")} of work that comes to nothing`;
  });

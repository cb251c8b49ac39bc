import { idleText } from "../plan/budget.js";
import { mean } from "../statistics/index.js";
import { date, dollars, gpuHours, list, number, percent, period, plural, range } from "../units/format.js";
import { baselineOf, choiceOf, isShownToRemove, type Option, type OverSeeds, overSeeds, removed } from "./options.js";
import { LEVEL, type SimulationRow, type Trial } from "./rows.js";
import { usdPerGpuHourRemoved } from "./sheets.js";
import { hoursOverSeeds, quoted, timeOf } from "./words.js";

/** Causes for which healthy GPUs that could do the work are free. Fragmentation: enough of them, but apart. */
const WHILE_FREE = ["quota", "head-of-line", "flavor", "fragmentation"];

/** What a budget meeting has to know, as it was simulated. */
export interface TrialBudget {
  /** GPU-hours that waited, over the seeds. */
  readonly waited: OverSeeds;
  /** Share of it while GPUs that could do the work were free. */
  readonly whileFree: OverSeeds;
  readonly apartGpuHours: number;
  /** What costs nothing and is shown to help. */
  readonly free: Option | undefined;
  readonly freeRemoves: OverSeeds | undefined;
  readonly paid: Option | undefined;
  /** Beyond what is free. */
  readonly paidRemoves: OverSeeds | undefined;
  /** As it is, without anything done. */
  readonly idle: { readonly usdPerMonth: number; readonly owners: readonly string[] };
}

export function trialBudget(trial: Trial): TrialBudget {
  const before = baselineOf(trial);
  const { free, paid, paidRemoves } = choiceOf(trial);
  const causes = (row: SimulationRow, names: readonly string[]) =>
    names.reduce((sum, cause) => sum + (row.unmetGpuHoursByCause[cause] ?? 0), 0);
  return {
    waited: overSeeds(before.map(({ unmetGpuHours }) => unmetGpuHours)),
    whileFree: overSeeds(
      before.map((row) => (row.unmetGpuHours === 0 ? 0 : causes(row, WHILE_FREE) / row.unmetGpuHours)),
    ),
    apartGpuHours: mean(before.map((row) => causes(row, ["fragmentation"])))!,
    free,
    freeRemoves: free && removed(before, free.simulations),
    paid,
    paidRemoves,
    idle: {
      usdPerMonth: mean(before.map(({ idleUsdPerMonth }) => idleUsdPerMonth))!,
      owners: [...new Set(before.flatMap(({ idleOwners }) => idleOwners))],
    },
  };
}

/** The sentence for a budget meeting: what waits and why, what is free and what it removes, what only money can remove, what lies idle. */
export function trialBudgetSentence(trial: Trial): string {
  const found = trialBudget(trial);
  const { fromMs, toMs } = timeOf(trial);
  const times = plural(trial.seeds.length, "simulation");
  const over = trial.seeds.length === 1 ? times : `${times}, ${LEVEL * 100} % intervals`;
  const length = trial.days === 7 ? "a week" : plural(trial.days, "day");
  const idle = found.idle.usdPerMonth >= 1 ? `, while ${idleText(found.idle)}` : "";
  return `In ${length} like ${trial.days === 7 ? "that" : "those"} of ${period(fromMs, toMs)} (${over}) ${waitedText(found)}. ${changesText(found, trial)}${idle}.`;
}

/** From this share of the waiting on it is said that GPUs were free, but apart. */
const SAID_SHARE = 0.2;

function waitedText({ waited, whileFree, apartGpuHours }: TrialBudget): string {
  if (waited.estimate === 0) return "no job waits";
  const bounds = whileFree.interval;
  const clamped = (share: number) => percent(Math.min(1, Math.max(0, Math.round(share * 1000) / 1000)));
  const sure = bounds ? ` (${clamped(bounds.lower)} to ${clamped(bounds.upper)})` : "";
  const apart =
    apartGpuHours >= SAID_SHARE * waited.estimate ? `, ${gpuHours(Math.round(apartGpuHours))} of it apart` : "";
  return `jobs wait ${hoursOverSeeds(waited)}; ${clamped(whileFree.estimate)}${sure} of it while compatible, healthy GPUs are free${apart}`;
}

function changesText(budget: TrialBudget, trial: Trial): string {
  const { waited, free, freeRemoves, paid } = budget;
  if (waited.estimate === 0) return "Nothing has to be changed";
  if (trial.seeds.length === 1) return "What a change would remove cannot be told from chance with one seed";
  if (!free || !freeRemoves)
    return paid
      ? `No free change is shown to help; ${paidText(budget, trial)}`
      : "No change that was tried is shown to help";
  const count =
    free.actions.length === 1
      ? "One change"
      : `${capital(WORDS[free.actions.length] ?? number(free.actions.length))} changes`;
  const isOne = free.actions.length === 1;
  const saved =
    free.usdPerMonth < 0
      ? ` that ${isOne ? "saves" : "save"} ${dollars(Math.round(-free.usdPerMonth))} a month`
      : " at no cost";
  const losers =
    free.loses.length > 0 ? `, by which ${list(free.loses)} ${free.loses.length === 1 ? "loses" : "lose"},` : "";
  const first = `${count}${saved}${losers} ${isOne ? "removes" : "remove"} ${hoursOverSeeds(freeRemoves)} of it`;
  if (!paid) return `${first}; nothing that costs was tried on top`;
  const rest = Math.round(waited.estimate - freeRemoves.estimate);
  return isShownToRemove(budget.paidRemoves)
    ? `${first}; only the remaining ${number(rest)} can justify ${paidText(budget, trial)}`
    : `${first}; of the remaining ${number(rest)}, ${paidText(budget, trial)}`;
}

/** Numbers of changes, as a sentence begins with them. */
const WORDS: Readonly<Record<number, string>> = { 2: "two", 3: "three", 4: "four", 5: "five" };
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function paidText({ free, paid, paidRemoves }: TrialBudget, trial: Trial): string {
  const added = paid!.actions.filter((action) => !free?.actions.includes(action));
  const term = paid!.committedUntil === null ? "" : `, committed until ${date(Date.parse(paid!.committedUntil))}`;
  const what = `${quoted(added)} at ${dollars(Math.round(paid!.usdPerMonth))} a month${term}`;
  const { estimate, interval } = paidRemoves!;
  const bounds = interval ? range(Math.round(interval.lower), Math.round(interval.upper)) : "unknown";
  if (!isShownToRemove(paidRemoves)) return `${what}, is not shown to remove any (${bounds})`;
  return `${what}, which removes ${number(Math.round(estimate))} of it (${bounds}), a GPU-hour of waiting for ${dollars(usdPerGpuHourRemoved(paid!.usdPerMonth, estimate, trial))}`;
}

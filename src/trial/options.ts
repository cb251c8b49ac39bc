import { joined } from "../plan/what-if.js";
import { type Interval, mean, meanInterval } from "../statistics/index.js";
import type { SimulationRow, Trial, WhatIfRow } from "./rows.js";

/** What was tried: one action, or several together, held against doing nothing. */
export interface Option {
  /** A letter for each action, in the order of the trial: "A", "A + C". */
  readonly name: string;
  readonly actions: readonly string[];
  readonly usdPerMonth: number;
  readonly reusableUsdPerMonth: number;
  readonly committedUntil: string | null;
  /** What it changes for the whole cluster. */
  readonly unmet: WhatIfRow;
  readonly wait: WhatIfRow;
  /** One a LocalQueue and measure. */
  readonly queues: readonly WhatIfRow[];
  /** LocalQueues for which some measure is shown to be less, or more. */
  readonly gains: readonly string[];
  readonly loses: readonly string[];
  /** What it does to work beside making it wait, where that is shown to be more: evictions, work that is ended or lost. */
  readonly harms: readonly WhatIfRow[];
  /** In the order of the seeds. */
  readonly simulations: readonly SimulationRow[];
}

const HARMS = ["evictions", "reaped_workloads", "lost_gpu_hours"];

/** What was taken together each time, in the order in which it was tried. */
const triedIn = ({ simulations }: Trial): (readonly string[])[] =>
  [...new Map(simulations.map(({ actions }) => [joined(actions), actions])).values()].filter(
    (actions) => actions.length > 0,
  );

/** Every action that was tried, alone or only with others, and the letter that it is called by. */
export const lettersOf = (trial: Trial): { readonly name: string; readonly action: string }[] =>
  [...new Set(triedIn(trial).flat())].map((action, i) => ({ name: letter(i), action }));

/** In the order in which they were tried. */
export function optionsOf(trial: Trial): Option[] {
  const nameOf = new Map(lettersOf(trial).map(({ name, action }) => [action, name]));
  return triedIn(trial).map((actions) => {
    const rows = trial.rows.filter(({ action }) => action === joined(actions));
    const ofCluster = (measure: string) =>
      rows.find((row) => row.local_queue === null && row.measure === measure) as WhatIfRow;
    const queues = rows.filter(({ local_queue }) => local_queue !== null);
    const shown = (verdict: string) => [
      ...new Set(queues.filter((row) => row.verdict === verdict).map(({ local_queue }) => local_queue!)),
    ];
    const [{ usd_per_month, reusable_usd_per_month, committed_until }] = rows as [WhatIfRow];
    return {
      name: joined(actions.map((action) => nameOf.get(action)!)),
      actions,
      usdPerMonth: usd_per_month,
      reusableUsdPerMonth: reusable_usd_per_month,
      committedUntil: committed_until,
      unmet: ofCluster("unmet_gpu_hours"),
      wait: ofCluster("wait_p95_seconds"),
      queues,
      gains: shown("less"),
      loses: shown("more"),
      harms: HARMS.map(ofCluster).filter((row) => row?.verdict === "more"),
      simulations: simulationsOf(trial, actions),
    };
  });
}

const LETTERS = 26;
/** A to Z, then A2 to Z2 and so on. */
const letter = (i: number) =>
  `${String.fromCharCode(65 + (i % LETTERS))}${i < LETTERS ? "" : Math.floor(i / LETTERS) + 1}`;

/** In the order of the seeds. */
export function simulationsOf({ seeds, simulations }: Trial, actions: readonly string[]): SimulationRow[] {
  const found = simulations.filter((one) => joined(one.actions) === joined(actions));
  return seeds.map((seed) => found.find((one) => one.seed === seed)!);
}

export const baselineOf = (trial: Trial): SimulationRow[] => simulationsOf(trial, []);

/** Something of every seed: its mean over them, with its interval; without one where there are too few seeds. */
export interface OverSeeds {
  readonly estimate: number;
  readonly interval: Interval | undefined;
}

export function overSeeds(values: readonly number[]): OverSeeds {
  return { estimate: mean(values)!, interval: meanInterval(values) };
}

/** GPU-hours of waiting that are removed from one to another, seed by seed. */
export const removed = (from: readonly SimulationRow[], to: readonly SimulationRow[]): OverSeeds =>
  overSeeds(to.map(({ unmetGpuHours }, i) => from[i]!.unmetGpuHours - unmetGpuHours));

/** Whether the interval says that something is removed. */
export const isShownToRemove = (some: OverSeeds | undefined): boolean => (some?.interval?.lower ?? 0) > 0;

/** What several together remove beyond what each removes alone, added up; undefined for one, and if one was not tried alone. */
export function beyondSum(trial: Trial, option: Option): OverSeeds | undefined {
  if (option.actions.length < 2) return undefined;
  const single = option.actions.map((action) => simulationsOf(trial, [action]));
  if (single.some((some) => some.includes(undefined as never))) return undefined;
  const before = baselineOf(trial);
  const removes = (some: readonly SimulationRow[], i: number) => before[i]!.unmetGpuHours - some[i]!.unmetGpuHours;
  return overSeeds(
    trial.seeds.map((_, i) => removes(option.simulations, i) - single.reduce((sum, some) => sum + removes(some, i), 0)),
  );
}

export const isFree = ({ usdPerMonth }: { readonly usdPerMonth: number }): boolean => usdPerMonth <= 0;

/** Whether it is shown to remove some of what waits. */
export const helps = ({ unmet }: Option): boolean => unmet.verdict === "less";

/** What is free first, by what it removes; then by what a dollar a month removes. */
export function byWorth(
  a: { readonly usdPerMonth: number; readonly gpuHours: number },
  b: { readonly usdPerMonth: number; readonly gpuHours: number },
): number {
  const worth = ({ usdPerMonth, gpuHours }: typeof a) => gpuHours / (usdPerMonth > 0 ? usdPerMonth : 1);
  return Number(isFree(b)) - Number(isFree(a)) || worth(b) - worth(a);
}

/** What is shown to help by its worth, then what is not, then what is shown to add to what waits. */
export function ranked(options: readonly Option[]): Option[] {
  const group = ({ unmet }: Option) => (unmet.verdict === "less" ? 0 : unmet.verdict === "more" ? 2 : 1);
  const worth = ({ usdPerMonth, unmet }: Option) => ({ usdPerMonth, gpuHours: -(unmet.difference ?? 0) });
  return options.toSorted((a, b) => group(a) - group(b) || byWorth(worth(a), worth(b)));
}

/** Those that no other beats both in dollars a month and in wait, the cheapest first; of equals the first. Null waits longest. */
export function undominated<P extends { readonly usdPerMonth: number; readonly waitP95Seconds: number | null }>(
  points: readonly P[],
): P[] {
  const wait = ({ waitP95Seconds }: P) => waitP95Seconds ?? Number.POSITIVE_INFINITY;
  const noWorse = (a: P, b: P) => a.usdPerMonth <= b.usdPerMonth && wait(a) <= wait(b);
  return points
    .filter((point, i) => !points.some((other, j) => noWorse(other, point) && (!noWorse(point, other) || j < i)))
    .sort((a, b) => a.usdPerMonth - b.usdPerMonth);
}

/** What one would do: the free option that removes most, and what money adds to it; or, where nothing free helps, what costs. */
export interface Choice {
  readonly free: Option | undefined;
  /** With all that is free in it where there is such a one; else the best by the dollar. */
  readonly paid: Option | undefined;
  /** The letters of what `paid` adds to what is free. */
  readonly added: string;
  /** What `paid` removes beyond `free`, or beyond doing nothing. */
  readonly paidRemoves: OverSeeds | undefined;
}

export function choiceOf(trial: Trial): Choice {
  const options = optionsOf(trial);
  const free = ranked(options).find((option) => isFree(option) && helps(option));
  const costs = options.filter((option) => !isFree(option));
  const onTop = (option: Option) => free?.actions.every((one) => option.actions.includes(one));
  const paid = ranked(costs.filter(onTop))[0] ?? (free ? undefined : ranked(costs).find(helps));
  const from = free?.simulations ?? baselineOf(trial);
  const more = lettersOf(trial).filter(
    ({ action }) => paid?.actions.includes(action) && !free?.actions.includes(action),
  );
  return {
    free,
    paid,
    added: joined(more.map(({ name }) => name)),
    paidRemoves: paid && removed(from, paid.simulations),
  };
}

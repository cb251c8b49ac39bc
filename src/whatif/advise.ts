import { EvenkeelError } from "../errors.js";
import { MATERIAL_GPU_HOURS } from "../plan/actions.js";
import { joined } from "../plan/what-if.js";
import type { Scenario } from "../scenario/schema.js";
import { byWorth as inOrderOfWorth, isFree, undominated } from "../trial/options.js";
import { type Candidate, candidates, type Gate, materialGates } from "./candidates.js";
import { compare, type Difference } from "./compare.js";
import { type Money, together } from "./money.js";
import type { Outcome } from "./outcome.js";
import { type Action, ActionRefused, contradiction, parseTogether, withActions } from "./parse-action.js";
import { onlyDrawn, type SimulateAll } from "./whatif.js";

/** An action, several that only help together, or a pair of these, over as many seeds as it took to tell. */
export interface Option {
  readonly actions: readonly string[];
  /** The waiting that it is against; of a pair, of each. */
  readonly because: readonly string[];
  readonly money: Money;
  readonly outcomes: readonly Outcome[];
  /** Held against doing nothing, over the same seeds. */
  readonly differences: readonly Difference[];
  /** Unmet GPU-hours that it removes. */
  readonly removed: Removed;
  /** The same of a pair beyond what the better of its two removes alone. */
  readonly beyond: Removed;
}

/** GPU-hours, with the bounds of their interval; null with one seed. */
export interface Removed {
  readonly gpuHours: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface Advice {
  readonly scenario: string;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly budgetUsdPerMonth: number;
  readonly baseline: readonly Outcome[];
  /** Gates behind which enough waits for something to be done. */
  readonly gates: readonly Gate[];
  /** What is shown to remove some of what waits: what is free first, the most removed first; then by what a dollar removes. */
  readonly worth: readonly Option[];
  /** What was tried and is not shown to remove anything, or is shown to add to it. */
  readonly notShown: readonly Option[];
  /** What was not tried, and why. */
  readonly left: readonly { readonly action: string; readonly why: string }[];
  /** Of what is worth it and doing nothing: what no other beats both in dollars a month and in the p95 wait of a GPU. */
  readonly front: readonly {
    readonly actions: readonly string[];
    readonly usdPerMonth: number;
    readonly waitP95Seconds: number | null;
  }[];
  readonly simulations: number;
}

export interface AdviseOptions {
  readonly scenario: Scenario;
  /** US dollars a month that may be spent; 0 for what is free only. */
  readonly budgetUsdPerMonth: number;
  /** Whether pairs of what is worth it are tried, too. */
  readonly pairs: boolean;
  /** The most that are tried of each; all options meet them in this order. */
  readonly seeds: readonly number[];
  readonly simulateAll: SimulateAll;
}

/** Seeds that every option is tried on. */
export const FIRST_SEEDS = 3;
/** Of what is worth it alone, so many of the best are tried in pairs. */
export const PAIRED = 5;

/**
 * Searches for what to do: simulates doing nothing, lists what could open the gates behind which something waits, tries
 * that on a few seeds, and those on more of which it is not clear yet whether they help or which is best.
 */
export async function advise({
  scenario,
  budgetUsdPerMonth,
  pairs,
  seeds,
  simulateAll,
}: AdviseOptions): Promise<Advice> {
  onlyDrawn(scenario);
  let simulations = 0;
  const simulate: SimulateAll = (jobs) => {
    simulations += jobs.length;
    return simulateAll(jobs);
  };
  const baseline = await simulate(seeds.map((seed) => ({ scenario, seed })));
  const gates = materialGates(scenario, baseline);
  const left: { action: string; why: string }[] = [];
  const choices = candidates(scenario, gates).flatMap((candidate): Choice[] => {
    const leave = (why: string) => left.push({ action: candidate.text, why });
    const actions = possible(candidate, scenario, leave);
    if (!actions) return [];
    if (costs(actions).usdPerMonth > budgetUsdPerMonth) {
      leave("beyond the budget");
      return [];
    }
    return [{ actions, because: [candidate.because], reference: baseline }];
  });
  const search = { scenario, seeds, baseline, simulate };
  const single = await tryAll(choices, search);
  const paired = pairs ? await tryAll(await pairsOf(single, choices, budgetUsdPerMonth, search), search) : [];
  const tried = [...single, ...paired].sort(byWorth);
  const worth = tried.filter(helps);
  return {
    scenario: scenario.name,
    days: scenario.days,
    seeds,
    budgetUsdPerMonth,
    baseline,
    gates,
    worth,
    notShown: tried.filter((option) => !helps(option)),
    left,
    front: frontOf(baseline, worth),
    simulations,
  };
}

/** Whether it is shown to remove some of what waits, and so much that it matters; of a pair, more than either alone does. */
export const helps = ({ beyond: { lower, gpuHours } }: Option): boolean =>
  lower !== null && lower > 0 && gpuHours >= MATERIAL_GPU_HOURS;

interface Choice {
  readonly actions: readonly Action[];
  readonly because: readonly string[];
  /** What it has to be better than, over all seeds. */
  readonly reference: readonly Outcome[];
}

const costs = (actions: readonly Action[]): Money => together(actions.map(({ money }) => money));

const textOf = (actions: readonly Action[]): string => joined(actions.map(({ text }) => text));

function possible({ text }: Candidate, scenario: Scenario, refused: (why: string) => void): Action[] | undefined {
  try {
    const actions = parseTogether(text, scenario);
    withActions(scenario, actions);
    return actions;
  } catch (error) {
    if (!(error instanceof EvenkeelError)) throw error;
    const [first, second = ""] = (error instanceof ActionRefused ? error.why : error.message).split("\n");
    refused(error instanceof ActionRefused ? first! : `${first} ${second.trim()}`);
    return undefined;
  }
}

/** Two of what is best by itself, that do not contradict each other and are within the budget together. */
async function pairsOf(
  single: readonly Option[],
  choices: readonly Choice[],
  budget: number,
  search: Search,
): Promise<Choice[]> {
  const best = single.filter(helps).sort(byWorth).slice(0, PAIRED);
  const whole = await Promise.all(
    best.map(async (option) => {
      const { actions, because } = choices.find((one) => textOf(one.actions) === joined(option.actions))!;
      const outcomes = await onAllSeeds(option.outcomes, withActions(search.scenario, actions), search);
      return { actions, because, outcomes };
    }),
  );
  const unmet = (outcomes: readonly Outcome[]) => outcomes.reduce((sum, { unmetGpuHours }) => sum + unmetGpuHours, 0);
  return whole.flatMap((a, i) =>
    whole.slice(i + 1).flatMap((b): Choice[] => {
      const actions = [...a.actions, ...b.actions];
      const affordable = costs(actions).usdPerMonth <= budget;
      if (contradiction(actions) || !affordable || !areOneScenario(actions, search.scenario)) return [];
      const better = unmet(a.outcomes) <= unmet(b.outcomes) ? a : b;
      return [{ actions, because: [...a.because, ...b.because], reference: better.outcomes }];
    }),
  );
}

/** Whether what comes of actions together is a scenario: each by itself was. */
function areOneScenario(actions: readonly Action[], scenario: Scenario): boolean {
  try {
    withActions(scenario, actions);
    return true;
  } catch (error) {
    if (error instanceof EvenkeelError) return false;
    throw error;
  }
}

async function onAllSeeds(
  outcomes: readonly Outcome[],
  scenario: Scenario,
  { seeds, simulate }: Search,
): Promise<readonly Outcome[]> {
  return [...outcomes, ...(await simulate(seeds.slice(outcomes.length).map((seed) => ({ scenario, seed }))))];
}

interface Search {
  readonly scenario: Scenario;
  readonly seeds: readonly number[];
  readonly baseline: readonly Outcome[];
  readonly simulate: SimulateAll;
}

/** Tries all on a few seeds, and those that are not settled on twice as many, until there are no more. */
async function tryAll(choices: readonly Choice[], { scenario, seeds, baseline, simulate }: Search): Promise<Option[]> {
  const worlds = choices.map(({ actions }) => withActions(scenario, actions));
  const outcomes: Outcome[][] = choices.map(() => []);
  const optionOf = (i: number): Option => {
    const { actions, because, reference } = choices[i]!;
    const mine = outcomes[i]!;
    const differences = compare(baseline.slice(0, mine.length), mine);
    return {
      actions: actions.map(({ text }) => text),
      because,
      money: costs(actions),
      outcomes: mine,
      differences,
      removed: removedBy(differences),
      beyond: removedBy(compare(reference.slice(0, mine.length), mine)),
    };
  };
  let open = [...choices.keys()];
  for (let n = Math.min(FIRST_SEEDS, seeds.length); open.length > 0; n = Math.min(2 * n, seeds.length)) {
    const jobs = open.flatMap((i) =>
      seeds.slice(outcomes[i]!.length, n).map((seed) => ({ i, job: { scenario: worlds[i]!, seed } })),
    );
    const found = await simulate(jobs.map(({ job }) => job));
    for (const [k, { i }] of jobs.entries()) outcomes[i]!.push(found[k]!);
    const options = [...choices.keys()].map(optionOf);
    open = n < seeds.length ? [...choices.keys()].filter((i) => isOpen(options[i]!, options)) : [];
  }
  return [...choices.keys()].map(optionOf);
}

/** What one option removes beyond another, over the seeds that both were tried on. */
export function removedBeyond(
  { outcomes: first }: Pick<Option, "outcomes">,
  { outcomes: then }: Pick<Option, "outcomes">,
): Removed {
  const shared = Math.min(first.length, then.length);
  return removedBy(compare(first.slice(0, shared), then.slice(0, shared)));
}

/** The first difference is that of the GPU-hours that wait. */
function removedBy([unmet]: readonly Difference[]): Removed {
  const { difference, lower, upper } = unmet!;
  return { gpuHours: -difference!, lower: upper === null ? null : -upper, upper: lower === null ? null : -lower };
}

/** Whether more seeds could still change what is said of an option: that it helps, or that another is better. */
function isOpen(option: Option, all: readonly Option[]): boolean {
  const { lower, upper, gpuHours } = option.beyond;
  if (lower === null || upper === null || upper <= 0) return false;
  if (lower <= 0) return gpuHours > 0;
  const [low, high] = worthRange(option);
  return all.some((other) => {
    if (other === option || !helps(other) || isFree(other.money) !== isFree(option.money)) return false;
    const [otherLow, otherHigh] = worthRange(other);
    return otherLow < high && low < otherHigh;
  });
}

/** What is removed, or what a dollar a month removes, at least and at most. */
function worthRange({ money, removed: { lower, upper } }: Option): [low: number, high: number] {
  const by = money.usdPerMonth > 0 ? money.usdPerMonth : 1;
  return [lower! / by, upper! / by];
}

const byWorth = (a: Option, b: Option) => inOrderOfWorth(worthOf(a), worthOf(b));

const worthOf = ({ money: { usdPerMonth }, removed: { gpuHours } }: Option) => ({ usdPerMonth, gpuHours });

/** All are compared over the seeds that all were tried on: others meet other demand. */
function frontOf(baseline: readonly Outcome[], worth: readonly Option[]): Advice["front"] {
  const shared = Math.min(baseline.length, ...worth.map(({ outcomes }) => outcomes.length));
  const p95Of = (outcomes: readonly Outcome[]) => meanP95(outcomes.slice(0, shared));
  const points = [
    { actions: [] as readonly string[], usdPerMonth: 0, waitP95Seconds: p95Of(baseline) },
    ...worth.map(({ actions, money, outcomes }) => ({
      actions,
      usdPerMonth: money.usdPerMonth,
      waitP95Seconds: p95Of(outcomes),
    })),
  ];
  return undominated(points);
}

/** Mean over the seeds; null where one does not reach it. */
function meanP95(outcomes: readonly Outcome[]): number | null {
  const waits = outcomes.map(({ waitP95Seconds }) => waitP95Seconds);
  return waits.includes(null) ? null : waits.reduce<number>((sum, wait) => sum + wait!, 0) / waits.length;
}

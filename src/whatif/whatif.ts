import { EvenkeelError } from "../errors.js";
import type { Scenario } from "../scenario/schema.js";
import { compare, type Difference } from "./compare.js";
import { type Money, together } from "./money.js";
import type { Outcome } from "./outcome.js";
import { type Action, contradiction, mustAgree, parseTogether, withActions } from "./parse-action.js";

/** A scenario to simulate with a seed. */
export interface SimulationJob {
  readonly scenario: Scenario;
  readonly seed: number;
}

/** Simulates jobs, in whatever order; the outcomes come in the order of the jobs. */
export type SimulateAll = (jobs: readonly SimulationJob[]) => Promise<readonly Outcome[]>;

/** A way to change the scenario: one action, or several that are taken together. */
export interface Variant {
  readonly actions: readonly string[];
  readonly money: Money;
  readonly scenario: Scenario;
}

/** What comes of a variant, held against the baseline seed by seed. */
export interface Tried {
  readonly actions: readonly string[];
  readonly money: Money;
  readonly outcomes: readonly Outcome[];
  readonly differences: readonly Difference[];
}

export interface WhatIf {
  readonly scenario: string;
  /** What the scenario is, in a sentence. */
  readonly description: string;
  /** First moment that is looked at, ISO 8601. */
  readonly start: string;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly baseline: readonly Outcome[];
  /** In the order of the variants. */
  readonly tried: readonly Tried[];
}

/** @throws EvenkeelError for a scenario that replays a list */
export function onlyDrawn(scenario: Scenario): void {
  if (scenario.demand)
    throw new EvenkeelError(
      `--scenario: ${scenario.name} replays a list of workloads; allowed: a scenario that draws its demand, since seeds are what shows which differences are chance`,
    );
}

/**
 * Each by itself, an action or several that are only taken together; with pairs, each two together; then all together.
 *
 * @throws EvenkeelError for an action that cannot be read or done or changes nothing, or two that contradict each other
 */
export function variantsOf(scenario: Scenario, written: readonly string[], pairs = false): Variant[] {
  onlyDrawn(scenario);
  const each = written.map((one) => parseTogether(one, scenario));
  // "A + B" beside "A" asks what B adds: what contradicts itself is not tried together then.
  const asked = each.some(({ length }) => length > 1);
  if (!asked) mustAgree(each.flat());
  const two = pairs && each.length > 2 ? each.flatMap((a, i) => each.slice(i + 1).map((b) => [...a, ...b])) : [];
  const combined = [...two, ...(each.length > 1 ? [each.flat()] : [])].filter((some) => !contradiction(some));
  const choices = [...each, ...combined];
  return choices.map((some) => variantOf(scenario, some));
}

/** Actions that are taken together. @throws EvenkeelError as above */
export function variantOf(scenario: Scenario, actions: readonly Action[]): Variant {
  return {
    actions: actions.map(({ text }) => text),
    money: together(actions.map(({ money }) => money)),
    scenario: withActions(scenario, actions),
  };
}

/** Simulates a scenario as it is and with each variant, each with the same seeds, and compares. */
export async function whatIf(
  scenario: Scenario,
  variants: readonly Variant[],
  seeds: readonly number[],
  simulateAll: SimulateAll,
): Promise<WhatIf> {
  const worlds = [scenario, ...variants.map((variant) => variant.scenario)];
  // Seed by seed, so that what is done when it is stopped is of use.
  const outcomes = await simulateAll(seeds.flatMap((seed) => worlds.map((world) => ({ scenario: world, seed }))));
  const of = (world: number) => seeds.map((_, i) => outcomes[i * worlds.length + world]!);
  const baseline = of(0);
  return {
    scenario: scenario.name,
    description: scenario.description,
    start: scenario.start,
    days: scenario.days,
    seeds,
    baseline,
    tried: variants.map(({ actions, money }, i) => ({
      actions,
      money,
      outcomes: of(i + 1),
      differences: compare(baseline, of(i + 1)),
    })),
  };
}

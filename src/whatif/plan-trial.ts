import { EvenkeelError } from "../errors.js";
import type { Proposals, SimulatedPlan } from "../plan/simulated.js";
import type { WhatIfText } from "../plan/what-if.js";
import type { Scenario } from "../scenario/schema.js";
import { runSimulation, type Simulation } from "../simulation/simulate.js";
import { whereItCouldRun } from "../telemetry/waiting-truth.js";
import { HOUR_MS } from "../units/time.js";
import { gpuP95Seconds, unmetGpuMsByQueue } from "./outcome.js";
import { ActionRefused, NothingChanged, parseTogether, withActions } from "./parse-action.js";

/** What a plan proposes, tried on a scenario with one seed. */
export interface ProposalsJob {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly proposals: Proposals;
}

/** What came of it, in the order of the proposals. */
export interface ProposalsTried {
  readonly waits: readonly Tried<number | null>[];
  readonly actions: readonly Tried<number>[];
}

/** A number, or why there is none. */
export type Tried<T> = { readonly value: T } | Refused;

interface Refused {
  readonly refused: string;
}

/**
 * Simulates a scenario as it is and with each thing that a plan proposes. Whose waits count for a nodegroup is settled by
 * the simulation as it is: what ran there is followed to wherever it runs with more nodes or fewer, so that both p95s are
 * of the same work.
 */
export function tryProposals({ scenario, seed, proposals }: ProposalsJob): ProposalsTried {
  const asItIs = runSimulation({ scenario, seed });
  const [unmet, work] = [unmetGpuHours(asItIs), workOf(asItIs)];
  // Of the simulations themselves none is kept: they are large.
  const outcomes = new Map<WhatIfText, Outcome | Refused>([[null, outcomeOf(asItIs)]]);
  for (const what_if of [...proposals.waits.map((wait) => wait.what_if), ...proposals.actions]) {
    if (what_if === null || outcomes.has(what_if)) continue;
    const world = changed(scenario, what_if);
    outcomes.set(what_if, "refused" in world ? world : outcomeOf(runSimulation({ scenario: world, seed }), what_if));
  }
  function outcomeOf(simulation: Simulation, what_if: WhatIfText = null): Outcome {
    const asked = proposals.waits.filter((wait) => wait.what_if === what_if);
    return {
      removed: unmet - unmetGpuHours(simulation),
      p95s: new Map(
        asked.map(({ nodegroup }) => {
          const histories = (work.get(nodegroup) ?? []).map((i) => simulation.workloads[i]!);
          return [nodegroup, gpuP95Seconds(histories, simulation.endMs)];
        }),
      ),
    };
  }
  const numberOf = <T>(what_if: WhatIfText, of: (outcome: Outcome) => T): Tried<T> => {
    const outcome = outcomes.get(what_if)!;
    return "refused" in outcome ? outcome : { value: of(outcome) };
  };
  return {
    waits: proposals.waits.map(({ nodegroup, what_if }) =>
      work.get(nodegroup)?.length
        ? numberOf(what_if, ({ p95s }) => p95s.get(nodegroup)!)
        : { refused: `no work of ${scenario.name} asks for GPUs of ${nodegroup}` },
    ),
    actions: proposals.actions.map((what_if) => numberOf(what_if, ({ removed }) => removed)),
  };
}

interface Outcome {
  /** GPU-hours of waiting that are gone. */
  readonly removed: number;
  /** By nodegroup for which it was tried, s; null is beyond what was simulated. */
  readonly p95s: ReadonlyMap<string, number | null>;
}

const unmetGpuHours = (simulation: Simulation) =>
  [...unmetGpuMsByQueue(simulation).values()].reduce((sum, ms) => sum + ms, 0) / HOUR_MS;

/** Ids of the workloads that ask for GPUs while telemetry lasts, by where they get them first, or could have at the end. */
function workOf({ scenario, nodes, workloads, telemetryStartMs }: Simulation): ReadonlyMap<string, readonly number[]> {
  const couldRun = whereItCouldRun(scenario);
  const found = new Map<string, number[]>(scenario.nodegroups.map(({ name }) => [name, []]));
  workloads.forEach(({ workload, runs: [first] }, i) => {
    if (workload.createdMs < telemetryStartMs) return;
    const nodegroup = first ? nodes[first.nodes[0]!]!.nodegroup : couldRun(workload)[0]!;
    found.get(nodegroup)!.push(i);
  });
  return found;
}

/** A scenario with what a plan proposes, or why that cannot be. */
function changed(scenario: Scenario, text: string): Scenario | Refused {
  try {
    return withActions(scenario, parseTogether(text, scenario));
  } catch (error) {
    // It is so already: there is nothing that it could remove.
    if (error instanceof NothingChanged) return scenario;
    if (!(error instanceof EvenkeelError)) throw error;
    return { refused: (error instanceof ActionRefused ? error.why : error.message).split("\n")[0]! };
  }
}

/** What trials with several seeds come to. Rounded, so that they are the same anywhere. */
export function simulatedPlanOf(
  facts: Pick<SimulatedPlan, "command" | "dataset" | "scenario" | "own" | "seeds">,
  { waits, actions }: Proposals,
  trials: readonly ProposalsTried[],
): SimulatedPlan {
  return {
    ...facts,
    waits: waits.map((wait, i) => {
      const { values, refused } = bySeed(trials.map((trial) => trial.waits[i]!));
      const seconds = values.map((value) => (value === null ? null : Math.round(value)));
      return { ...wait, wait_p95_seconds: seconds, refused };
    }),
    actions: actions.map((what_if, i) => {
      const { values, refused } = bySeed(trials.map((trial) => trial.actions[i]!));
      return { what_if, removed_gpu_hours: values.map((value) => Math.round(value * 10) / 10), refused };
    }),
  };
}

/** What one seed refuses, all do. */
function bySeed<T>(tried: readonly Tried<T>[]): { readonly values: readonly T[]; readonly refused: string | null } {
  const refused = tried.find((one) => "refused" in one);
  return { values: tried.flatMap((one) => ("value" in one ? [one.value] : [])), refused: refused?.refused ?? null };
}

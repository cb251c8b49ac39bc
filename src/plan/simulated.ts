import { z } from "zod";
import { type Interval, meanInterval } from "../statistics/index.js";
import type { ActionRow } from "./actions.js";
import type { CapacityRow } from "./capacity.js";
import type { Plan } from "./plan.js";
import type { WhatIfText } from "./what-if.js";

/** Level of the interval of a mean over seeds. */
export const SIMULATED_LEVEL = 0.95;

const refused = z.string().nullable().describe("Why it could not be simulated; empty where it was");

/** What a simulator found of what a plan proposes, seed by seed. */
export const simulatedPlan = z.strictObject({
  command: z.string().describe("What writes it"),
  dataset: z.string().describe("Digest of the dataset that the plan was made of"),
  scenario: z.string().describe("Scenario that was simulated"),
  own: z
    .boolean()
    .describe("Whether the first seed is the dataset's: its very arrivals and failures, one thing changed"),
  seeds: z.array(z.int()).min(1).describe("Seeds"),
  waits: z
    .array(
      z.strictObject({
        nodegroup: z.string().describe("Nodegroup"),
        what_if: z.string().nullable().describe("What was tried; empty is the cluster as it is"),
        wait_p95_seconds: z
          .array(z.number().nullable())
          .describe(
            "By seed, p95 of the wait from creation to nodes, over the GPUs asked for, of what ran on the nodegroup as it is, or waited at the end and could have run there first; wherever it runs then. Empty where it is beyond what was simulated",
          ),
        refused,
      }),
    )
    .describe("One entry a nodegroup of the capacity plan"),
  actions: z
    .array(
      z.strictObject({
        what_if: z.string().describe("What was tried"),
        removed_gpu_hours: z
          .array(z.number())
          .describe(
            "By seed, GPU-hours of waiting that it removes from the cluster, who loses by it counted; below 0 it adds",
          ),
        refused,
      }),
    )
    .describe("One entry an action that `evenkeel whatif` can try"),
});
export type SimulatedPlan = z.output<typeof simulatedPlan>;

/** A number of a simulation with the dataset's own seed, and what other seeds say of it. */
export interface Simulated {
  /** Whether there is a simulation with the dataset's own seed. */
  readonly isOwn: boolean;
  /** What that found; null without one, or where the value is beyond what was simulated. */
  readonly own: number | null;
  /** By seed, its own left out. */
  readonly others: readonly (number | null)[];
}

/** What is known of a row's simulation: its numbers, why there are none, or nothing. */
export type Found =
  | { readonly kind: "simulated"; readonly simulated: Simulated }
  | { readonly kind: "refused"; readonly why: string }
  /** `evenkeel whatif` has no action for it. */
  | { readonly kind: "no action" }
  /** Nobody has tried this yet. */
  | { readonly kind: "not simulated" };

/** p95 of the wait on the nodes of a row of the capacity plan. */
export function simulatedWait(
  plan: SimulatedPlan | null,
  { nodegroup, what_if, nodes_to_add }: Pick<CapacityRow, "nodegroup" | "what_if" | "nodes_to_add">,
): Found {
  if (nodes_to_add !== null && nodes_to_add !== 0 && what_if === null) return { kind: "no action" };
  const found = plan?.waits.find((wait) => wait.nodegroup === nodegroup && wait.what_if === what_if);
  return foundOf(plan, found, (wait) => wait.wait_p95_seconds);
}

/** GPU-hours of waiting that an action removes. */
export function simulatedRemoval(plan: SimulatedPlan | null, { what_if }: Pick<ActionRow, "what_if">): Found {
  if (what_if === null) return { kind: "no action" };
  const found = plan?.actions.find((action) => action.what_if === what_if);
  return foundOf(plan, found, (action) => action.removed_gpu_hours);
}

function foundOf<T extends { readonly refused: string | null }>(
  plan: SimulatedPlan | null,
  entry: T | undefined,
  values: (entry: T) => readonly (number | null)[],
): Found {
  if (!plan || !entry) return { kind: "not simulated" };
  if (entry.refused !== null) return { kind: "refused", why: entry.refused };
  const all = values(entry);
  const simulated = plan.own
    ? { isOwn: true, own: all[0]!, others: all.slice(1) }
    : { isOwn: false, own: null, others: all };
  return { kind: "simulated", simulated };
}

/** Lowest and highest of the other seeds; null is beyond what was simulated. Undefined without any. */
export function rangeOf({ others }: Simulated): readonly [lowest: number | null, highest: number | null] | undefined {
  if (others.length === 0) return undefined;
  const [lowest, ...rest] = others.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b) as [
    number,
    ...number[],
  ];
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  return [finite(lowest), finite(rest.at(-1) ?? lowest)];
}

/** Mean over all seeds with its interval; undefined where there are too few. */
export function meanOf({ isOwn, own, others }: Simulated): Interval | undefined {
  return meanInterval(isOwn ? [own, ...others] : others, SIMULATED_LEVEL);
}

/** What a plan proposes, each thing once, as it is tried. */
export interface Proposals {
  readonly waits: readonly { readonly nodegroup: string; readonly what_if: WhatIfText }[];
  readonly actions: readonly string[];
}

/** Rows of the capacity plan that have an estimate, and actions that `evenkeel whatif` can try. */
export function proposalsOf({ capacity, actions }: Pick<Plan, "capacity" | "actions">): Proposals {
  return {
    waits: capacity
      .filter(({ nodes_to_add, what_if }) => nodes_to_add === 0 || what_if !== null)
      .map(({ nodegroup, what_if }) => ({ nodegroup, what_if })),
    actions: [...new Set(actions.flatMap(({ what_if }) => (what_if === null ? [] : [what_if])))],
  };
}

import { z } from "zod";
import { toCsv } from "../results/rows.js";
import { LEVEL, verdicts } from "./compare.js";
import { written } from "./parse-action.js";
import type { WhatIf } from "./whatif.js";

/** A row of what `evenkeel whatif` writes: one measure with an action and without. */
export const whatIfRow = z.object({
  action: z.string().describe("What was tried, as it is written; several that were tried together are joined by +"),
  usd_per_month: z.number().describe("What it costs a month; below 0 is saved"),
  reusable_usd_per_month: z
    .number()
    .describe("Price a month of nodes that it gives back before their commitment ends: nothing is saved until then"),
  committed_until: z.string().nullable().describe("Until when the price is committed; empty is on demand, or free"),
  measure: z.string().describe("What is compared; its name ends in its unit"),
  unit: z.string().describe("Unit of the values"),
  local_queue: z.string().nullable().describe("namespace/name of the LocalQueue; empty for the whole cluster"),
  before: z.number().nullable().describe("Mean over the seeds without it; empty where it is unknown in one of them"),
  after: z.number().nullable().describe("Mean over the seeds with it"),
  difference: z.number().nullable().describe("Mean of the differences, seed by seed"),
  lower: z
    .number()
    .nullable()
    .describe(`Lower bound of the ${LEVEL * 100} % interval of the difference`),
  upper: z.number().nullable().describe("Upper bound"),
  verdict: z
    .enum(verdicts)
    .describe(
      "less or more: the interval says so; same: it differs in no seed; no difference shown: the interval spans 0; unknown: too few seeds for an interval, or the measure is unknown in one",
    ),
});
export type WhatIfRow = z.output<typeof whatIfRow>;

export function whatIfRows({ tried }: WhatIf): WhatIfRow[] {
  return tried.flatMap(({ actions, money, differences }) =>
    differences.map(({ queue, ...difference }) => ({
      action: written(actions),
      usd_per_month: money.usdPerMonth,
      reusable_usd_per_month: money.reusableUsdPerMonth,
      committed_until: money.committedUntil,
      local_queue: queue,
      ...difference,
    })),
  );
}

export const csvOf = (found: WhatIf): string => toCsv(whatIfRow, whatIfRows(found));

/** The rows, with every simulation that they come of. */
export function jsonOf(found: WhatIf): string {
  const { scenario, days, seeds, baseline, tried } = found;
  const simulations = [{ actions: [] as readonly string[], outcomes: baseline }, ...tried].flatMap(
    ({ actions, outcomes }) => outcomes.map((outcome, i) => ({ actions, seed: seeds[i], ...outcome })),
  );
  return `${JSON.stringify({ scenario, days, seeds, level: LEVEL, rows: whatIfRows(found), simulations }, null, 2)}\n`;
}

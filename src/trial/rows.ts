import { z } from "zod";

/** Two-sided level of every interval. */
export const LEVEL = 0.95;

/**
 * What an action changes in a measure. "less" and "more" are shown by the interval; "no difference shown": it spans zero;
 * "same": not one seed differs; "unknown": there are too few seeds for an interval, or in one the measure is unknown.
 */
export const verdicts = ["less", "more", "same", "no difference shown", "unknown"] as const;
export type Verdict = (typeof verdicts)[number];

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

/** What came of one simulation, as far as notebook 08 reads it. */
export const simulationRow = z.object({
  actions: z.array(z.string()).describe("What was taken together; nothing is the scenario as it is"),
  seed: z.int().describe("Seed"),
  unmetGpuHours: z.number().describe("GPU-hours that waited"),
  unmetGpuHoursByHour: z.array(z.number()).describe("The same in each hour, from the first on"),
  unmetGpuHoursByCause: z.record(z.string(), z.number()).describe("The same by what it waited for"),
  waitP95Seconds: z.number().nullable().describe("p95 wait of a GPU that is asked for; null is beyond what was seen"),
  idleUsdPerMonth: z.number().describe("What GPUs that were held and idle cost a month"),
  idleOwners: z.array(z.string()).describe("In whose hands, the most first"),
});
export type SimulationRow = z.output<typeof simulationRow>;

/** Actions that were tried on a scenario: what `evenkeel whatif --notebook` writes, and notebook 08 reads. */
export const trial = z.object({
  command: z.string().describe("What makes it"),
  evenkeel: z.string().describe("Version that made it"),
  scenario: z.string(),
  description: z.string().describe("What the scenario is"),
  start: z.iso.datetime().describe("First moment that is looked at"),
  days: z.number().positive(),
  seeds: z.array(z.int()).min(1),
  rows: z.array(whatIfRow),
  simulations: z.array(simulationRow),
});
export type Trial = z.output<typeof trial>;

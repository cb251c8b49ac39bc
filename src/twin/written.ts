import { z } from "zod";
import { measures } from "./profile.js";
import type { TraitCompared } from "./report.js";

/** A row of what `evenkeel twin --csv` writes: a quantile of the dataset beside that of the twin's telemetry. */
export const traitRow = z.object({
  measure: z
    .enum(measures)
    .describe(
      "wait: from creation to nodes, by LocalQueue; held: GPUs held, hour by hour, by nodegroup; backlog: GPUs pending, hour by hour, by ClusterQueue",
    ),
  place: z.string().describe("LocalQueue as namespace/name, nodegroup or ClusterQueue"),
  probability: z.number().describe("Of the quantile"),
  unit: z.enum(["s", "GPUs"]).describe("Unit of the values"),
  dataset: z.number().nullable().describe("The dataset's; empty where it lies beyond what was seen"),
  twin: z.number().nullable().describe("Mean over the twin's seeds; empty where it is unknown in one of them"),
  least: z.number().nullable().describe("The least of them"),
  most: z.number().nullable().describe("The most of them"),
  agrees: z.boolean().describe("Whether the dataset's lies within the twin's range, or near its mean"),
});
export type TraitRow = z.output<typeof traitRow>;

export const traitRows = (compared: readonly TraitCompared[]): TraitRow[] =>
  compared.map(({ measure, where, p, value, twin, low, high, agrees }) => ({
    measure,
    place: where,
    probability: p,
    unit: measure === "wait" ? "s" : "GPUs",
    dataset: value,
    twin,
    least: low,
    most: high,
    agrees,
  }));

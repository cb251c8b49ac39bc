import type { RulesDiffer } from "./fault.js";

/** How many GPUs wait is exported at no time, while at some times nothing waits. */
export const unknownPending: RulesDiffer = {
  figures: {
    gpus_pending_lower: "known",
    gpus_pending_upper: "known",
    gpus_waiting_lower: "known",
    gpus_waiting_upper: "known",
    gpus_demand_lower: "known",
    gpus_demand_upper: "known",
    imbalance: "known",
    demand_ratio: "known",
    shareable_mismatch: "known",
    pending_ratio: "known",
  },
  why: "While no workload is pending the rules say that no GPU is. The join leaves a queue unknown throughout that has pending workloads at any time: a mean over its empty times alone would be too low.",
};

/** Where a GPU that changed hands has two series at once, the old pod's and the new one's. */
export const twoSeries = (figures: RulesDiffer["figures"], when: string): RulesDiffer => ({
  figures,
  why: `${when} Of the two series of a GPU that changed hands the rules take the larger value of each field, the join the one that has used more energy.`,
});

/** Why a GPU has two series within a step on a server that was backfilled, but not on one that scrapes. */
export const NO_MARKERS =
  "Only on a server that was backfilled, where no stale marker ends a series, and where a source is scraped more than once a step.";

import type { Check } from "./check.js";
import { allocatable, labels, nodegroups, requested } from "./cluster.js";
import { counters, duplicates, gaps, timestamps } from "./series.js";
import { negatives, percentages, presence, ranges } from "./values.js";

/** Every check of a dataset, in the order in which they are reported. */
export const checks: readonly Check[] = [
  presence,
  negatives,
  percentages,
  ranges,
  timestamps,
  duplicates,
  counters,
  gaps,
  allocatable,
  requested,
  labels,
  nodegroups,
];

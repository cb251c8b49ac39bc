import type { Check } from "./check.js";
import { clocks } from "./clocks.js";
import { allocatable, labels, nodegroups, requested } from "./cluster.js";
import { dialects } from "./dialects.js";
import { devices, holders, repeats, signals, units } from "./gpus.js";
import { flavors, quota } from "./quota.js";
import { replicas } from "./replicas.js";
import { counters, duplicates, gaps, timestamps } from "./series.js";
import { outside, service, states } from "./states.js";
import { negatives, percentages, presence, ranges } from "./values.js";

/** Every check of a dataset, in the order in which they are reported. */
export const checks: readonly Check[] = [
  dialects,
  presence,
  negatives,
  percentages,
  ranges,
  units,
  timestamps,
  duplicates,
  replicas,
  counters,
  gaps,
  repeats,
  clocks,
  labels,
  nodegroups,
  states,
  allocatable,
  requested,
  devices,
  holders,
  signals,
  flavors,
  quota,
  service,
  outside,
];

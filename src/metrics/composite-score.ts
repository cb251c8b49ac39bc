import { metric } from "./metric.js";

/** Stands in for a denominator of zero, as in the project that this score comes from. */
const EPSILON = 1e-9;

interface Ranges {
  readonly demand: readonly [number, number];
  readonly gap: readonly [number, number];
  readonly pending: readonly [number, number];
  readonly wait: readonly [number, number];
}

interface Parts {
  readonly gpus_pending_upper: number | null;
  readonly gpus_capacity: number | null;
  readonly gpus_held: number | null;
  readonly gpu_util_percent_all: number | null;
  readonly tdp_share_all: number | null;
  readonly workloads_pending: number | null;
  readonly wait_mean_seconds: number | null;
}

/** Pending GPUs per GPU that is still unused. */
const demandCapacityRatio = (row: Parts) =>
  row.gpus_pending_upper! / Math.max(EPSILON, row.gpus_capacity! - row.gpus_held!);
/** Utilisation beyond what power confirms, percentage points. */
const gap = (row: Parts) => Math.max(0, row.gpu_util_percent_all! - 100 * row.tdp_share_all!);
const isWhole = (row: Parts) =>
  [
    row.gpus_pending_upper,
    row.gpus_capacity,
    row.gpus_held,
    row.gpu_util_percent_all,
    row.tdp_share_all,
    row.workloads_pending,
  ].every((part) => part !== null);

export const compositeScore = metric({
  name: "composite_score",
  title: "Composite score",
  kind: "baseline",
  unit: "score",
  worse: "higher",
  anchors: { concern: 0.5, severe: 0.7 },
  definition:
    "The default score of the project that this one grew out of, as a baseline: half pending GPUs per unused GPU, three tenths the gap between utilisation and power, two tenths queue pressure (pending workloads and wait), each scaled to the smallest and largest value in the sample.",
  formula:
    "0.5 norm(pending / (capacity - held)) + 0.3 norm(max(0, GPU_UTIL - 100 power / limit)) + 0.2 (0.6 norm(pending workloads) + 0.4 norm(mean wait))",
  undefinedWhen: "any of its parts is missing (a window without admissions counts as a wait of 0)",
  kueueSeries: ["kueue_cluster_queue_resource_pending", "kueue_pending_workloads", "kueue_admission_wait_time_seconds"],
  sensitiveTo: "Whatever varies most in the sample.",
  failureModes:
    "Scaled to its own sample, it reaches from low to high in every cluster, a balanced one included, and no two samples compare. A full nodegroup divides by next to nothing. Idle power counts as work.",
  falsePositives: "Any nodegroup that is well used at the busiest hour of a quiet week.",
  action: "None follows from it: it does not say which part is high.",
  rfc: "0001",
  columns: [
    "gpus_pending_upper",
    "gpus_capacity",
    "gpus_held",
    "gpu_util_percent_all",
    "tdp_share_all",
    "workloads_pending",
    "wait_mean_seconds",
  ],
  promqlWithout:
    "It is scaled to the smallest and largest value of the whole sample, which at a moment is not over yet.",
  context(rows): Ranges {
    const whole = rows.filter(isWhole);
    const range = (of: (row: Parts) => number): [number, number] => {
      let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const row of whole) {
        low = Math.min(low, of(row));
        high = Math.max(high, of(row));
      }
      return [low, high];
    };
    return {
      demand: range(demandCapacityRatio),
      gap: range(gap),
      pending: range((row) => row.workloads_pending!),
      wait: range((row) => row.wait_mean_seconds ?? 0),
    };
  },
  value(row, ranges) {
    if (!isWhole(row)) return undefined;
    const scaled = (value: number, [low, high]: readonly [number, number]) =>
      high > low ? (value - low) / (high - low) : 0;
    const pressure =
      0.6 * scaled(row.workloads_pending!, ranges.pending) + 0.4 * scaled(row.wait_mean_seconds ?? 0, ranges.wait);
    return 0.5 * scaled(demandCapacityRatio(row), ranges.demand) + 0.3 * scaled(gap(row), ranges.gap) + 0.2 * pressure;
  },
});

import { mean, meanInterval } from "../statistics/index.js";
import { LEVEL, type Verdict } from "../trial/rows.js";
import type { Outcome, QueueOutcome } from "./outcome.js";

/** Something of an outcome that is compared, of the whole cluster or of each LocalQueue. */
export interface Measure<Of> {
  readonly name: string;
  readonly unit: string;
  readonly doc: string;
  /** Null where it is unknown. */
  readonly of: (outcome: Of) => number | null;
}

/** Of the whole cluster. Less of any of them is better. */
export const measures: readonly Measure<Outcome>[] = [
  { name: "unmet_gpu_hours", unit: "GPU h", doc: "GPU-hours that waited", of: (o) => o.unmetGpuHours },
  { name: "wait_p95_seconds", unit: "s", doc: "p95 wait of a GPU that is asked for", of: (o) => o.waitP95Seconds },
  {
    name: "stranded_gpus",
    unit: "GPUs",
    doc: "Free GPUs that no work could use, on average",
    of: (o) => o.strandedGpus,
  },
  {
    name: "idle_usd_per_month",
    unit: "USD/month",
    doc: "Cost a month of GPUs that were held and idle",
    of: (o) => o.idleUsdPerMonth,
  },
  {
    name: "unallocated_usd_per_month",
    unit: "USD/month",
    doc: "Cost a month of GPUs that nobody held",
    of: (o) => o.unallocatedUsdPerMonth,
  },
  { name: "evictions", unit: "evictions", doc: "Evictions by Kueue", of: (o) => o.evictions },
  { name: "reaped_workloads", unit: "workloads", doc: "Workloads ended for idleness", of: (o) => o.reaped },
  { name: "lost_gpu_hours", unit: "GPU h", doc: "GPU-hours of work that came to nothing", of: (o) => o.lostGpuHours },
];

/** Of each LocalQueue. Less of any of them is better. */
export const queueMeasures: readonly Measure<QueueOutcome>[] = [
  { name: "unmet_gpu_hours", unit: "GPU h", doc: "GPU-hours that waited", of: (q) => q.unmetGpuHours },
  { name: "wait_p95_seconds", unit: "s", doc: "p95 of the wait from creation to nodes", of: (q) => q.waitP95Seconds },
  {
    name: "missed_share",
    unit: "share",
    doc: "Share of workloads that waited longer than their target",
    of: (q) => q.missedShare,
  },
];

/** A measure with an action and without, over the same seeds; null is unknown. */
export interface Difference {
  readonly measure: string;
  readonly unit: string;
  /** Null: of the whole cluster. */
  readonly queue: string | null;
  /** Means over the seeds. */
  readonly before: number | null;
  readonly after: number | null;
  /** Mean of the differences seed by seed, with its confidence interval. */
  readonly difference: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly verdict: Verdict;
}

/**
 * What changes from some outcomes to others, seed by seed: with common random numbers both of a seed meet the same
 * arrivals and failures, so that what differs is what the action does.
 *
 * @param before, after of the same seeds in the same order
 */
export function compare(before: readonly Outcome[], after: readonly Outcome[]): Difference[] {
  const queues = before[0]!.queues.map(({ queue }) => queue);
  return [
    ...measures.map((measure) => paired(measure, null, before, after)),
    ...queues.flatMap((queue, i) => {
      const mine = (outcomes: readonly Outcome[]) => outcomes.map(({ queues }) => queues[i]!);
      return queueMeasures.map((measure) => paired(measure, queue, mine(before), mine(after)));
    }),
  ];
}

function paired<Of>(
  { name, unit, of }: Measure<Of>,
  queue: string | null,
  before: readonly Of[],
  after: readonly Of[],
): Difference {
  const [was, is] = [before.map(of), after.map(of)];
  const differences = was.map((value, i) => (value === null || is[i] === null ? null : beyondRounding(is[i]!, value)));
  const known = differences.filter((one) => one !== null);
  const complete = known.length === differences.length;
  const interval = complete ? meanInterval(known, LEVEL) : undefined;
  const meanOf = (values: readonly (number | null)[]) => (values.includes(null) ? null : (mean(values) ?? null));
  return {
    measure: name,
    unit,
    queue,
    before: meanOf(was),
    after: meanOf(is),
    difference: complete ? (mean(known) ?? null) : null,
    lower: interval?.lower ?? null,
    upper: interval?.upper ?? null,
    verdict: verdictOf(known, complete, interval),
  };
}

/** a - b; 0 where they differ by no more than sums of the same amounts do in another order. */
function beyondRounding(a: number, b: number): number {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) ? 0 : a - b;
}

function verdictOf(
  known: readonly number[],
  complete: boolean,
  interval: { readonly lower: number; readonly upper: number } | undefined,
): Verdict {
  if (!complete) return "unknown";
  if (known.every((one) => one === 0)) return "same";
  if (!interval) return "unknown";
  if (interval.upper < 0) return "less";
  return interval.lower > 0 ? "more" : "no difference shown";
}

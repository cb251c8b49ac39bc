import type { Observed, Series } from "../join/observed.js";
import { kaplanMeier, lifetimeQuantile, mean, quantile } from "../statistics/index.js";
import { HOUR_MS } from "../units/time.js";
import { grouped } from "./grouped.js";
import type { Job } from "./jobs.js";

/** What is compared. */
export const measures = ["wait", "held", "backlog"] as const;
export type Measure = (typeof measures)[number];

/** One number by which two datasets are compared. */
export interface Trait {
  readonly measure: Measure;
  /** LocalQueue, nodegroup or ClusterQueue. */
  readonly where: string;
  /** Probability of the quantile. */
  readonly p: number;
  /** Seconds of a wait, else GPUs; null where nothing was seen of it, or it lies beyond what was. */
  readonly value: number | null;
}

/** Quantiles of waits, and of hourly means. */
const WAIT_QUANTILES = [0.5, 0.75, 0.9, 0.95, 0.99];
const HOURLY_QUANTILES = [0.1, 0.5, 0.9];

/**
 * What a dataset shows of its queues: by LocalQueue the quantiles of the wait from creation to nodes, of what was created
 * in the data, with what still waits counted as waiting longer; by nodegroup those of the GPUs held, hour by hour; and by
 * ClusterQueue those of the GPUs pending.
 */
export function profile(observed: Observed, jobs: readonly Job[]): Trait[] {
  const spanHours = (observed.ticks * observed.stepMs) / HOUR_MS;
  const created = jobs.filter(({ createdHours }) => createdHours >= 0);
  const waits = [...grouped(created, ({ localQueue }) => localQueue)].flatMap(([where, mine]) => {
    const curve = kaplanMeier(
      mine.map(({ createdHours, scheduledHours }) => ({
        duration: Math.max(0, (scheduledHours ?? spanHours) - createdHours) * 3600,
        ended: scheduledHours !== undefined,
      })),
    )!;
    return WAIT_QUANTILES.map((p): Trait => ({ measure: "wait", where, p, value: lifetimeQuantile(curve, p) ?? null }));
  });
  const hourly = (measure: Measure, where: string, series: Series) => {
    const means = hourlyMeans(series, observed);
    if (means.length === 0) return [];
    return HOURLY_QUANTILES.map((p): Trait => ({ measure, where, p, value: quantile(means, p) ?? null }));
  };
  return [
    ...waits.toSorted((a, b) => (a.where < b.where ? -1 : a.where > b.where ? 1 : 0)),
    ...observed.nodegroups.flatMap(({ name, held }) => hourly("held", name, held)),
    ...observed.clusterQueues.flatMap(({ name, pendingGpus }) => hourly("backlog", name, pendingGpus)),
  ];
}

function hourlyMeans(series: Series, { stepMs }: Observed): number[] {
  const perHour = Math.max(1, Math.round(HOUR_MS / stepMs));
  const hours = Array.from({ length: Math.floor(series.length / perHour) }, (_, hour) =>
    mean(series.subarray(hour * perHour, (hour + 1) * perHour)),
  );
  return hours.filter((value) => value !== undefined);
}

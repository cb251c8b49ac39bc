import type { Duration } from "../scenario/schema.js";
import { kaplanMeier, type Lifetime, lifetimeQuantile } from "../statistics/index.js";

/** Quantiles of a fitted duration: closer in the tail, where a straight line between two would make long work longer. */
const PROBABILITIES = [...Array.from({ length: 39 }, (_, i) => i / 40), 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 1];

/**
 * Durations as those that were seen, minutes: their quantiles by Kaplan and Meier, so that what was still running counts
 * as lasting longer than it had. Beyond what was seen to end, as long as the longest was seen.
 */
export function fitDuration(lifetimes: readonly Lifetime[]): Duration {
  const curve = kaplanMeier(lifetimes) ?? [];
  const longest = Math.max(...lifetimes.map(({ duration }) => duration!));
  const points = PROBABILITIES.map((p): [number, number] => [p, round(lifetimeQuantile(curve, p) ?? longest)]);
  const [shortest, last] = [points[0]![1], points.at(-1)![1]];
  return shortest === last ? { kind: "constant", minutes: last } : { kind: "quantiles", points };
}

const round = (value: number) => Number(Math.max(value, 1 / 60).toPrecision(4));

import type { Random } from "./random.js";
import { cos, exp, log, sqrt } from "./transcendental.js";

/** Exponential with the given mean (same unit as the mean). */
export function exponential(next: Random, mean: number): number {
  return -mean * log(1 - next());
}

/** Standard normal by Box and Muller; takes two draws and uses one, so that a stream's position stays predictable. */
export function normal(next: Random): number {
  const radius = sqrt(-2 * log(1 - next()));
  return radius * cos(2 * Math.PI * next());
}

/** Log-normal with the given median; `sigma` is the standard deviation of its logarithm. */
export function lognormal(next: Random, median: number, sigma: number): number {
  return median * exp(sigma * normal(next));
}

/** Number of trials up to and with the first success, at least 1, with the given mean (>= 1). */
export function geometric(next: Random, mean: number): number {
  if (mean <= 1) return 1;
  return 1 + Math.floor(log(1 - next()) / log(1 - 1 / mean));
}

/** One of the items, with probability in proportion to its weight. Weights are >= 0 and not all 0. */
export function weighted<T extends { readonly weight: number }>(next: Random, items: readonly T[]): T {
  const total = items.reduce((sum, item) => sum + item.weight, 0);
  let left = next() * total;
  for (const item of items) {
    left -= item.weight;
    if (left < 0) return item;
  }
  return items.findLast((item) => item.weight > 0)!;
}

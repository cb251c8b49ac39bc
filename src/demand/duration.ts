import { exponential, lognormal } from "../random/draw.js";
import type { Random } from "../random/random.js";
import { exp, log } from "../random/transcendental.js";
import type { Duration } from "../scenario/schema.js";
import { MINUTE_MS } from "../units/time.js";

/**
 * One duration, whole ms, at least 1. A tail beyond `maxMinutes` is cut by drawing again.
 *
 * @param turn of the arrival, from 0, by which a list is read
 */
export function drawDuration(duration: Duration, next: Random, turn: number): number {
  return Math.max(1, Math.round(drawMinutes(duration, next, turn) * MINUTE_MS));
}

function drawMinutes(duration: Duration, next: Random, turn: number): number {
  switch (duration.kind) {
    case "constant":
      return duration.minutes;
    case "exponential":
      return truncated(() => exponential(next, duration.meanMinutes), duration.maxMinutes);
    case "lognormal":
      return truncated(() => lognormal(next, duration.medianMinutes, duration.sigma), duration.maxMinutes);
    case "listed":
      return duration.minutesEach[turn % duration.minutesEach.length]!;
    case "quantiles": {
      const p = next();
      const above = duration.points.findIndex(([probability]) => probability > p);
      const [p0, m0] = duration.points[above - 1]!;
      const [p1, m1] = duration.points[above]!;
      return exp(log(m0) + ((p - p0) / (p1 - p0)) * (log(m1) - log(m0)));
    }
  }
}

/** Draws until one is within the limit; a limit that leaves next to nothing is met by the limit itself. */
function truncated(draw: () => number, limit = Number.POSITIVE_INFINITY): number {
  for (let i = 0; i < 1_000; i++) {
    const minutes = draw();
    if (minutes <= limit) return minutes;
  }
  return limit;
}

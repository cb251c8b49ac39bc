import { exponential, geometric } from "../random/draw.js";
import type { Random } from "../random/random.js";
import { cos } from "../random/transcendental.js";
import type { Arrivals } from "../scenario/schema.js";
import { DAY_MS, HOUR_MS, hourOfWeek, MINUTE_MS } from "../units/time.js";

/**
 * Arrival times, ms since `originMs`, from 0 to `untilMs`; in order, unless a jitter is longer than its period.
 *
 * Poisson arrivals with a rhythm are drawn by thinning (Lewis and Shedler 1979) at the highest rate of the week;
 * bursts of geometric size B make them a compound Poisson process, whose index of dispersion is E[B²]/E[B], which is
 * 2 x burstSize - 1.
 *
 * @param originMs the Unix time of 0, for the hour of the day and the day of the week (UTC)
 */
export function* arrivalTimes(arrivals: Arrivals, next: Random, originMs: number, untilMs: number): Generator<number> {
  if (arrivals.kind === "listed") {
    for (const hour of arrivals.hours) if (hour * HOUR_MS < untilMs) yield Math.round(hour * HOUR_MS);
    return;
  }
  if (arrivals.kind === "periodic") {
    for (let turn = 0; ; turn++) {
      const due = arrivals.offsetHours * HOUR_MS + turn * arrivals.everyHours * HOUR_MS;
      if (due >= untilMs) return;
      const at = due + next() * arrivals.jitterMinutes * MINUTE_MS;
      if (at < untilMs) yield Math.round(at);
    }
  }
  const { highest, at: rateAt } = burstsAnHour(arrivals);
  if (highest === 0) return;
  for (let at = exponential(next, HOUR_MS / highest); at < untilMs; at += exponential(next, HOUR_MS / highest)) {
    if (next() * highest >= rateAt(originMs + at)) continue;
    const together = geometric(next, arrivals.burstSize);
    for (let i = 0; i < together; i++) yield Math.round(at);
  }
}

interface Rate {
  readonly highest: number;
  /** At a Unix time in ms. */
  readonly at: (unixMs: number) => number;
}

/** Bursts an hour, such that workloads come at the rates that are given. */
function burstsAnHour(arrivals: Extract<Arrivals, { kind: "poisson" | "weekly" }>): Rate {
  const { burstSize } = arrivals;
  if (arrivals.kind === "weekly")
    return {
      highest: Math.max(...arrivals.perHourOfWeek) / burstSize,
      at: (unixMs) => arrivals.perHourOfWeek[hourOfWeek(unixMs)]! / burstSize,
    };
  const { dailySwing, peakHour, weekendShare } = arrivals;
  const mean = arrivals.perHour / burstSize;
  const weekday = (7 * mean) / (5 + 2 * weekendShare);
  const weekend = weekday * weekendShare;
  return {
    highest: Math.max(weekday, weekend) * (1 + dailySwing),
    at(unixMs) {
      const day = new Date(unixMs).getUTCDay();
      const hour = (unixMs % DAY_MS) / HOUR_MS;
      return (
        (day === 0 || day === 6 ? weekend : weekday) * (1 + dailySwing * cos((2 * Math.PI * (hour - peakHour)) / 24))
      );
    },
  };
}

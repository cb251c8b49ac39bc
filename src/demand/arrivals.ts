import { exponential, geometric } from "../random/draw.js";
import type { Random } from "../random/random.js";
import { cos } from "../random/transcendental.js";
import type { Arrivals } from "../scenario/schema.js";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../units/time.js";

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
  if (arrivals.kind === "periodic") {
    for (let turn = 0; ; turn++) {
      const due = arrivals.offsetHours * HOUR_MS + turn * arrivals.everyHours * HOUR_MS;
      if (due >= untilMs) return;
      const at = due + next() * arrivals.jitterMinutes * MINUTE_MS;
      if (at < untilMs) yield Math.round(at);
    }
  }
  if (arrivals.perHour === 0) return;
  const { weekday, weekend } = dayRates(arrivals);
  const highest = Math.max(weekday, weekend) * (1 + arrivals.dailySwing);
  for (let at = exponential(next, HOUR_MS / highest); at < untilMs; at += exponential(next, HOUR_MS / highest)) {
    const unixMs = originMs + at;
    const day = new Date(unixMs).getUTCDay();
    const hour = (unixMs % DAY_MS) / HOUR_MS;
    const wave = 1 + arrivals.dailySwing * cos((2 * Math.PI * (hour - arrivals.peakHour)) / 24);
    const rate = (day === 0 || day === 6 ? weekend : weekday) * wave;
    if (next() * highest >= rate) continue;
    const together = geometric(next, arrivals.burstSize);
    for (let i = 0; i < together; i++) yield Math.round(at);
  }
}

/** Bursts an hour on an ordinary weekday and weekend day, so that the whole week's mean is `perHour` workloads. */
function dayRates(arrivals: Extract<Arrivals, { kind: "poisson" }>): { weekday: number; weekend: number } {
  const mean = arrivals.perHour / arrivals.burstSize;
  const weekday = (7 * mean) / (5 + 2 * arrivals.weekendShare);
  return { weekday, weekend: weekday * arrivals.weekendShare };
}

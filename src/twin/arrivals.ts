import type { Arrivals } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { HOUR_MS, hourOfWeek, WEEK_HOURS } from "../units/time.js";

/** Arrivals closer together than this were submitted together. */
const TOGETHER_HOURS = 3 / 3600;
/** What came at fewer moments than this has no rate that could be told by hour of the week. */
const FEWEST_FOR_A_RATE = 30;
/** Of an hour, from which on it counts as seen. */
const SEEN_SHARE = 0.5;
/** Gaps that vary less than this, as a share of their mean, are a plan's and not chance's: of chance they vary by 1. */
const REGULAR_BELOW = 0.4;
/** From so many arrivals on, a plan can be told from chance. */
const FEWEST_REGULAR = 6;
/** Standard deviations of the kernels that are tried, hours; the last is flat. */
const WIDTHS = [0.5, 1, 2, 4, 8, 1e6];

/** Arrivals that came together, in order. */
export function together<T>(arrivals: readonly T[], hourOf: (arrival: T) => number): T[][] {
  const bursts: T[][] = [];
  for (const one of arrivals) {
    const last = bursts.at(-1);
    if (last && hourOf(one) - hourOf(last.at(-1)!) <= TOGETHER_HOURS) last.push(one);
    else bursts.push([one]);
  }
  return bursts;
}

/**
 * Arrivals with the rhythm of those that were seen, from hour 0 on: by a plan where their gaps are alike, else at random
 * with a rate for every hour of the week. Undefined of what came too seldom to tell.
 *
 * @param hours of each arrival since the data start, in order
 * @param seen share of each hour of the data in which arrivals were seen
 * @param warmupHours before the data start, in which the same is to come
 */
export function fitArrivals(
  hours: readonly number[],
  seen: readonly number[],
  startMs: number,
  warmupHours: number,
): Arrivals | undefined {
  const moments = together(hours, (hour) => hour).map(([first]) => first!);
  const plan = moments.length === hours.length ? planned(hours, warmupHours) : undefined;
  if (plan || moments.length < FEWEST_FOR_A_RATE) return plan;
  const burstSize = hours.length / moments.length;
  return {
    kind: "weekly",
    perHourOfWeek: weeklyRates(moments, seen, startMs, burstSize),
    burstSize: round(burstSize),
  };
}

/** A period with a jitter, if gaps are too even for chance. */
function planned(hours: readonly number[], warmupHours: number): Arrivals | undefined {
  const gaps = hours.slice(1).map((hour, i) => hour - hours[i]!);
  if (gaps.length + 1 < FEWEST_REGULAR) return undefined;
  const average = mean(gaps)!;
  const spread = Math.sqrt(mean(gaps.map((gap) => (gap - average) ** 2))!);
  if (spread > REGULAR_BELOW * average) return undefined;
  // Least squares: the period that leaves the smallest residuals, so that one late arrival does not shift it.
  const turns = hours.map((_, i) => i - (hours.length - 1) / 2);
  const everyHours =
    turns.reduce((sum, turn, i) => sum + turn * hours[i]!, 0) / turns.reduce((sum, turn) => sum + turn ** 2, 0);
  const late = hours.map((hour, i) => hour - i * everyHours);
  const [first, last] = [Math.min(...late), Math.max(...late)];
  const offset = first + warmupHours;
  return {
    kind: "periodic",
    everyHours: round(everyHours),
    offsetHours: round(offset - Math.floor(offset / everyHours) * everyHours),
    jitterMinutes: round((last - first) * 60),
  };
}

/**
 * Mean workloads by hour of the week: bursts counted, smoothed around the week by a Gaussian kernel whose width foresees
 * the counts of single hours best (leave-one-out likelihood of Poisson counts). Of less than a
 * week, all days are as those that were seen.
 */
function weeklyRates(
  bursts: readonly number[],
  seenShares: readonly number[],
  startMs: number,
  burstSize: number,
): number[] {
  const counts = new Array<number>(WEEK_HOURS).fill(0);
  const exposure = new Array<number>(WEEK_HOURS).fill(0);
  // Of what came while nobody looked, only what lasted was seen: such an hour counts neither way.
  const wasSeen = (hour: number) => (seenShares[Math.floor(hour)] ?? 0) >= SEEN_SHARE;
  seenShares.forEach((share, hour) => {
    if (wasSeen(hour)) exposure[hourOfWeek(startMs + hour * HOUR_MS)]! += share;
  });
  for (const hour of bursts.filter(wasSeen)) counts[hourOfWeek(startMs + hour * HOUR_MS)]!++;
  const seen = seenShares.length < WEEK_HOURS ? daily(counts, exposure) : { counts, exposure };
  const [best] = WIDTHS.map((width) => ({ width, likelihood: likelihood(seen, width) })).sort(
    (a, b) => b.likelihood - a.likelihood,
  );
  return seen.counts.map((_, hour) => round(smoothed(seen, best!.width, hour, false) * burstSize));
}

interface Week {
  readonly counts: readonly number[];
  readonly exposure: readonly number[];
}

/** Where less than a week was seen, every day is as the mean of those that were. */
function daily(counts: readonly number[], exposure: readonly number[]): Week {
  const ofDay = (values: readonly number[]) =>
    Array.from({ length: 24 }, (_, hour) => values.reduce((sum, value, i) => sum + (i % 24 === hour ? value : 0), 0));
  const [dayCounts, dayExposure] = [ofDay(counts), ofDay(exposure)];
  const repeat = (values: readonly number[]) => counts.map((_, hour) => values[hour % 24]! / 7);
  return { counts: repeat(dayCounts), exposure: repeat(dayExposure) };
}

/** Bursts an hour around an hour of the week, with or without that hour itself. */
function smoothed({ counts, exposure }: Week, width: number, hour: number, without: boolean): number {
  let [events, hours] = [0, 0];
  counts.forEach((count, other) => {
    const apart = Math.abs(other - hour);
    const distance = Math.min(apart, WEEK_HOURS - apart);
    if (without && distance === 0) return;
    const weight = Math.exp(-(distance ** 2) / (2 * width ** 2));
    events += weight * count;
    hours += weight * exposure[other]!;
  });
  return hours > 0 ? events / hours : 0;
}

function likelihood(week: Week, width: number): number {
  return week.counts.reduce((sum, count, hour) => {
    // A rate of nothing would rule out what was seen.
    const expected = Math.max(1e-3, smoothed(week, width, hour, true)) * week.exposure[hour]!;
    return expected === 0 ? sum : sum + count * Math.log(expected) - expected;
  }, 0);
}

const round = (value: number) => Number(value.toPrecision(6));

import { describe, expect, test } from "vitest";
import { random } from "../random/random.js";
import type { Arrivals } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_HOURS } from "../units/time.js";
import { arrivalTimes } from "./arrivals.js";

/** Monday 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);
const WEEK_MS = 7 * DAY_MS;

const poisson = (changes: Partial<Extract<Arrivals, { kind: "poisson" }>>): Arrivals => ({
  kind: "poisson",
  perHour: 10,
  dailySwing: 0,
  peakHour: 14,
  weekendShare: 1,
  burstSize: 1,
  ...changes,
});
const periodic = (changes: Partial<Extract<Arrivals, { kind: "periodic" }>>): Arrivals => ({
  kind: "periodic",
  everyHours: 6,
  offsetHours: 0,
  jitterMinutes: 0,
  ...changes,
});

/** Arrivals over whole weeks, ms since a Monday. */
const over = (weeks: number, arrivals: Arrivals, seed = 1, originMs = MONDAY) => [
  ...arrivalTimes(arrivals, random(seed, "arrivals"), originMs, weeks * WEEK_MS),
];

/** Standard errors that a correct draw stays within: about one seed in 16,000 would not. */
const ERRORS = 4;

/** Holds a mean of `n` independent values against theory. */
function expectMean(found: number, theory: number, standardDeviation: number, n: number) {
  expect(Math.abs(found - theory)).toBeLessThan((ERRORS * standardDeviation) / Math.sqrt(n));
}

describe("Poisson arrivals", () => {
  test.each([
    { name: "flat", changes: {}, dispersion: 1 },
    { name: "with a daily wave", changes: { dailySwing: 0.8 }, dispersion: 1 },
    { name: "with quiet weekends", changes: { weekendShare: 0.2 }, dispersion: 1 },
    { name: "in bursts", changes: { burstSize: 4 }, dispersion: 7 },
    { name: "with all of them", changes: { dailySwing: 0.5, weekendShare: 2, burstSize: 2 }, dispersion: 3 },
  ])("come perHour times an hour over a whole week, $name", ({ changes, dispersion }) => {
    const weeks = 100;
    const expected = weeks * 168 * 10;
    const { length } = over(weeks, poisson(changes));
    // The variance of a count is its mean times the index of dispersion.
    expect(Math.abs(length - expected)).toBeLessThan(ERRORS * Math.sqrt(dispersion * expected));
  });

  test.each([
    [1, 1],
    [3, 5],
  ])("in bursts of mean %i have an index of dispersion of %i: 2 x burstSize - 1", (burstSize, theory) => {
    const hours = 20_000;
    const counts = new Float64Array(hours);
    for (const at of arrivalTimes(poisson({ burstSize }), random(7, "bursts"), MONDAY, hours * HOUR_MS))
      counts[Math.min(hours - 1, Math.floor(at / HOUR_MS))]!++;
    const average = mean(counts)!;
    const variance = mean(counts.map((count) => (count - average) ** 2))!;
    // The relative error of a sample variance is about sqrt(2 / n), 1 % here; compound counts are more peaked.
    expect(variance / average / theory).toBeCloseTo(1, 1);
  });

  test("come together within a burst, at the same millisecond", () => {
    const times = over(4, poisson({ perHour: 2, burstSize: 5 }));
    const moments = new Set(times);
    const size = times.length / moments.size;
    // A geometric burst of mean 5 has a standard deviation of sqrt(20).
    expectMean(size, 5, Math.sqrt(20), moments.size);
  });

  test("follow a daily wave of the given height and peak", () => {
    const times = over(100, poisson({ dailySwing: 0.6, peakHour: 20 }));
    const phase = (peak: number) =>
      mean(times.map((at) => Math.cos((2 * Math.PI * ((at % DAY_MS) / HOUR_MS - peak)) / 24)))!;
    // Under the density (1 + s cos x) / 2 pi the mean of cos x is s / 2, that of sin x is 0.
    expectMean(phase(20), 0.3, Math.SQRT1_2, times.length);
    expectMean(phase(14), 0, Math.SQRT1_2, times.length);
  });

  test("have their peak at that hour in UTC, whenever the simulation starts", () => {
    const lateStart = MONDAY + 9 * HOUR_MS;
    const times = over(50, poisson({ dailySwing: 1, peakHour: 3 }), 1, lateStart);
    const cosines = times.map((at) => Math.cos((2 * Math.PI * (((lateStart + at) % DAY_MS) / HOUR_MS - 3)) / 24));
    expectMean(mean(cosines)!, 0.5, Math.SQRT1_2, times.length);
  });

  test.each([0, 0.3, 1, 2])("come at weekends at %f of a weekday's rate", (weekendShare) => {
    const times = over(60, poisson({ weekendShare }));
    const weekend = times.filter((at) => at % WEEK_MS >= 5 * DAY_MS).length / times.length;
    const share = (2 * weekendShare) / (5 + 2 * weekendShare);
    if (weekendShare === 0) expect(weekend).toBe(0);
    else expectMean(weekend, share, Math.sqrt(share * (1 - share)), times.length);
  });

  test("are none at a rate of 0", () => {
    expect(over(4, poisson({ perHour: 0 }))).toEqual([]);
  });
});

describe("periodic arrivals", () => {
  test("come at the offset and every period after it, up to the end", () => {
    const times = [...arrivalTimes(periodic({ offsetHours: 2 }), random(1, "x"), MONDAY, 20 * HOUR_MS)];
    expect(times).toEqual([2, 8, 14].map((hour) => hour * HOUR_MS));
  });

  test("come up to jitterMinutes later, uniformly", () => {
    const times = over(100, periodic({ jitterMinutes: 90 }));
    const late = times.map((at, turn) => (at - turn * 6 * HOUR_MS) / MINUTE_MS);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(90);
    expectMean(mean(late)!, 45, 90 / Math.sqrt(12), late.length);
  });

  test("are all there where the jitter is longer than the period: one that falls beyond the end stops no other", () => {
    const until = 50 * HOUR_MS;
    const arrivals = periodic({ everyHours: 1, jitterMinutes: 600 });
    const next = random(3, "jitter");
    const expected = Array.from({ length: 50 }, (_, turn) => turn * HOUR_MS + next() * 600 * MINUTE_MS).filter(
      (at) => at < until,
    );
    const found = [...arrivalTimes(arrivals, random(3, "jitter"), MONDAY, until)];
    expect(found).toEqual(expected.map(Math.round));
  });
});

test.each([
  ["Poisson", poisson({ dailySwing: 1, weekendShare: 0.1, burstSize: 3 })],
  ["periodic", periodic({ everyHours: 0.7, jitterMinutes: 20 })],
])("%s arrivals are whole milliseconds from 0 to the end, in order, and the same for the same seed", (_, arrivals) => {
  const times = over(3, arrivals);
  expect(times.every((at) => Number.isInteger(at) && at >= 0 && at <= 3 * WEEK_MS)).toBe(true);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(over(3, arrivals)).toEqual(times);
  expect(over(3, arrivals, 2)).not.toEqual(times);
});

describe("weekly arrivals", () => {
  /** Twice at Tuesday 05:00 UTC what comes at each hour of Sunday, and nothing else. */
  const perHourOfWeek = Array.from({ length: WEEK_HOURS }, (_, hour) => (hour === 29 ? 40 : hour >= 144 ? 20 : 0));

  test.each([1, 4])("come at the rate of the hour of the week, in bursts of mean %i", (burstSize) => {
    const weeks = 100;
    const counts = new Float64Array(WEEK_HOURS);
    for (const at of over(weeks, { kind: "weekly", perHourOfWeek, burstSize }))
      counts[Math.floor(at / HOUR_MS) % WEEK_HOURS]!++;
    counts.forEach((count, hour) => {
      const expected = perHourOfWeek[hour]! * weeks;
      // The variance of a count is its mean times the index of dispersion.
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(ERRORS * Math.sqrt((2 * burstSize - 1) * expected));
    });
  });

  test("know the hour of the week whenever the simulation starts", () => {
    const wednesday = MONDAY + 2 * DAY_MS + 30 * MINUTE_MS;
    const times = over(50, { kind: "weekly", perHourOfWeek, burstSize: 1 }, 1, wednesday);
    const hours = new Set(times.map((at) => Math.floor((wednesday + at - MONDAY) / HOUR_MS) % WEEK_HOURS));
    expect([...hours].sort((a, b) => a - b)).toEqual([29, ...Array.from({ length: 24 }, (_, i) => 144 + i)]);
  });

  test("are a flat Poisson process where all hours are alike", () => {
    const flat = { kind: "weekly", perHourOfWeek: new Array<number>(WEEK_HOURS).fill(10), burstSize: 2 } as const;
    expect(over(3, flat)).toEqual(over(3, poisson({ burstSize: 2 })));
  });
});

test("listed arrivals come when they are listed, up to the end", () => {
  const listed: Arrivals = { kind: "listed", hours: [0, 1.5, 1.5, 19.999, 20] };
  expect([...arrivalTimes(listed, random(1, "x"), MONDAY, 20 * HOUR_MS)]).toEqual(
    [0, 1.5, 1.5, 19.999].map((hour) => hour * HOUR_MS),
  );
});

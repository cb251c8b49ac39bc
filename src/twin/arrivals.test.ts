import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrivalTimes } from "../demand/arrivals.js";
import { random } from "../random/random.js";
import type { Arrivals } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { HOUR_MS, WEEK_HOURS } from "../units/time.js";
import { fitArrivals, together } from "./arrivals.js";

/** Monday 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);

const hoursOf = (arrivals: Arrivals, spanHours: number, seed = 1) =>
  [...arrivalTimes(arrivals, random(seed, "arrivals"), MONDAY, spanHours * HOUR_MS)].map((ms) => ms / HOUR_MS);
const fitted = (hours: readonly number[], spanHours = WEEK_HOURS, warmupHours = 0) =>
  fitArrivals(hours, new Array<number>(spanHours).fill(1), MONDAY, warmupHours);
const poisson = (changes: Partial<Extract<Arrivals, { kind: "poisson" }>>): Arrivals => ({
  kind: "poisson",
  perHour: 8,
  dailySwing: 0,
  peakHour: 14,
  weekendShare: 1,
  burstSize: 1,
  ...changes,
});
function weekly(found: Arrivals | undefined): Extract<Arrivals, { kind: "weekly" }> {
  if (found?.kind !== "weekly") throw new Error(`found ${found?.kind}`);
  return found;
}

describe("arrivals at random", () => {
  test.each([1, 2, 3])("come in a week as often as they were seen to, seed %i", (seed) => {
    const hours = hoursOf(poisson({ dailySwing: 0.6, weekendShare: 0.4 }), WEEK_HOURS, seed);
    const { perHourOfWeek } = weekly(fitted(hours));
    // The kernel moves arrivals from hour to hour; around the week none is lost.
    expect(mean(perHourOfWeek)! * WEEK_HOURS).toBeCloseTo(hours.length, -1);
  });

  test("have the rhythm of the process that they came from", () => {
    const weeks = 12;
    const hours = hoursOf(poisson({ perHour: 12, dailySwing: 0.8, peakHour: 15 }), weeks * WEEK_HOURS);
    const { perHourOfWeek } = weekly(fitted(hours, weeks * WEEK_HOURS));
    perHourOfWeek.forEach((rate, hour) => {
      // Over the hour; four standard errors of twelve counts, and some for what smoothing flattens.
      const true_ = 12 * (1 + 0.8 * Math.cos((2 * Math.PI * ((hour % 24) + 0.5 - 15)) / 24));
      expect(Math.abs(rate - true_)).toBeLessThan(4 * Math.sqrt(true_ / weeks) + 0.6);
    });
  });

  test("are flat where chance alone made hours differ", () => {
    const { perHourOfWeek } = weekly(fitted(hoursOf(poisson({ perHour: 8 }), WEEK_HOURS)));
    expect(Math.max(...perHourOfWeek) / Math.min(...perHourOfWeek)).toBeLessThan(1.6);
  });

  test("come in bursts as large as those that were seen", () => {
    const hours = hoursOf(poisson({ perHour: 8, burstSize: 4 }), 8 * WEEK_HOURS);
    const { burstSize, perHourOfWeek } = weekly(fitted(hours, 8 * WEEK_HOURS));
    // Of two bursts within seconds of each other one is made.
    expect(burstSize).toBeCloseTo(hours.length / new Set(hours).size, 1);
    expect(mean(perHourOfWeek)).toBeCloseTo(hours.length / (8 * WEEK_HOURS), 0);
  });

  test("of days that were not seen are as on those that were", () => {
    const { perHourOfWeek } = weekly(fitted(hoursOf(poisson({ perHour: 10, dailySwing: 0.9 }), 48), 48));
    for (let hour = 0; hour < 24; hour++)
      for (let day = 1; day < 7; day++) expect(perHourOfWeek[day * 24 + hour]).toBeCloseTo(perHourOfWeek[hour]!, 4);
  });

  test("of hours in which nobody looked are as around them", () => {
    const all = hoursOf(poisson({ perHour: 12 }), 4 * WEEK_HOURS);
    const looked = Array.from({ length: 4 * WEEK_HOURS }, (_, hour) => (hour % 24 < 8 ? 0 : 1));
    const found = weekly(
      fitArrivals(
        all.filter((hour) => looked[Math.floor(hour)] === 1),
        looked,
        MONDAY,
        0,
      ),
    );
    expect(mean(found.perHourOfWeek)! / 12).toBeCloseTo(1, 1);
    // What lasted from such an hour on is known to have come in it, and says nothing of the others.
    const lasting = weekly(fitArrivals(all, looked, MONDAY, 0));
    expect(lasting.perHourOfWeek).toEqual(found.perHourOfWeek.map((rate) => expect.closeTo(rate, 0)));
  });

  test("that are too few have no rate", () => {
    expect(fitted([3, 10, 11.5, 90, 91])).toBeUndefined();
    expect(fitted([])).toBeUndefined();
  });
});

describe("arrivals by a plan", () => {
  const gap = fc.double({ min: 2, max: 20, noNaN: true });
  test("are told from chance, with their period, and come when they would come in the warm-up", () => {
    fc.assert(
      fc.property(gap, fc.double({ min: 0, max: 0.3, noNaN: true }), fc.nat(1000), (everyHours, jitter, seed) => {
        const jitterMinutes = jitter * everyHours * 60;
        const plan: Arrivals = { kind: "periodic", everyHours, offsetHours: everyHours / 2, jitterMinutes };
        const hours = hoursOf(plan, WEEK_HOURS, seed);
        fc.pre(hours.length >= 8);
        const found = fitted(hours, WEEK_HOURS, 10 * everyHours);
        if (found?.kind !== "periodic") throw new Error(`found ${found?.kind}`);
        // The slope of a straight line through points that are off by up to the jitter.
        expect(Math.abs(found.everyHours / everyHours - 1)).toBeLessThan(jitter / 2 + 1e-4);
        expect(found.jitterMinutes).toBeLessThanOrEqual(2 * jitterMinutes + 1);
        // Ten periods earlier it is where it was.
        const first = ((found.offsetHours % found.everyHours) + found.everyHours) % found.everyHours;
        const apart = Math.abs(first - everyHours / 2);
        expect(Math.min(apart, everyHours - apart)).toBeLessThan(
          11 * Math.abs(found.everyHours - everyHours) + jitter * everyHours + 1e-3,
        );
      }),
      { numRuns: 200 },
    );
  });

  test("are not seen in what comes at random", () => {
    const seeds = Array.from({ length: 100 }, (_, i) => i);
    const found = seeds.map((seed) => fitted(hoursOf(poisson({ perHour: 0.3 }), WEEK_HOURS, seed))?.kind);
    expect(found.filter((kind) => kind === "periodic")).toEqual([]);
  });
});

test("what comes within seconds came together", () => {
  const second = 1 / 3600;
  expect(together([0, second, 3 * second, 1, 1 + 10 * second], (hour) => hour)).toEqual([
    [0, second, 3 * second],
    [1],
    [1 + 10 * second],
  ]);
});

import { describe, expect, test } from "vitest";
import { random } from "../random/random.js";
import type { Duration } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { MINUTE_MS } from "../units/time.js";
import { drawDuration } from "./duration.js";

const N = 40_000;
const draw = (duration: Duration, n = N) => {
  const next = random(11, "duration");
  return Array.from({ length: n }, () => drawDuration(duration, next, 0) / MINUTE_MS);
};

/**
 * Kolmogorov's distance between the draws and a distribution, times sqrt(n). Beyond 1.95 in one of a thousand correct
 * samples; rounding to a millisecond adds next to nothing.
 */
function distance(values: readonly number[], cdf: (minutes: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  const gaps = sorted.map((value, i) => Math.max((i + 1) / n - cdf(value), cdf(value) - i / n));
  return Math.max(...gaps) * Math.sqrt(n);
}
const LIMIT = 1.95;

/** Distribution of the standard normal: Zelen & Severo's approximation, off by less than 1e-7. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z > 0 ? 1 - tail : tail;
}

describe("drawDuration", () => {
  test("a constant is itself", () => {
    expect(new Set(draw({ kind: "constant", minutes: 2.5 }, 100))).toEqual(new Set([2.5]));
  });

  test("an exponential has its distribution", () => {
    expect(distance(draw({ kind: "exponential", meanMinutes: 12 }), (x) => 1 - Math.exp(-x / 12))).toBeLessThan(LIMIT);
  });

  test("an exponential with a maximum has the distribution given that it is shorter", () => {
    const values = draw({ kind: "exponential", meanMinutes: 12, maxMinutes: 10 });
    const below = 1 - Math.exp(-10 / 12);
    expect(Math.max(...values)).toBeLessThanOrEqual(10);
    expect(distance(values, (x) => (1 - Math.exp(-x / 12)) / below)).toBeLessThan(LIMIT);
  });

  test("a log-normal has its median and the deviation of its logarithm, up to its maximum", () => {
    const wide = draw({ kind: "lognormal", medianMinutes: 20, sigma: 0.7, maxMinutes: 1e9 });
    expect(distance(wide, (x) => normalCdf(Math.log(x / 20) / 0.7))).toBeLessThan(LIMIT);

    const cut = draw({ kind: "lognormal", medianMinutes: 20, sigma: 0.7, maxMinutes: 30 });
    const below = normalCdf(Math.log(1.5) / 0.7);
    expect(Math.max(...cut)).toBeLessThanOrEqual(30);
    expect(distance(cut, (x) => normalCdf(Math.log(x / 20) / 0.7) / below)).toBeLessThan(LIMIT);
  });

  test("a tail that leaves next to nothing is met by its limit", () => {
    expect(draw({ kind: "lognormal", medianMinutes: 1e6, sigma: 0.01, maxMinutes: 1 }, 3)).toEqual([1, 1, 1]);
  });

  test("quantiles are met at each point, and the logarithm is linear between two", () => {
    const points: [number, number][] = [
      [0, 0.5],
      [0.25, 3],
      [0.5, 10],
      [0.9, 130],
      [1, 240],
    ];
    const cdf = (x: number) => {
      const above = points.findIndex(([, minutes]) => minutes >= x);
      if (above <= 0) return above === 0 ? 0 : 1;
      const [[p0, m0], [p1, m1]] = [points[above - 1]!, points[above]!];
      return p0 + ((p1 - p0) * Math.log(x / m0)) / Math.log(m1 / m0);
    };
    const values = draw({ kind: "quantiles", points });
    expect(distance(values, cdf)).toBeLessThan(LIMIT);
    for (const [p, minutes] of points) {
      const below = mean(values.map((value) => (value <= minutes ? 1 : 0)))!;
      // Four standard errors, and the rounding of both ends.
      expect(Math.abs(below - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / N) + 1e-9);
    }
  });

  test("is a whole number of milliseconds, at least one", () => {
    const next = random(1, "tiny");
    const tiny = Array.from({ length: 1000 }, () => drawDuration({ kind: "exponential", meanMinutes: 1e-5 }, next, 0));
    expect(tiny.every((ms) => Number.isInteger(ms) && ms >= 1)).toBe(true);
    expect(Math.min(...tiny)).toBe(1);
  });
});

test("listed durations are those of the first arrival, the second and so on, and then again", () => {
  const minutes = [3, 1, 2];
  const found = [0, 1, 2, 3, 4].map((turn) =>
    drawDuration({ kind: "listed", minutesEach: minutes }, random(1, "x"), turn),
  );
  expect(found).toEqual([3, 1, 2, 3, 1].map((one) => one * MINUTE_MS));
});

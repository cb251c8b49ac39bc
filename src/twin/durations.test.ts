import { describe, expect, test } from "vitest";
import { drawDuration } from "../demand/duration.js";
import { random } from "../random/random.js";
import type { Duration } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { MINUTE_MS } from "../units/time.js";
import { fitDuration } from "./durations.js";

const N = 4000;
const drawn = (duration: Duration, seed = 1): number[] => {
  const next = random(seed, "duration");
  return Array.from({ length: N }, (_, i) => drawDuration(duration, next, i) / MINUTE_MS);
};
const ended = (minutes: readonly number[]) => minutes.map((duration) => ({ duration, ended: true }));

const kinds: readonly Duration[] = [
  { kind: "exponential", meanMinutes: 40 },
  { kind: "lognormal", medianMinutes: 15, sigma: 0.8, maxMinutes: 180 },
  { kind: "lognormal", medianMinutes: 90, sigma: 0.2, maxMinutes: 300 },
];

describe("a fitted duration", () => {
  test.each(kinds)("has the mean and the quantiles of what was seen: $kind", (kind) => {
    const seen = drawn(kind);
    const again = drawn(fitDuration(ended(seen)), 2);
    // Of some heavy tails the mean of so many is off by as much.
    expect(mean(again)! / mean(seen)!).toBeCloseTo(1, 1);
    for (const p of [0.1, 0.5, 0.9]) {
      const at = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(p * N)]!;
      expect(at(again) / at(seen)).toBeCloseTo(1, 1);
    }
  });

  test("is not made shorter by what was still running", () => {
    const whole = drawn({ kind: "exponential", meanMinutes: 40 });
    // Watched for an hour at most.
    const seen = whole.map((minutes) => ({ duration: Math.min(60, minutes), ended: minutes <= 60 }));
    const fitted = fitDuration(seen);
    if (fitted.kind !== "quantiles") throw new Error(fitted.kind);
    const median = fitted.points.find(([p]) => p === 0.5)![1];
    expect(median / (40 * Math.LN2)).toBeCloseTo(1, 1);
    const naive = seen.filter((one) => one.ended).map(({ duration }) => duration);
    expect(mean(naive)!).toBeLessThan(0.7 * 40);
  });

  test("of equal ones is constant", () => {
    expect(fitDuration(ended([30, 30, 30]))).toEqual({ kind: "constant", minutes: 30 });
    expect(fitDuration([{ duration: 12, ended: false }])).toEqual({ kind: "constant", minutes: 12 });
  });
});

import { expect, test } from "vitest";
import { normal } from "../random/draw.js";
import { random } from "../random/random.js";
import { meanInterval } from "./mean-interval.js";

test("meanInterval(values) is the mean ± t s / sqrt(n)", () => {
  // Mean 3, s = sqrt(2.5), n = 5, t(0.975, 4) = 2.776445.
  const half = 2.776445 * Math.sqrt(2.5 / 5);
  const { estimate, lower, upper } = meanInterval([1, 2, 3, 4, 5])!;
  expect(estimate).toBe(3);
  expect(lower).toBeCloseTo(3 - half, 6);
  expect(upper).toBeCloseTo(3 + half, 6);
});

test("meanInterval(values) has no width when all values are equal", () => {
  expect(meanInterval([2, 2, 2])).toEqual({ estimate: 2, lower: 2, upper: 2 });
});

test("meanInterval(values) returns undefined for fewer than two values, and for an infinite one", () => {
  expect(meanInterval([])).toBeUndefined();
  expect(meanInterval([1, undefined, Number.NaN])).toBeUndefined();
  expect(meanInterval([1, 2, Infinity])).toBeUndefined();
  expect(meanInterval([-Infinity, 2, Infinity])).toBeUndefined();
});

test("meanInterval(values, level) throws a RangeError for a level outside (0, 1)", () => {
  for (const level of [0, 1, 95]) expect(() => meanInterval([1, 2], level)).toThrow(RangeError);
});

test("meanInterval(values) covers the mean of normal values in 95 % of samples", () => {
  const next = random(1, "mean-interval");
  let covered = 0;
  for (let sample = 0; sample < 2000; sample++) {
    const { lower, upper } = meanInterval(Array.from({ length: 5 }, () => normal(next)))!;
    if (lower <= 0 && 0 <= upper) covered++;
  }
  // Three standard errors of 0.95 in 2,000 samples.
  expect(Math.abs(covered / 2000 - 0.95)).toBeLessThan(0.0146);
});

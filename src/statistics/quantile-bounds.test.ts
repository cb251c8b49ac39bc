import { expect, test } from "vitest";
import { random } from "../random/random.js";
import { quantileBounds } from "./quantile-bounds.js";

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test("quantileBounds(values, 0.95) has no upper bound below 59 values, because 0.95^58 > 0.05 > 0.95^59", () => {
  expect(quantileBounds(upTo(58), 0.95)?.upper).toBeUndefined();
  expect(quantileBounds(upTo(59), 0.95)).toMatchObject({ count: 59, upper: 59 });
});

test("quantileBounds(values, 0.05) has no lower bound below 59 values", () => {
  expect(quantileBounds(upTo(58), 0.05)?.lower).toBeUndefined();
  expect(quantileBounds(upTo(59), 0.05)?.lower).toBe(1);
});

test("quantileBounds(values, 0.5) has both bounds from 5 values on, because 0.5^5 < 0.05", () => {
  expect(quantileBounds(upTo(4), 0.5)).toEqual({ count: 4, lower: undefined, upper: undefined });
  expect(quantileBounds(upTo(5), 0.5)).toEqual({ count: 5, lower: 1, upper: 5 });
});

test("quantileBounds(values, 0.5) of 1 to 100 are the 42nd and the 59th, for qbinom(0.95, 100, 0.5) = 58", () => {
  expect(quantileBounds(upTo(100).reverse(), 0.5)).toEqual({ count: 100, lower: 42, upper: 59 });
});

test("quantileBounds(values, p) bounds the extremes from one side only", () => {
  expect(quantileBounds(upTo(10), 1)).toEqual({ count: 10, lower: 10, upper: undefined });
  expect(quantileBounds(upTo(10), 0)).toEqual({ count: 10, lower: undefined, upper: 1 });
});

test("quantileBounds(values, p) returns undefined for no values, and ignores missing ones", () => {
  expect(quantileBounds([undefined, null], 0.5)).toBeUndefined();
  expect(quantileBounds([...upTo(58), Number.NaN], 0.95)).toMatchObject({ count: 58, upper: undefined });
});

test("quantileBounds(values, p, level) throws a RangeError for p outside [0, 1] and level outside (0, 1)", () => {
  expect(() => quantileBounds([1], 95)).toThrow(RangeError);
  for (const level of [0, 1, 95]) expect(() => quantileBounds([1], 0.5, level)).toThrow(RangeError);
});

test("quantileBounds(values, p) each hold in about 95 % of samples or more", () => {
  const next = random(1, "quantile-bounds");
  const samples = 2000;
  let above = 0;
  let below = 0;
  for (let sample = 0; sample < samples; sample++) {
    const { lower, upper } = quantileBounds(Array.from({ length: 80 }, next), 0.9)!;
    if (upper! >= 0.9) above++;
    if (lower! <= 0.9) below++;
  }
  // Three standard errors of a share of 0.95 in 2,000 samples are 0.0146.
  expect(above / samples).toBeGreaterThan(0.95 - 0.0146);
  expect(below / samples).toBeGreaterThan(0.95 - 0.0146);
});

import { expect, test } from "vitest";
import { weightedQuantile } from "./weighted-quantile.js";

test("weightedQuantile of equal weights is the inverse of the empirical distribution", () => {
  const values = [5, 1, 4, 2, 3];
  expect(weightedQuantile(values, [1, 1, 1, 1, 1], 0.2)).toBe(1);
  expect(weightedQuantile(values, [1, 1, 1, 1, 1], 0.21)).toBe(2);
  expect(weightedQuantile(values, [1, 1, 1, 1, 1], 1)).toBe(5);
});

test("a value counts as often as its weight says", () => {
  expect(weightedQuantile([0, 100], [94, 6], 0.95)).toBe(100);
  expect(weightedQuantile([0, 100], [96, 4], 0.95)).toBe(0);
});

test("missing values and weights of 0 are ignored, infinite values are not", () => {
  expect(weightedQuantile([1, null, Number.NaN, 7], [1, 9, 9, 0], 1)).toBe(1);
  expect(weightedQuantile([1, Number.POSITIVE_INFINITY], [1, 1], 0.9)).toBe(Number.POSITIVE_INFINITY);
});

test("weightedQuantile returns undefined for no weight, and throws for p outside 0 to 1", () => {
  expect(weightedQuantile([], [], 0.5)).toBeUndefined();
  expect(() => weightedQuantile([1], [1], 1.1)).toThrow(RangeError);
});

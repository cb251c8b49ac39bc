import { expect, test } from "vitest";
import { mean } from "./mean.js";

test("mean(values) ignores missing values, which are not zeros", () => {
  expect(mean([1, undefined, 2, null, Number.NaN, 6])).toBe(3);
});

test("mean(values) returns undefined for no values", () => {
  expect(mean([])).toBeUndefined();
  expect(mean([undefined, Number.NaN])).toBeUndefined();
});

test("mean(values) is infinite with an infinite value, and undefined with both infinities", () => {
  expect(mean([1, Infinity])).toBe(Infinity);
  expect(mean([-Infinity, Infinity])).toBeUndefined();
});

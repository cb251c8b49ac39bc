import { expect, test } from "vitest";
import { sum } from "./sum.js";

test("sum(values) is 0 for no values", () => {
  expect(sum([])).toBe(0);
  expect(sum([undefined, null, Number.NaN])).toBe(0);
});

test("sum(values) keeps what a plain sum rounds away", () => {
  expect(sum([1, 1e100, 1, -1e100])).toBe(2);
  expect(sum(Array.from({ length: 10 }, () => 0.1))).toBe(1);
});

test("sum(values) is infinite with an infinite value, and undefined with both infinities", () => {
  expect(sum([1, Infinity, 2])).toBe(Infinity);
  expect(sum([1, -Infinity, 2])).toBe(-Infinity);
  expect(sum([Infinity, -Infinity])).toBeUndefined();
});

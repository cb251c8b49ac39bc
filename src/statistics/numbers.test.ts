import { expect, test } from "vitest";
import { numbers } from "./numbers.js";

test("numbers(values) leaves out undefined, null and NaN, and keeps the order", () => {
  expect([...numbers([3, undefined, 1, null, Number.NaN, 2])]).toEqual([3, 1, 2]);
});

test("numbers(values) keeps zeros and infinities, which aren't missing", () => {
  expect([...numbers([0, Infinity, -Infinity])]).toEqual([0, Infinity, -Infinity]);
});

test("numbers(values) is a copy", () => {
  const values = Float64Array.of(2, 1);
  numbers(values).sort();
  expect([...values]).toEqual([2, 1]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { gini } from "./gini.js";

const amounts = fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1, maxLength: 30 });

test("gini(values) of 1, 2, 3, 4 is a quarter", () => {
  expect(gini([3, 1, 4, 2])).toBeCloseTo(0.25, 15);
});

test("gini(values) is exactly 0 when all values are equal", () => {
  for (const n of [1, 2, 3, 10, 101]) expect(gini(Array.from({ length: n }, () => 0.1))).toBe(0);
});

test("gini(values) is (n - 1) / n when one has everything", () => {
  expect(gini([0, 0, 0, 7])).toBe(0.75);
});

test("gini(values) ignores missing values", () => {
  expect(gini([undefined, 0, null, 0, Number.NaN, 0, 7])).toBe(0.75);
});

test("gini(values) returns undefined for no values and for a sum of zero", () => {
  expect(gini([])).toBeUndefined();
  expect(gini([undefined])).toBeUndefined();
  expect(gini([0, 0])).toBeUndefined();
});

test("gini(values) returns undefined for an infinite value", () => {
  expect(gini([1, Infinity])).toBeUndefined();
});

test("gini(values) throws a RangeError for a negative value", () => {
  expect(() => gini([1, -2])).toThrow(new RangeError("values: found -2, allowed: numbers >= 0"));
});

test("gini(values) is half the relative mean difference over all pairs", () => {
  fc.assert(
    fc.property(amounts, (values) => {
      const total = values.reduce((a, b) => a + b, 0);
      fc.pre(total > 1e-6);
      const differences = values.flatMap((x) => values.map((y) => Math.abs(x - y))).reduce((a, b) => a + b, 0);
      expect(gini(values)).toBeCloseTo(differences / (2 * values.length * total), 9);
    }),
  );
});

test("gini(values) depends neither on the unit nor on the order", () => {
  fc.assert(
    fc.property(amounts, (values) => {
      fc.pre(values.some((value) => value > 1e-6));
      expect(gini(values.map((value) => value * 3600).reverse())).toBeCloseTo(gini(values)!, 9);
    }),
  );
});

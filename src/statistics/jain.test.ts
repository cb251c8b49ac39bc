import fc from "fast-check";
import { expect, test } from "vitest";
import { jain } from "./jain.js";

test("jain(values) is 1 when all values are equal, and 1 / n when one has everything", () => {
  expect(jain([5, 5, 5])).toBe(1);
  expect(jain([0, 0, 0, 7])).toBe(0.25);
});

test("jain(values) is k / n when k of n share equally", () => {
  expect(jain([20, 0, 20, 0, 20])).toBeCloseTo(0.6, 15);
});

test("jain(values) returns undefined for no values, only zeros, or an infinite value", () => {
  for (const values of [[], [undefined, Number.NaN], [0, 0], [1, Infinity]]) expect(jain(values)).toBeUndefined();
});

test("jain(values) throws a RangeError for a negative value", () => {
  expect(() => jain([1, -2])).toThrow(RangeError);
});

test("jain(values) lies between 1 / n and 1, however large the values", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e300 }), { minLength: 1 }), (values) => {
      fc.pre(values.some((value) => value > 0));
      expect(jain(values)).toBeGreaterThanOrEqual(1 / values.length - 1e-12);
      expect(jain(values)).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

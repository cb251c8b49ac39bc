import fc from "fast-check";
import { expect, test } from "vitest";
import { quantile } from "./quantile.js";

test("quantile(values, p) interpolates between order statistics as R's type 7 does", () => {
  const even = [3, 6, 7, 8, 8, 10, 13, 15, 16, 20];
  expect([0, 0.25, 0.5, 0.75, 1].map((p) => quantile(even, p))).toEqual([3, 7.25, 9, 14.5, 20]);
  const odd = [3, 6, 7, 8, 8, 9, 10, 13, 15, 16, 20];
  expect([0, 0.25, 0.5, 0.75, 1].map((p) => quantile(odd, p))).toEqual([3, 7.5, 9, 14, 20]);
});

test("quantile(values, p) returns undefined for no values", () => {
  expect(quantile([], 0.5)).toBeUndefined();
  expect(quantile([undefined, null, Number.NaN], 0.5)).toBeUndefined();
});

test("quantile(values, p) ignores missing values and leaves the argument as it was", () => {
  const values = [4, undefined, 1, null, Number.NaN, 3];
  expect(quantile(values, 0.5)).toBe(3);
  expect(values).toEqual([4, undefined, 1, null, Number.NaN, 3]);
});

test("quantile(values, p) throws a RangeError for p outside [0, 1], even for no values", () => {
  for (const p of [-0.01, 1.01, Number.NaN]) expect(() => quantile([], p)).toThrow(RangeError);
  expect(() => quantile([1], 95)).toThrow("p: found 95, allowed: numbers from 0 to 1");
});

test("quantile(values, p) is never NaN with infinite values", () => {
  expect(quantile([1, 2, Infinity], 0.5)).toBe(2);
  expect(quantile([1, 2, Infinity], 0.75)).toBe(Infinity);
  expect(quantile([1, Infinity, Infinity], 0.75)).toBe(Infinity);
  expect(quantile([-Infinity, Infinity], 0.5)).toBeUndefined();
});

test("quantile(values, p) lies between the extremes and grows with p", () => {
  const real = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
  const share = fc.double({ noNaN: true, min: 0, max: 1 });
  fc.assert(
    fc.property(fc.array(real, { minLength: 1 }), share, share, (values, p, q) => {
      const low = quantile(values, Math.min(p, q))!;
      const high = quantile(values, Math.max(p, q))!;
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
      expect(low - high).toBeLessThanOrEqual(1e-6);
    }),
  );
});

import { expect, test } from "vitest";
import { conditionalQuantile } from "./conditional-quantile.js";
import { kaplanMeier } from "./kaplan-meier.js";

const tenths = kaplanMeier(Array.from({ length: 10 }, (_, i) => ({ duration: i + 1, ended: true })))!;
const censored = kaplanMeier([
  { duration: 1, ended: true },
  { duration: 2, ended: true },
  { duration: 3, ended: true },
  { duration: 9, ended: false },
])!;

test("conditionalQuantile(curve, p) is the shortest duration by which a share p has ended", () => {
  for (let i = 1; i <= 10; i++) expect(conditionalQuantile(tenths, i / 10)).toBe(i);
  expect(conditionalQuantile(tenths, 0.41)).toBe(5);
});

test("conditionalQuantile(curve, 0) is the shortest duration still possible", () => {
  expect(conditionalQuantile(tenths, 0)).toBe(1);
  expect(conditionalQuantile(tenths, 0, 4)).toBe(5);
});

test("conditionalQuantile(curve, p, elapsed) looks only at those that lasted longer than elapsed", () => {
  expect(conditionalQuantile(tenths, 0.5, 6)).toBe(8);
  expect(conditionalQuantile(tenths, 0.5, 6.5)).toBe(8);
  expect(conditionalQuantile(tenths, 1, 6)).toBe(10);
});

test("conditionalQuantile(curve, p, elapsed) returns undefined in the tail that censoring hides", () => {
  expect(conditionalQuantile(censored, 0.75)).toBe(3);
  expect(conditionalQuantile(censored, 0.76)).toBeUndefined();
  expect(conditionalQuantile(censored, 0.5, 2)).toBe(3);
  expect(conditionalQuantile(censored, 0.5, 5)).toBeUndefined();
});

test("conditionalQuantile(curve, p, elapsed) returns undefined when nothing lasted as long as elapsed", () => {
  expect(conditionalQuantile(tenths, 0.5, 10)).toBeUndefined();
  expect(conditionalQuantile([], 0.5)).toBeUndefined();
});

test("conditionalQuantile(curve, p, elapsed) throws a RangeError for p outside [0, 1] and a negative elapsed", () => {
  expect(() => conditionalQuantile(tenths, 2)).toThrow(RangeError);
  expect(() => conditionalQuantile(tenths, 0.5, -1)).toThrow(RangeError);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { averagePrecision } from "./average-precision.js";

const anyCases = fc.array(fc.record({ value: fc.integer({ min: 0, max: 9 }), positive: fc.boolean() }), {
  maxLength: 30,
});

test("averagePrecision(cases) of a ranking by hand", () => {
  // Precision 1 at the first positive, 2/3 at the second: each adds half of the recall.
  const ranked = [0.8, 0.4, 0.35, 0.1].map((value, i) => ({ value, positive: i % 2 === 0 }));
  expect(averagePrecision(ranked)).toBeCloseTo((1 + 2 / 3) / 2, 15);
});

test("averagePrecision(cases) is 1 where positives come first, and their share where all are equal", () => {
  const cases = (values: readonly number[]) => values.map((value, i) => ({ value, positive: i < 2 }));
  expect(averagePrecision(cases([9, 8, 7, 6, 5]))).toBe(1);
  expect(averagePrecision(cases([1, 1, 1, 1, 1]))).toBe(2 / 5);
});

test("averagePrecision(cases) is undefined without positives", () => {
  expect(averagePrecision([])).toBeUndefined();
  expect(averagePrecision([{ value: 1, positive: false }])).toBeUndefined();
});

test("averagePrecision(cases) depends on the order of the values alone, lies in (0, 1], and loses by a higher negative", () => {
  fc.assert(
    fc.property(anyCases, (cases) => {
      const score = averagePrecision(cases);
      if (score === undefined) return;
      expect(score).toBeGreaterThan(0);
      expect(score).toBeLessThanOrEqual(1 + 1e-12);
      expect(averagePrecision(cases.map((one) => ({ ...one, value: one.value ** 3 - 50 })))).toBeCloseTo(score, 12);
      expect(averagePrecision([...cases].reverse())).toBeCloseTo(score, 12);
      expect(averagePrecision([...cases, { value: 100, positive: false }])).toBeLessThan(score);
    }),
  );
});

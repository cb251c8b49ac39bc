import fc from "fast-check";
import { expect, test } from "vitest";
import { kaplanMeier } from "./kaplan-meier.js";
import { lifetimeQuantile } from "./lifetime-quantile.js";

const ended = (durations: readonly number[]) => durations.map((duration) => ({ duration, ended: true }));

test("without censoring it is the inverse of the empirical distribution, durations of 0 included", () => {
  const durations = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, p) => {
      const sorted = values.toSorted((a, b) => a - b);
      const rank = Math.max(0, Math.ceil(p * sorted.length - 1e-9) - 1);
      expect(lifetimeQuantile(kaplanMeier(ended(values))!, p)).toBe(sorted[rank]);
    }),
  );
});

test("counts what still goes on as lasting longer, and is unknown beyond what was seen to end", () => {
  // Survival is 3/4 from 1 on, and 3/4 x 1/2 from 3 on.
  const curve = kaplanMeier([...ended([1, 3]), { duration: 2, ended: false }, { duration: 4, ended: false }])!;
  expect(lifetimeQuantile(curve, 0.25)).toBe(1);
  expect(lifetimeQuantile(curve, 0.5)).toBe(3);
  expect(lifetimeQuantile(curve, 0.625)).toBe(3);
  expect(lifetimeQuantile(curve, 0.63)).toBeUndefined();
  expect(lifetimeQuantile([], 0.5)).toBeUndefined();
});

test("refuses what is no probability", () => {
  expect(() => lifetimeQuantile([], 1.5)).toThrow("p: found 1.5, allowed: numbers from 0 to 1");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { rocAuc } from "./roc-auc.js";

const anyCases = fc.array(fc.record({ value: fc.integer({ min: 0, max: 9 }), positive: fc.boolean() }), {
  maxLength: 30,
});

test("rocAuc(cases) of a ranking by hand: three of four pairs are in order", () => {
  const ranked = [0.8, 0.4, 0.35, 0.1].map((value, i) => ({ value, positive: i % 2 === 0 }));
  expect(rocAuc(ranked)).toBe(0.75);
});

test("rocAuc(cases) is undefined without positives, or without negatives", () => {
  expect(rocAuc([])).toBeUndefined();
  expect(rocAuc([{ value: 1, positive: true }])).toBeUndefined();
  expect(rocAuc([{ value: 1, positive: false }])).toBeUndefined();
});

test("rocAuc(cases) is the share of pairs in which the positive ranks higher, ties as a half", () => {
  fc.assert(
    fc.property(anyCases, (cases) => {
      const positives = cases.filter((one) => one.positive);
      const negatives = cases.filter((one) => !one.positive);
      if (positives.length * negatives.length === 0) return;
      let won = 0;
      for (const p of positives)
        for (const n of negatives) won += p.value > n.value ? 1 : p.value === n.value ? 0.5 : 0;
      expect(rocAuc(cases)).toBeCloseTo(won / (positives.length * negatives.length), 12);
    }),
  );
});

import { expect, test } from "vitest";
import { precisionRecall } from "./precision-recall.js";

const cases = (text: string) =>
  text.split(" ").map((one) => ({ value: Number.parseFloat(one), positive: one.endsWith("+") }));

test("precisionRecall(cases) has a point for each distinct value, from the highest threshold to the lowest", () => {
  expect(precisionRecall(cases("3+ 2 2+ 1+ 0"))).toEqual([
    { threshold: 3, precision: 1, recall: 1 / 3, truePositives: 1, falsePositives: 0 },
    { threshold: 2, precision: 2 / 3, recall: 2 / 3, truePositives: 2, falsePositives: 1 },
    { threshold: 1, precision: 3 / 4, recall: 1, truePositives: 3, falsePositives: 1 },
    { threshold: 0, precision: 3 / 5, recall: 1, truePositives: 3, falsePositives: 2 },
  ]);
});

test("precisionRecall(cases) ranks minus infinity last and ignores cases without a value", () => {
  const points = precisionRecall([
    { value: undefined, positive: true },
    { value: null, positive: false },
    { value: Number.NaN, positive: true },
    { value: Number.NEGATIVE_INFINITY, positive: true },
    { value: -5, positive: false },
  ]);
  expect(points.map(({ threshold, recall }) => [threshold, recall])).toEqual([
    [-5, 0],
    [Number.NEGATIVE_INFINITY, 1],
  ]);
});

test("precisionRecall(cases) is empty without positives", () => {
  expect(precisionRecall(cases("3 2 1"))).toEqual([]);
  expect(precisionRecall([])).toEqual([]);
});

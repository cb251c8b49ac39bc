import fc from "fast-check";
import { expect, test } from "vitest";
import { histogramQuantile } from "./histogram-quantile.js";

const buckets = [
  { le: 60, count: 50 },
  { le: 300, count: 90 },
  { le: 3600, count: 98 },
  { le: Infinity, count: 100 },
];

test("histogramQuantile(buckets, p) is the bucket in which the quantile lies", () => {
  expect(histogramQuantile(buckets, 0.5)).toEqual({ lower: 0, upper: 60, count: 100 });
  expect(histogramQuantile(buckets, 0.51)).toEqual({ lower: 60, upper: 300, count: 100 });
  expect(histogramQuantile(buckets, 0.95)).toEqual({ lower: 300, upper: 3600, count: 100 });
});

test("histogramQuantile(buckets, p) has no upper end in the +Inf bucket", () => {
  expect(histogramQuantile(buckets, 0.99)).toEqual({ lower: 3600, upper: Infinity, count: 100 });
  expect(histogramQuantile([{ le: Infinity, count: 3 }], 0.5)).toEqual({ lower: 0, upper: Infinity, count: 3 });
});

test("histogramQuantile(buckets, p) takes buckets in any order", () => {
  expect(histogramQuantile([...buckets].reverse(), 0.95)).toEqual(histogramQuantile(buckets, 0.95));
});

test("histogramQuantile(buckets, p) skips empty buckets at both ends", () => {
  const middle = [
    { le: 1, count: 0 },
    { le: 2, count: 4 },
    { le: 4, count: 4 },
    { le: Infinity, count: 4 },
  ];
  for (const p of [0, 0.5, 1]) expect(histogramQuantile(middle, p)).toEqual({ lower: 1, upper: 2, count: 4 });
});

test("histogramQuantile(buckets, p) adds buckets with the same le, as of several replicas", () => {
  expect(histogramQuantile([...buckets, ...buckets], 0.95)).toEqual({ lower: 300, upper: 3600, count: 200 });
});

test("histogramQuantile(buckets, p) takes a count that falls below a smaller bucket's as equal to it", () => {
  const torn = [
    { le: 1, count: 10 },
    { le: 2, count: 9 },
    { le: Infinity, count: 9 },
  ];
  expect(histogramQuantile(torn, 1)).toEqual({ lower: 0, upper: 1, count: 10 });
});

test("histogramQuantile(buckets, p) isn't moved to the next bucket by rounding", () => {
  expect(0.07 * 100).toBeGreaterThan(7);
  const seven = [
    { le: 1, count: 7 },
    { le: Infinity, count: 100 },
  ];
  expect(histogramQuantile(seven, 0.07)?.upper).toBe(1);
});

test("histogramQuantile(buckets, p) starts the lowest bucket at -Infinity if its le isn't positive", () => {
  const signed = [
    { le: -1, count: 1 },
    { le: 1, count: 2 },
    { le: Infinity, count: 2 },
  ];
  expect(histogramQuantile(signed, 0.5)).toEqual({ lower: -Infinity, upper: -1, count: 2 });
  expect(histogramQuantile(signed, 1)).toEqual({ lower: -1, upper: 1, count: 2 });
});

test("histogramQuantile(buckets, p) returns undefined without observations or without a +Inf bucket", () => {
  expect(histogramQuantile([], 0.5)).toBeUndefined();
  expect(
    histogramQuantile(
      [
        { le: 1, count: 0 },
        { le: Infinity, count: 0 },
      ],
      0.5,
    ),
  ).toBeUndefined();
  expect(histogramQuantile([{ le: 1, count: 5 }], 0.5)).toBeUndefined();
  expect(
    histogramQuantile(
      [
        { le: 1, count: 5 },
        { le: Infinity, count: undefined },
      ],
      0.5,
    ),
  ).toBeUndefined();
});

test("histogramQuantile(buckets, p) throws a RangeError for p outside [0, 1]", () => {
  expect(() => histogramQuantile(buckets, 95)).toThrow(RangeError);
});

test("histogramQuantile(buckets, p) holds the observation that a share p doesn't exceed", () => {
  const waits = fc.array(fc.double({ noNaN: true, min: 0.001, max: 100 }), { minLength: 1, maxLength: 50 });
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 90 }), { maxLength: 8 });
  fc.assert(
    fc.property(waits, bounds, fc.integer({ min: 1, max: 100 }), (observed, les, percent) => {
      const histogram = [...les, Infinity].map((le) => ({ le, count: observed.filter((wait) => wait <= le).length }));
      const rank = Math.ceil((percent * observed.length) / 100);
      const quantile = [...observed].sort((a, b) => a - b)[rank - 1]!;
      const { lower, upper, count } = histogramQuantile(histogram, percent / 100)!;
      expect(quantile).toBeGreaterThan(lower);
      expect(quantile).toBeLessThanOrEqual(upper);
      expect(count).toBe(observed.length);
    }),
  );
});

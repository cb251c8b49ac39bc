import { expect, test } from "vitest";
import { normal } from "../random/draw.js";
import { random } from "../random/random.js";
import { bootstrap } from "./bootstrap.js";
import { mean } from "./mean.js";
import { quantile } from "./quantile.js";

test("bootstrap(next, items, statistic) depends on the stream alone", () => {
  const values = [1, 5, 2, 8, 3, 9, 4];
  const once = () => bootstrap(random(7, "bootstrap"), values, mean, { resamples: 200 });
  expect(once()).toEqual(once());
  expect(once()?.estimate).toBe(mean(values));
});

test("bootstrap(next, items, statistic) of a mean is as wide as the normal interval", () => {
  const next = random(1, "bootstrap");
  const values = Array.from({ length: 400 }, () => 10 + normal(next));
  const { lower, upper } = bootstrap(next, values, mean, { resamples: 2000 })!;
  // 2 * 1.96 / sqrt(400) = 0.196; a standard deviation from 400 values is off by about 3.5 %, ends of 2,000 by as much.
  expect(upper - lower).toBeGreaterThan(0.17);
  expect(upper - lower).toBeLessThan(0.22);
});

test("bootstrap(next, items, statistic) covers the truth in about as many samples as it promises", () => {
  const next = random(2, "bootstrap");
  let covered = 0;
  for (let sample = 0; sample < 300; sample++) {
    const { lower, upper } = bootstrap(next, Array.from({ length: 50 }, next), mean, { level: 0.9, resamples: 200 })!;
    if (lower <= 0.5 && 0.5 <= upper) covered++;
  }
  // Three standard errors of 0.9 in 300 samples are 0.052; percentile intervals of 50 values are a little narrow.
  expect(covered / 300).toBeGreaterThan(0.83);
  expect(covered / 300).toBeLessThan(0.96);
});

test("bootstrap(next, items, statistic) resamples items whole, so that what belongs together stays together", () => {
  const pairs = [1, 2, 3, 4, 5].map((x) => ({ x, double: 2 * x }));
  const ratio = (items: typeof pairs) => items.reduce((a, b) => a + b.double, 0) / items.reduce((a, b) => a + b.x, 0);
  expect(bootstrap(random(1, "pairs"), pairs, (items) => ratio([...items]))).toEqual({
    estimate: 2,
    lower: 2,
    upper: 2,
  });
});

test("bootstrap(next, items, statistic) leaves the items as they were, even if the statistic sorts", () => {
  const items = [3, 1, 2];
  bootstrap(random(1, "sorts"), items, (sample) => (sample as number[]).sort()[0]);
  expect(items).toEqual([3, 1, 2]);
});

test("bootstrap(next, items, statistic) returns undefined where the statistic does", () => {
  expect(bootstrap(random(1, "none"), [], mean)).toBeUndefined();
  expect(bootstrap(random(1, "nan"), [1], () => Number.NaN)).toBeUndefined();
});

test("bootstrap(next, items, statistic) returns undefined when more resamples than a tail are undefined", () => {
  const rare = [1, ...Array.from({ length: 9 }, () => undefined)];
  expect(bootstrap(random(1, "rare"), rare, mean)).toBeUndefined();
  const common = [undefined, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect(bootstrap(random(1, "common"), common, (items) => quantile(items, 0.5))).toBeDefined();
});

test("bootstrap(next, items, statistic, options) throws a RangeError for a level or number that can't be", () => {
  expect(() => bootstrap(random(1, "x"), [1], mean, { level: 95 })).toThrow(RangeError);
  expect(() => bootstrap(random(1, "x"), [1], mean, { resamples: 0 })).toThrow(RangeError);
});

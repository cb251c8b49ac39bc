import fc from "fast-check";
import { expect, test } from "vitest";
import { binomialQuantile } from "./binomial-quantile.js";

/** P(successes <= k) by Pascal's triangle: slow, with no idea in common with the code under test. */
function cumulative(trials: number, chance: number, k: number): number {
  let chances = [1];
  for (let trial = 0; trial < trials; trial++) {
    chances = [...chances, 0].map((stay, i) => stay * (1 - chance) + (chances[i - 1] ?? 0) * chance);
  }
  return chances.slice(0, k + 1).reduce((a, b) => a + b, 0);
}

test("binomialQuantile(trials, chance, level) is the least k whose cumulative chance reaches the level", () => {
  const share = fc.double({ noNaN: true, min: 0.001, max: 0.999 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), share, share, (trials, chance, level) => {
      const k = binomialQuantile(trials, chance, level);
      expect(cumulative(trials, chance, k)).toBeGreaterThanOrEqual(level - 1e-9);
      if (k > 0) expect(cumulative(trials, chance, k - 1)).toBeLessThan(level + 1e-9);
    }),
  );
});

test("binomialQuantile(trials, chance, level) agrees with R's qbinom", () => {
  expect(binomialQuantile(100, 0.5, 0.95)).toBe(58);
  expect(binomialQuantile(20, 0.5, 0.025)).toBe(6);
});

test("binomialQuantile(trials, chance, level) approaches the normal distribution for a million trials", () => {
  const deviation = Math.sqrt(1e6 * 0.95 * 0.05);
  expect(Math.abs(binomialQuantile(1e6, 0.95, 0.95) - (950_000 + 1.6449 * deviation))).toBeLessThan(2);
});

test("binomialQuantile(trials, chance, level) is certain where chance or level is", () => {
  expect(binomialQuantile(10, 0, 0.9)).toBe(0);
  expect(binomialQuantile(10, 1, 0.1)).toBe(10);
  expect(binomialQuantile(10, 0.5, 0)).toBe(0);
  expect(binomialQuantile(10, 0.5, 1)).toBe(10);
});

test("binomialQuantile(trials, chance, level) throws a RangeError for what can't be a count or a probability", () => {
  expect(() => binomialQuantile(1.5, 0.5, 0.5)).toThrow("trials: found 1.5, allowed: whole numbers >= 0");
  expect(() => binomialQuantile(1, 2, 0.5)).toThrow(RangeError);
  expect(() => binomialQuantile(1, 0.5, Number.NaN)).toThrow(RangeError);
});

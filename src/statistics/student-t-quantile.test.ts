import { expect, test } from "vitest";
import { studentTQuantile } from "./student-t-quantile.js";

test("studentTQuantile(p, degrees) agrees with the table of NIST's Engineering Statistics Handbook, 1.3.6.7.2", () => {
  const levels = [0.9, 0.95, 0.975, 0.99, 0.995, 0.999];
  const table: [degrees: number, quantiles: number[]][] = [
    [1, [3.078, 6.314, 12.706, 31.821, 63.657, 318.309]],
    [2, [1.886, 2.92, 4.303, 6.965, 9.925, 22.327]],
    [3, [1.638, 2.353, 3.182, 4.541, 5.841, 10.215]],
    [5, [1.476, 2.015, 2.571, 3.365, 4.032, 5.893]],
    [10, [1.372, 1.812, 2.228, 2.764, 3.169, 4.144]],
    [19, [1.328, 1.729, 2.093, 2.539, 2.861, 3.579]],
    [30, [1.31, 1.697, 2.042, 2.457, 2.75, 3.385]],
    [100, [1.29, 1.66, 1.984, 2.364, 2.626, 3.174]],
  ];
  for (const [degrees, quantiles] of table) {
    const computed = levels.map((p) => Math.round(studentTQuantile(p, degrees) * 1000) / 1000);
    expect(computed, `${degrees} degrees of freedom`).toEqual(quantiles);
  }
});

test("studentTQuantile(p, degrees) has a closed form for one and two degrees of freedom", () => {
  for (const p of [0.51, 0.6, 0.9, 0.999, 0.999999]) {
    expect(studentTQuantile(p, 1) / Math.tan(Math.PI * (p - 0.5))).toBeCloseTo(1, 9);
    expect(studentTQuantile(p, 2) / ((2 * p - 1) / Math.sqrt(2 * p * (1 - p)))).toBeCloseTo(1, 9);
  }
});

test("studentTQuantile(p, degrees) approaches the normal quantile for many degrees of freedom", () => {
  // Cornish and Fisher's first term, z + (z³ + z) / (4 degrees), is all that is left at 100,000.
  const z = 1.959963984540054;
  expect(studentTQuantile(0.975, 100_000)).toBeCloseTo(z + (z ** 3 + z) / 400_000, 8);
});

test("studentTQuantile(p, degrees) is symmetric around exactly 0", () => {
  expect(studentTQuantile(0.5, 7)).toBe(0);
  expect(studentTQuantile(0.25, 7)).toBe(-studentTQuantile(0.75, 7));
});

test("studentTQuantile(p, degrees) throws a RangeError for p outside (0, 1) and degrees of freedom that aren't a whole number >= 1", () => {
  for (const p of [0, 1, -1, Number.NaN]) expect(() => studentTQuantile(p, 5)).toThrow(RangeError);
  for (const degrees of [0, 1.5, Infinity]) expect(() => studentTQuantile(0.9, degrees)).toThrow(RangeError);
});

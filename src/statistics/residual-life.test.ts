import { expect, test } from "vitest";
import { exponential } from "../random/draw.js";
import { random } from "../random/random.js";
import { kaplanMeier } from "./kaplan-meier.js";
import { mean } from "./mean.js";
import { residualLife } from "./residual-life.js";

test("residualLife(next, curve, elapsed) draws each possible end as often as it occurred", () => {
  const curve = kaplanMeier([1, 2, 3, 4].map((duration) => ({ duration, ended: true })))!;
  expect([0, 0.49, 0.51, 0.999].map((u) => residualLife(() => u, curve, 2))).toEqual([2, 2, 1, 1]);
});

test("residualLife(next, curve, elapsed) is undefined for as large a share as the data can't tell", () => {
  const curve = kaplanMeier([
    { duration: 1, ended: true },
    { duration: 2, ended: true },
    { duration: 5, ended: false },
    { duration: 6, ended: false },
  ])!;
  const draws = Array.from({ length: 100 }, (_, i) => residualLife(() => (i + 0.5) / 100, curve, 1));
  expect(draws.filter((draw) => draw === undefined)).toHaveLength(67);
});

test("residualLife(next, curve, elapsed) of exponential durations doesn't depend on elapsed, censored or not", () => {
  const next = random(1, "residual-life");
  const lifetimes = Array.from({ length: 4000 }, () => {
    const duration = exponential(next, 1);
    const seen = 4 + 8 * next();
    return { duration: Math.min(duration, seen), ended: duration <= seen };
  });
  const curve = kaplanMeier(lifetimes)!;
  for (const elapsed of [0, 0.5, 1.5]) {
    const draws = Array.from({ length: 2000 }, () => residualLife(next, curve, elapsed));
    // About 900 lasted beyond 1.5, so their mean is known to 1 / 30; the draws add 1 / 45: three times both is 0.12.
    expect(Math.abs(mean(draws)! - 1)).toBeLessThan(0.12);
  }
});

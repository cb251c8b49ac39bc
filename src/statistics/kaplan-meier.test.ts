import fc from "fast-check";
import { expect, test } from "vitest";
import { kaplanMeier } from "./kaplan-meier.js";

/** Weeks in remission under 6-MP, + for censored: Freireich et al., Blood 21 (1963), the textbook example. */
const remission = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
  .split(" ")
  .map((weeks) => ({ duration: Number.parseInt(weeks, 10), ended: !weeks.endsWith("+") }));

test("kaplanMeier(lifetimes) gives the published curve of the 6-MP trial", () => {
  const rounded = kaplanMeier(remission)!.map(({ survival, ...step }) => ({ ...step, survival: survival.toFixed(3) }));
  expect(rounded).toEqual([
    { time: 6, atRisk: 21, ended: 3, survival: "0.857" },
    { time: 7, atRisk: 17, ended: 1, survival: "0.807" },
    { time: 10, atRisk: 15, ended: 1, survival: "0.753" },
    { time: 13, atRisk: 12, ended: 1, survival: "0.690" },
    { time: 16, atRisk: 11, ended: 1, survival: "0.627" },
    { time: 22, atRisk: 7, ended: 1, survival: "0.538" },
    { time: 23, atRisk: 6, ended: 1, survival: "0.448" },
  ]);
});

test("kaplanMeier(lifetimes) doesn't depend on the order, even where an end and a censoring coincide", () => {
  expect(kaplanMeier([...remission].reverse())).toEqual(kaplanMeier(remission));
});

test("kaplanMeier(lifetimes) without censoring is the share that lasted longer", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 }), (durations) => {
      for (const { time, survival } of kaplanMeier(durations.map((duration) => ({ duration, ended: true })))!) {
        const longer = durations.filter((duration) => duration > time).length;
        expect(survival).toBeCloseTo(longer / durations.length, 12);
      }
    }),
  );
});

test("kaplanMeier(lifetimes) reaches 0 exactly when the longest ended, and stops above it when it is censored", () => {
  const ended = { duration: 3, ended: true };
  expect(kaplanMeier([{ duration: 1, ended: true }, ended])!.at(-1)!.survival).toBe(0);
  expect(kaplanMeier([{ duration: 9, ended: false }, ended])!.at(-1)).toMatchObject({ time: 3, survival: 0.5 });
});

test("kaplanMeier(lifetimes) has no steps when all are censored", () => {
  expect(kaplanMeier([{ duration: 1, ended: false }])).toEqual([]);
});

test("kaplanMeier(lifetimes) returns undefined for no lifetimes, and ignores missing durations", () => {
  expect(kaplanMeier([])).toBeUndefined();
  expect(
    kaplanMeier([
      { duration: undefined, ended: true },
      { duration: Number.NaN, ended: true },
    ]),
  ).toBeUndefined();
});

test("kaplanMeier(lifetimes) throws a RangeError for a negative or infinite duration", () => {
  for (const duration of [-1, Infinity]) expect(() => kaplanMeier([{ duration, ended: true }])).toThrow(RangeError);
});

import { describe, expect, test } from "vitest";
import { anyBoard } from "../testing/board.js";
import {
  isMet,
  isWithin,
  promiseSheet,
  promiseText,
  removalOrder,
  removalSheet,
  WAIT_GRAIN_SECONDS,
  waitRatio,
} from "./promises.js";
import type { PromiseRow } from "./rows.js";

const [kept] = anyBoard().promises as [PromiseRow, ...PromiseRow[]];
const row = (rest: Partial<PromiseRow>): PromiseRow => ({ ...kept, ...rest });

describe("a promise", () => {
  test("is told by the ratio of waits a minute longer, so that one of nothing divides", () => {
    expect(waitRatio(row({ promised_p95_seconds: 0, simulated_p95_seconds: 0 }))).toBe(1);
    expect(waitRatio(row({ promised_p95_seconds: 540, simulated_p95_seconds: 5940 }))).toBe(10);
    expect(waitRatio(row({ promised_p95_seconds: 540, simulated_p95_seconds: null }))).toBe(Number.POSITIVE_INFINITY);
    expect(waitRatio(row({ promised_p95_seconds: null, simulated_p95_seconds: 540 }))).toBe(0);
  });

  test("holds its interval to a minute, and its target to the second", () => {
    const { promised_upper_seconds: upper, target_seconds: target } = kept;
    expect(isWithin(row({ simulated_p95_seconds: upper! + WAIT_GRAIN_SECONDS }))).toBe(true);
    expect(isWithin(row({ simulated_p95_seconds: upper! + WAIT_GRAIN_SECONDS + 1 }))).toBe(false);
    expect(isWithin(row({ promised_upper_seconds: null, simulated_p95_seconds: null }))).toBe(true);
    expect(isMet(row({ simulated_p95_seconds: target }))).toBe(true);
    expect(isMet(row({ simulated_p95_seconds: target + 1 }))).toBe(false);
    expect(isMet(row({ simulated_p95_seconds: null }))).toBe(false);
  });
});

test("promises are told by what the plan does with the nodes, then by scenario", () => {
  const off = "seed 1: 9 min promised, 1 h 39 min simulated";
  expect(promiseSheet(anyBoard()).rows).toEqual([
    ["all", "4", "2 (50%)", "2 (50%)", "1.00 (1.00 to 10.00)", `a of short, ${off}`],
    ["nodes added", "2", "0 (0%)", "0 (0%)", "10.00 (10.00 to 10.00)", `a of short, ${off}`],
    [
      "nodes as they are",
      "2",
      "2 (100%)",
      "2 (100%)",
      "1.00 (1.00 to 1.00)",
      "a of balanced, seed 1: 9 min promised, 9 min simulated",
    ],
    ["balanced", "2", "2 (100%)", "2 (100%)", "1.00 (1.00 to 1.00)", expect.stringMatching(/^a, seed 1/)],
    ["short", "2", "0 (0%)", "0 (0%)", "10.00 (10.00 to 10.00)", `a, ${off}`],
  ]);
  const endless = promiseSheet({ promises: [row({ simulated_p95_seconds: null })] }).rows[0]!;
  expect(endless.slice(2)).toEqual([
    "0 (0%)",
    "0 (0%)",
    "no end (no end to no end)",
    "a of balanced, seed 1: 9 min promised, no end simulated",
  ]);
});

test("what actions remove is held against what waited behind them, by kind", () => {
  expect(removalSheet(anyBoard()).rows).toEqual([
    ["add", "2", "2", "200", "100", "0.20 (0.20 to 0.80)", "2", "0"],
    ["feed", "2", "0", "none", "unknown", "unknown", "unknown", "unknown"],
    ["reorder", "2", "2", "100", "60", "0.60 (0.60 to 0.60)", "2", "0"],
  ]);
});

test("of actions in one world, it is counted how often more behind them removes more", () => {
  // In one world 100 behind removes 80 and 50 removes 30, in the other 100 removes 20 and 50 removes 30.
  expect(removalOrder(anyBoard())).toEqual({ choices: 2, right: 1, byChance: 1, pairs: 2, concordant: 1 });
});

test("both tables are said in a sentence or two, as far as there are any", () => {
  expect(promiseText(anyBoard())).toBe(
    "With the nodes that the plan has, 2 nodegroups of 4 meet the target when simulated; the simulated p95 is 1.00 (1.00 to 10.00) times the promised one, in the median and from 10 to 90 %; the target is missed in short. Of actions, the one with most GPU-hours behind it removes most in 1 of 2 worlds with a choice, against 1.0 by chance; of two, the one with more behind it removes more in 50% of 2 pairs.",
  );
  expect(promiseText({ promises: [kept], removals: [] })).toBe(
    "With the nodes that the plan has, 1 nodegroup of 1 meet the target when simulated; the simulated p95 is 1.00 (1.00 to 1.00) times the promised one, in the median and from 10 to 90 %.",
  );
  expect(promiseText({ promises: [], removals: [] })).toBe("No plan was tried.");
});

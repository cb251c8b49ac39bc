import { describe, expect, test } from "vitest";
import { anyBoard } from "../testing/board.js";
import { effect } from "./effect.js";
import type { Board } from "./rows.js";

const before = anyBoard({ m: 0.5, other: 0.9 });
const after: Board = {
  ...anyBoard({ m: 0.7, other: 0.9 }),
  levels: anyBoard({ m: 0.7 }).levels.flatMap((row) => [
    { ...row, nodegroup: "a", mean: 0.1 },
    { ...row, nodegroup: "b", mean: 0.4 },
  ]),
};
const levels = before.levels.flatMap((row) => [
  { ...row, nodegroup: "a", mean: 0.3 },
  { ...row, nodegroup: "b", mean: 0.2 },
]);
const side = (board: Pick<Board, "scores" | "levels">, metric = "m") => ({ metric, board });

describe("the measured effect of a change", () => {
  const text = effect(side({ ...before, levels }), side(after));

  test("sets before and after side by side in every task, with the difference over seeds", () => {
    expect(text).toContain("`m`, before and after, on 2 named scenarios, 2 seeds (1 to 2)");
    expect(text).toContain("| shortage | 0.510 | 0.710 | +0.200 (+0.200 to +0.200) |");
    expect(text).toContain("| quiet | 0.510 | 0.710 |");
  });

  test("says scenario by scenario what it finds and which nodegroups change rank", () => {
    expect(text).toContain("| short | 0.510 | 0.710 | b: 2 to 1 and a: 1 to 2 |");
    expect(text).toContain("| balanced | nothing to find | nothing to find | b: 2 to 1 and a: 1 to 2 |");
    expect(effect(side({ ...before, levels }), side({ ...before, levels }))).toContain(
      "| short | 0.510 | 0.510 | none |",
    );
  });

  test("names both metrics where one takes the other's place", () => {
    const replaced = effect(side(before, "other"), side(before, "m"));
    expect(replaced).toContain("`m` against `other`");
    expect(replaced).toContain("| shortage | 0.910 | 0.510 | -0.400 (-0.400 to -0.400) |");
  });

  test("compares only seeds that both have, and says so where there are none", () => {
    const later = {
      scores: after.scores.map((row) => ({ ...row, seed: row.seed + 1 })),
      levels: after.levels.map((row) => ({ ...row, seed: row.seed + 1 })),
    };
    expect(effect(side(before), side(later))).toContain("1 seed (2 to 2)");
    const never = { scores: [], levels: later.levels.map((row) => ({ ...row, seed: 99 })) };
    expect(effect(side(before), side(never))).toMatch(/^Nothing was measured/);
  });

  test("compares only scenarios that both were scored on: others would move the means of one side", () => {
    const easy = { ...before.scores[0]!, scenario: "easy", metric: "m", average_precision: 1 };
    const more = {
      scores: [...before.scores, { ...easy, seed: 1 }, { ...easy, seed: 2 }],
      levels: [...before.levels, { ...before.levels[0]!, scenario: "easy", metric: "m" }],
    };
    const same = effect(side(more), side(before));
    expect(same).toContain("| shortage | 0.510 | 0.510 | 0.000 (0.000 to 0.000) |");
    expect(same).not.toContain("easy");
  });

  test("leaves random worlds out", () => {
    expect(text).not.toContain("random-1");
  });
});

import { describe, expect, test } from "vitest";
import type { Board } from "../../board/rows.js";
import { anyBoard } from "../../testing/board.js";
import { type Figure, sentences } from "../figure.js";
import { illegible } from "../legibility.js";
import { causesNamed, namedFinding } from "./causes-named.js";
import { leaderboardFigure, leaderFinding } from "./leaderboard.js";
import { curveFinding, precisionRecallFigure } from "./precision-recall.js";
import { failFinding, whereMetricsFail } from "./where-metrics-fail.js";

const empty: Board = { ...anyBoard(), scores: [], causes: [], alarms: [], named: [], faults: [] };
const many = anyBoard(
  Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`a_rather_long_metric_${i}`, 0.9 - i / 20])),
);

describe.each<[string, (board: Board) => Figure]>([
  ["leaderboardFigure", leaderboardFigure],
  ["precisionRecallFigure", precisionRecallFigure],
  ["whereMetricsFail", whereMetricsFail],
  ["causesNamed", causesNamed],
  ["causesNamed of random worlds", (board) => causesNamed(board, true)],
])("%s", (_, draw) => {
  test.each([
    ["an ordinary board", anyBoard()],
    ["a board of many metrics with long names", many],
    ["a board on which a baseline is best", anyBoard({ pending_ratio: 0.9, imbalance: 0.5, composite_score: 0.4 })],
    ["a board of one metric", anyBoard({ demand_ratio: 0.4 })],
    ["a board without anything to find", empty],
  ])("can be read of %s", (_name, board) => {
    const figure = draw(board);
    expect(illegible(figure.svg)).toEqual([]);
    const { title, subtitle, takeaway, note, alt, source } = figure;
    for (const text of [title, subtitle, takeaway, note, alt, source]) {
      expect(text.trim()).not.toBe("");
      expect(text).not.toMatch(/\b(undefined|null|NaN|Infinity)\b|\[object|, , |\s{2}/);
    }
    expect([2, 3]).toContain(sentences(takeaway).length);
  });
});

describe("the leaderboard's finding", () => {
  test("is the default where it leads, with its lead over the composite score and what the bare gauge reaches", () => {
    const found = leaderFinding(anyBoard());
    expect(found).toMatchObject({ kind: "default", of: 3, leader: { metric: "imbalance", meanRank: 1 } });
    const { title, takeaway } = leaderboardFigure(anyBoard());
    expect(title).toBe("imbalance ranks best of 3 metrics: mean rank 1.0");
    // 0.90 and 0.92 over the seeds; 0.60 more on both.
    expect(takeaway).toContain(
      "reaches 0.91 for work that waits here, 0.60 (0.60 to 0.60 over seeds) more than composite_score",
    );
    expect(takeaway).toContain("The bare gauge, pending_ratio, reaches 0.61, 0.61 and 0.61.");
  });

  test("says so where a baseline or another metric leads", () => {
    const baseline = leaderboardFigure(anyBoard({ pending_ratio: 0.9, imbalance: 0.5, composite_score: 0.4 }));
    expect(baseline.title).toBe("A baseline ranks best: pending_ratio, with a mean rank of 1.0");
    expect(baseline.takeaway).toContain("imbalance, has to be argued for again");
    const other = leaderboardFigure(anyBoard({ demand_ratio: 0.9, imbalance: 0.5, composite_score: 0.95 }));
    expect(other.title).toContain("A baseline ranks best: composite_score");
    const third = leaderboardFigure(anyBoard({ demand_ratio: 0.9, imbalance: 0.5, composite_score: 0.4 }));
    expect(third.title).toBe("demand_ratio ranks best, not the default: mean rank 1.0");
  });

  test("names those that share the best rank, the default first", () => {
    const tie = anyBoard({ pending_ratio: 0.9, imbalance: 0.9, composite_score: 0.4 });
    expect(leaderFinding(tie)).toMatchObject({
      kind: "default",
      leader: { metric: "imbalance" },
      beside: ["pending_ratio"],
    });
    expect(leaderboardFigure(tie).title).toBe("imbalance and pending_ratio rank best of 3 metrics: mean rank 1.5");
  });

  test("is that nothing can be ranked where nothing was out of balance", () => {
    expect(leaderFinding(empty)).toEqual({ kind: "no-data" });
  });
});

describe("the precision-recall finding", () => {
  test("tells what is right at nine of ten hours found, of the best and of those it is held against", () => {
    expect(curveFinding(anyBoard())).toEqual({
      kind: "told",
      best: "imbalance",
      precision: expect.closeTo(0.91, 9),
      against: [
        { metric: "composite_score", precision: expect.closeTo(0.31, 9) },
        { metric: "pending_ratio", precision: expect.closeTo(0.61, 9) },
      ],
    });
    // (1 - 0.31) / 0.31 hours of false alarm for each true one.
    expect(precisionRecallFigure(anyBoard()).takeaway).toContain(
      "0.1 hours of false alarm, and 2.2 with composite_score",
    );
  });
});

describe("the finding of where metrics fail", () => {
  test("names the leader's worst scenario, the hardest one, and who fails in none", () => {
    expect(failFinding(anyBoard())).toEqual({
      kind: "told",
      leader: "imbalance",
      worst: { scenario: "short", precision: expect.closeTo(0.91, 9) },
      leaderFails: [],
      neverFail: ["imbalance", "pending_ratio"],
      hardest: { scenario: "short", failing: 1, of: 3 },
    });
  });

  test("says so where even the leader fails", () => {
    const board = anyBoard({ imbalance: 0.4, composite_score: 0.2 });
    expect(whereMetricsFail(board).title).toBe("Even imbalance fails in short");
    expect(whereMetricsFail(board).takeaway).toContain("No metric can be trusted alone");
  });
});

describe("the finding of causes named", () => {
  test("keeps what cannot be told apart from what is wrong", () => {
    expect(namedFinding(anyBoard())).toEqual({
      kind: "told",
      gpuHours: 200,
      right: 0.8,
      cannotTell: 0.05,
      wrong: 0.15,
      confused: { truth: "flavor", verdict: "capacity", gpuHours: 30 },
    });
  });

  test("counts what was not seen as wrong, and leaves what was not there out", () => {
    const world = { scenario: "x", random: false, seed: 1 };
    const causes = [
      { ...world, truth: "quota", verdict: "nothing", gpu_hours: 1 },
      { ...world, truth: "quota", verdict: "quota", gpu_hours: 3 },
      { ...world, truth: "nothing", verdict: "quota", gpu_hours: 50 },
    ];
    expect(namedFinding({ causes })).toMatchObject({ gpuHours: 4, right: 0.75, wrong: 0.25 });
  });
});

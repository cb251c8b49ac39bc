import { describe, expect, test } from "vitest";
import { lead, leaderboard } from "./leaderboard.js";
import type { ScoreRow, Task } from "./rows.js";

const row = (metric: string, task: Task, seed: number, scenario: string, average_precision: number, random = false) =>
  ({
    scenario,
    random,
    seed,
    metric,
    task,
    cases: 10,
    positives: 2,
    undefined_share: 0,
    average_precision,
    roc_auc: average_precision,
  }) as ScoreRow;

const rows: ScoreRow[] = [
  // Means over scenarios: 0.9 and 0.7 for good, 0.4 and 0.6 for poor.
  row("good", "shortage", 1, "x", 1),
  row("good", "shortage", 1, "y", 0.8),
  row("good", "shortage", 2, "x", 0.7),
  row("poor", "shortage", 1, "x", 0.5),
  row("poor", "shortage", 1, "y", 0.3),
  row("poor", "shortage", 2, "x", 0.6),
  row("good", "quiet", 1, "x", 0.5),
  row("poor", "quiet", 1, "x", 0.5),
  row("good", "shortage", 1, "random-1", 0, true),
];

describe("the leaderboard", () => {
  const [first, second] = leaderboard(rows);

  test("takes the mean over scenarios for each seed, then over seeds", () => {
    expect(first!.metric).toBe("good");
    expect(first!.tasks.shortage!.precision.estimate).toBeCloseTo(0.8, 12);
    expect(second!.tasks.shortage!.precision.estimate).toBeCloseTo(0.5, 12);
    // Student's t with one degree of freedom: 12.706 standard errors of 0.1, which reaches beyond 0 and 1.
    expect(first!.tasks.shortage!.precision).toMatchObject({ lower: 0, upper: 1 });
  });

  test("ranks by task, ties by the mean of their ranks, and orders by the mean rank", () => {
    expect([first!.tasks.shortage!.rank, second!.tasks.shortage!.rank]).toEqual([1, 2]);
    expect([first!.tasks.quiet!.rank, second!.tasks.quiet!.rank]).toEqual([1.5, 1.5]);
    expect([first!.meanRank, second!.meanRank]).toEqual([1.25, 1.75]);
    expect(first!.tasks.mismatch).toBeUndefined();
  });

  test("names the scenario in which a metric does worst, and what chance would give", () => {
    expect(first!.tasks.shortage!.worst).toEqual({ scenario: "y", precision: 0.8 });
    expect(second!.tasks.shortage!.worst).toEqual({ scenario: "y", precision: 0.3 });
    expect(first!.tasks.shortage!.chance).toBeCloseTo(0.2, 12);
  });

  test("keeps random worlds apart", () => {
    expect(leaderboard(rows, true)).toMatchObject([
      { metric: "good", tasks: { shortage: { precision: { estimate: 0 } } } },
    ]);
  });

  test("is empty without rows", () => {
    expect(leaderboard([])).toEqual([]);
  });
});

test("the lead of one metric over another is the mean difference over seeds, paired", () => {
  const found = lead(rows, "shortage", "good", "poor")!;
  // 0.9 - 0.4 and 0.7 - 0.6.
  expect(found.estimate).toBeCloseTo(0.3, 12);
  expect(found.upper - found.estimate).toBeCloseTo(12.706 * 0.2, 2);
});

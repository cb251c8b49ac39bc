import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { anyBoard } from "../testing/board.js";
import { tempFolder } from "../testing/dataset.js";
import { standingText } from "./board-text.js";
import { boardChecks } from "./closing.js";
import { readBoard } from "./read.js";
import {
  alarmSheet,
  alarmSummary,
  faultSheet,
  leaderboardSheet,
  namedSheet,
  planInputSheet,
  stateSheet,
} from "./sheets.js";
import { writeBoard } from "./write.js";

describe("a board", () => {
  test("is read as it was written", async () => {
    const folder = join(await tempFolder(), "board");
    const board = anyBoard();
    await writeBoard(folder, async () => board);
    expect(await readBoard(folder)).toEqual(board);
  });

  test("is never written over unless that is asked for, and not made for nothing", async () => {
    const folder = join(await tempFolder(), "board");
    await writeBoard(folder, async () => anyBoard());
    await expect(writeBoard(folder, () => Promise.reject(new Error("made for nothing")))).rejects.toThrow(
      /found a score board there already; .*--replace/,
    );
    await writeBoard(folder, async () => anyBoard(), { replace: true });
  });

  test("that is not there, or is something else, is refused with what would write it", async () => {
    const folder = await tempFolder();
    await expect(readBoard(folder)).rejects.toThrow(/scores\.parquet: cannot be read; npx evenkeel score --out/);
    await writeBoard(join(folder, "board"), async () => anyBoard());
    await writeFile(join(folder, "board", "causes.parquet"), "no Parquet");
    await expect(readBoard(join(folder, "board"))).rejects.toThrow(/causes\.parquet/);
  });
});

describe("the sheets of a board", () => {
  test("list every metric, best first, with what it scored in every task", () => {
    const { columns, rows } = leaderboardSheet(anyBoard());
    expect(rows.map(([metric]) => metric)).toEqual(["imbalance", "pending_ratio", "composite_score"]);
    for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(leaderboardSheet({ scores: [] }).rows).toEqual([]);
  });

  test("tell alarms at their cut: hours, runs, shortages and lead over all worlds together", () => {
    const row = { ...anyBoard().alarms[0]!, nodegroup_hours: 84, true_hours: 6, false_hours: 2, missed_hours: 4 };
    const first = { ...row, scenario: "balanced", false_alarms: 1, shortages: 0, caught: 0, late: 0, lead_hours: 0 };
    const second = { ...row, scenario: "x", false_alarms: 9, shortages: 4, caught: 2, late: 1, lead_hours: 5 };
    expect(alarmSummary([first, second])).toEqual({
      precision: 12 / 16,
      recall: 12 / 20,
      f1: (2 * 0.75 * 0.6) / 1.35,
      // One in 84 nodegroup-hours, of which a week has 168.
      falseAlarmsAWeek: [2],
      caughtShare: 0.5,
      leadHours: 2.5,
    });
    expect(alarmSummary([]).precision).toBeUndefined();
    expect(alarmSheet(anyBoard()).rows.map(([metric]) => metric)).toEqual([
      "imbalance",
      "pending_ratio",
      "composite_score",
    ]);
  });

  test("hold what the diagnosis says of the GPUs against the truth, and name where it is most off", () => {
    const [useful] = stateSheet(anyBoard()).rows;
    expect(useful![0]).toBe("useful");
    expect(useful!.at(-1)).toMatch(/^short, seed \d: 90\.0 for 100\.0$/);
  });
});

test("the place of the default is said where it ranks first, and where it does not", () => {
  expect(standingText(anyBoard(), true)).toBe(
    "In random worlds, too, nothing ranks before imbalance, the default (mean rank 1.0).",
  );
  expect(standingText(anyBoard({ pending_ratio: 0.9, imbalance: 0.5 }))).toBe(
    "In the named scenarios pending_ratio ranks first (mean rank 1.0); imbalance, the default, has place 2 (mean rank 2.0).",
  );
  expect(standingText({ scores: [] }, true)).toBe("In random worlds there was nothing to find.");
});

test("what a scenario injects is held against the diagnosis on the days on which it is there", () => {
  expect(namedSheet(anyBoard()).rows).toEqual([
    ["short", "capacity", "1 of 2", "1 of 1", 0, "0"],
    ["all random worlds", "capacity", "1 of 2", "0 of 1", 0, "1: capacity called quota"],
  ]);
});

test("faults that move a metric are told by whether a check says so", () => {
  const rows = faultSheet(anyBoard()).rows;
  expect(rows[0]).toEqual(["imbalance", 4, 2, 1, 1, "0", "loud, by 2.0 of its severe anchor"]);
  expect(rows[1]).toEqual(["pending_ratio", 4, 1, 1, 1, "1: sly", "loud, by 2.0 of its severe anchor"]);
});

test("what the plan is made from is held against the truth, scenario by scenario", () => {
  expect(planInputSheet(anyBoard()).rows).toEqual([
    ["balanced", "20", "18", "100", "100", "0%", "1.0", "1.0"],
    ["short", "20", "18", "100", "120", "20%", "1.0", "1.0"],
    ["all random worlds", "20", "18", "100", "100", "0%", "unknown", "unknown"],
  ]);
});

describe("the checks of a board", () => {
  const failing = (change: Partial<ReturnType<typeof anyBoard>>) =>
    boardChecks({ ...anyBoard(), ...change })
      .rows.filter(([, ok]) => ok !== "ok")
      .map(([what]) => String(what));

  test("pass where it adds up", () => {
    expect(failing({})).toEqual([]);
  });

  test("fail where a metric was not asked what the others were", () => {
    expect(failing({ scores: anyBoard().scores.slice(1) })[0]).toMatch(/asked the same/);
  });

  test("fail where alarms are told of the seeds that they were tuned on, or of several cuts", () => {
    const { alarms } = anyBoard();
    expect(failing({ alarms: [...alarms, { ...alarms[0]!, seed: 3 }] })[0]).toMatch(/even seeds only/);
    expect(failing({ alarms: [...alarms, { ...alarms[0]!, threshold: 9 }] })[0]).toMatch(/one cut/);
  });

  test("fail where scores, GPU-hours paid or waited cannot be right", () => {
    const { scores, states, causes } = anyBoard();
    expect(failing({ scores: scores.map((row) => ({ ...row, average_precision: 1.2 })) })[0]).toMatch(
      /between 0 and 1/,
    );
    expect(failing({ states: states.map((row) => ({ ...row, verdict_gpu_hours: 1 })) })[0]).toMatch(/paid for/);
    expect(failing({ causes: causes.map((row) => ({ ...row, gpu_hours: -1 })) })[0]).toMatch(/negative/);
  });

  test("fail where a plan promises less than its target", () => {
    const { promises } = anyBoard();
    expect(failing({ promises: promises.map((row) => ({ ...row, promised_p95_seconds: 3601 })) })[0]).toMatch(
      /promises/,
    );
    expect(failing({ promises: promises.map((row) => ({ ...row, promised_p95_seconds: null })) })[0]).toMatch(
      /promises/,
    );
  });
});

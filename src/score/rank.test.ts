import { describe, expect, test } from "vitest";
import type { Label } from "./labels.js";
import { rankWorld } from "./rank.js";
import type { World } from "./world.js";

/** A world of one nodegroup and one metric, hour by hour. */
function world(
  scenario: string,
  hours: readonly [waiting: number, recoverable: number, value: number | null][],
): World {
  return {
    scenario,
    random: false,
    seed: 1,
    labels: hours.map(([waiting, recoverable], window): Label => ({ window, nodegroup: "a", waiting, recoverable })),
    measured: [{ metric: "m", values: hours.map(([, , value]) => value) }],
    causes: [],
    states: [],
    named: [],
    planInputs: [],
  };
}

const calm = world("balanced", [
  [0, 0, 0.2],
  [0.5, 0, 0.4],
]);

describe("the rank of a metric in a world", () => {
  const rows = rankWorld(
    world("short", [
      [4, 0, 0.9],
      [2, 2, 0.3],
      [0.9, 0.9, 0.6],
      [0, 0, null],
    ]),
    calm,
  );
  const row = (task: string) => rows.find((one) => one.task === task)!;

  test("holds hours in which a GPU or more waits against the others, undefined ones last", () => {
    // Ranked 0.9 (short), 0.6, 0.3 (short), undefined.
    expect(row("shortage")).toMatchObject({
      scenario: "short",
      metric: "m",
      cases: 4,
      positives: 2,
      undefined_share: 0.25,
      average_precision: 0.8333,
      roc_auc: 0.75,
      precision_at_recall_0: 100,
      precision_at_recall_50: 100,
      precision_at_recall_60: 67,
      precision_at_recall_100: 67,
    });
  });

  test("asks for recoverable demand apart from shortage", () => {
    expect(row("mismatch")).toMatchObject({ cases: 4, positives: 1, average_precision: 0.3333 });
  });

  test("is quiet where the hours of the balanced world rank below its own short ones", () => {
    // Short 0.9 and 0.3 against 0.4 and 0.2 of the balanced world: 0.3 ranks third.
    expect(row("quiet")).toMatchObject({ cases: 4, positives: 2, average_precision: 0.8333, undefined_share: 0 });
  });

  test("is told for no task without positives or without negatives, nor of quiet for the balanced world itself", () => {
    expect(rankWorld(calm, calm)).toEqual([]);
    expect(
      rankWorld(
        world("all", [
          [2, 0, 1],
          [3, 0, 2],
        ]),
        undefined,
      ),
    ).toEqual([]);
  });
});

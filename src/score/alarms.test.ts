import { describe, expect, test } from "vitest";
import { alarmsOf, bestThreshold } from "./alarms.js";
import type { World } from "./world.js";

/** A world of one nodegroup: GPUs that wait and a metric's value, hour by hour. */
function world(waiting: readonly number[], values: readonly (number | null)[], nodegroup = "a"): World {
  return {
    scenario: "s",
    random: false,
    seed: 2,
    labels: waiting.map((gpus, window) => ({ window, nodegroup, waiting: gpus, recoverable: 0 })),
    measured: [{ metric: "m", values }],
    causes: [],
    states: [],
    named: [],
    planInputs: [],
  };
}

describe("bestThreshold", () => {
  test("is the cut with the best F1 over all worlds together", () => {
    // At 3: precision 1, recall 2/4. At 2: precision 3/4, recall 3/4, F1 3/4. At 1: precision 4/6, recall 1, F1 0.8.
    const worlds = [world([2, 2, 0], [3, 2, 1]), world([2, 2, 0, 0], [3, 1, 2, 0])];
    expect(bestThreshold(worlds, "m")).toBe(1);
    expect(bestThreshold([world([2, 0], [5, 4])], "m")).toBe(5);
  });

  test("is undefined where nothing is short, and never lies where the metric is undefined", () => {
    expect(bestThreshold([world([0, 0], [1, 2])], "m")).toBeUndefined();
    expect(bestThreshold([world([2, 2], [null, 3])], "m")).toBe(3);
  });
});

describe("alarms", () => {
  const of = (waiting: readonly number[], values: readonly (number | null)[]) =>
    alarmsOf(world(waiting, values), "m", 1);

  test("count hours by alarm and shortage", () => {
    expect(of([2, 2, 0, 0, 0.5], [1, null, 3, 0.9, 1])).toMatchObject({
      nodegroup_hours: 5,
      true_hours: 1,
      false_hours: 2,
      missed_hours: 1,
    });
  });

  test("are false as a run without any shortage, not by the hour", () => {
    expect(of([0, 0, 0, 0, 2], [1, 1, 0, 1, 1])).toMatchObject({ false_alarms: 1 });
  });

  test("catch a shortage if they come no later than its largest hour, and lead by the hours between", () => {
    expect(of([1, 2, 5, 1], [0, 1, 1, 1])).toMatchObject({ shortages: 1, caught: 1, late: 0, lead_hours: 1 });
    expect(of([1, 2, 5, 1], [1, 1, 1, 1])).toMatchObject({ caught: 1, lead_hours: 2 });
    expect(of([1, 2, 5, 1], [0, 0, 0, 1])).toMatchObject({ caught: 0, late: 1, lead_hours: 0 });
    expect(of([1, 2, 5, 1], [0, 0, 0, 0])).toMatchObject({ shortages: 1, caught: 0, late: 0 });
  });

  test("do not lead from before the shortage", () => {
    expect(of([0, 0, 5, 0], [1, 1, 1, 1])).toMatchObject({ caught: 1, lead_hours: 0 });
  });

  test("take the shortages of each nodegroup for themselves", () => {
    const [a, b] = [world([0, 2], [0, 1]), world([2, 0], [1, 0], "b")];
    const both: World = {
      ...a,
      labels: [...a.labels, ...b.labels],
      measured: [{ metric: "m", values: [...a.measured[0]!.values, ...b.measured[0]!.values] }],
    };
    expect(alarmsOf(both, "m", 1)).toMatchObject({ shortages: 2, caught: 2, nodegroup_hours: 4 });
  });
});

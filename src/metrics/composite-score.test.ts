import { describe, expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { compositeScore } from "./composite-score.js";

interface Row {
  readonly pending?: number | null;
  readonly capacity?: number | null;
  readonly held?: number | null;
  /** GPU_UTIL in percent. */
  readonly util?: number | null;
  /** Power as a share of the limit. */
  readonly power?: number | null;
  readonly workloads?: number | null;
  readonly wait?: number | null;
}

/** Rows that are alike but for what is said; utilisation is what power says, unless told. */
function scores(...rows: readonly Row[]): (number | undefined)[] {
  const windows = rows.map(
    ({ pending = 0, capacity = 48, held = 40, util = 50, power = 0.5, workloads = 0, wait = 0 }) => ({
      gpus_pending_upper: pending,
      gpus_capacity: capacity,
      gpus_held: held,
      gpu_util_percent_all: util,
      tdp_share_all: power,
      workloads_pending: workloads,
      wait_mean_seconds: wait,
    }),
  );
  return compositeScore.measure(windows as NodegroupWindow[]);
}

describe("composite_score", () => {
  test("weighs the parts, each scaled to the smallest and largest of the sample, as worked by hand", () => {
    // Pending per unused GPU: 0 / 8, 8 / 8 and 16 / 8, so scaled 0, 0.5 and 1. Gap in points: 0, 30 and 20, so 0, 1 and
    // 2/3. Pending workloads: 1, 1 and 5, so 0, 0 and 1. Wait: 0, 50 and 100 s, so 0, 0.5 and 1.
    const [low, middle, high] = scores(
      { pending: 0, workloads: 1 },
      { pending: 8, util: 80, power: 0.5, workloads: 1, wait: 50 },
      { pending: 16, util: 90, power: 0.7, workloads: 5, wait: 100 },
    );
    expect(low).toBe(0);
    expect(middle).toBeCloseTo(0.5 * 0.5 + 0.3 * 1 + 0.2 * (0.4 * 0.5), 12);
    expect(high).toBeCloseTo(0.5 * 1 + 0.3 * (2 / 3) + 0.2 * (0.6 + 0.4), 12);
  });

  test("is 0 where all rows are alike, and for a row alone: nothing is larger than the smallest", () => {
    const row = { pending: 100, util: 100, power: 0, workloads: 100, wait: 1e6 };
    expect(scores(row)).toEqual([0]);
    expect(scores(row, row)).toEqual([0, 0]);
  });

  test("depends on the other rows of its sample, as no other metric does", () => {
    const row = { pending: 8 };
    expect(scores({}, row)[1]).toBeCloseTo(0.5, 12);
    expect(scores({}, row, { pending: 80 })[1]).toBeCloseTo(0.05, 12);
  });

  test("takes power above what utilisation says for no gap, not for a negative one", () => {
    expect(scores({ util: 50, power: 0.5 }, { util: 10, power: 0.9 })).toEqual([0, 0]);
  });

  test("lets one full nodegroup take the top of the scale: it divides by next to nothing", () => {
    const [, short, full] = scores({}, { pending: 80, held: 47 }, { pending: 1, held: 48 });
    expect(short).toBeLessThan(1e-6);
    expect(full).toBeCloseTo(0.5, 12);
  });

  test("counts a window without admissions as a wait of 0", () => {
    // Only the wait differs: 0.2 x 0.4 for the longest.
    expect(scores({ wait: null }, { wait: 100 }, { wait: 50 })).toEqual([
      0,
      expect.closeTo(0.08, 12),
      expect.closeTo(0.04, 12),
    ]);
  });

  test.each(["pending", "capacity", "held", "util", "power", "workloads"] as const)(
    "is undefined where %s is missing, and leaves that row out of the scale",
    (part) => {
      const extreme = { pending: 1000, util: 100, power: 0, workloads: 1000, wait: 1e6 };
      const [missing, ...others] = scores({ ...extreme, [part]: null }, {}, { pending: 8 });
      expect(missing).toBeUndefined();
      expect(others).toEqual([0, expect.closeTo(0.5, 12)]);
    },
  );

  test("is undefined everywhere in a sample of which nothing is known whole", () => {
    expect(scores({ util: null }, { held: null })).toEqual([undefined, undefined]);
  });
});

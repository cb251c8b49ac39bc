import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { pendingRatio } from "./pending-ratio.js";

const measured = (gpus_pending_upper: number | null, gpus_capacity: number | null) =>
  pendingRatio.measure([{ gpus_pending_upper, gpus_capacity } as NodegroupWindow])[0];

test("pending_ratio is all that is pending in queues that could run here, per healthy GPU", () => {
  expect(measured(12, 48)).toBe(0.25);
  expect(measured(96, 48)).toBe(2);
  expect(measured(0, 48)).toBe(0);
});

test("pending_ratio is undefined where a source was silent, or there is no healthy GPU", () => {
  for (const [pending, capacity] of [
    [null, 48],
    [12, null],
    [12, 0],
  ] as const)
    expect(measured(pending, capacity)).toBeUndefined();
});

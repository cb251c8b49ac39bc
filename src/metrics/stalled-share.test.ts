import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { stalledShare } from "./stalled-share.js";

const measured = (gpus_stalled: number | null, gpus_held: number | null) =>
  stalledShare.measure([{ gpus_stalled, gpus_held } as NodegroupWindow])[0];

test("stalled_share is a share of the GPUs held, not of those paid for", () => {
  expect(measured(3, 12)).toBe(stalledShare.anchors.severe);
  expect(measured(12, 12)).toBe(1);
  expect(measured(0, 12)).toBe(0);
});

test("stalled_share is undefined without the profiling fields, and where nothing is held", () => {
  for (const [stalled, held] of [
    [null, 12],
    [3, null],
    [0, 0],
  ] as const)
    expect(measured(stalled, held)).toBeUndefined();
});

import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { strandedShare } from "./stranded-share.js";

const measured = (gpus_stranded: number | null, gpus_capacity: number | null) =>
  strandedShare.measure([{ gpus_stranded, gpus_capacity } as NodegroupWindow])[0];

test("stranded_share is what the shapes in demand cannot use, as a share of the healthy capacity", () => {
  expect(measured(12, 48)).toBe(strandedShare.anchors.severe);
  expect(measured(0, 48)).toBe(0);
});

test("stranded_share is undefined where kube-state-metrics was silent, or there is no healthy GPU", () => {
  for (const [stranded, capacity] of [
    [null, 48],
    [12, null],
    [0, 0],
  ] as const)
    expect(measured(stranded, capacity)).toBeUndefined();
});

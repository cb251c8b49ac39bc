import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { demandRatio } from "./demand-ratio.js";

const measured = (gpus_demand_lower: number | null, gpus_capacity: number | null) =>
  demandRatio.measure([{ gpus_demand_lower, gpus_capacity } as NodegroupWindow])[0];

test("demand_ratio is 1, its concern, for a full nodegroup that nobody waits for, and more by what waits", () => {
  expect(measured(48, 48)).toBe(demandRatio.anchors.concern);
  expect(measured(60, 48)).toBe(demandRatio.anchors.severe);
  expect(measured(36, 48)).toBe(0.75);
  expect(measured(0, 48)).toBe(0);
});

test("demand_ratio is undefined where a source was silent, or there is no healthy GPU", () => {
  for (const [demand, capacity] of [
    [null, 48],
    [48, null],
    [8, 0],
    [0, 0],
  ] as const)
    expect(measured(demand, capacity)).toBeUndefined();
});

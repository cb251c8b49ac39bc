import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { recoverableMismatch } from "./recoverable-mismatch.js";

const measured = (gpus_recoverable: number | null, gpus_capacity: number | null) =>
  recoverableMismatch.measure([{ gpus_recoverable, gpus_capacity } as NodegroupWindow])[0];

test("recoverable_mismatch is what free GPUs elsewhere could serve, as a share of the capacity here", () => {
  expect(measured(12, 48)).toBe(0.25);
  // Far more than the nodegroup holds may wait for it.
  expect(measured(96, 48)).toBe(2);
  expect(measured(0, 48)).toBe(0);
});

test("recoverable_mismatch is undefined where a source was silent, or there is no healthy GPU", () => {
  for (const [recoverable, capacity] of [
    [null, 48],
    [12, null],
    [12, 0],
  ] as const)
    expect(measured(recoverable, capacity)).toBeUndefined();
});

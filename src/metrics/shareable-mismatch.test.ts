import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { shareableMismatch } from "./shareable-mismatch.js";

const measured = (
  gpus_waiting_lower: number | null,
  gpus_shareable: number | null,
  gpus_capacity: number | null = 48,
) => shareableMismatch.measure([{ gpus_waiting_lower, gpus_shareable, gpus_capacity } as NodegroupWindow])[0];

test("shareable_mismatch counts no more than waits, and no more than could be shared", () => {
  expect(measured(12, 30)).toBe(0.25);
  expect(measured(30, 12)).toBe(0.25);
});

test("shareable_mismatch is 0 where nothing waits, and where the memory of all held GPUs is in use", () => {
  expect(measured(0, 30)).toBe(0);
  expect(measured(30, 0)).toBe(0);
});

test("shareable_mismatch is undefined where a source was silent, or there is no healthy GPU", () => {
  for (const [waiting, shareable, capacity] of [
    [null, 12, 48],
    [12, null, 48],
    [12, 12, null],
    [12, 12, 0],
  ] as const)
    expect(measured(waiting, shareable, capacity)).toBeUndefined();
});

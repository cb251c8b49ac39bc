import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { wasteShare } from "./waste-share.js";

type Gpus = number | null;
const measured = (gpus_idle: Gpus, gpus_free: Gpus, gpus_waiting_upper: Gpus, gpus_paid: Gpus = 48) =>
  wasteShare.measure([{ gpus_idle, gpus_free, gpus_waiting_upper, gpus_paid } as NodegroupWindow])[0];

test("waste_share is what is held and idle, and what is free while as much waits, of what is paid for", () => {
  expect(measured(6, 6, 10)).toBe(0.25);
  expect(measured(6, 10, 6)).toBe(0.25);
  expect(measured(12, 0, 10)).toBe(0.25);
});

test("waste_share calls free GPUs that nobody waits for slack, not waste", () => {
  expect(measured(0, 48, 0)).toBe(0);
});

test("waste_share is undefined where a source was silent, or nothing is paid for", () => {
  for (const [idle, free, waiting, paid] of [
    [null, 6, 6, 48],
    [6, null, 6, 48],
    [6, 6, null, 48],
    [6, 6, 6, null],
    [6, 6, 6, 0],
  ] as const)
    expect(measured(idle, free, waiting, paid)).toBeUndefined();
});

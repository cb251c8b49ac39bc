import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { drainTimeHours } from "./drain-time-hours.js";

const measured = (
  workloads_pending: number | null,
  workloads_admitted: number | null,
  window_seconds: number | null = 3600,
) => drainTimeHours.measure([{ workloads_pending, workloads_admitted, window_seconds } as NodegroupWindow])[0];

test("drain_time_hours is how long admissions would take at their pace, whatever the length of the window", () => {
  // 12 pending, 4 admitted an hour: 3 hours. A third of an hour with 4 admitted is 12 an hour.
  expect(measured(12, 4)).toBe(3);
  expect(measured(12, 4, 1200)).toBeCloseTo(1, 12);
  expect(measured(0.5, 1, 7200)).toBeCloseTo(1, 12);
});

test("drain_time_hours is 0 where nothing is pending, whether or not something was admitted", () => {
  expect(measured(0, 4)).toBe(0);
  expect(measured(0, 0)).toBe(0);
});

test("drain_time_hours is undefined where workloads were pending and none was admitted: it has no end", () => {
  expect(measured(12, 0)).toBeUndefined();
});

test("drain_time_hours is undefined where Kueue was silent", () => {
  expect(measured(null, 0)).toBeUndefined();
  expect(measured(12, null)).toBeUndefined();
  expect(measured(12, 4, null)).toBeUndefined();
});

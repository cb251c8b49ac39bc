import { expect, test } from "vitest";
import type { Job } from "./jobs.js";
import { fitPriorities } from "./priorities.js";

const job = (priorityClass: string, createdHours: number, scheduledHours: number | undefined, gpusPerPod = 1): Job => ({
  gang: `team/Job/${priorityClass}-${createdHours}`,
  localQueue: "team/queue",
  priorityClass,
  kind: "Job",
  pods: 1,
  gpusPerPod,
  cpusPerGpu: undefined,
  gibPerGpu: undefined,
  createdHours,
  scheduledHours,
  minutes: 10,
  failedMinutes: 0,
  done: true,
  ended: true,
  attempts: 1,
  failures: 0,
  startupSeconds: undefined,
  nodegroup: "a",
});
const values = (jobs: readonly Job[], queueOf = (_: string): string | undefined => "queue") =>
  Object.fromEntries(fitPriorities(jobs, queueOf).map(({ name, value }) => [name, value]));

/** So many times, an hour apart, one of a class comes later than one of another and starts earlier. */
const overtakes = (winner: string, loser: string, times: number, gpusPerPod = 1) =>
  Array.from({ length: times }, (_, i) => [
    job(loser, 10 * i, 10 * i + 5, 1),
    job(winner, 10 * i + 1, 10 * i + 2, gpusPerPod),
  ])
    .flat()
    .sort((a, b) => a.createdHours - b.createdHours);

test("a class whose jobs pass those of another is above it", () => {
  expect(values(overtakes("high", "low", 6))).toEqual({ high: 100, low: 0 });
  const three = [...overtakes("high", "middle", 6), ...overtakes("middle", "low", 6)];
  expect(values(three.sort((a, b) => a.createdHours - b.createdHours))).toEqual({ high: 200, middle: 100, low: 0 });
});

test("a few times, both ways, by smaller work or in another queue say nothing", () => {
  const same = { high: 0, low: 0 };
  expect(values(overtakes("high", "low", 4))).toEqual(same);
  const both = [...overtakes("high", "low", 6), ...overtakes("low", "high", 6)];
  expect(values(both.sort((a, b) => a.createdHours - b.createdHours))).toEqual(same);
  expect(values(overtakes("high", "low", 6, 0.5))).toEqual(same);
  const apart = overtakes("high", "low", 6).map((one) => ({ ...one, localQueue: `team/${one.priorityClass}` }));
  expect(values(apart, (queue) => queue)).toEqual(same);
});

test("what still waits has been passed by all that came later and started", () => {
  const late = Array.from({ length: 6 }, (_, i) => job("high", i + 1, i + 2));
  expect(values([job("low", 0, undefined), ...late])).toEqual({ high: 100, low: 0 });
});

test("work without a class has none", () => {
  expect(fitPriorities([job("", 0, 1)], () => "queue")).toEqual([]);
});

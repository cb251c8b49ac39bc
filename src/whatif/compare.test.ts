import { expect, test } from "vitest";
import { compare, type Difference } from "./compare.js";
import type { Outcome } from "./outcome.js";

const outcome = (unmetGpuHours: number, waitP95Seconds: number | null = 60): Outcome => ({
  hours: 24,
  unmetGpuHours,
  waiting: [],
  unmetGpuHoursByHour: [],
  waitP95Seconds,
  queues: [
    { queue: "team/queue", workloads: 1, unmetGpuHours, waitP95Seconds, waitTargetsSeconds: [14_400], missedShare: 0 },
  ],
  strandedGpus: 0,
  idleUsdPerMonth: 0,
  idleOwners: [],
  unallocatedUsdPerMonth: 0,
  evictions: 0,
  reaped: 0,
  lostGpuHours: 0,
});

const of = (found: readonly Difference[], measure: string, queue: string | null = null) =>
  found.find((one) => one.measure === measure && one.queue === queue)!;

test("differences are taken seed by seed, and their interval is Student's", () => {
  // Differences −1, −2, −3: mean −2, standard deviation 1, t(0.975, 2) = 4.302653 (Abramowitz & Stegun, table 26.10).
  const found = of(
    compare(
      [10, 20, 30].map((x) => outcome(x)),
      [9, 18, 27].map((x) => outcome(x)),
    ),
    "unmet_gpu_hours",
  );
  expect(found).toMatchObject({ before: 20, after: 18, difference: -2, verdict: "no difference shown" });
  expect(found.lower).toBeCloseTo(-2 - 4.302653 / Math.sqrt(3), 5);
  expect(found.upper).toBeCloseTo(-2 + 4.302653 / Math.sqrt(3), 5);
});

test("what differs alike in every seed is shown, however much the seeds differ", () => {
  const before = [10, 200, 3000].map((x) => outcome(x));
  const by = (change: number) =>
    of(
      compare(
        before,
        before.map((one) => outcome(one.unmetGpuHours + change)),
      ),
      "unmet_gpu_hours",
      "team/queue",
    );
  expect(by(-5).verdict).toBe("less");
  expect(by(5).verdict).toBe("more");
  expect(by(0).verdict).toBe("same");
});

test("the same amounts, added up in another order, are the same", () => {
  const [one, other] = [0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1];
  expect(one).not.toBe(other);
  const found = compare([outcome(one), outcome(one)], [outcome(other), outcome(other)]);
  expect(of(found, "unmet_gpu_hours")).toMatchObject({ difference: 0, lower: 0, upper: 0, verdict: "same" });
});

test("one seed shows no interval, and nothing can be told", () => {
  expect(of(compare([outcome(10)], [outcome(1)]), "unmet_gpu_hours")).toMatchObject({
    difference: -9,
    lower: null,
    upper: null,
    verdict: "unknown",
  });
});

test("a p95 that one seed never reaches is unknown, not left out", () => {
  const found = compare([outcome(1, 60), outcome(1, 70)], [outcome(1, 30), outcome(1, null)]);
  expect(of(found, "wait_p95_seconds", "team/queue")).toMatchObject({
    before: 65,
    after: null,
    difference: null,
    verdict: "unknown",
  });
});

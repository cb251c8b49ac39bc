import { describe, expect, test } from "vitest";
import type { ScenarioInput } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { type ClassInput, small } from "../testing/scenario.js";
import { DAY_MS } from "../units/time.js";
import { batchDemand } from "./batch.js";
import type { Workload } from "./workload.js";

const train = {
  name: "train",
  arrivals: { kind: "poisson", perHour: 20, dailySwing: 0.4, burstSize: 1.5 },
  gang: [
    { pods: 1, gpusPerPod: 1, weight: 3 },
    { pods: 2, gpusPerPod: 2, weight: 1 },
  ],
  duration: { kind: "lognormal", medianMinutes: 20, sigma: 0.8, maxMinutes: 600 },
  failure: { share: 0.3, retries: 2 },
} satisfies Partial<ClassInput>;
const tune = {
  name: "tune",
  arrivals: { kind: "poisson", perHour: 5 },
  duration: { kind: "exponential", meanMinutes: 15 },
} satisfies Partial<ClassInput>;

const demand = (
  workloadClasses: readonly (Partial<ClassInput> & { name: string })[],
  { seed = 42, ...rest }: Partial<ScenarioInput> & { seed?: number } = {},
) => batchDemand(small({ days: 14, workloadClasses, ...rest } as Parameters<typeof small>[0]), seed);

const of = (name: string, workloads: readonly Workload[]) => workloads.filter((w) => w.workloadClass === name);
/** What a class submitted, without its place among the others. */
const own = (name: string, workloads: readonly Workload[]) => of(name, workloads).map(({ id: _, ...rest }) => rest);
const pick = <K extends keyof Workload>(workloads: readonly Workload[], ...keys: K[]) =>
  workloads.map((workload) => keys.map((key) => workload[key]));

describe("batchDemand", () => {
  test("is in order of creation, from the start of the warm-up to the end, with ids 0, 1, 2 …", () => {
    const workloads = demand([train, tune], { warmupDays: 3 });
    expect(workloads.map((w) => w.id)).toEqual(workloads.map((_, i) => i));
    const created = workloads.map((w) => w.createdMs);
    expect(created).toEqual([...created].sort((a, b) => a - b));
    expect(created[0]).toBeGreaterThanOrEqual(0);
    expect(created[0]).toBeLessThan(DAY_MS);
    expect(created.at(-1)).toBeLessThanOrEqual(17 * DAY_MS);
    expect(created.at(-1)).toBeGreaterThan(16 * DAY_MS);
  });

  test("is the same for the same seed, and another for another", () => {
    expect(demand([train, tune])).toEqual(demand([train, tune]));
    expect(pick(demand([train, tune], { seed: 43 }), "createdMs")).not.toEqual(
      pick(demand([train, tune]), "createdMs"),
    );
  });

  test("of one class is not moved by another class, nor by the order of classes", () => {
    const alone = own("train", demand([train]));
    expect(own("train", demand([train, tune]))).toEqual(alone);
    expect(own("train", demand([tune, train]))).toEqual(alone);
    expect(own("train", demand([train, { ...train, name: "train-2" }]))).toEqual(alone);
  });

  test("of two classes that are alike but for their name is not the same", () => {
    const workloads = demand([train, { ...train, name: "train-2" }]);
    expect(pick(of("train", workloads), "createdMs")).not.toEqual(pick(of("train-2", workloads), "createdMs"));
  });

  test("keeps arrivals, shapes and durations when the share of failures changes", () => {
    const keys = ["name", "createdMs", "pods", "gpusPerPod"] as const;
    const [few, many] = [0, 0.9].map((share) => demand([{ ...train, failure: { share, retries: 2 } }])) as [
      Workload[],
      Workload[],
    ];
    expect(pick(many, ...keys)).toEqual(pick(few, ...keys));
    const successes = (workloads: Workload[]) => workloads.map((w) => w.attempts.find((attempt) => !attempt.fails));
    successes(many).forEach((success, i) => {
      if (success) expect(success).toEqual(few[i]!.attempts[0]);
    });
  });

  test("lets a workload that fails at one share of failures fail at any higher share too", () => {
    const failing = (share: number) =>
      new Set(
        demand([{ ...train, failure: { share, retries: 0 } }])
          .filter((w) => w.attempts[0]!.fails)
          .map((w) => w.name),
      );
    const [few, many] = [failing(0.1), failing(0.4)];
    expect([...few].every((name) => many.has(name))).toBe(true);
    expect(many.size).toBeGreaterThan(few.size);
  });

  test.each([
    ["shapes", { gang: [{ pods: 1, gpusPerPod: 8 }] }, ["name", "createdMs", "attempts"]],
    ["durations", { duration: { kind: "constant", minutes: 5 } }, ["name", "createdMs", "pods", "gpusPerPod"]],
    ["priorities", { priorityClass: "high" }, ["name", "createdMs", "pods", "gpusPerPod", "attempts"]],
  ] as const)("moves nothing else when only its %s change", (_, change, kept) => {
    const priorityClasses = [{ name: "high", value: 10 }];
    const before = demand([train], { priorityClasses });
    const after = demand([{ ...train, ...(change as Partial<ClassInput>) }], { priorityClasses });
    expect(pick(after, ...kept)).toEqual(pick(before, ...kept));
    expect(after).not.toEqual(before);
  });

  test("draws shapes by their weight", () => {
    const workloads = demand([train], { days: 60 });
    const large = mean(workloads.map((w) => (w.pods === 2 ? 1 : 0)))!;
    // Four standard errors of a share of 1/4.
    expect(Math.abs(large - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / workloads.length));
  });

  test("takes priority, queue, CPU and memory from the class", () => {
    const [first] = demand(
      [{ ...train, gang: [{ pods: 2, gpusPerPod: 4 }], priorityClass: "high", cpusPerGpu: 6.5, memoryGiBPerGpu: 100 }],
      { priorityClasses: [{ name: "high", value: 10 }] },
    );
    expect(first).toMatchObject({
      namespace: "team",
      localQueue: "queue",
      clusterQueue: "queue",
      priorityClass: "high",
      priority: 10,
      cpusPerPod: 26,
      memoryGiBPerPod: 400,
      gpuModels: ["H100"],
      kind: "Job",
    });
  });
});

describe("attempts", () => {
  const { share, retries } = train.failure;
  const workloads = demand([train], { days: 60 });

  test("end with the first success, or with the last retry", () => {
    const wrong = workloads.filter(
      ({ attempts }) =>
        attempts.length > retries + 1 ||
        attempts.slice(0, -1).some((attempt) => !attempt.fails) ||
        (attempts.length <= retries && attempts.at(-1)!.fails),
    );
    expect(wrong).toEqual([]);
  });

  test("fail with the given share, independently: k attempts with probability share^(k-1)", () => {
    for (const k of [1, 2, 3]) {
      const reached = mean(workloads.map(({ attempts }) => (attempts.length >= k ? 1 : 0)))!;
      const theory = share ** (k - 1);
      // Four standard errors.
      expect(Math.abs(reached - theory)).toBeLessThanOrEqual(4 * Math.sqrt((theory * (1 - theory)) / workloads.length));
    }
    const lost = mean(workloads.map(({ attempts }) => (attempts.at(-1)!.fails ? 1 : 0)))!;
    expect(Math.abs(lost - share ** 3)).toBeLessThan(4 * Math.sqrt(share ** 3 / workloads.length));
  });

  test("that fail do so early: after u squared of the duration, a third of it on average", () => {
    const shares = workloads.flatMap(({ attempts }) => {
      const { durationMs, fails } = attempts.at(-1)!;
      return fails ? [] : attempts.slice(0, -1).map((attempt) => attempt.durationMs / durationMs);
    });
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    // The variance of u squared is 1/5 - 1/9.
    expect(Math.abs(mean(shares)! - 1 / 3)).toBeLessThan(4 * Math.sqrt((1 / 5 - 1 / 9) / shares.length));
  });

  test("that fail do so after at least a millisecond", () => {
    const short = demand([{ ...train, duration: { kind: "constant", minutes: 1e-4 } }]);
    expect(short.flatMap((w) => w.attempts).every((attempt) => attempt.durationMs >= 1)).toBe(true);
  });
});

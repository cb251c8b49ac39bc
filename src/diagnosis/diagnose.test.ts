import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rollUp } from "../join/roll-up.js";
import { type AnalysisInput, observedOf, type QueueInput } from "../testing/analysis.js";
import { HOUR_MS } from "../units/time.js";
import { causes } from "./cause.js";
import { type Diagnosis, diagnose } from "./diagnose.js";
import { findSpans } from "./episodes.js";
import { placesOf, unmetAt } from "./place.js";

const MONDAY = Date.UTC(2026, 0, 5);
const at = (hour: number) => MONDAY + hour * HOUR_MS;
const near = (value: number) => expect.closeTo(value, 6);
const diagnosisOf = (input: AnalysisInput): Diagnosis => diagnose(observedOf(input));

/** 8 GPUs, as one workload, all day long. */
const waits = (rest: Partial<QueueInput> = {}): QueueInput => ({
  name: "q",
  nodegroups: ["a"],
  able: ["a"],
  pendingGpus: 8,
  ...rest,
});
const during = (from: number, to: number, gpus: number) => (hour: number) => (hour >= from && hour < to ? gpus : 0);
const full = { name: "a", held: 16 };
const half = { name: "a", held: 8 };

describe("diagnose(observed) counts", () => {
  test("GPU-hours waited by cause, and by place, ClusterQueue and cause, most first", () => {
    // For 12 hours the nodegroup is full, for 12 it is half free but there is no quota; the other queue always waits.
    const found = diagnosisOf({
      nodegroups: [
        { name: "a", held: (hour) => (hour < 12 ? 16 : 8) },
        { name: "b", held: 16 },
      ],
      queues: [
        waits({ nominal: 64, reserved: 64, pendingGpus: during(0, 20, 8) }),
        waits({ name: "other", nodegroups: ["b"], able: ["b"], pendingGpus: 5 }),
      ],
    });
    expect(found.waitingGpuHours).toBeCloseTo(20 * 8 + 24 * 5, 6);
    expect(found.byCause).toEqual({
      capacity: near(12 * 8 + 24 * 5),
      quota: near(8 * 8),
      fragmentation: 0,
      "head-of-line": 0,
      flavor: 0,
      unavailable: 0,
      invalid: 0,
      unknown: 0,
    });
    expect(found.waiting).toEqual([
      { nodegroup: "b", nodegroups: ["b"], clusterQueue: "other", cause: "capacity", gpuHours: near(120), toward: [] },
      { nodegroup: "a", nodegroups: ["a"], clusterQueue: "q", cause: "capacity", gpuHours: near(96), toward: [] },
      { nodegroup: "a", nodegroups: ["a"], clusterQueue: "q", cause: "quota", gpuHours: near(64), toward: [] },
    ]);
  });

  test("an hour of any grid as an hour", () => {
    for (const stepMinutes of [1, 5])
      expect(diagnosisOf({ hours: 2, stepMinutes, nodegroups: [full], queues: [waits()] }).waitingGpuHours).toBeCloseTo(
        16,
        6,
      );
  });

  test("supply, waits and owners of the same data", () => {
    const found = diagnosisOf({ nodegroups: [{ ...full, idle: 2 }], queues: [waits()] });
    expect(found.supply).toHaveLength(1);
    expect(found.fleet).toMatchObject({ nodegroup: "fleet", paid: near(384), idle: near(48) });
    expect(found.waits).toMatchObject([{ localQueue: "q", waitingAtEnd: 1, started: 0 }]);
    expect(found.owners).toMatchObject([{ owner: "Team", idle: near(48) }]);
    expect(found.contributors).toMatchObject([{ localQueue: "q", gpuHours: near(192), exact: true }]);
  });

  test("nothing where nothing waits", () => {
    expect(diagnosisOf({ nodegroups: [half] })).toMatchObject({
      waitingGpuHours: 0,
      waiting: [],
      whileFree: undefined,
      episodes: [],
      contributors: [],
    });
  });

  test("on windows that are known already", () => {
    const observed = observedOf({ nodegroups: [full], queues: [waits()] });
    const windows = rollUp(observed, 300);
    const { windows: used, ...rest } = diagnose(observed, windows);
    expect(used).toBe(windows);
    expect(rest).toEqual((({ windows: _, ...others }) => others)(diagnose(observed)));
  });
});

describe("whileFree is", () => {
  const shares = (input: AnalysisInput) => diagnosisOf(input).whileFree!;
  const bounds = (lower: number, upper: number) => ({ lower: near(lower), upper: near(upper) });

  test("all of what waited for quota, behind a head or for its flavors: a place of its shape was free", () => {
    expect(shares({ nodegroups: [half], queues: [waits({ nominal: 64, reserved: 64 })] })).toEqual(bounds(1, 1));
    const elsewhere = [full, { ...half, name: "b" }];
    expect(shares({ nodegroups: elsewhere, queues: [waits({ able: ["a", "b"] })] })).toEqual(bounds(1, 1));
    const { lower, upper } = shares({
      nodegroups: [{ name: "a", held: 0 }],
      queues: [waits({ pendingGpus: 16, pending: 2, strict: true, admitted: 0 })],
    });
    // The second of two for all but the first two of 288 ticks, in which no 15 minutes without admission lie behind.
    expect(lower).toBeCloseTo((0.5 * 286) / 288, 9);
    expect(upper).toBeCloseTo(1, 9);
  });

  test("none of what waited for capacity", () => {
    expect(shares({ nodegroups: [full], queues: [waits()] })).toEqual(bounds(0, 0));
  });

  test("at least none and at most all of what was fragmented: enough was free, but not as its shape needs it", () => {
    expect(shares({ nodegroups: [{ ...half, scattered: true }], queues: [waits()] })).toEqual(bounds(0, 1));
  });

  test("at most as much as was free, of what asked for more", () => {
    // 4 are free, 8 wait.
    expect(shares({ nodegroups: [{ name: "a", held: 12 }], queues: [waits()] })).toEqual(bounds(0, 0.5));
  });

  test("at most what free GPUs of able nodegroups could have served, each once", () => {
    const nodegroups = [full, { name: "b", held: 8 }];
    const two = (able: string[]) => [waits({ able }), waits({ name: "r", able })];
    expect(shares({ nodegroups, queues: two(["a"]) })).toEqual(bounds(0, 0));
    expect(shares({ nodegroups, queues: two(["a", "b"]) })).toEqual(bounds(0.5, 0.5));
    const scattered = [full, { ...half, name: "b", scattered: true }];
    expect(shares({ nodegroups: scattered, queues: two(["a", "b"]) })).toEqual(bounds(0, 0.5));
  });

  test("told by nodegroup too, where one free GPU is in the upper bounds of all that could take it", () => {
    const nodegroups = [full, { ...full, name: "b" }, { ...half, name: "c", scattered: true }];
    const queues = [waits({ able: ["a", "c"] }), waits({ name: "r", nodegroups: ["b"], able: ["b", "c"] })];
    const { whileFree, whileFreeAt } = diagnosisOf({ nodegroups, queues });
    expect(whileFree).toEqual(bounds(0, 0.5));
    expect(whileFreeAt).toEqual({ a: bounds(0, 1), b: bounds(0, 1) });
    expect(diagnosisOf({ nodegroups, queues: queues.slice(0, 1) }).whileFreeAt["a"]).toEqual(bounds(0, 1));
  });

  test("at most all of what waited while kube-state-metrics was silent: nobody knows what was free", () => {
    const silent = { kubeState: (hour: number) => hour >= 12 };
    expect(shares({ nodegroups: [full], queues: [waits()], silent })).toEqual(bounds(0, 0.5));
  });
});

describe("episodes are found", () => {
  test("at a nodegroup, with cause, queues and GPU-hours", () => {
    const { episodes } = diagnosisOf({
      nodegroups: [{ name: "a", gpus: 32, held: 32 }],
      queues: [
        waits({ name: "few", pendingGpus: during(8, 20, 2) }),
        waits({ name: "many", pendingGpus: during(8, 20, 8) }),
        waits({ name: "idle", pendingGpus: 0 }),
      ],
    });
    expect(episodes).toEqual([
      {
        nodegroups: ["a"],
        startMs: at(8),
        endMs: at(20),
        gpuHours: near(120),
        peakGpus: 10,
        peakMs: at(8),
        open: false,
        cause: "capacity",
        byCause: [{ cause: "capacity", gpuHours: near(120) }],
        clusterQueues: ["many", "few"],
      },
    ]);
  });

  test("with the cause of 60 % of their GPU-hours, and mixed where none has as much", () => {
    const causeWhen = (fullUntil: number) =>
      diagnosisOf({
        nodegroups: [{ name: "a", held: (hour) => (hour < fullUntil ? 16 : 8) }],
        queues: [waits({ nominal: 64, reserved: 64, pendingGpus: during(0, 10, 8) })],
      }).episodes.map(({ cause, byCause }) =>
        [cause, ...byCause.map((each) => `${each.cause} ${Math.round(each.gpuHours)}`)].join(", "),
      );
    expect(causeWhen(3.5)).toEqual(["quota, quota 52, capacity 28"]);
    expect(causeWhen(4.5)).toEqual(["mixed, quota 44, capacity 36"]);
    expect(causeWhen(6.5)).toEqual(["capacity, capacity 52, quota 28"]);
  });

  test("at the set of nodegroups that a queue may use, where it may use several, and not at each as well", () => {
    const both = { nodegroups: ["b", "a"], able: ["a", "b"] };
    const found = diagnosisOf({
      nodegroups: [full, { ...full, name: "b" }],
      queues: [
        waits({ ...both, pendingGpus: during(8, 20, 8) }),
        waits({ name: "own", pendingGpus: during(8, 20, 2) }),
      ],
    });
    expect(found.episodes).toMatchObject([
      {
        nodegroups: ["a", "b"],
        gpuHours: near(96),
        byCause: [{ cause: "capacity", gpuHours: near(96) }],
        clusterQueues: ["q"],
      },
    ]);
  });

  test("at a set by the capacity of all its nodegroups", () => {
    // A twentieth of 96 GPUs is 4.8.
    const set = (gpus: number) =>
      diagnosisOf({
        nodegroups: [
          { name: "a", gpus: 48, held: 48 },
          { name: "b", gpus: 48, held: 48 },
        ],
        queues: [waits({ nodegroups: ["a", "b"], able: ["a", "b"], pendingGpus: gpus })],
      }).episodes.length;
    expect([set(4.7), set(4.9)]).toEqual([0, 1]);
  });

  test("at the nodegroup to which a gang was admitted, though its queue may use others", () => {
    const gang = { clusterQueue: "q", nodegroup: "b", pods: 1, gpusPerPod: 8, fromHour: 8, toHour: 20 };
    const { episodes } = diagnosisOf({
      nodegroups: [full, { name: "b", held: 8, scattered: true }],
      queues: [waits({ nodegroups: ["a", "b"], able: ["a", "b"], pendingGpus: 0 })],
      unplaced: [gang],
    });
    expect(episodes).toMatchObject([
      { nodegroups: ["b"], cause: "fragmentation", gpuHours: near(96), clusterQueues: ["q"] },
    ]);
  });

  test("with most GPU-hours first", () => {
    const { episodes } = diagnosisOf({
      nodegroups: [full, { ...full, name: "b" }],
      queues: [
        waits({ pendingGpus: during(2, 4, 8) }),
        waits({ name: "r", nodegroups: ["b"], able: ["b"], pendingGpus: during(6, 10, 8) }),
      ],
    });
    expect(episodes.map(({ nodegroups, gpuHours }) => [nodegroups, Math.round(gpuHours)])).toEqual([
      [["b"], 32],
      [["a"], 16],
    ]);
  });

  test("as long as telemetry shows them: silence neither closes one nor adds to it", () => {
    const { episodes } = diagnosisOf({
      nodegroups: [full],
      queues: [waits({ pendingGpus: during(8, 20, 8) })],
      silent: { kueue: (hour) => hour >= 12 && hour < 16 },
    });
    expect(episodes).toMatchObject([{ startMs: at(8), endMs: at(20), gpuHours: near(64), cause: "capacity" }]);
  });

  test("open, where the data end before they do", () => {
    const { episodes } = diagnosisOf({ nodegroups: [full], queues: [waits({ pendingGpus: during(20, 24, 8) })] });
    expect(episodes).toMatchObject([{ startMs: at(20), endMs: at(24), open: true }]);
  });
});

describe("of every small world", () => {
  const names = ["a", "b", "c"];
  const HOURS = 3;
  const perHour = (value: fc.Arbitrary<number>) =>
    fc
      .array(value, { minLength: HOURS, maxLength: HOURS })
      .map((values) => (hour: number) => values[Math.floor(hour)]!);
  const hourly = (value: fc.Arbitrary<boolean>) =>
    perHour(value.map(Number)).map((of) => (hour: number) => of(hour) === 1);
  const group = fc.record({
    held: perHour(fc.nat(24)),
    outOfService: perHour(fc.constantFrom(0, 0, 4, 8)),
    scattered: fc.boolean(),
    gpus: fc.constantFrom(8, 16, 24),
  });
  const queue = fc.record(
    {
      nodegroups: fc.subarray(names, { minLength: 1 }),
      able: fc.subarray(names),
      strict: fc.boolean(),
      pendingGpus: perHour(fc.constantFrom(0, 2, 8, 24)),
      pending: perHour(fc.integer({ min: 1, max: 4 })),
      nominal: fc.nat(24),
      admitted: perHour(fc.constantFrom(0, 1)),
    },
    { requiredKeys: ["nodegroups", "strict", "pendingGpus", "pending", "nominal", "admitted"] },
  );
  const gang = fc
    .record({ queue: fc.nat(2), pods: fc.integer({ min: 1, max: 3 }), gpusPerPod: fc.constantFrom(1, 4, 8) })
    .chain((one) => fc.tuple(fc.constant(one), fc.constantFrom(...names), fc.nat(2), fc.integer({ min: 1, max: 3 })));
  const rarely = fc.nat(5).map((n) => n === 0);
  const world = fc
    .record({
      groups: fc.tuple(group, group, group),
      queues: fc.tuple(queue, queue, queue),
      gangs: fc.array(gang, { maxLength: 3 }),
      silent: fc.record({ kueue: hourly(rarely), kubeState: hourly(rarely) }),
    })
    .map(
      ({ groups, queues, gangs, silent }): AnalysisInput => ({
        hours: HOURS,
        nodegroups: groups.map((one, i) => ({ ...one, name: names[i]! })),
        queues: queues.map((one, i) => ({ ...one, name: `queue-${i}` })),
        unplaced: gangs.map(([{ queue: of, ...shape }, nodegroup, from, length]) => ({
          ...shape,
          clusterQueue: `queue-${of}`,
          nodegroup,
          fromHour: from,
          toHour: Math.min(HOURS, from + length),
        })),
        silent,
      }),
    );
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  const always = (holds: (diagnosis: Diagnosis) => void) =>
    fc.assert(
      fc.property(world, (input) => holds(diagnosisOf(input))),
      { numRuns: 60 },
    );

  test("what waits adds up: by cause, by place and by who waits, to what the series say", () => {
    always(({ observed, waitingGpuHours, byCause, waiting, contributors }) => {
      const tickHours = observed.stepMs / HOUR_MS;
      const pending = sum(observed.clusterQueues.flatMap(({ pendingGpus }) => [...pendingGpus].filter((n) => n > 0)));
      const unplaced = sum(
        observed.unplaced.map((one) => one.pods * one.gpusPerPod * (one.lastTick - one.firstTick + 1)),
      );
      expect(waitingGpuHours).toBeCloseTo((pending + unplaced) * tickHours, 6);
      expect(sum(waiting.map(({ gpuHours }) => gpuHours))).toBeCloseTo(waitingGpuHours, 6);
      for (const cause of causes) {
        const placed = waiting.filter((each) => each.cause === cause).map(({ gpuHours }) => gpuHours);
        expect(sum(placed)).toBeCloseTo(byCause[cause], 6);
        expect(sum(contributors.map((each) => each.byCause[cause]))).toBeCloseTo(byCause[cause], 6);
      }
    });
  });

  test("what waited while GPUs were free lies between bounds, from nothing to all", () => {
    always(({ whileFree, waitingGpuHours, byCause }) => {
      expect(whileFree === undefined).toBe(waitingGpuHours === 0);
      if (whileFree === undefined) return;
      expect(whileFree.lower).toBeGreaterThanOrEqual(0);
      expect(whileFree.lower).toBeLessThanOrEqual(whileFree.upper);
      expect(whileFree.upper).toBeLessThanOrEqual(1);
      const placeable = byCause.quota + byCause.flavor + byCause["head-of-line"];
      expect(whileFree.lower).toBeCloseTo(placeable / waitingGpuHours, 9);
    });
  });

  test("episodes are the spans of what is unmet at a place, and no waiting GPU counts in two of them", () => {
    always((diagnosis) => {
      for (const place of placesOf(diagnosis)) {
        const spans = findSpans(unmetAt(diagnosis, place)).map(({ startMs, gpuHours }) => [startMs, gpuHours]);
        const mine = diagnosis.episodes.filter(({ nodegroups }) => nodegroups.join() === place.join());
        const found = mine.map(({ startMs, gpuHours }) => [startMs, gpuHours]);
        expect(found.sort(([a], [b]) => a! - b!)).toEqual(spans);
      }
      const inEpisodes = sum(diagnosis.episodes.flatMap(({ byCause }) => byCause.map(({ gpuHours }) => gpuHours)));
      expect(inEpisodes).toBeLessThanOrEqual(diagnosis.waitingGpuHours + 1e-6);
    });
  });

  test("an episode's causes add up to its GPU-hours, where telemetry was there throughout", () => {
    const seen = world.map((input): AnalysisInput => ({ ...input, silent: {} }));
    fc.assert(
      fc.property(seen, (input) => {
        for (const { gpuHours, byCause } of diagnosisOf(input).episodes)
          expect(sum(byCause.map((each) => each.gpuHours))).toBeCloseTo(gpuHours, 4);
      }),
      { numRuns: 60 },
    );
  });

  test("the same data give the same diagnosis", () => {
    fc.assert(
      fc.property(world, (input) => {
        expect(diagnosisOf(input)).toEqual(diagnosisOf(input));
      }),
      { numRuns: 10 },
    );
  });
});

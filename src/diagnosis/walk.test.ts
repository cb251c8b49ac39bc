import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterQueueSeries, Observed, StartedGang, UnplacedGang } from "../join/observed.js";
import { type AnalysisInput, observedOf, type QueueInput } from "../testing/analysis.js";
import { SECOND_MS } from "../units/time.js";
import { type Cause, causes } from "./cause.js";
import { quotaRoom, type Waiting, walkWaiting } from "./walk.js";

/** An hour in ticks of five minutes. */
const hour = (input: AnalysisInput): Observed => observedOf({ hours: 1, ...input });

/** GPUs that wait by cause, at the hour's last tick unless told. */
function causesOf(input: AnalysisInput, tick = 11): Partial<Record<Cause, number>> {
  return byCause([...walkWaiting(hour(input))].filter((waiting) => waiting.tick === tick));
}

function byCause(walk: readonly Waiting[]): Partial<Record<Cause, number>> {
  const sums: Partial<Record<Cause, number>> = {};
  for (const { cause, gpus } of walk) sums[cause] = (sums[cause] ?? 0) + gpus;
  return sums;
}

/** 8 GPUs pending as one workload, for nodegroup a, with quota enough for it. */
const waits = (rest: Partial<QueueInput> = {}): QueueInput => ({ ...unsaid(rest), able: rest.able ?? ["a"] });

/** The same, of a queue of which the contract does not say what could run its work. */
const unsaid = (rest: Partial<QueueInput> = {}): QueueInput => ({
  name: "queue",
  nodegroups: ["a"],
  pendingGpus: 8,
  ...rest,
});

/** A gang that a queue started at the beginning of the data: what its pending workloads are taken to look like. */
const started = (pods: number, gpusPerPod: number, clusterQueue = "queue"): StartedGang => ({
  gang: `team/Job/${clusterQueue}-${pods}x${gpusPerPod}`,
  namespace: "team",
  clusterQueue,
  localQueue: clusterQueue,
  priorityClass: "",
  nodegroup: "a",
  pods,
  gpusPerPod,
  createdSeconds: Date.UTC(2026, 0, 5) / SECOND_MS,
  scheduledSeconds: Date.UTC(2026, 0, 5) / SECOND_MS,
  endedSeconds: undefined,
  lost: false,
});
const shaped = (...gangs: StartedGang[]) => ({ observed: { started: gangs } });

/** Two nodes with four of eight GPUs free each: a pod of eight fits on neither. */
const halves = { name: "a", gpus: 16, held: 8, scattered: true };
const full = { name: "a", gpus: 16, held: 16 };
/** One node is free, the other held. */
const half = { name: "a", gpus: 16, held: 8 };

describe("pending work waits because of", () => {
  test("capacity, where fewer GPUs are free than it asks for", () => {
    expect(causesOf({ nodegroups: [{ name: "a", gpus: 16, held: 9 }], queues: [waits()] })).toEqual({ capacity: 8 });
  });

  test("quota, where there is room but less quota than it asks for", () => {
    const quotaOf = (nominal: number) => causesOf({ nodegroups: [half], queues: [waits({ nominal, reserved: 8 })] });
    expect(quotaOf(15)).toEqual({ quota: 8 });
    expect(quotaOf(16)).toEqual({ unknown: 8 });
  });

  test("capacity rather than quota, where both are gone", () => {
    expect(causesOf({ nodegroups: [full], queues: [waits({ nominal: 64, reserved: 64 })] })).toEqual({ capacity: 8 });
  });

  test("fragmentation, where enough GPUs are free but not together, with quota or without", () => {
    for (const reserved of [0, 16])
      expect(causesOf({ nodegroups: [halves], queues: [waits({ nominal: 16, reserved })] })).toEqual({
        fragmentation: 8,
      });
  });

  test("fragmentation or not by the shape that its queue started of late", () => {
    const queues = [waits({ nominal: 64, reserved: 64 })];
    expect(causesOf({ nodegroups: [halves], queues, ...shaped(started(1, 8)) })).toEqual({ fragmentation: 8 });
    expect(causesOf({ nodegroups: [halves], queues, ...shaped(started(2, 4)) })).toEqual({ quota: 8 });
  });

  test("fragmentation or not by the shape nearest to its mean size, the most usual of those as near", () => {
    const shapes = shaped(started(2, 4), started(1, 8), started(1, 8), started(1, 2));
    expect(causesOf({ nodegroups: [halves], queues: [waits({ nominal: 64, reserved: 64 })], ...shapes })).toEqual({
      fragmentation: 8,
    });
    const four = [waits({ nominal: 64, reserved: 64, pendingGpus: 4, pending: 2 })];
    expect(causesOf({ nodegroups: [halves], queues: four, ...shapes })).toEqual({ quota: 4 });
  });

  test("no fragmentation for want of a node that holds it all, where its queue never started anything", () => {
    const two = [waits({ nominal: 64, reserved: 64, pendingGpus: 16, pending: 1 })];
    expect(causesOf({ nodegroups: [{ name: "a", gpus: 16, held: 0 }], queues: two })).toEqual({ quota: 16 });
  });

  test("GPUs out of service, where with them there would be enough", () => {
    const nodegroups = [{ ...half, outOfService: 8 }];
    expect(causesOf({ nodegroups, queues: [waits()] })).toEqual({ unavailable: 8 });
    expect(
      causesOf({ nodegroups, queues: [waits({ pendingGpus: 16, pending: 1 })], ...shaped(started(2, 8)) }),
    ).toEqual({
      capacity: 16,
    });
  });

  test("GPUs out of service that add to those free", () => {
    // 8 held, 4 out of service, 4 free.
    expect(causesOf({ nodegroups: [{ ...half, outOfService: 4 }], queues: [waits()] })).toEqual({ unavailable: 8 });
  });

  test("fragmentation rather than GPUs out of service, where enough are free", () => {
    const nodegroups = [{ name: "a", gpus: 24, held: 8, outOfService: 8, scattered: true }];
    expect(causesOf({ nodegroups, queues: [waits()] })).toEqual({ fragmentation: 8 });
  });

  test("its flavors, where a place is free in a nodegroup that could run it and that they do not reach", () => {
    const nodegroups = [full, { ...half, name: "b" }];
    expect(causesOf({ nodegroups, queues: [waits({ able: ["a", "b"] })] })).toEqual({ flavor: 8 });
    expect(causesOf({ nodegroups, queues: [waits({ able: ["a"] })] })).toEqual({ capacity: 8 });
    expect(causesOf({ nodegroups: [full, { ...halves, name: "b" }], queues: [waits({ able: ["a", "b"] })] })).toEqual({
      capacity: 8,
    });
  });

  test("GPUs out of service rather than its flavors, where either would do", () => {
    const nodegroups = [
      { ...half, outOfService: 8 },
      { ...half, name: "b" },
    ];
    expect(causesOf({ nodegroups, queues: [waits({ able: ["a", "b"] })] })).toEqual({ unavailable: 8 });
  });

  test("what cannot be told, where GPUs are free elsewhere and the contract does not say who could use them", () => {
    const [withRoom, without] = [half, full].map((other) =>
      causesOf({ nodegroups: [full, { ...other, name: "b" }], queues: [unsaid()] }),
    );
    expect([withRoom, without]).toEqual([{ unknown: 8 }, { capacity: 8 }]);
  });

  test("what cannot be told, where room and quota are there", () => {
    expect(causesOf({ nodegroups: [half], queues: [waits()] })).toEqual({ unknown: 8 });
  });

  test("what cannot be told, where kube-state-metrics was silent: nothing seen is not nothing free", () => {
    const silent = { kubeState: () => true };
    for (const queue of [waits(), waits({ able: ["a", "b"] }), unsaid()])
      expect(causesOf({ nodegroups: [half, { name: "b" }], queues: [queue], silent })).toEqual({ unknown: 8 });
  });
});

describe("the head of a line is blamed for", () => {
  const nodegroups = [{ name: "a", gpus: 32, held: 0 }];
  const line = (rest: Partial<QueueInput> = {}) => [
    waits({ pendingGpus: 24, pending: 3, strict: true, admitted: 0, ...rest }),
  ];

  test("those behind the first, where room and quota are there and StrictFIFO lets nobody pass", () => {
    expect(causesOf({ nodegroups, queues: line() })).toEqual({ unknown: 8, "head-of-line": 16 });
  });

  test("nobody, where the first waits alone", () => {
    expect(causesOf({ nodegroups, queues: line({ pendingGpus: 8, pending: 1 }) })).toEqual({ unknown: 8 });
    // The first asks for more than any gang that the queue started, and is seen as several of those.
    const large = { nodegroups, queues: line({ pendingGpus: 24, pending: 1 }), ...shaped(started(1, 8)) };
    expect(causesOf(large)).toEqual({ unknown: 24 });
  });

  test("nobody, where the queue is BestEffortFIFO or the contract does not say", () => {
    expect(causesOf({ nodegroups, queues: line({ strict: false }) })).toEqual({ unknown: 24 });
    // Stopped, it admits nothing, and claims nothing either.
    expect(causesOf({ nodegroups, queues: line({ inactive: 1 }) })).toEqual({ unknown: 24 });
    const [queue] = observedOf({ nodegroups, queues: line() }).clusterQueues;
    const observed = { clusterQueues: [{ ...queue!, strict: undefined }] };
    expect(causesOf({ nodegroups, observed })).toEqual({ unknown: 24 });
  });

  test("nobody within 15 minutes of an admission", () => {
    // The last tick ends an hour after the start: three ticks of five minutes without admission lie behind it.
    const admittingFor = (minutes: number) => line({ admitted: (at) => (at * 60 < minutes ? 1 : 0) });
    expect(causesOf({ nodegroups, queues: admittingFor(45) })).toEqual({ unknown: 8, "head-of-line": 16 });
    expect(causesOf({ nodegroups, queues: admittingFor(50) })).toEqual({ unknown: 24 });
  });

  test("nobody, where the last 15 minutes were not seen", () => {
    expect(causesOf({ nodegroups, queues: line() }, 1)).toEqual({ unknown: 24 });
    const gap = line({ admitted: (at) => (at * 60 > 47 && at * 60 < 53 ? undefined : 0) });
    expect(causesOf({ nodegroups, queues: gap })).toEqual({ unknown: 24 });
  });

  test("nobody, where quota is what is missing, or not known", () => {
    expect(causesOf({ nodegroups, queues: line({ nominal: 15, reserved: 8 }) })).toEqual({ quota: 24 });
    expect(causesOf({ nodegroups, queues: line({ reserved: () => undefined }) })).toEqual({ unknown: 24 });
  });

  test("those behind the first only as far as there is room", () => {
    expect(causesOf({ nodegroups: [half], queues: line() })).toEqual({ unknown: 8, capacity: 16 });
  });
});

describe("a queue that asks for more than it could ever be given", () => {
  const of = (rest: Partial<QueueInput>, ...others: readonly QueueInput[]) =>
    causesOf({ nodegroups: [half], queues: [waits(rest), ...others] });
  const peer = (rest: Partial<QueueInput>) => waits({ name: "peer", pendingGpus: 0, ...rest });

  test("waits for its quota to be raised, whatever is free", () => {
    expect(of({ nominal: 0 })).toEqual({ invalid: 8 });
    expect(of({ nominal: 7 })).toEqual({ invalid: 8 });
    expect(of({ nominal: 8, reserved: 8 })).toEqual({ quota: 8 });
    expect(causesOf({ nodegroups: [full], queues: [waits({ nominal: 0 })] })).toEqual({ invalid: 8 });
  });

  test("is known by the mean size of what is pending", () => {
    expect(of({ nominal: 3, pendingGpus: 8, pending: 2 })).toEqual({ invalid: 8 });
    expect(of({ nominal: 4, reserved: 4, pendingGpus: 8, pending: 2 })).toEqual({ quota: 8 });
  });

  test("may borrow what its cohort has, up to its limit", () => {
    const cohort = "shared";
    expect(of({ nominal: 0, cohort }, peer({ cohort, nominal: 8, reserved: 8 }))).toEqual({ quota: 8 });
    expect(of({ nominal: 0, cohort }, peer({ cohort, nominal: 7, reserved: 7 }))).toEqual({ invalid: 8 });
    expect(of({ nominal: 0, cohort }, peer({ cohort: "other", nominal: 8 }))).toEqual({ invalid: 8 });
  });

  test("claims no GPUs that others could have had", () => {
    const other = waits({ name: "other", nominal: 64, reserved: 64 });
    expect(of({ nominal: 0 }, other)).toEqual({ invalid: 8, quota: 8 });
  });
});

describe("a queue with several flavors", () => {
  const both = waits({ nodegroups: ["a", "b"], able: ["a", "b"] });
  const nodegroups = (a: number, b: number) => [
    { name: "a", gpus: 16, held: a },
    { name: "b", gpus: 16, held: b },
  ];
  /** With so much quota left for each of the flavors. */
  const withQuota = (a: number, b: number) => {
    const [queue] = observedOf({ hours: 1, nodegroups: nodegroups(0, 0), queues: [both] }).clusterQueues;
    const left = [a, b];
    const flavors = queue!.flavors.map((flavor, i) => ({
      ...flavor,
      nominal: flavor.nominal.map(() => 64),
      reserved: flavor.reserved.map(() => 64 - left[i]!),
    }));
    return { observed: { clusterQueues: [{ ...queue!, flavors }] } };
  };

  test("waits for quota, where none of those with room has quota", () => {
    expect(causesOf({ nodegroups: nodegroups(0, 16), ...withQuota(0, 16) })).toEqual({ quota: 8 });
    expect(causesOf({ nodegroups: nodegroups(0, 0), ...withQuota(0, 0) })).toEqual({ quota: 8 });
  });

  test("does not wait for quota, where one of them has room and quota", () => {
    for (const [a, b] of [
      [0, 16],
      [16, 0],
    ] as const)
      expect(causesOf({ nodegroups: nodegroups(0, 0), ...withQuota(a, b) })).toEqual({ unknown: 8 });
  });

  test("waits at the first nodegroup that its flavors reach", () => {
    const walk = [...walkWaiting(hour({ nodegroups: nodegroups(16, 16), queues: [both] }))];
    expect(walk.map(({ nodegroup, clusterQueue }) => `${clusterQueue} at ${nodegroup}`)).toEqual(
      Array(12).fill("queue at a"),
    );
  });
});

describe("an admitted gang without nodes", () => {
  const gang = { clusterQueue: "queue", nodegroup: "a", pods: 1, gpusPerPod: 8, fromHour: 0, toHour: 1 };
  const idle = [waits({ pendingGpus: 0, nominal: 64, reserved: 64, strict: true, admitted: 0 })];
  const unplaced = (nodegroups: AnalysisInput["nodegroups"], rest: Partial<typeof gang> = {}, tick?: number) =>
    causesOf({ nodegroups, queues: idle, unplaced: [{ ...gang, ...rest }] }, tick);

  test("waits for capacity, fragmentation or GPUs out of service, as pending work does", () => {
    expect(unplaced([full])).toEqual({ capacity: 8 });
    expect(unplaced([halves])).toEqual({ fragmentation: 8 });
    expect(unplaced([{ ...half, outOfService: 8 }])).toEqual({ unavailable: 8 });
  });

  test("is on its way while there is room for it, and after five minutes held up by CPU or memory", () => {
    expect(unplaced([half], {}, 0)).toEqual({ unknown: 8 });
    expect(unplaced([half], {}, 1)).toEqual({ fragmentation: 8 });
    expect(unplaced([half], { fromHour: 0.5 }, 6)).toEqual({ unknown: 8 });
    expect(unplaced([half], { fromHour: 0.5 }, 7)).toEqual({ fragmentation: 8 });
  });

  test("is judged by its own shape, not by what its queue started of late", () => {
    expect(unplaced([halves], { pods: 2, gpusPerPod: 4 }, 0)).toEqual({ unknown: 8 });
    expect(unplaced([halves], { pods: 2, gpusPerPod: 3 }, 0)).toEqual({ unknown: 6 });
    expect(unplaced([halves], { pods: 1, gpusPerPod: 5 }, 0)).toEqual({ fragmentation: 5 });
  });

  test("waits at the nodegroup to which it was admitted", () => {
    const nodegroups = (a: object) => [
      { name: "a", gpus: 16, ...a },
      { ...full, name: "b" },
    ];
    const first = (a: object) =>
      [...walkWaiting(hour({ nodegroups: nodegroups(a), queues: idle, unplaced: [{ ...gang, nodegroup: "b" }] }))][0];
    const there = { nodegroup: "b", clusterQueue: "queue", gang: { gpusPerPod: 8 } };
    expect(first({ held: 16 })).toMatchObject({ ...there, cause: "capacity" });
    // Its queue's work could run at a, but it was admitted to b's flavor.
    expect(first({ held: 8 })).toMatchObject({ ...there, cause: "flavor" });
  });

  test("waits wherever its queue's flavors reach, where it is not known to which of them it was admitted", () => {
    const queues = [waits({ nodegroups: ["a", "b"], able: ["a", "b"], pendingGpus: 0 })];
    const [{ nodegroup: _, ...anywhere }] = hour({ nodegroups: [half], unplaced: [gang] }).unplaced as [UnplacedGang];
    const unnamed = { queues, observed: { unplaced: [{ ...anywhere, nodegroup: undefined }] } };
    expect(causesOf({ nodegroups: [full, { ...full, name: "b" }], ...unnamed })).toEqual({ capacity: 8 });
    expect(causesOf({ nodegroups: [full, { ...halves, name: "b" }], ...unnamed })).toEqual({ fragmentation: 8 });
  });
});

describe("each free GPU explains the waiting of one", () => {
  const two = (rest: Partial<QueueInput> = {}) => [
    waits({ name: "first", ...rest }),
    waits({ name: "second", ...rest }),
  ];
  const queueOf = (input: AnalysisInput) =>
    Object.fromEntries(
      [...walkWaiting(hour(input))]
        .filter(({ tick }) => tick === 11)
        .map((w) => [w.gang?.gang ?? w.clusterQueue, w.cause]),
    );

  test("of two queues with room for one, the second waits for capacity", () => {
    expect(queueOf({ nodegroups: [half], queues: two({ nominal: 64, reserved: 64 }) })).toEqual({
      first: "quota",
      second: "capacity",
    });
  });

  test("of a queue's workloads, as many as there is room for", () => {
    const queues = [waits({ nominal: 64, reserved: 64, pendingGpus: 40, pending: 5 })];
    expect(causesOf({ nodegroups: [{ name: "a", gpus: 24, held: 0 }], queues })).toEqual({ quota: 24, capacity: 16 });
  });

  test("an admitted gang claims before pending work, and the older of two before the younger", () => {
    const gang = { clusterQueue: "first", nodegroup: "a", pods: 1, gpusPerPod: 8, toHour: 1 };
    const input = { nodegroups: [half], queues: two({ nominal: 64, reserved: 64 }) };
    const unplaced = [
      { ...gang, fromHour: 0.5 },
      { ...gang, fromHour: 0.25 },
    ];
    expect(queueOf({ ...input, unplaced })).toEqual({
      "team/Job/unplaced-0": "capacity",
      "team/Job/unplaced-1": "fragmentation",
      first: "capacity",
      second: "capacity",
    });
  });

  test("scattered ones, those out of service and those elsewhere are claimed as well", () => {
    expect(queueOf({ nodegroups: [halves], queues: two() })).toEqual({ first: "fragmentation", second: "capacity" });
    expect(queueOf({ nodegroups: [{ ...half, outOfService: 8 }], queues: two() })).toEqual({
      first: "unavailable",
      second: "capacity",
    });
    const elsewhere = [full, { ...half, name: "b" }];
    expect(queueOf({ nodegroups: elsewhere, queues: two({ able: ["a", "b"] }) })).toEqual({
      first: "flavor",
      second: "capacity",
    });
  });

  test("what waits in the right place claims before what is kept out by its flavors", () => {
    const queues = [
      waits({ name: "first", able: ["a", "b"] }),
      waits({ name: "second", nodegroups: ["b"], nominal: 64, reserved: 64 }),
    ];
    // In the order of the queues: the place that the first would have needed is gone for the second.
    expect(queueOf({ nodegroups: [full, { ...half, name: "b" }], queues })).toEqual({
      first: "flavor",
      second: "capacity",
    });
  });

  test("a workload that is larger than its queue's shapes is explained only as far as those claim", () => {
    // Two workloads of 12 GPUs in a queue that starts pods of 8 alone: 16 free GPUs explain 16, not 24.
    const queues = [waits({ nominal: 64, reserved: 64, pendingGpus: 24, pending: 2 })];
    const nodegroups = [{ name: "a", gpus: 16, held: 0 }];
    expect(causesOf({ nodegroups, queues, ...shaped(started(1, 8)) })).toEqual({ quota: 16, capacity: 8 });
  });

  test("small pods go to the fullest node, so that a large one still fits", () => {
    // 8 and 2 free: the pod of two leaves the empty node to the pod of eight.
    const nodegroups = [{ name: "a", gpus: 16, held: 6 }];
    const queues = [
      waits({ name: "small", nominal: 64, reserved: 64, pendingGpus: 2 }),
      waits({ name: "large", nominal: 64, reserved: 64, pendingGpus: 8 }),
    ];
    expect(queueOf({ nodegroups, queues })).toEqual({ small: "quota", large: "quota" });
  });
});

describe("nothing waits", () => {
  test("where nothing is pending", () => {
    expect([...walkWaiting(hour({ nodegroups: [half], queues: [waits({ pendingGpus: 0 })] }))]).toEqual([]);
  });

  test("that could be told while Kueue was silent", () => {
    const silent = { kueue: (at: number) => at >= 0.5 };
    const walk = [...walkWaiting(hour({ nodegroups: [full], queues: [waits()], silent }))];
    expect(walk.map(({ tick }) => tick)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("quotaRoom(observed, queue, flavor, tick)", () => {
  interface Quota {
    readonly cohort?: string;
    readonly flavor?: string;
    readonly nominal: number;
    readonly limit?: number;
    readonly reserved: number;
  }
  /** What the first of queues with such quota could still take. */
  const room = (...quotas: readonly Quota[]) => {
    const clusterQueues = quotas.map(({ cohort = "", flavor = "a", nominal, limit = Infinity, reserved }, i) => ({
      name: `queue-${i}`,
      cohort,
      flavors: [
        {
          flavor,
          nodegroups: [flavor],
          nominal: Float64Array.of(nominal),
          borrowingLimit: Float64Array.of(limit),
          reserved: Float64Array.of(reserved),
        },
      ],
    })) as unknown as ClusterQueueSeries[];
    return quotaRoom({ clusterQueues }, clusterQueues[0]!, "a", 0);
  };
  const cohort = "shared";

  test("is what is left of its own quota, where it has no cohort to borrow from", () => {
    expect(room({ nominal: 16, reserved: 10 })).toBe(6);
    expect(room({ nominal: 16, reserved: 10 }, { nominal: 100, reserved: 0 })).toBe(6);
  });

  test("is what the cohort leaves unused, beyond its own", () => {
    expect(room({ cohort, nominal: 16, reserved: 16 }, { cohort, nominal: 32, reserved: 20 })).toBe(12);
    expect(room({ cohort, nominal: 16, reserved: 10 }, { cohort, nominal: 32, reserved: 20 })).toBe(18);
  });

  test("is no more than its borrowing limit allows", () => {
    const peer = { cohort, nominal: 32, reserved: 0 };
    expect(room({ cohort, nominal: 16, limit: 4, reserved: 10 }, peer)).toBe(10);
    expect(room({ cohort, nominal: 16, limit: 4, reserved: 18 }, peer)).toBe(2);
    expect(room({ cohort, nominal: 16, limit: 0, reserved: 16 }, peer)).toBe(0);
  });

  test("is less than its own where others have borrowed it", () => {
    expect(room({ cohort, nominal: 16, reserved: 4 }, { cohort, nominal: 8, reserved: 16 })).toBe(4);
  });

  test("does not count other cohorts, nor other flavors", () => {
    const own = { cohort, nominal: 8, reserved: 8 };
    expect(room(own, { cohort: "other", nominal: 8, reserved: 0 })).toBe(0);
    expect(room(own, { cohort, flavor: "b", nominal: 8, reserved: 0 })).toBe(0);
    expect(room({ ...own, flavor: "b", reserved: 0 })).toBe(0);
  });

  test("is not known where a quota is not known", () => {
    expect(room({ nominal: 8, reserved: Number.NaN })).toBeNaN();
    expect(room({ cohort, nominal: 8, reserved: 0 }, { cohort, nominal: Number.NaN, reserved: 0 })).toBeNaN();
  });
});

describe("in every small world", () => {
  const ticks = 4;
  const series = (value: fc.Arbitrary<number>) =>
    fc.array(value, { minLength: ticks, maxLength: ticks }).map((values) => Float64Array.from(values));
  const shape = fc.record({ pods: fc.integer({ min: 1, max: 3 }), gpusPerPod: fc.integer({ min: 1, max: 8 }) });
  const some = (names: readonly string[], minLength: number) => fc.subarray([...names], { minLength });

  /** Up to three nodegroups of up to three nodes, and up to three queues, in four ticks; at some of them a source is silent. */
  const world: fc.Arbitrary<Observed> = some(["a", "b", "c"], 1).chain((names) => {
    const node = fc.record({
      nodegroup: fc.constantFrom(...names),
      free: series(fc.nat(8)),
      outOfService: series(fc.nat(8)),
    });
    const queue = fc.record({
      eligible: some(names, 1),
      able: fc.option(some(names, 0), { nil: undefined }),
      cohort: fc.constantFrom("", "shared"),
      strict: fc.constantFrom(true, false, undefined),
      nominal: series(fc.nat(24)),
      borrowingLimit: series(fc.constantFrom(0, 4, Number.POSITIVE_INFINITY)),
      reserved: series(fc.nat(24)),
      pendingGpus: series(fc.nat(40)),
      pending: series(fc.nat(8)),
      admitted: series(fc.constantFrom(0, 0, 0, 1)),
      shapes: fc.array(shape, { maxLength: 3 }),
    });
    const gang = fc.record({
      shape,
      queue: fc.nat(2),
      nodegroup: fc.option(fc.constantFrom(...names), { nil: undefined }),
      span: fc.tuple(fc.nat(ticks - 1), fc.nat(ticks - 1)).map((span) => span.sort()),
    });
    return fc
      .record({
        nodes: fc.array(node, { maxLength: 6 }),
        queues: fc.array(queue, { minLength: 1, maxLength: 3 }),
        gangs: fc.array(gang, { maxLength: 4 }),
        kueue: series(fc.constantFrom(1, 1, 1, 0)),
        kubeState: series(fc.constantFrom(1, 1, 1, 0)),
      })
      .map(({ nodes, queues, gangs, kueue, kubeState }): Observed => {
        const whereSeen = (values: Float64Array, seen: Float64Array) =>
          values.map((value, tick) => (seen[tick] === 0 ? Number.NaN : value));
        const base = observedOf({ hours: ticks / 12, nodegroups: names.map((name) => ({ name })) });
        return {
          ...base,
          nodes: nodes.map(({ nodegroup, free, outOfService }, i) => ({
            name: `node-${i}`,
            nodegroup,
            free: whereSeen(free, kubeState),
            outOfService: whereSeen(outOfService, kubeState),
          })),
          clusterQueues: queues.map(({ eligible, nominal, borrowingLimit, reserved, shapes, ...rest }, i) => ({
            ...rest,
            name: `queue-${i}`,
            eligible,
            flavors: eligible.map((name) => ({ flavor: name, nodegroups: [name], nominal, borrowingLimit, reserved })),
            pendingGpus: whereSeen(rest.pendingGpus, kueue),
            pending: whereSeen(rest.pending, kueue),
            admitted: whereSeen(rest.admitted, kueue),
            admittedWaitSeconds: new Float64Array(ticks),
            inactive: new Float64Array(ticks),
          })),
          started: queues.flatMap(({ shapes }, i) =>
            shapes.map(({ pods, gpusPerPod }) => started(pods, gpusPerPod, `queue-${i}`)),
          ),
          unplaced: gangs.map(({ shape, queue, nodegroup, span: [firstTick, lastTick] }, i) => ({
            ...shape,
            gang: `gang-${i}`,
            clusterQueue: `queue-${queue % queues.length}`,
            namespace: "team",
            localQueue: undefined,
            nodegroup,
            firstTick: firstTick!,
            lastTick: lastTick!,
          })),
          coverage: { ...base.coverage, kueue, kubeState },
        };
      });
  });

  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const known = (value: number) => (Number.isNaN(value) ? 0 : value);
  const perTick = (holds: (observed: Observed, tick: number, walk: readonly Waiting[]) => void) =>
    fc.assert(
      fc.property(world, (observed) => {
        const walk = [...walkWaiting(observed)];
        for (let tick = 0; tick < ticks; tick++)
          holds(
            observed,
            tick,
            walk.filter((waiting) => waiting.tick === tick),
          );
      }),
      { numRuns: 100 },
    );
  const explainedBy = (walk: readonly Waiting[], ...which: readonly Cause[]) =>
    sum(walk.filter(({ cause }) => which.includes(cause)).map(({ gpus }) => gpus));

  test("what waits by cause adds up to all that waits, by queue and for every gang", () => {
    perTick((observed, tick, walk) => {
      for (const { name, pendingGpus } of observed.clusterQueues) {
        const mine = walk.filter(({ clusterQueue, gang }) => clusterQueue === name && gang === undefined);
        expect(sum(mine.map(({ gpus }) => gpus))).toBeCloseTo(known(pendingGpus[tick]!), 9);
      }
      const there = observed.unplaced.filter(({ firstTick, lastTick }) => firstTick <= tick && tick <= lastTick);
      const walked = walk.filter(({ gang }) => gang !== undefined);
      expect(walked.map(({ gang }) => gang)).toHaveLength(there.length);
      expect(new Set(walked.map(({ gang }) => gang))).toEqual(new Set(there));
      for (const { gang, gpus } of walked) expect(gpus).toBe(gang!.pods * gang!.gpusPerPod);
      for (const { gpus } of walk) expect(gpus).toBeGreaterThan(0);
    });
  });

  test("no more waiting is explained by free GPUs than there are, nor by these and those out of service together", () => {
    perTick(({ nodes }, tick, walk) => {
      const free = sum(nodes.map((node) => known(node.free[tick]!)));
      const outOfService = sum(nodes.map((node) => known(node.outOfService[tick]!)));
      const byFree = explainedBy(walk, "head-of-line", "quota", "fragmentation", "flavor");
      expect(byFree).toBeLessThanOrEqual(free + 1e-9);
      expect(byFree + explainedBy(walk, "unavailable")).toBeLessThanOrEqual(free + outOfService + 1e-9);
    });
  });

  test("GPUs out of service explain no more than there are of them, where none is free", () => {
    perTick(({ nodes }, tick, walk) => {
      if (nodes.some((node) => node.free[tick]! > 0)) return;
      const outOfService = sum(nodes.map((node) => known(node.outOfService[tick]!)));
      expect(explainedBy(walk, "unavailable")).toBeLessThanOrEqual(outOfService + 1e-9);
    });
  });

  test("only StrictFIFO has a head to wait behind, and what holds quota waits for none", () => {
    perTick((observed, _, walk) => {
      for (const { cause, clusterQueue, gang } of walk) {
        const queue = observed.clusterQueues.find(({ name }) => name === clusterQueue)!;
        if (cause === "head-of-line") expect(queue.strict).toBe(true);
        if (gang) expect(["head-of-line", "quota"]).not.toContain(cause);
      }
    });
  });

  test("nothing but unknown is said while kube-state-metrics is silent", () => {
    perTick(({ coverage }, tick, walk) => {
      if (coverage.kubeState[tick] === 0) for (const { cause } of walk) expect(cause).toBe("unknown");
    });
  });

  test("every cause is met", () => {
    const met = new Set(
      fc.sample(world, { numRuns: 300, seed: 1 }).flatMap((one) => [...walkWaiting(one)].map((w) => w.cause)),
    );
    expect([...met].sort()).toEqual([...causes].sort());
  });
});

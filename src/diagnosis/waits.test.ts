import { describe, expect, test } from "vitest";
import type { Observed, StartedGang, WaitHistogram } from "../join/observed.js";
import { observedOf, type UnplacedInput } from "../testing/analysis.js";
import { SECOND_MS } from "../units/time.js";
import { firstStarts, type QueueWait, queueWaits, waitTarget } from "./waits.js";

/** One nodegroup of nodes with 8 GPUs, and one LocalQueue, team/queue. */
const base = observedOf({ nodegroups: [{ name: "a" }], queues: [{ name: "queue", nodegroups: ["a"] }] });
const startSeconds = base.startMs / SECOND_MS;
const HOUR = 3600;

let made = 0;
/** A gang of one GPU that was created at the start of the data and waited so many seconds. */
const waited = (seconds: number, rest: Partial<StartedGang> = {}): StartedGang => ({
  gang: `team/Job/work-${made++}`,
  namespace: "team",
  clusterQueue: "queue",
  localQueue: "queue",
  priorityClass: "",
  nodegroup: "a",
  pods: 1,
  gpusPerPod: 1,
  createdSeconds: startSeconds,
  scheduledSeconds: startSeconds + seconds,
  endedSeconds: undefined,
  lost: false,
  ...rest,
});
const seconds = (count: number, step = 100) => Array.from({ length: count }, (_, i) => waited(i * step));

const waitsOf = (rest: Partial<Observed>): QueueWait => queueWaits({ ...base, ...rest })[0]!;
/** What the LocalQueue still had pending at each tick. */
const pending = (value: number) => ({
  localQueues: base.localQueues.map((queue) => ({ ...queue, pending: queue.pending.map(() => value) })),
});
/** A contract in which the LocalQueue has a target of its own. */
const ownTarget = (waitTargetSeconds: number) => ({
  contract: { ...base.contract, localQueues: base.contract.localQueues.map((one) => ({ ...one, waitTargetSeconds })) },
});

describe("firstStarts(observed)", () => {
  const gangs = (started: readonly StartedGang[]) => firstStarts({ ...base, started }).map((g) => g.scheduledSeconds);

  test("leaves out later attempts of a gang, in whatever order they are found", () => {
    const attempts = [waited(500, { gang: "job" }), waited(100, { gang: "job" }), waited(900, { gang: "job" })];
    expect(gangs(attempts)).toEqual([startSeconds + 100]);
  });

  test("leaves out gangs that first started before the data do, with their later attempts", () => {
    expect(gangs([waited(-1, { gang: "job" }), waited(100, { gang: "job" })])).toEqual([]);
    expect(gangs([waited(0)])).toEqual([startSeconds]);
  });

  test("leaves out gangs that came through no LocalQueue", () => {
    expect(gangs([waited(100, { localQueue: undefined })])).toEqual([]);
  });
});

describe("waitTarget(observed, gang)", () => {
  const gang = (pods: number, gpusPerPod: number) => waited(0, { pods, gpusPerPod });
  const { upToOneNodeSeconds, largerSeconds } = base.contract.waitTargets;

  test("goes by whether the gang fits on one node", () => {
    expect(waitTarget(base, gang(1, 8))).toBe(upToOneNodeSeconds);
    expect(waitTarget(base, gang(4, 2))).toBe(upToOneNodeSeconds);
    expect(waitTarget(base, gang(3, 3))).toBe(largerSeconds);
    expect([upToOneNodeSeconds, largerSeconds]).toEqual([4 * HOUR, 24 * HOUR]);
  });

  test("is the LocalQueue's own where it has one, for gangs of any size", () => {
    const { contract } = ownTarget(60);
    expect(waitTarget({ contract }, gang(3, 3))).toBe(60);
    expect(waitTarget({ contract }, { ...gang(1, 1), namespace: "other" })).toBe(upToOneNodeSeconds);
  });

  test("is that of interactive work where people wait at the LocalQueue, unless it has its own", () => {
    const interactive = (own = {}) => ({
      contract: {
        ...base.contract,
        localQueues: base.contract.localQueues.map((one) => ({ ...one, interactive: true, ...own })),
      },
    });
    expect(waitTarget(interactive(), gang(3, 3))).toBe(base.contract.waitTargets.interactiveSeconds);
    expect(waitTarget(interactive({ waitTargetSeconds: 60 }), gang(1, 1))).toBe(60);
  });
});

describe("queueWaits(observed)", () => {
  test("says the p95 from creation to scheduled, between the waits around it", () => {
    // 0, 100, … 2000 seconds: the p95 of 21 is the 20th. Of 0, 100, … 1000 it is half way between the last two.
    expect(waitsOf({ started: seconds(21) })).toMatchObject({ started: 21, p95: 1900 });
    expect(waitsOf({ started: seconds(11) }).p95).toBeCloseTo(950, 9);
  });

  test("bounds the p95 from above only from 59 gangs on, by the longest wait", () => {
    // 0.95^58 > 0.05 > 0.95^59.
    expect(waitsOf({ started: seconds(58) }).p95Upper).toBeUndefined();
    expect(waitsOf({ started: seconds(59) }).p95Upper).toBe(5800);
  });

  test("bounds the p95 from below by the wait that 3 of 20 exceed", () => {
    // Of 20, at most 2 lie above the p95 with a probability of 0.925, at most 3 with 0.984: the 17th is below it.
    expect(waitsOf({ started: seconds(20) }).p95Lower).toBe(1600);
  });

  test("says nothing of a queue in which nothing started", () => {
    expect(waitsOf({})).toMatchObject({
      started: 0,
      waitingAtEnd: 0,
      p95: undefined,
      p95Lower: undefined,
      p95Upper: undefined,
      admissionP95: undefined,
      missedShare: undefined,
      gpuHoursOverTarget: 0,
      atLeast: false,
    });
  });

  test("keeps LocalQueues of the same name in other namespaces apart", () => {
    const localQueues = [...base.localQueues, { ...base.localQueues[0]!, namespace: "other" }];
    const started = [waited(10), waited(20, { namespace: "other" })];
    expect(queueWaits({ ...base, localQueues, started }).map(({ namespace, p95 }) => [namespace, p95])).toEqual([
      ["team", 10],
      ["other", 20],
    ]);
  });
});

describe("queueWaits(observed) says at least", () => {
  test("where more than a twentieth of the workloads still wait at the end", () => {
    // One of 20 is a twentieth, one of 19 more.
    expect(waitsOf({ started: seconds(19), ...pending(1) })).toMatchObject({ waitingAtEnd: 1, atLeast: false });
    expect(waitsOf({ started: seconds(18), ...pending(1) })).toMatchObject({ waitingAtEnd: 1, atLeast: true });
    expect(waitsOf({ ...pending(1) }).atLeast).toBe(true);
  });

  test("counting admitted gangs without nodes at the last tick, and no earlier ones", () => {
    const without = (rest: Partial<UnplacedInput>) => {
      const gang = { clusterQueue: "queue", nodegroup: "a", pods: 4, gpusPerPod: 1, fromHour: 20, toHour: 24, ...rest };
      return observedOf({ nodegroups: [{ name: "a" }], queues: [], unplaced: [gang] }).unplaced;
    };
    const unplaced = [...without({}), ...without({ toHour: 23.5 }), ...without({ clusterQueue: "other" })];
    expect(waitsOf({ started: seconds(18), unplaced })).toMatchObject({ waitingAtEnd: 1, atLeast: true });
  });

  test("by what Kueue last said, where it was silent at the end", () => {
    const [queue] = base.localQueues;
    const last = queue!.pending.map((_, tick) => (tick < 200 ? 7 : tick === 200 ? 3 : Number.NaN));
    expect(waitsOf({ localQueues: [{ ...queue!, pending: last }] }).waitingAtEnd).toBe(3);
  });
});

describe("queueWaits(observed) holds waits against targets", () => {
  const small = { pods: 1, gpusPerPod: 8 };
  const large = { pods: 2, gpusPerPod: 8 };

  test("each gang's own: which share missed it, and the GPU-hours beyond it", () => {
    const started = [
      waited(6 * HOUR, small), // two hours beyond its four, 8 GPUs
      waited(6 * HOUR, large), // well within its 24
      waited(27 * HOUR, large), // three hours beyond, 16 GPUs
      waited(4 * HOUR, small), // on the dot
    ];
    const found = waitsOf({ started });
    expect(found.missedShare).toBe(0.5);
    expect(found.gpuHoursOverTarget).toBeCloseTo(2 * 8 + 3 * 16, 9);
  });

  test("the p95 of several sizes against the target of most GPUs", () => {
    const of = (...started: StartedGang[]) => waitsOf({ started }).targetSeconds / HOUR;
    expect(of(waited(0, small), waited(0, small), waited(0, large))).toBe(4);
    expect(of(waited(0, small), waited(0, large))).toBe(24);
  });

  test("of its own where it has one, whether or not anything started", () => {
    expect(waitsOf({ ...ownTarget(60), started: [waited(120, large)] })).toMatchObject({
      targetSeconds: 60,
      missedShare: 1,
    });
    expect(waitsOf(ownTarget(60)).targetSeconds).toBe(60);
    expect(waitsOf({}).targetSeconds).toBe(4 * HOUR);
  });
});

describe("queueWaits(observed) has the wait until admission", () => {
  const histogram = (counts: readonly number[], rest: Partial<WaitHistogram> = {}): WaitHistogram => ({
    namespace: "team",
    name: "queue",
    priorityClass: "",
    buckets: [60, 300, 3600, Number.POSITIVE_INFINITY].map((le, i) => ({ le, count: counts[i]! })),
    ...rest,
  });

  test("as the bucket of Kueue's histogram in which the p95 lies", () => {
    expect(waitsOf({ waits: [histogram([50, 90, 98, 100])] }).admissionP95).toEqual({
      lower: 300,
      upper: 3600,
      count: 100,
    });
  });

  test("over all priority classes of the LocalQueue, and no other queue's", () => {
    const other = histogram([0, 0, 0, 1000], { name: "other" });
    const elsewhere = histogram([0, 0, 0, 1000], { namespace: "other" });
    // Of 95 within a minute and 4 beyond an hour, the 94.05th is within a minute; with 1 more beyond, so is the 95th.
    const waits = [histogram([95, 95, 95, 99]), histogram([0, 0, 0, 1], { priorityClass: "high" }), other, elsewhere];
    expect(waitsOf({ waits }).admissionP95).toEqual({ lower: 0, upper: 60, count: 100 });
    expect(waitsOf({ waits: [...waits, histogram([0, 0, 1, 1], { priorityClass: "low" })] }).admissionP95).toEqual({
      lower: 300,
      upper: 3600,
      count: 101,
    });
  });
});

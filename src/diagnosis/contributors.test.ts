import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LocalQueueSeries, Observed, StartedGang, UnplacedGang } from "../join/observed.js";
import { observedOf } from "../testing/analysis.js";
import { SECOND_MS } from "../units/time.js";
import { type Cause, causes } from "./cause.js";
import { contributors } from "./contributors.js";
import type { Waiting } from "./walk.js";

/** Four ticks of half an hour, in which ClusterQueue "shared" has LocalQueues of two teams and "alone" has one. */
const base = observedOf({ hours: 2, stepMinutes: 30, nodegroups: [{ name: "a" }] });
const local = (namespace: string, name: string, clusterQueue: string, pending: number): LocalQueueSeries => ({
  namespace,
  name,
  clusterQueue,
  pending: new Float64Array(4).fill(pending),
});
const observedWith = (...localQueues: LocalQueueSeries[]): Observed => ({ ...base, localQueues });

const waiting = (clusterQueue: string, gpus: number, rest: Partial<Waiting> = {}): Waiting => ({
  tick: 0,
  clusterQueue,
  nodegroup: "a",
  cause: "capacity",
  toward: undefined,
  gpus,
  gang: undefined,
  ...rest,
});
const gang = (namespace: string, localQueue: string | undefined): UnplacedGang => ({
  gang: `${namespace}/Job/gang`,
  clusterQueue: "shared",
  namespace,
  localQueue,
  nodegroup: "a",
  pods: 1,
  gpusPerPod: 8,
  firstTick: 0,
  lastTick: 3,
});
const started = (namespace: string, name: string, gpusPerPod: number, id = 0): StartedGang => ({
  gang: `${namespace}/Job/${name}-${gpusPerPod}-${id}`,
  namespace,
  clusterQueue: "shared",
  localQueue: name,
  priorityClass: "",
  nodegroup: "a",
  pods: 1,
  gpusPerPod,
  createdSeconds: base.startMs / SECOND_MS,
  scheduledSeconds: base.startMs / SECOND_MS,
  endedSeconds: undefined,
  lost: false,
});
const said = (found: ReturnType<typeof contributors>) =>
  Object.fromEntries(found.map(({ namespace, gpuHours, exact }) => [namespace, [gpuHours, exact]]));

describe("contributors(observed, walk)", () => {
  test("has all that waits in a ClusterQueue with one LocalQueue, by cause, exactly", () => {
    const walk = [waiting("alone", 8), waiting("alone", 4, { tick: 1 }), waiting("alone", 6, { cause: "quota" })];
    const [found] = contributors(observedWith(local("one", "mine", "alone", 3)), walk);
    expect(found).toMatchObject({
      namespace: "one",
      localQueue: "mine",
      clusterQueue: "alone",
      gpuHours: 9,
      byCause: { capacity: 6, quota: 3, fragmentation: 0 },
      exact: true,
    });
  });

  test("shares what waits in a ClusterQueue with several by what each has pending, as an estimate", () => {
    const observed = observedWith(local("one", "q", "shared", 3), local("two", "q", "shared", 1));
    expect(said(contributors(observed, [waiting("shared", 16)]))).toEqual({ one: [6, false], two: [2, false] });
  });

  test("weighs what is pending by the mean GPUs of the workloads that each started", () => {
    const observed = observedWith(local("one", "q", "shared", 3), local("two", "q", "shared", 1));
    // Three workloads of one GPU against one of (4 + 8) / 2 = 6.
    const sizes = [started("one", "q", 1), started("two", "q", 4), started("two", "q", 8)];
    const found = contributors({ ...observed, started: sizes }, [waiting("shared", 18)]);
    expect(said(found)).toEqual({ one: [3, false], two: [6, false] });
  });

  test("goes by what was pending at that tick", () => {
    const one = { ...local("one", "q", "shared", 0), pending: Float64Array.of(1, 0, Number.NaN, 1) };
    const two = { ...local("two", "q", "shared", 0), pending: Float64Array.of(0, 1, 1, 1) };
    const walk = [0, 1, 2, 3].map((tick) => waiting("shared", 8, { tick }));
    expect(said(contributors(observedWith(one, two), walk))).toEqual({ one: [4 + 2, false], two: [4 + 4 + 2, false] });
  });

  test("shares evenly where nobody is seen to have anything pending", () => {
    const observed = observedWith(local("one", "q", "shared", 0), local("two", "q", "shared", Number.NaN));
    expect(said(contributors(observed, [waiting("shared", 8)]))).toEqual({ one: [2, false], two: [2, false] });
  });

  test("gives an admitted gang without nodes to its own LocalQueue, exactly", () => {
    const observed = observedWith(local("one", "q", "shared", 3), local("two", "q", "shared", 1));
    const walk = [waiting("shared", 8, { gang: gang("two", "q"), cause: "fragmentation" })];
    expect(said(contributors(observed, walk))).toEqual({ one: [0, true], two: [4, true] });
  });

  test("shares a gang whose LocalQueue is not known among those of its ClusterQueue", () => {
    const observed = observedWith(local("one", "q", "shared", 1), local("two", "q", "shared", 1));
    const walk = [waiting("shared", 8, { gang: gang("two", undefined) })];
    expect(said(contributors(observed, walk))).toEqual({ one: [2, false], two: [2, false] });
  });

  test("names the team that answers for a namespace, else the namespace", () => {
    const observed = observedWith(local("team", "q", "alone", 1), local("unowned", "q", "other", 1));
    expect(contributors(observed, []).map(({ owner }) => owner)).toEqual(["Team", "unowned"]);
  });

  test("puts those that waited most first, and equals by namespace", () => {
    const observed = observedWith(
      local("c", "q", "first", 1),
      local("b", "q", "second", 1),
      local("a", "q", "third", 1),
      local("d", "q", "fourth", 1),
    );
    const found = contributors(observed, [waiting("first", 8), waiting("fourth", 16)]);
    expect(found.map(({ namespace }) => namespace)).toEqual(["d", "c", "a", "b"]);
  });

  test("adds up to all that waits, by cause", () => {
    const anyWaiting = fc.record({
      tick: fc.nat(3),
      queue: fc.constantFrom("shared", "alone"),
      cause: fc.constantFrom(...causes),
      gpus: fc.integer({ min: 1, max: 64 }),
      owner: fc.constantFrom("none", "one", "two", "unlabelled"),
    });
    const pending = fc.array(fc.oneof(fc.nat(5), fc.constant(Number.NaN)), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(anyWaiting, { maxLength: 20 }), pending, pending, fc.nat(8), (some, one, two, size) => {
        const observed = {
          ...observedWith(
            { ...local("one", "q", "shared", 0), pending: Float64Array.from(one) },
            { ...local("two", "q", "shared", 0), pending: Float64Array.from(two) },
            local("three", "q", "alone", 1),
          ),
          started: size > 0 ? [started("one", "q", size)] : [],
        };
        const walk = some.map(({ queue, owner, ...rest }) =>
          waiting(queue, rest.gpus, {
            ...rest,
            gang:
              owner === "none" || queue === "alone" ? undefined : gang(owner, owner === "unlabelled" ? undefined : "q"),
          }),
        );
        const found = contributors(observed, walk);
        const total = (cause: Cause) => found.reduce((sum, each) => sum + each.byCause[cause], 0);
        for (const cause of causes) {
          const waited = walk.filter((each) => each.cause === cause).reduce((sum, { gpus }) => sum + gpus / 2, 0);
          expect(total(cause)).toBeCloseTo(waited, 9);
        }
        for (const { gpuHours, byCause } of found)
          expect(gpuHours).toBeCloseTo(
            Object.values(byCause).reduce((a, b) => a + b, 0),
            9,
          );
        expect(found.find(({ namespace }) => namespace === "three")!.exact).toBe(true);
      }),
    );
  });
});

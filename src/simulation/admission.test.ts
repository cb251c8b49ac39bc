import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Workload } from "../demand/workload.js";
import type { Scenario } from "../scenario/schema.js";
import { gang, groups, Kueue, quota } from "../testing/kueue.js";
import { small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { Admission, type Admitted } from "./admission.js";

describe("flavors", () => {
  test("are tried in the queue's order, not in the scenario's", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [{ name: "queue", flavors: [quota("b", 2), quota("a", 4)] }],
    });
    expect(kueue.submit(gang("first", 1), gang("large", 4), gang("second", 1), gang("third", 1))).toEqual([
      "first b",
      "large a",
      "second b",
    ]);
    expect(kueue.end("large")).toEqual(["third a"]);
  });

  test("that hold none of the workload's GPU models are passed over", () => {
    const kueue = new Kueue({
      nodegroups: [{ gpuModel: "A100" }, { gpuModel: "H100" }],
      clusterQueues: [{ name: "queue", flavors: [quota("a", 8), quota("b", 1)] }],
    });
    const hopper = { gpuModels: ["H100"] };
    expect(kueue.submit(gang("one", 1, hopper), gang("two", 1, hopper), gang("any", 1))).toEqual(["one b", "any a"]);
  });

  test("are not left for the next one only because this one has to be borrowed: whenCanBorrow is MayStopSearch", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 2), quota("b", 8)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 6)] },
      ],
    });
    expect(kueue.submit(gang("x", 4), gang("y", 4), gang("z", 4))).toEqual(["x a +2", "y a +4", "z b"]);
  });

  test("take a whole workload: it is never split over two", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [{ name: "queue", flavors: [quota("a", 3), quota("b", 3)] }],
    });
    expect(kueue.submit({ name: "gang", pods: 4 })).toEqual([]);
  });
});

describe("borrowing", () => {
  const pair = (limit?: number) => ({
    clusterQueues: [
      { name: "queue", cohort: "c", flavors: [quota("a", 4, limit)] },
      { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
    ],
  });
  const peer = { clusterQueue: "peer" };

  test("takes what the cohort leaves unused, and says how much", () => {
    expect(new Kueue(pair()).submit(gang("x", 3), gang("y", 3), gang("z", 2), gang("more", 1))).toEqual([
      "x a",
      "y a +2",
      "z a +2",
    ]);
  });

  test("stops at the borrowing limit", () => {
    expect(new Kueue(pair(1)).submit(gang("x", 4), gang("y", 1), gang("z", 1))).toEqual(["x a", "y a +1"]);
    expect(new Kueue(pair(0)).submit(gang("x", 4), gang("y", 1))).toEqual(["x a"]);
  });

  test("is not possible without a cohort, nor from another cohort", () => {
    const apart = {
      clusterQueues: [
        { name: "queue", flavors: [quota("a", 4)] },
        { name: "other", cohort: "c", flavors: [quota("a", 4)] },
        { name: "third", cohort: "d", flavors: [quota("a", 4)] },
      ],
    };
    for (const clusterQueue of ["queue", "other", "third"])
      expect(new Kueue(apart).submit(gang("x", 4, { clusterQueue }), gang("y", 1, { clusterQueue }))).toEqual(["x a"]);
  });

  test("is of the same flavor only", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 2)] },
        { name: "peer", cohort: "c", flavors: [quota("b", 8)] },
      ],
    });
    expect(kueue.submit(gang("x", 3))).toEqual([]);
  });

  test("cannot be taken back: a peer waits for its own quota until it is given back", () => {
    const kueue = new Kueue(pair());
    expect(kueue.submit(gang("x", 4), gang("loan", 4))).toEqual(["x a", "loan a +4"]);
    expect(kueue.submit(gang("mine", 1, peer))).toEqual([]);
    expect(kueue.end("loan")).toEqual(["mine a"]);
  });

  test("comes after those who do not borrow, in one cycle, whatever their priority and age", () => {
    const kueue = new Kueue(pair());
    kueue.submit(gang("x", 4), gang("loan", 4));
    // The older and more urgent one borrows; there is room for only one of them.
    expect(kueue.submit(gang("urgent", 4, { priority: 100 }), gang("own", 4, peer))).toEqual([]);
    expect(kueue.end("loan")).toEqual(["own a"]);
  });

  test("leaves a nomination that another used up at the head, for the next cycle", () => {
    const kueue = new Kueue(pair());
    kueue.submit(gang("x", 4), gang("loan", 4));
    kueue.submit(gang("borrower", 2), gang("own", 2, peer), gang("later", 1, peer));
    expect(kueue.end("loan")).toEqual(["own a", "borrower a +2"]);
  });
});

describe("order", () => {
  test("is by priority, then by age", () => {
    const kueue = new Kueue({});
    kueue.submit(gang("all", 8));
    kueue.submit(gang("old", 1), gang("low", 2, { priority: -5 }), gang("high", 3, { priority: 9 }), gang("young", 4));
    expect(kueue.end("all")).toEqual(["high a", "old a", "young a"]);
  });

  test("goes across the queues of a cohort, cycle by cycle: each takes the head of every queue", () => {
    const kueue = new Kueue({
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 4)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
      ],
    });
    const peer = { clusterQueue: "peer" };
    expect(
      kueue.submit(gang("q1", 1), gang("q2", 1), gang("p1", 1, peer), gang("p2", 1, { ...peer, priority: 1 })),
    ).toEqual(["p2 a", "q1 a", "q2 a", "p1 a"]);
  });

  test("under StrictFIFO lets nobody pass a head that does not fit, however small", () => {
    const kueue = new Kueue({ clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" }] });
    expect(kueue.submit(gang("x", 6), gang("head", 4), gang("small", 1))).toEqual(["x a"]);
    expect(kueue.end("x")).toEqual(["head a", "small a"]);
  });

  test("under StrictFIFO makes one of higher priority the head", () => {
    const kueue = new Kueue({ clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" }] });
    kueue.submit(gang("x", 6), gang("head", 4));
    expect(kueue.submit(gang("urgent", 2, { priority: 1 }), gang("small", 1))).toEqual(["urgent a"]);
  });

  test("under StrictFIFO is blocked for ever by a head that asks for more than the queue could give", () => {
    const kueue = new Kueue({ clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" }] });
    expect(kueue.submit(gang("huge", 9), gang("small", 1))).toEqual([]);
  });

  test("under StrictFIFO blocks no other queue of the cohort", () => {
    const kueue = new Kueue({
      clusterQueues: [
        { name: "queue", cohort: "c", queueingStrategy: "StrictFIFO", flavors: [quota("a", 4)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
      ],
    });
    expect(kueue.submit(gang("huge", 9), gang("small", 1, { clusterQueue: "peer" }))).toEqual(["small a"]);
  });

  test("under BestEffortFIFO lets those that fit pass one that does not", () => {
    const kueue = new Kueue({});
    expect(kueue.submit(gang("x", 6), gang("large", 4), gang("small", 1), gang("medium", 2))).toEqual([
      "x a",
      "small a",
    ]);
    expect(kueue.end("x")).toEqual(["large a", "medium a"]);
  });

  test("keeps equal workloads in order, and tries them again together once anything is given back", () => {
    const kueue = new Kueue({});
    kueue.submit(gang("x", 5), gang("y", 3));
    expect(kueue.submit(gang("one", 4), gang("two", 4), gang("three", 4))).toEqual([]);
    expect(kueue.end("y")).toEqual([]);
    expect(kueue.end("x")).toEqual(["one a", "two a"]);
  });

  test("is tried again when a peer of the cohort gives quota back, of another flavor too", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 1), quota("b", 1)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 3), quota("b", 3)] },
      ],
    });
    const peer = { clusterQueue: "peer" };
    kueue.submit(gang("p1", 4, peer), gang("p2", 4, peer));
    expect(kueue.submit(gang("q", 4))).toEqual([]);
    expect(kueue.end("p2")).toEqual(["q b +3"]);
  });

  test("gives a requeued workload the place of its eviction: those created during its backoff stand behind it", () => {
    const kueue = new Kueue({});
    kueue.submit(gang("evicted", 8));
    // Evicted at minute 1; "before" was created at that minute, "after" later, all of one shape.
    const admitted = kueue.evict("evicted", 1, () => {
      expect(kueue.submit(gang("blocker", 8, { priority: 1 }))).toEqual(["blocker a"]);
      expect(kueue.submit(gang("after", 8), gang("last", 8))).toEqual([]);
    });
    expect(admitted).toEqual([]);
    expect(kueue.end("blocker")).toEqual(["evicted a"]);
    expect(kueue.end("evicted")).toEqual(["after a"]);
    expect(kueue.end("after")).toEqual(["last a"]);
  });
});

describe("with fewer pods", () => {
  const partly = (name: string, pods: number, minPods: number, rest: WorkloadInput = {}): WorkloadInput => ({
    name,
    pods,
    minPods,
    ...rest,
  });

  test("a workload is admitted where quota has no room for all: with as many as fit", () => {
    // The example of Kueue's documentation: twenty pods, at least five, and room for nine.
    const kueue = new Kueue({
      nodegroups: [{ nodes: 3 }],
      clusterQueues: [{ name: "queue", flavors: [quota("a", 9)] }],
    });
    expect(kueue.submit(partly("x", 20, 5))).toEqual(["x 9/20 a"]);
    expect(kueue.usage("queue", "a")).toBe(9);
    expect(kueue.end("x")).toEqual([]);
    expect(kueue.usage("queue", "a")).toBe(0);
  });

  test("but not with fewer than it takes, and with all where they fit", () => {
    const kueue = new Kueue({});
    expect(kueue.submit(partly("all", 4, 1), partly("five", 8, 5), gang("none", 5))).toEqual(["all a"]);
    expect(kueue.end("all")).toEqual(["five a"]);
  });

  test("a workload borrows for all its pods before it is admitted with fewer", () => {
    const kueue = new Kueue({
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 2)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
      ],
    });
    expect(kueue.submit(partly("x", 6, 1))).toEqual(["x a +4"]);
    expect(kueue.end("x")).toEqual([]);
    expect(kueue.submit(partly("y", 8, 1))).toEqual(["y 6/8 a +4"]);
  });

  test("a workload preempts for all its pods before it is admitted with fewer, and then for the most it can", () => {
    const preemption = { withinClusterQueue: "LowerPriority" as const };
    const clusterQueues = [{ name: "queue", flavors: [quota("a", 8)], preemption }];
    const all = new Kueue({ clusterQueues });
    all.submit(gang("low", 4, { priority: -1 }));
    expect(all.submit(partly("x", 8, 1))).toEqual(["low out InClusterQueue"]);
    const some = new Kueue({ clusterQueues });
    some.submit(gang("low", 3, { priority: -1 }), gang("high", 4, { priority: 1 }));
    expect(some.submit(partly("x", 8, 2))).toEqual(["low out InClusterQueue"]);
    expect(some.gone("low")).toEqual(["x 4/8 a"]);
  });

  test("the flavor is the one with room for the most", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [{ name: "queue", flavors: [quota("a", 3), quota("b", 5)] }],
    });
    expect(kueue.submit(partly("x", 8, 1), partly("y", 8, 1))).toEqual(["x 5/8 b", "y 3/8 a"]);
  });

  test("a workload that asks for more than there could ever be is no such, if its fewest pods fit", () => {
    const admission = new Admission(small());
    const [some, none] = workloads([
      { pods: 20, minPods: 8 },
      { pods: 20, minPods: 9 },
    ]);
    expect([admission.exceedsMaximum(some!), admission.exceedsMaximum(none!)]).toEqual([false, true]);
    expect([admission.wouldFit(some!), admission.wouldFit(none!)]).toEqual([true, false]);
  });

  test("whatever the quota and what is used of it, as many are admitted as the roomiest flavor holds", () => {
    const any = fc.record({
      quotas: fc.tuple(fc.nat(12), fc.nat(12)),
      used: fc.nat(12),
      pods: fc.integer({ min: 2, max: 12 }),
      fewer: fc.integer({ min: 1, max: 11 }),
      gpusPerPod: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(any, ({ quotas: [a, b], used, pods, fewer, gpusPerPod }) => {
        const kueue = new Kueue({
          nodegroups: groups(2),
          clusterQueues: [{ name: "queue", flavors: [quota("a", a), quota("b", b)] }],
        });
        kueue.submit(gang("other", Math.min(used, a) || 13));
        const minPods = Math.max(1, pods - fewer);
        const room = Math.max(a - Math.min(used, a), b);
        const most = Math.min(pods, Math.floor(room / gpusPerPod));
        const [said] = kueue.submit(partly("x", pods, minPods, { gpusPerPod }));
        if (most < minPods) expect(said).toBeUndefined();
        else expect(said).toMatch(most === pods ? /^x [ab]$/ : new RegExp(`^x ${most}/${pods} [ab]$`));
      }),
    );
  });
});

describe("nested cohorts", () => {
  /** root ── left (2 of its own; borrows at most 3) ── queue (4), peer (4); root ── right ── far (8). */
  const tree = (left: object = { borrowingLimit: 3 }) =>
    new Kueue({
      nodegroups: [{ nodes: 3 }],
      cohorts: [
        { name: "root" },
        { name: "left", parent: "root", flavors: [{ name: "a", nominalQuota: 2, ...left }] },
        { name: "right", parent: "root" },
      ],
      clusterQueues: [
        { name: "queue", cohort: "left", flavors: [quota("a", 4)] },
        { name: "peer", cohort: "left", flavors: [quota("a", 4)] },
        { name: "far", cohort: "right", flavors: [quota("a", 8)] },
      ],
    });
  const far = { clusterQueue: "far" };

  test("lend up and down the tree, within each cohort's limits", () => {
    const kueue = tree();
    expect(kueue.submit(gang("x", 13), gang("one more", 1))).toEqual(["x a +9"]);
    expect(kueue.submit(gang("theirs", 5, far))).toEqual(["theirs a"]);
    expect(kueue.end("x")).toEqual(["one more a"]);
    expect(tree({ lendingLimit: 4 }).submit(gang("x", 12, far), gang("one more", 1, far))).toEqual(["x a +4"]);
  });

  test("give back to whoever of the whole tree waits", () => {
    const kueue = tree({});
    kueue.submit(gang("x", 18));
    expect(kueue.submit(gang("theirs", 8, far))).toEqual([]);
    expect(kueue.end("x")).toEqual(["theirs a"]);
  });

  test("let those go first that need to borrow from less far", () => {
    const kueue = tree({});
    kueue.submit(gang("x", 10), gang("y", 8, far));
    // From its own cohort; from the root, though of a higher priority.
    expect(kueue.submit(gang("near", 5), gang("up", 11, { clusterQueue: "peer", priority: 10 }))).toEqual([]);
    expect(kueue.end("x")).toEqual(["near a +1"]);
  });

  test("that nobody but ClusterQueues name have no quota of their own", () => {
    const kueue = new Kueue({ clusterQueues: [{ name: "queue", cohort: "c", flavors: [quota("a", 4)] }] });
    expect(kueue.submit(gang("x", 4), gang("y", 1))).toEqual(["x a"]);
  });
});

describe("what a queue could ever give", () => {
  const admission = new Admission(
    small({
      nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }],
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 4, 2), quota("b", 1)] },
        { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
        { name: "lone", flavors: [quota("a", 4)] },
      ],
    }),
  );
  const exceeds = (gpus: number, rest: WorkloadInput = {}) =>
    admission.exceedsMaximum(workloads([{ gpusPerPod: gpus, ...rest }])[0]!);

  test("is its nominal quota with what it may borrow, of one flavor that can run the work", () => {
    expect([exceeds(6), exceeds(7)]).toEqual([false, true]);
    expect([exceeds(1, { gpuModels: ["A100"] }), exceeds(2, { gpuModels: ["A100"] })]).toEqual([false, true]);
  });

  test("is no more than its cohort has, where no limit is set", () => {
    expect([exceeds(8, { clusterQueue: "peer" }), exceeds(9, { clusterQueue: "peer" })]).toEqual([false, true]);
  });

  test("is its own quota without a cohort", () => {
    expect([exceeds(4, { clusterQueue: "lone" }), exceeds(5, { clusterQueue: "lone" })]).toEqual([false, true]);
  });
});

describe("always", () => {
  const scenario: Scenario = small({
    nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }],
    clusterQueues: [
      { name: "queue", cohort: "c", flavors: [quota("a", 4, 3), quota("b", 5)] },
      { name: "strict", cohort: "c", queueingStrategy: "StrictFIFO", flavors: [quota("b", 3), quota("a", 2, 1)] },
      { name: "lone", flavors: [quota("a", 6)] },
    ],
  });
  const anyRequest = fc.record({
    clusterQueue: fc.constantFrom("queue", "strict", "lone"),
    pods: fc.integer({ min: 1, max: 3 }),
    gpusPerPod: fc.integer({ min: 1, max: 4 }),
    priority: fc.integer({ min: 0, max: 1 }),
    gpuModels: fc.constantFrom(["H100"], ["A100"], ["H100", "A100"]),
  });
  /** Submits a workload, or ends the admitted one with this number. */
  const anySteps = fc.array(fc.oneof(anyRequest, fc.nat({ max: 20 })), { maxLength: 60 });

  /** Plays steps and looks at Kueue after each. */
  function play(
    steps: readonly (WorkloadInput | number)[],
    look: (admission: Admission, pending: readonly Workload[]) => void,
  ) {
    const admission = new Admission(scenario);
    const pending = new Map<number, Workload>();
    const running: Admitted[] = [];
    steps.forEach((step, id) => {
      if (typeof step === "number") {
        const [ended] = running.splice(step % Math.max(1, running.length), 1);
        if (ended) admission.release(ended.workload);
      } else {
        const workload = { ...workloads([step])[0]!, id, createdMs: id };
        pending.set(id, workload);
        admission.enqueue(workload, id);
      }
      admission.admit(id, (admitted) => {
        pending.delete(admitted.workload.id);
        running.push(admitted);
      });
      look(admission, [...pending.values()]);
    });
  }

  test("no queue uses more than its nominal quota and borrowing limit, no cohort more than its nominal quota", () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        play(steps, (admission) => {
          for (const flavor of ["a", "b"]) {
            let [cohortUsage, cohortQuota] = [0, 0];
            for (const queue of scenario.clusterQueues) {
              const own = queue.flavors.find((f) => f.name === flavor);
              if (!own) continue;
              const usage = admission.usage(queue.name, flavor);
              const limit = queue.cohort === undefined ? 0 : (own.borrowingLimit ?? Number.POSITIVE_INFINITY);
              expect(usage).toBeGreaterThanOrEqual(0);
              expect(usage).toBeLessThanOrEqual(own.nominalQuota + limit);
              if (queue.cohort === undefined) continue;
              cohortUsage += usage;
              cohortQuota += own.nominalQuota;
            }
            expect(cohortUsage).toBeLessThanOrEqual(cohortQuota);
          }
        });
      }),
    );
  });

  test("nothing that fits is left waiting, but behind the head of a StrictFIFO queue", () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        play(steps, (admission, pending) => {
          for (const { name, queueingStrategy } of scenario.clusterQueues) {
            const mine = pending
              .filter((workload) => workload.clusterQueue === name)
              .sort((a, b) => b.priority - a.priority || a.createdMs - b.createdMs);
            const tried = queueingStrategy === "StrictFIFO" ? mine.slice(0, 1) : mine;
            expect(tried.filter((workload) => admission.wouldFit(workload))).toEqual([]);
          }
        });
      }),
    );
  });
});

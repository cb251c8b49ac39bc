import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterQueue } from "../scenario/schema.js";
import { gang, groups, Kueue, quota } from "../testing/kueue.js";
import { workloads } from "../testing/scenario.js";
import { findTargets } from "./preemption.js";
import { type Ask, fits, giveBack, take } from "./quota.js";
import { type Holding, Sharer } from "./sharer.js";

const one = (preemption: ClusterQueue["preemption"]) => ({
  clusterQueues: [{ name: "queue", flavors: [quota("a", 8)], preemption }],
});
const policies = (
  withinClusterQueue: "Never" | "LowerPriority" | "LowerOrNewerEqualPriority",
  reclaimWithinCohort: "Never" | "LowerPriority" | "Any" = "Never",
) => ({ withinClusterQueue, reclaimWithinCohort });
const urgent = { priority: 10 };
const low = { priority: -10 };
const peer = { clusterQueue: "peer" };

describe("within a ClusterQueue", () => {
  test("nobody is preempted unless its policy says so", () => {
    const kueue = new Kueue(one(undefined));
    expect(kueue.submit(gang("x", 8))).toEqual(["x a"]);
    expect(kueue.submit(gang("y", 8, urgent))).toEqual([]);
  });

  test("LowerPriority spares those of the same priority", () => {
    const kueue = new Kueue(one(policies("LowerPriority")));
    kueue.submit(gang("x", 8));
    expect(kueue.submit(gang("equal", 4))).toEqual([]);
    expect(kueue.submit(gang("urgent", 4, urgent))).toEqual(["x out InClusterQueue"]);
    expect(kueue.gone("x")).toEqual(["urgent a", "equal a"]);
  });

  test("LowerOrNewerEqualPriority takes what was created later at the same priority, never what was before", () => {
    const kueue = new Kueue(one(policies("LowerOrNewerEqualPriority")));
    kueue.submit(gang("old", 4), gang("first", 4));
    // Everything of the cluster is held; "old" and "first" are older than this one.
    expect(kueue.submit(gang("young", 4))).toEqual([]);
    expect(kueue.end("old")).toEqual(["young a"]);
    // Evicted for a while, "first" is still older than "young".
    const back = kueue.evict("first", 2, () => expect(kueue.submit(gang("late", 4))).toEqual(["late a"]));
    expect(back).toEqual(["late out InClusterQueue"]);
  });

  test("the lowest priority goes first, then who was admitted last, and no more than has to", () => {
    const kueue = new Kueue(one(policies("LowerPriority")));
    kueue.submit(gang("early", 2), gang("low", 2, low));
    kueue.submit(gang("late", 2), gang("high", 2, { priority: 5 }));
    expect(kueue.submit(gang("urgent", 4, urgent))).toEqual(["low out InClusterQueue", "late out InClusterQueue"]);
  });

  test("whoever turns out not to be needed stays: those taken first are given back last", () => {
    const kueue = new Kueue(one(policies("LowerPriority")));
    kueue.submit(gang("small", 2, low), gang("large", 6));
    // Both go until it fits; with the large one gone the small one can stay.
    expect(kueue.submit(gang("urgent", 6, urgent))).toEqual(["large out InClusterQueue"]);
  });

  test("nobody goes for a workload that would not fit even then", () => {
    const kueue = new Kueue(one(policies("LowerPriority")));
    kueue.submit(gang("low", 2, low), gang("high", 6, { priority: 20 }));
    expect(kueue.submit(gang("urgent", 4, urgent))).toEqual([]);
  });

  test("a preemptor stays the head until those that it preempts are gone, and they are told once", () => {
    const kueue = new Kueue(one(policies("LowerPriority")));
    kueue.submit(gang("x", 4), gang("y", 2, { priority: 5 }));
    expect(kueue.submit(gang("urgent", 6, urgent))).toEqual(["x out InClusterQueue"]);
    // There is quota for it, but not beside what the preemptor will take.
    expect(kueue.submit(gang("small", 2))).toEqual([]);
    expect(kueue.submit(gang("more", 1, { priority: 5 }))).toEqual([]);
    expect(kueue.gone("x")).toEqual(["urgent a"]);
    expect(kueue.end("y")).toEqual(["more a"]);
  });
});

describe("within a cohort", () => {
  const cohort = (
    mine: Partial<ClusterQueue["preemption"]>,
    quotas: [number, number] = [8, 8],
    rest: Partial<ClusterQueue["flavors"][number]> = {},
  ) =>
    new Kueue({
      nodegroups: groups(1),
      clusterQueues: [
        {
          name: "queue",
          cohort: "c",
          flavors: [{ ...quota("a", quotas[0]), ...rest }],
          preemption: { ...policies("LowerPriority"), ...mine },
        },
        { name: "peer", cohort: "c", flavors: [quota("a", quotas[1])] },
      ],
    });

  test("a queue takes back what others borrow of its quota, by priority or from anybody", () => {
    for (const [reclaimWithinCohort, victims] of [
      ["Never", []],
      ["LowerPriority", ["second out InCohortReclamation"]],
      ["Any", ["second out InCohortReclamation"]],
    ] as const) {
      const kueue = cohort({ reclaimWithinCohort });
      kueue.submit(
        gang("first", 8, { ...peer, ...low }),
        gang("second", 4, { ...peer, ...low }),
        gang("third", 4, peer),
      );
      expect(kueue.submit(gang("mine", 4))).toEqual(victims);
    }
    const byPriority = cohort({ reclaimWithinCohort: "LowerPriority" });
    byPriority.submit(gang("equal", 16, peer));
    expect(byPriority.submit(gang("mine", 4))).toEqual([]);
    const anybody = cohort({ reclaimWithinCohort: "Any" });
    anybody.submit(gang("higher", 16, { ...peer, ...urgent }));
    expect(anybody.submit(gang("mine", 4))).toEqual(["higher out InCohortReclamation"]);
  });

  test("a queue that uses no more than its own quota loses nothing", () => {
    const kueue = cohort({ reclaimWithinCohort: "Any" });
    kueue.submit(gang("theirs", 8, { ...peer, ...low }), gang("own", 8));
    expect(kueue.submit(gang("mine", 4, urgent))).toEqual(["own out InClusterQueue"]);
  });

  test("those that borrow go before the preemptor's own, and only while their queue borrows", () => {
    const kueue = cohort({ reclaimWithinCohort: "Any" }, [8, 4]);
    kueue.submit(gang("own", 4, low), gang("t1", 4, peer), gang("t2", 4, peer));
    // Once t2 is gone the peer is within its quota: t1 stays, and the queue's own goes.
    expect(kueue.submit(gang("mine", 8, urgent))).toEqual(["t2 out InCohortReclamation", "own out InClusterQueue"]);
  });

  test("a workload that would borrow preempts others only where borrowWithinCohort lets it", () => {
    const demand = [gang("own", 8, urgent), gang("theirs", 8, { ...peer, ...low })];
    const plain = cohort({ reclaimWithinCohort: "Any" }, [8, 6]);
    plain.submit(gang("own", 8, urgent), gang("t1", 4, { ...peer, ...low }));
    expect(plain.submit(gang("mine", 6, { priority: 5 }))).toEqual([]);
    for (const [maxPriorityThreshold, expected] of [
      [-20, []],
      [-10, ["theirs out InCohortReclaimWhileBorrowing"]],
      [undefined, ["theirs out InCohortReclaimWhileBorrowing"]],
    ] as const) {
      const kueue = cohort(
        {
          reclaimWithinCohort: "LowerPriority",
          borrowWithinCohort: { policy: "LowerPriority", maxPriorityThreshold },
        },
        [10, 6],
      );
      kueue.submit(...demand);
      // Two of its six are its own quota: theirs goes beyond its own by two.
      expect(kueue.submit(gang("mine", 6, { priority: 5 }))).toEqual(expected);
    }
  });

  test("quota that a peer does not lend cannot be reclaimed, since it was never borrowed", () => {
    const kueue = new Kueue({
      clusterQueues: [
        { name: "queue", cohort: "c", flavors: [quota("a", 4)], preemption: policies("Never", "Any") },
        { name: "peer", cohort: "c", flavors: [{ ...quota("a", 4), lendingLimit: 1 }] },
      ],
    });
    expect(kueue.submit(gang("x", 5))).toEqual(["x a +1"]);
    expect(kueue.submit(gang("y", 1))).toEqual([]);
    expect(kueue.submit(gang("theirs", 3, peer))).toEqual(["theirs a"]);
  });
});

test("in a tree of cohorts, a cohort takes back what its own quota covers, and cohorts within theirs lose nothing", () => {
  const kueue = new Kueue({
    nodegroups: [{ nodes: 3 }],
    cohorts: [{ name: "root" }, { name: "left", parent: "root" }, { name: "right", parent: "root" }],
    clusterQueues: [
      { name: "queue", cohort: "left", flavors: [quota("a", 2)], preemption: policies("Never", "Any") },
      { name: "sister", cohort: "left", flavors: [quota("a", 6)] },
      { name: "far", cohort: "right", flavors: [quota("a", 4)] },
      { name: "next", cohort: "right", flavors: [quota("a", 4)] },
    ],
  });
  // "far" goes beyond its own quota within right's at first, then right beyond its own with t2.
  kueue.submit(gang("t1", 6, { clusterQueue: "far" }), gang("t2", 6, { clusterQueue: "next" }));
  // Six are more than the queue's own two, but not than left's eight: it may reclaim them from right, the newest first.
  expect(kueue.submit(gang("mine", 6))).toEqual(["t2 out InCohortReclamation"]);
});

describe("flavorFungibility", () => {
  const two = (
    flavorFungibility: ClusterQueue["flavorFungibility"],
    flavors = [quota("a", 4), quota("b", 4)],
    rest = {},
  ) =>
    new Kueue({
      nodegroups: groups(2),
      clusterQueues: [
        { name: "queue", cohort: "c", flavors, preemption: policies("LowerPriority"), flavorFungibility, ...rest },
        { name: "peer", cohort: "c", flavors: [quota("a", 4)] },
      ],
    });
  const byDefault = { whenCanBorrow: "MayStopSearch", whenCanPreempt: "TryNextFlavor" } as const;

  test("tries the next flavor before it preempts, unless told to stop", () => {
    for (const [whenCanPreempt, expected] of [
      ["TryNextFlavor", ["urgent b"]],
      ["MayStopSearch", ["x out InClusterQueue"]],
    ] as const) {
      const kueue = two({ ...byDefault, whenCanPreempt });
      kueue.submit(gang("theirs", 4, peer), gang("x", 4, low));
      expect(kueue.submit(gang("urgent", 4, urgent))).toEqual(expected);
    }
  });

  test("borrows before it tries the next flavor, unless told to try", () => {
    for (const [whenCanBorrow, expected] of [
      ["MayStopSearch", ["y a +4"]],
      ["TryNextFlavor", ["y b"]],
    ] as const) {
      const kueue = two({ ...byDefault, whenCanBorrow });
      kueue.submit(gang("x", 4));
      expect(kueue.submit(gang("y", 4))).toEqual(expected);
    }
  });

  test("of flavors that all have to be preempted takes one that only others have to leave", () => {
    const kueue = two(byDefault, [quota("b", 4), quota("a", 4)], { preemption: policies("LowerPriority", "Any") });
    expect(kueue.submit(gang("own", 4, low), gang("t1", 4, peer), gang("t2", 4, peer))).toEqual([
      "t1 a",
      "own b",
      "t2 a +4",
    ]);
    expect(kueue.submit(gang("urgent", 4, urgent))).toEqual(["t2 out InCohortReclamation"]);
  });
});

describe("whatever the tree of quota", () => {
  const limit = fc.option(fc.nat(6), { nil: undefined });
  const anyLimits = fc.record({ nominalQuota: fc.nat(8), borrowingLimit: limit, lendingLimit: limit });
  const anyQueue = fc.record({
    gpus: anyLimits,
    cpus: anyLimits,
    holdings: fc.array(fc.record({ gpus: fc.nat(4), cpus: fc.nat(4), priority: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 5,
    }),
  });
  const anyTree = fc.record({
    left: fc.array(anyQueue, { minLength: 1, maxLength: 3 }),
    right: fc.array(anyQueue, { maxLength: 2 }),
    deep: fc.boolean(),
    /** Whether there is quota on cores, too. */
    both: fc.boolean(),
    gpus: fc.integer({ min: 1, max: 10 }),
    cpus: fc.integer({ min: 1, max: 10 }),
    priority: fc.integer({ min: 0, max: 2 }),
    policies: fc.record({
      withinClusterQueue: fc.constantFrom(
        "Never" as const,
        "LowerPriority" as const,
        "LowerOrNewerEqualPriority" as const,
      ),
      reclaimWithinCohort: fc.constantFrom("Never" as const, "LowerPriority" as const, "Any" as const),
      borrowWithinCohort: fc.constantFrom(undefined, { policy: "LowerPriority" as const, maxPriorityThreshold: 0 }),
    }),
  });

  test("the targets make room, none of them needlessly, and quota is as before", () => {
    const preempted = { gpus: 0, cpus: 0, both: 0 };
    fc.assert(
      fc.property(anyTree, ({ left, right, deep, both, gpus, cpus, priority, policies }) => {
        const resources = both ? (["gpus", "cpus"] as const) : (["gpus"] as const);
        const root = new Sharer(undefined, "cohort");
        for (const resource of resources) root.addQuota({ flavor: "a", resource }, { nominalQuota: 1 });
        const cohort = deep ? new Sharer(root, "cohort") : root;
        const queues = [...left, ...right].map((_, i) => new Sharer(i < left.length ? cohort : root, "ClusterQueue"));
        [...left, ...right].forEach((limits, i) => {
          for (const resource of resources) queues[i]!.addQuota({ flavor: "a", resource }, limits[resource]);
        });
        root.gather();
        const asks = (queue: Sharer, amounts: { gpus: number; cpus: number }): Ask[] =>
          resources.flatMap((resource) =>
            amounts[resource] === 0
              ? []
              : [{ flavor: "a", resource, node: queue.quota({ flavor: "a", resource })!, amount: amounts[resource] }],
          );
        let id = 0;
        [...left, ...right].forEach(({ holdings }, i) => {
          const queue = queues[i]!;
          for (const { priority, ...amounts } of holdings) {
            const request = asks(queue, amounts);
            if (!fits(request)) continue;
            const [workload] = workloads([{ priority, createdMs: id }]);
            take(request);
            const holding = { workload: { ...workload!, id }, queue, request, reservedMs: id, leaving: id % 7 === 3 };
            queue.holdings.set(id++, holding);
          }
        });
        const usages = () =>
          [root, cohort, ...queues].map((one) =>
            resources.map((resource) => one.quota({ flavor: "a", resource })?.usage),
          );
        const before = usages();
        const queue = queues[0]!;
        const request = asks(queue, { gpus, cpus });
        const lacking = request.filter((ask) => !fits([ask]));
        if (lacking.length === 0) return;
        const targets = findTargets({ queue, request, lacking, priority, policies, sinceMs: 2 });
        expect(usages()).toEqual(before);
        if (targets.length === 0) return;
        preempted[lacking.length > 1 ? "both" : (lacking[0]!.resource as "gpus" | "cpus")]++;

        const holdsSome = ({ request: held }: Holding) =>
          held.some(({ resource }) => lacking.some((ask) => ask.resource === resource));
        for (const { holding } of targets) expect(holdsSome(holding)).toBe(true);
        const isOwn = () => !request.some(({ node, amount }) => node.borrowsWith(amount));
        const enough = (borrowing: boolean) => fits(request) && (borrowing || isOwn());
        for (const { holding } of targets) giveBack(holding.request);
        const needless = (borrowing: boolean) =>
          targets.filter(({ holding }) => {
            take(holding.request);
            const stillFits = enough(borrowing);
            giveBack(holding.request);
            return stillFits;
          });
        // It was looked for with or without letting the preemptor borrow.
        expect([true, false].some((borrowing) => enough(borrowing) && needless(borrowing).length === 0)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    for (const count of Object.values(preempted)) expect(count).toBeGreaterThan(20);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ScenarioInput } from "../scenario/schema.js";
import { gang, Kueue, quota } from "../testing/kueue.js";
import { small, workloads } from "../testing/scenario.js";
import { FairSharing } from "./fair-sharing.js";
import { fits, giveBack, take } from "./quota.js";
import { QuotaTree } from "./quota-tree.js";
import { compareShares } from "./share.js";
import type { Sharer } from "./sharer.js";

type Strategies = NonNullable<NonNullable<ScenarioInput["fairSharing"]>["preemptionStrategies"]>;
type QueueInput = ScenarioInput["clusterQueues"][number];

const takesAny = { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Any" } as const;
const low = { priority: -1 };
const of = (clusterQueue: string, rest = {}) => ({ clusterQueue, ...rest });

/** A ClusterQueue that may preempt anybody who borrows. */
const queue = (name: string, nominalQuota: number, rest: Partial<QueueInput> = {}): QueueInput => ({
  name,
  cohort: "all",
  flavors: [quota("a", nominalQuota)],
  preemption: takesAny,
  ...rest,
});
const weigh = (weight: number) => ({ fairSharing: { weight } });

/** `count` workloads of one GPU: prefix1, prefix2 … */
const units = (prefix: string, clusterQueue: string, count: number, rest = {}) =>
  Array.from({ length: count }, (_, i) => gang(`${prefix}${i + 1}`, 1, of(clusterQueue, rest)));

function fair(
  clusterQueues: QueueInput[],
  preemptionStrategies?: Strategies,
  cohorts: ScenarioInput["cohorts"] = [],
): Kueue {
  const fairSharing = preemptionStrategies ? { preemptionStrategies } : {};
  return new Kueue({ nodegroups: [{ nodes: 50 }], clusterQueues, cohorts, fairSharing });
}

/** Three ClusterQueues of 3 GPUs, of which each may borrow all 9. */
const three = (strategies?: Strategies) => fair([queue("a", 3), queue("b", 3), queue("c", 3)], strategies);

/** Lets whoever is told to go be gone, until nobody is: at most so many times. */
function settle(kueue: Kueue, said: readonly string[], most = 200): void {
  let last = said;
  for (let turn = 0; turn < most; turn++) {
    const out = last.filter((one) => one.includes(" out ")).map((one) => one.split(" ")[0]!);
    if (out.length === 0) return;
    last = kueue.gone(...out);
  }
  throw new Error(`preemption went on after ${most} turns`);
}

// After Kueue's own tests of its fair preemption (preemption_fair_test.go), worked out anew by hand: of equal workloads
// the last admitted goes first, where Kueue's tests admit all at once and go by name.
describe("among ClusterQueues of one cohort", () => {
  test("a ClusterQueue takes its own quota back from the one that borrows most", () => {
    const kueue = three();
    kueue.submit(...units("a", "a", 3), ...units("b", "b", 5), ...units("c", "c", 1));
    expect(kueue.submit(gang("mine", 1, of("c")))).toEqual(["b5 out InCohortReclamation"]);
  });

  test("beyond its own quota, a ClusterQueue preempts only who would still have at least as much", () => {
    const kueue = three();
    kueue.submit(...units("a", "a", 3), ...units("b", "b", 5), ...units("c", "c", 1));
    // With one more a would have 1 beyond its own, b 1 without b5.
    expect(kueue.submit(gang("one", 1, of("a")))).toEqual(["b5 out InCohortFairSharing"]);
    const other = three();
    other.submit(...units("a", "a", 3), ...units("b", "b", 5), ...units("c", "c", 1));
    // With two more a would have 2, as b has with all of its own.
    expect(other.submit(gang("two", 2, of("a")))).toEqual([]);
  });

  test("nobody within its own quota loses anything", () => {
    const kueue = three();
    kueue.submit(...units("a", "a", 3), ...units("b", "b", 3), ...units("c", "c", 3));
    expect(kueue.submit(gang("more", 1, of("c", { priority: 100 })))).toEqual(["c3 out InClusterQueue"]);
    const equal = three();
    equal.submit(...units("a", "a", 3), ...units("b", "b", 3), ...units("c", "c", 3));
    expect(equal.submit(gang("more", 1, of("c")))).toEqual([]);
  });

  test("one of each goes where each borrows as much", () => {
    const kueue = three();
    kueue.submit(
      ...["a", "b"].flatMap((name) => [gang(`${name}1`, 3, of(name)), gang(`${name}2`, 1, of(name))]),
      gang("rest", 1, of("a")),
    );
    kueue.end("rest");
    expect(kueue.submit(gang("mine", 3, of("c")))).toEqual([
      "b2 out InCohortReclamation",
      "a2 out InCohortReclamation",
    ]);
  });

  test("the own workloads go by priority where it has most itself, and the rest by shares", () => {
    const kueue = three();
    kueue.submit(...units("low", "a", 1, low), ...units("a", "a", 2), ...units("b", "b", 6));
    // With two more a would have 2 beyond its own, b has 3. Without b6 both have 2: then a's own goes.
    expect(kueue.submit(gang("two", 2, of("a")))).toEqual(["b6 out InCohortFairSharing", "low1 out InClusterQueue"]);
  });

  test("a gang so large that nobody else gets anything goes in the end, by LessThanInitialShare alone", () => {
    for (const [strategies, expected] of [
      [undefined, ["huge out InCohortFairSharing"]],
      [["LessThanInitialShare"], ["huge out InCohortFairSharing"]],
      [["LessThanOrEqualToFinalShare"], []],
    ] as const) {
      const kueue = three(strategies && [...strategies]);
      kueue.submit(gang("a1", 3, of("a")), gang("huge", 6, of("b")));
      // 1 against 3 with the huge one, 0 without.
      expect(kueue.submit(gang("one", 1, of("a")))).toEqual(expected);
    }
  });

  test("LessThanInitialShare takes the lowest priority, LessThanOrEqualToFinalShare whoever leaves the other most", () => {
    for (const [strategy, expected] of [
      ["LessThanInitialShare", "low out InCohortFairSharing"],
      ["LessThanOrEqualToFinalShare", "high out InCohortFairSharing"],
    ] as const) {
      const kueue = three([strategy]);
      kueue.submit(gang("a1", 3, of("a")), gang("low", 5, of("b")), gang("high", 1, of("b", { priority: 1 })));
      expect(kueue.submit(gang("one", 1, of("a")))).toEqual([expected]);
    }
  });

  test("the weight says how much more of it one may have", () => {
    const kueue = fair([queue("a", 3, weigh(2)), queue("b", 3), queue("c", 3)]);
    kueue.submit(...units("a", "a", 3), ...units("b", "b", 6));
    // 2 over 2 is 1, which is less than b's 3, 2 without b6, 1 without b5.
    expect(kueue.submit(gang("two", 2, of("a")))).toEqual(["b6 out InCohortFairSharing", "b5 out InCohortFairSharing"]);
  });

  test("weight 0 loses all that it borrows to others, nothing of its own, and may not preempt to borrow", () => {
    const nothing = () => fair([queue("a", 3), queue("b", 3, weigh(0)), queue("c", 3)]);
    const kueue = nothing();
    kueue.submit(...units("a", "a", 3), ...units("b", "b", 6));
    expect(kueue.submit(gang("all", 3, of("a")))).toEqual(
      ["b6", "b5", "b4"].map((b) => `${b} out InCohortFairSharing`),
    );
    const within = nothing();
    within.submit(...units("a", "a", 6), ...units("b", "b", 3));
    expect(within.submit(gang("more", 1, of("b")))).toEqual([]);
    expect(within.submit(gang("own", 1, of("a")))).toEqual([]);
  });

  test("weight 0 takes its own quota back", () => {
    const kueue = fair([queue("a", 1, weigh(0)), queue("b", 0)]);
    kueue.submit(gang("b1", 1, of("b")));
    expect(kueue.submit(gang("mine", 1, of("a")))).toEqual(["b1 out InCohortReclamation"]);
  });

  test("by priority alone, where reclaimWithinCohort is LowerPriority", () => {
    const mine = { preemption: { ...takesAny, reclaimWithinCohort: "LowerPriority" as const } };
    const kueue = fair([queue("a", 3, mine), queue("b", 3), queue("c", 3)]);
    kueue.submit(...units("a", "a", 3), ...units("low", "b", 1, low), ...units("b", "b", 5));
    expect(kueue.submit(gang("one", 1, of("a")))).toEqual(["low1 out InCohortFairSharing"]);
  });

  test("without a cohort, the own workloads of lower priority go", () => {
    const kueue = fair([
      { name: "queue", flavors: [quota("a", 4)], preemption: { withinClusterQueue: "LowerPriority" } },
    ]);
    kueue.submit(gang("low", 4, low));
    expect(kueue.submit(gang("high", 4))).toEqual(["low out InClusterQueue"]);
    expect(kueue.gone("low")).toEqual(["high a"]);
  });
});

test("a ClusterQueue takes its own quota of a flavor back though it borrows much of another", () => {
  const kueue = new Kueue({
    nodegroups: [{}, {}],
    fairSharing: {},
    clusterQueues: [
      {
        ...queue("a", 3),
        flavors: [quota("a", 3), quota("b", 0)],
        flavorFungibility: { whenCanPreempt: "MayStopSearch" },
      },
      { ...queue("b", 0), flavors: [quota("a", 0), quota("b", 6)] },
    ],
  });
  expect(kueue.submit(gang("theirs", 1, of("b")), gang("own", 2, of("a")), gang("loan", 5, of("a")))).toEqual([
    "own a",
    "theirs a +1",
    "loan b +5",
  ]);
  expect(kueue.submit(gang("mine", 1, of("a")))).toEqual(["theirs out InCohortReclamation"]);
});

describe("in a tree of cohorts", () => {
  test("sides are weighed level by level, each against what stands beside it", () => {
    // After "hierarchical preemption" of Kueue's tests: usage, own quota and quota with that of those below are
    //   root 20, 5, 20; left 5, 5, 7, of a 0 and b 5; c 5; right 10, 5, 7, of d 5 and e 5; each ClusterQueue has 1.
    const plain = { cohort: "left", preemption: { reclaimWithinCohort: "Any" as const } };
    const kueue = fair(
      [
        queue("a", 1, { ...plain, ...weigh(2) }),
        queue("b", 1, plain),
        queue("c", 1, { ...plain, cohort: "root" }),
        queue("d", 1, { ...plain, cohort: "right" }),
        queue("e", 1, { ...plain, cohort: "right", ...weigh(0.99) }),
      ],
      undefined,
      [
        { name: "root", flavors: [{ name: "a", nominalQuota: 5 }] },
        { name: "left", parent: "root", flavors: [{ name: "a", nominalQuota: 5 }], ...weigh(2) },
        { name: "right", parent: "root", flavors: [{ name: "a", nominalQuota: 5 }] },
      ],
    );
    for (const name of ["b", "c", "d", "e"])
      kueue.submit(...[1, 2, 3, 4, 5].map((i) => gang(`${name}${i}`, 1, of(name, { priority: i }))));
    expect(kueue.submit(gang("five", 5, of("a"))).toSorted()).toEqual(
      ["b1", "b2", "c1", "c2", "e1"].map((name) => `${name} out InCohortFairSharing`),
    );
  });

  test("who borrows within a cohort that does not is left alone", () => {
    const kueue = fair(
      [queue("a", 5, { cohort: "root", ...weigh(10) }), queue("b", 0, { cohort: "right", ...weigh(0.1) })],
      undefined,
      [{ name: "root" }, { name: "right", parent: "root", flavors: [{ name: "a", nominalQuota: 1 }], ...weigh(0.1) }],
    );
    kueue.submit(...units("a", "a", 3, low), gang("b1", 1, of("b")));
    expect(kueue.submit(gang("five", 5, of("a"))).toSorted()).toEqual(
      ["a1", "a2", "a3"].map((name) => `${name} out InClusterQueue`),
    );
  });

  test("who borrows within a cohort that does not has nothing that others could take back", () => {
    const byPriority = { reclaimWithinCohort: "LowerPriority" as const };
    const kueue = fair(
      [
        queue("a", 2, { cohort: "root", preemption: byPriority }),
        queue("b", 0, { cohort: "right" }),
        queue("c", 0, { cohort: "root" }),
      ],
      undefined,
      [{ name: "root" }, { name: "right", parent: "root", flavors: [{ name: "a", nominalQuota: 1 }] }],
    );
    kueue.submit(gang("b1", 1, of("b", low)), gang("c1", 2, of("c")));
    // It is c that has a's quota, and it may not be preempted.
    expect(kueue.submit(gang("mine", 1, of("a")))).toEqual([]);
  });

  test("within a cohort that borrows nothing, one takes back what another has of it, or makes its own go", () => {
    const inside = { cohort: "left" };
    const world = (preemption: QueueInput["preemption"]) =>
      fair(
        [queue("a", 4, { ...inside, preemption }), queue("b", 4, inside), queue("c", 4, { cohort: "root" })],
        undefined,
        [{ name: "root" }, { name: "left", parent: "root" }],
      );
    const demand = [...units("low", "a", 2, low), ...units("b", "b", 6)];
    for (const [reclaimWithinCohort, expected] of [
      ["Any", ["b6 out InCohortReclamation"]],
      ["Never", ["low2 out InClusterQueue"]],
    ] as const) {
      const kueue = world({ withinClusterQueue: "LowerPriority", reclaimWithinCohort });
      kueue.submit(...demand, gang("c1", 4, of("c")));
      expect(kueue.submit(gang("mine", 1, of("a")))).toEqual(expected);
    }
  });

  test("of a cohort and a ClusterQueue with equal shares, the cohort loses first", () => {
    const kueue = fair(
      [queue("a", 2, { cohort: "root" }), queue("b", 0, { cohort: "inner" }), queue("c", 0, { cohort: "root" })],
      undefined,
      [{ name: "root" }, { name: "inner", parent: "root" }],
    );
    kueue.submit(gang("b1", 1, of("b")));
    kueue.submit(gang("c1", 1, of("c", low)));
    expect(kueue.submit(gang("mine", 1, of("a")))).toEqual(["b1 out InCohortReclamation"]);
  });

  test("a side is found however deep it lies, and weighed by the cohort just below the common one", () => {
    const chain = (name: string, weight: number) => [
      { name, parent: "root", ...weigh(weight) },
      { name: `${name}${name}`, parent: name },
    ];
    const kueue = fair([queue("a", 0, { cohort: "xx" }), queue("b", 0, { cohort: "yy" })], undefined, [
      { name: "root", flavors: [{ name: "a", nominalQuota: 1 }] },
      ...chain("x", 1.01),
      ...chain("y", 0.99),
    ]);
    kueue.submit(gang("b1", 1, of("b")));
    expect(kueue.submit(gang("a1", 1, of("a")))).toEqual(["b1 out InCohortFairSharing"]);
    kueue.gone("b1");
    // And it does not go back and forth.
    expect(kueue.usage("a", "a")).toBe(1);
  });

  test("shares end as in Story 3 of Kueue's KEP 1714: half to each cohort, within one by weight", () => {
    // A tenth of its 300 GPUs: c1 of 1a, 1b and 1c, which counts three times, and c2 of 2a alone, share cs's 30.
    const kueue = fair(
      [
        queue("spare", 30, { cohort: "cs" }),
        queue("1a", 0, { cohort: "c1" }),
        queue("1b", 0, { cohort: "c1" }),
        queue("1c", 0, { cohort: "c1", ...weigh(3) }),
        queue("2a", 0, { cohort: "c2" }),
      ],
      undefined,
      [{ name: "top" }, ...["cs", "c1", "c2"].map((name) => ({ name, parent: "top" }))],
    );
    settle(kueue, kueue.submit(...["1a", "1b", "1c", "2a"].flatMap((name) => units(`${name}-`, name, 40))));
    expect(["1a", "1b", "1c", "2a"].map((name) => kueue.usage(name, "a"))).toEqual([3, 3, 9, 15]);
  });
});

describe("in a cycle", () => {
  test("the smallest share after admission goes first, before priority and age", () => {
    const kueue = fair([queue("a", 0, { preemption: {} }), queue("b", 0, { preemption: {} }), queue("c", 4)]);
    kueue.submit(gang("a1", 2, of("a")), gang("hold", 2, of("c")));
    kueue.submit(gang("old", 1, of("a", { priority: 9 })), gang("new", 2, of("b")));
    // With them a would have 3, b 2.
    expect(kueue.end("hold")).toEqual(["new a +2"]);
  });

  test("who borrows nothing of the flavor goes before all who do", () => {
    const kueue = new Kueue({
      nodegroups: [{}, {}],
      fairSharing: {},
      clusterQueues: [
        { name: "a", cohort: "all", flavors: [quota("b", 4), quota("a", 0)] },
        { name: "b", cohort: "all", flavors: [quota("b", 0)] },
        { name: "c", cohort: "all", flavors: [quota("a", 8)] },
      ],
    });
    kueue.submit(gang("large", 8, of("a")), gang("hold", 4, of("b")));
    // a borrows 8 of flavor a, b would borrow 1 of flavor b; but of flavor b, a would borrow nothing.
    kueue.submit(gang("theirs", 4, of("b")), gang("mine", 4, of("a")));
    expect(kueue.usage("a", "a")).toBe(8);
    expect(kueue.end("hold")).toEqual(["mine b"]);
  });

  test("cohorts stand for all below them", () => {
    const plain = { preemption: {} };
    const kueue = fair(
      [
        queue("l1", 0, { cohort: "left", ...plain }),
        queue("l2", 0, { cohort: "left", ...plain }),
        queue("r", 0, { cohort: "right", ...plain }),
      ],
      undefined,
      [
        { name: "top", flavors: [{ name: "a", nominalQuota: 10 }] },
        { name: "left", parent: "top" },
        { name: "right", parent: "top" },
      ],
    );
    kueue.submit(gang("l1", 4, of("l1")), gang("r1", 3, of("r")), gang("hold", 3, of("r")));
    // l2 has nothing yet, but left would have 7, right 6.
    kueue.submit(gang("l2", 3, of("l2")), gang("r2", 3, of("r")));
    expect(kueue.end("hold")).toEqual(["r2 a +3"]);
  });

  test("what a preemptor is to get counts for its side already", () => {
    const plain = { preemption: {} };
    const kueue = fair(
      [
        queue("p", 4, { cohort: "left" }),
        queue("x", 0, { cohort: "left", ...plain }),
        queue("y", 0, { cohort: "right", ...plain }),
        queue("z", 4, { cohort: "right", ...plain }),
        queue("far", 0, { cohort: "root", ...plain }),
      ],
      undefined,
      [
        { name: "root", flavors: [{ name: "a", nominalQuota: 2 }] },
        { name: "left", parent: "root" },
        { name: "right", parent: "root", ...weigh(2) },
      ],
    );
    kueue.submit(gang("loan", 4, of("far")), gang("own", 4, of("z")));
    // Without p's four left would not borrow with x's two; with them it has as much as right with y's, at half the weight.
    expect(kueue.submit(gang("x1", 2, of("x")), gang("y1", 2, of("y")), gang("p1", 4, of("p")))).toEqual([
      "loan out InCohortReclamation",
      "y1 a +2",
    ]);
  });
});

describe("whatever the quota and who holds it", () => {
  const anyQueue = fc.record({
    nominalQuota: fc.nat(6),
    weight: fc.constantFrom(1, 2, 0.5, 0),
    inside: fc.boolean(),
    borrowingLimit: fc.option(fc.nat(6), { nil: undefined }),
    lendingLimit: fc.option(fc.nat(3), { nil: undefined }),
    holdings: fc.array(fc.record({ gpus: fc.integer({ min: 1, max: 4 }), priority: fc.nat(2) }), { maxLength: 5 }),
  });
  const anyWorld = fc.record({
    queues: fc.array(anyQueue, { minLength: 2, maxLength: 5 }),
    /** Whether those inside have a cohort of their own, below the common one. */
    deep: fc.boolean(),
    gpus: fc.integer({ min: 1, max: 8 }),
    strategies: fc.constantFrom<Strategies>(
      ["LessThanOrEqualToFinalShare"],
      ["LessThanInitialShare"],
      ["LessThanOrEqualToFinalShare", "LessThanInitialShare"],
    ),
    withinClusterQueue: fc.constantFrom("Never" as const, "LowerPriority" as const),
  });

  test("targets make room, none needlessly, all borrow, and the preemptor ends with less than they had", () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(anyWorld, ({ queues, deep, gpus, strategies, withinClusterQueue }) => {
        const scenario = small({
          nodegroups: [{ nodes: 50 }],
          fairSharing: { preemptionStrategies: strategies },
          cohorts: [
            { name: "root", flavors: [{ name: "a", nominalQuota: 1 }] },
            { name: "inside", parent: "root" },
          ],
          clusterQueues: queues.map(({ nominalQuota, weight, inside, borrowingLimit, lendingLimit }, i) => ({
            name: `q${i}`,
            cohort: deep && inside ? "inside" : "root",
            fairSharing: { weight },
            flavors: [
              {
                name: "a",
                nominalQuota,
                ...(borrowingLimit === undefined ? {} : { borrowingLimit }),
                ...(lendingLimit === undefined ? {} : { lendingLimit: Math.min(lendingLimit, nominalQuota) }),
              },
            ],
          })),
        });
        const of = { flavor: "a", resource: "gpus" } as const;
        const tree = new QuotaTree(scenario);
        const sharers = scenario.clusterQueues.map(({ name }) => tree.queue(name));
        const nodes = sharers.map((queue) => queue.quota(of)!);
        const ask = (i: number, amount: number) => [{ ...of, node: nodes[i]!, amount }];
        const sharing = new FairSharing(strategies);
        let id = 0;
        queues.forEach(({ holdings }, i) => {
          const queue = sharers[i]!;
          for (const { gpus: held, priority } of holdings) {
            const request = ask(i, held);
            if (!fits(request)) continue;
            const [workload] = workloads([{ priority, createdMs: id }]);
            take(request);
            queue.holdings.set(id, { workload: { ...workload!, id }, queue, request, reservedMs: id, leaving: false });
            id++;
          }
        });
        const usages = () => sharers.map(({ path }) => path.map((one) => one.quota(of)!.usage));
        const before = usages();
        const [queue] = sharers as [Sharer];
        const request = ask(0, gpus);
        if (fits(request)) return;
        const policies = { withinClusterQueue, reclaimWithinCohort: "Any" as const };
        const targets = sharing.findTargets({ queue, request, lacking: request, priority: 1, sinceMs: 0, policies });
        expect(usages()).toEqual(before);
        if (targets.length === 0) return;
        for (const { reason } of targets) met.set(reason, (met.get(reason) ?? 0) + 1);

        const lent = queue.root.quota(of)!.quota;
        const share = (i: number, more = 0) => ({
          borrowed: (Math.max(0, nodes[i]!.usage + more - nodes[i]!.quota) * 1000) / lent,
          weight: queues[i]!.weight,
        });
        const had = queues.map((_, i) => share(i));
        for (const { holding } of targets) expect(holding.queue === queue || holding.queue.exceeds([of])).toBe(true);
        for (const { holding } of targets) giveBack(holding.request);
        expect(fits(request)).toBe(true);
        for (const { holding, reason } of targets) {
          take(holding.request);
          expect(fits(request)).toBe(false);
          giveBack(holding.request);
          if (reason === "InCohortReclamation") expect(nodes[0]!.borrowsWith(gpus)).toBe(false);
          if (reason === "InClusterQueue") expect(holding.workload.priority).toBeLessThan(1);
          // Its own workloads that are given back afterwards raise its share again, and so do those of its cohort.
          if (reason !== "InCohortFairSharing" || deep || withinClusterQueue !== "Never") continue;
          const mine = share(0, gpus);
          const its = sharers.indexOf(holding.queue);
          expect(compareShares(mine, had[its]!)).toBeLessThan(0);
          if (strategies.length === 1 && strategies[0] === "LessThanOrEqualToFinalShare")
            expect(compareShares(mine, share(its))).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 3_000 },
    );
    for (const reason of ["InClusterQueue", "InCohortReclamation", "InCohortFairSharing"])
      expect(met.get(reason)).toBeGreaterThan(50);
  });
});

describe("whatever the demand", () => {
  const size = fc.integer({ min: 1, max: 3 });
  const anyQueue = fc.record({ nominal: fc.nat(4), weight: fc.constantFrom(1, 2, 3, 0.5) });

  test("no ClusterQueue ends with more of what is borrowed than its weight lets it, up to one workload", () => {
    fc.assert(
      fc.property(fc.array(anyQueue, { minLength: 2, maxLength: 4 }), size, fc.boolean(), (queues, gpus, together) => {
        const names = queues.map((_, i) => `q${i}`);
        const kueue = fair(
          queues.map(({ nominal, weight }, i) => queue(names[i]!, nominal * gpus, weigh(weight))),
          undefined,
          [{ name: "all", flavors: [{ name: "a", nominalQuota: 6 * gpus }] }],
        );
        const all = 6 + queues.reduce((sum, { nominal }) => sum + nominal, 0);
        const backlogs = names.map((name) =>
          Array.from({ length: all + 1 }, (_, i) => gang(`${name}-${i}`, gpus, of(name))),
        );
        if (together) settle(kueue, kueue.submit(...backlogs.flat()));
        else for (const backlog of backlogs) settle(kueue, kueue.submit(...backlog));
        const used = names.map((name) => kueue.usage(name, "a") / gpus);
        expect(used.reduce((sum, n) => sum + n, 0)).toBe(all);
        queues.forEach(({ nominal, weight }, i) => {
          expect(used[i]).toBeGreaterThanOrEqual(nominal);
          queues.forEach((other, j) => {
            const borrowed = used[i]! - nominal;
            if (borrowed > 0)
              expect(borrowed / weight).toBeLessThanOrEqual((used[j]! - other.nominal + 1) / other.weight);
          });
        });
      }),
      { numRuns: 60 },
    );
  });
});

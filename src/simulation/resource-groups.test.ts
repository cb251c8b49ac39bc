import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterQueue, Scenario, ScenarioInput } from "../scenario/schema.js";
import { isTopologyAware } from "../scenario/topology.js";
import { anyScenario } from "../testing/any-scenario.js";
import { gang, groups, Kueue, quota } from "../testing/kueue.js";
import { hours, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { runSimulation } from "./simulate.js";

type QueueInput = ScenarioInput["clusterQueues"][number];

/** A flavor with quota on GPUs and cores. */
const both = (name: string, gpus: number, cpus: number, more: { borrowingLimit?: number } = {}) => ({
  ...quota(name, gpus),
  cpus: { nominalQuota: cpus, ...more },
});
/** One pod of so many GPUs and cores. */
const pod = (name: string, gpus: number, cpus: number, rest: WorkloadInput = {}): WorkloadInput =>
  gang(name, gpus, { cpusPerPod: cpus, ...rest });
const one = (rest: Partial<QueueInput> = {}) =>
  new Kueue({ nodegroups: groups(2), clusterQueues: [{ name: "queue", flavors: [both("a", 8, 64)], ...rest }] });
const inCohort = (mine: Partial<QueueInput>, its: Partial<QueueInput>, rest: SmallInput = {}) =>
  new Kueue({
    ...rest,
    nodegroups: groups(2),
    clusterQueues: [
      { name: "queue", cohort: "c", ...mine },
      { name: "peer", cohort: "c", ...its },
    ],
  });
const lowerPriority: ClusterQueue["preemption"] = { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Never" };
const reclaiming: ClusterQueue["preemption"] = { withinClusterQueue: "Never", reclaimWithinCohort: "Any" };
const peer = { clusterQueue: "peer" };
const urgent = { priority: 10 };
const low = { priority: -10 };

/** Flavors "small" and "large" that cover all nodes, beside a and b. */
const flavorsApart = {
  nodegroups: groups(2),
  resourceFlavors: [
    ...["a", "b"].map((name) => ({ name, nodeLabels: { "eks.amazonaws.com/nodegroup": name } })),
    { name: "small", nodeLabels: {} },
    { name: "large", nodeLabels: {} },
  ],
};
const cores = (name: string, nominalQuota: number) => ({ name, cpus: { nominalQuota } });

describe("quota on several resources", () => {
  test("is all to be had at once: out of cores, a queue with free GPUs lets in only what asks for few", () => {
    const kueue = one();
    expect(kueue.submit(pod("x", 2, 48), pod("y", 2, 17), pod("z", 2, 16))).toEqual(["x a", "z a"]);
    expect(kueue.submit(pod("none", 1, 0))).toEqual(["none a"]);
    expect(kueue.end("x")).toEqual(["y a"]);
    expect([kueue.usage("queue", "a"), kueue.usage("queue", "a", "cpus")]).toEqual([5, 33]);
    kueue.end("y", "z", "none");
    expect([kueue.usage("queue", "a"), kueue.usage("queue", "a", "cpus")]).toEqual([0, 0]);
  });

  test("counts memory as well, in GiB", () => {
    const kueue = one({ flavors: [{ ...both("a", 8, 64), memoryGiB: { nominalQuota: 100 } }] });
    const of = (memoryGiBPerPod: number) => ({ memoryGiBPerPod });
    expect(kueue.submit(pod("x", 1, 8, of(60.5)), pod("y", 1, 8, of(40)), pod("z", 1, 8, of(39.5)))).toEqual([
      "x a",
      "z a",
    ]);
    expect(kueue.usage("queue", "a", "memoryGiB")).toBe(100);
  });

  test("lets a Job in with as many pods as all of its resources allow", () => {
    const job = { pods: 4, minPods: 1 };
    expect(one({ flavors: [both("a", 8, 25)] }).submit(pod("x", 1, 10, job))).toEqual(["x 2/4 a"]);
    expect(one({ flavors: [both("a", 3, 100)] }).submit(pod("x", 1, 10, job))).toEqual(["x 3/4 a"]);
  });
});

describe("resource groups", () => {
  test("give one flavor for all resources of a group", () => {
    const kueue = new Kueue({
      nodegroups: groups(2),
      clusterQueues: [{ name: "queue", flavors: [both("a", 8, 10), both("b", 8, 100)] }],
    });
    expect(kueue.submit(pod("x", 2, 20), pod("y", 2, 5))).toEqual(["x b", "y a"]);
  });

  test("give each a flavor of its own, and none where nothing of the group is asked for", () => {
    const kueue = new Kueue({
      ...flavorsApart,
      clusterQueues: [
        {
          name: "queue",
          flavors: [quota("a", 4), quota("b", 8)],
          resourceGroups: [{ flavors: [cores("small", 10), cores("large", 100)] }],
        },
      ],
    });
    expect(kueue.submit(pod("x", 4, 20), pod("y", 4, 5), pod("z", 2, 0))).toEqual(["x a/large", "y b/small", "z b"]);
    // Free are 2 GPUs of b, 5 cores of "small" and 80 of "large".
    expect(kueue.submit(pod("wide", 1, 81), pod("deep", 3, 1))).toEqual([]);
    expect(kueue.end("x")).toEqual(["wide a/large", "deep a/small"]);
    kueue.end("wide", "deep", "y", "z");
    const all = [kueue.usage("queue", "a"), kueue.usage("queue", "b")];
    expect([...all, kueue.usage("queue", "small", "cpus"), kueue.usage("queue", "large", "cpus")]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  test("leave unchecked what none of them has", () => {
    const kueue = new Kueue({ clusterQueues: [{ name: "queue", flavors: [quota("a", 8)] }] });
    expect(kueue.submit(pod("x", 1, 1_000_000))).toEqual(["x a"]);
  });

  test("are in the history of a workload that holds of several, and in no other", () => {
    const scenario = small({
      ...flavorsApart,
      clusterQueues: [
        { name: "queue", flavors: [quota("a", 8)], resourceGroups: [{ flavors: [cores("small", 10)] }] },
        { name: "plain", flavors: [both("b", 8, 10)] },
      ],
    });
    const { workloads: histories } = runSimulation({
      scenario,
      seed: 1,
      workloads: workloads([
        { cpusPerPod: 4 },
        {},
        { gpusPerPod: 0, cpusPerPod: 4 },
        { clusterQueue: "plain", cpusPerPod: 4 },
      ]),
    });
    expect(histories.map(({ holds }) => [holds[0]!.flavor, holds[0]!.flavors])).toEqual([
      ["a", { gpus: "a", cpus: "small" }],
      ["a", { gpus: "a" }],
      ["a", { cpus: "small" }],
      ["b", undefined],
    ]);
  });
});

describe("work without GPUs", () => {
  const apart: [Partial<QueueInput>, Partial<QueueInput>] = [
    { flavors: [both("a", 4, 10)] },
    { flavors: [both("a", 4, 10)] },
  ];

  test("needs no quota where there is quota on GPUs alone, and is given the first flavor that can run it", () => {
    const kueue = new Kueue({
      nodegroups: [{ gpuModel: "A100" }, { gpuModel: "H100" }],
      clusterQueues: [{ name: "queue", flavors: [quota("a", 2), quota("b", 2)] }],
    });
    expect(kueue.submit(pod("x", 2, 0), pod("y", 2, 0), pod("z", 2, 0))).toEqual(["x a", "y b"]);
    expect(kueue.submit(pod("any", 0, 4), pod("hopper", 0, 4, { gpuModels: ["H100"] }))).toEqual(["any a", "hopper b"]);
    expect([kueue.usage("queue", "a"), kueue.usage("queue", "b")]).toEqual([2, 2]);
    expect(kueue.end("any", "hopper")).toEqual([]);
  });

  test("takes back its queue's own cores, though the queue borrows GPUs", () => {
    const kueue = inCohort({ flavors: [both("a", 4, 10)], preemption: reclaiming }, { flavors: [both("a", 4, 0)] });
    expect(kueue.submit(pod("gpus", 6, 0), pod("borrower", 0, 10, peer))).toEqual(["gpus a +2", "borrower a"]);
    expect(kueue.submit(pod("mine", 0, 10))).toEqual(["borrower out InCohortReclamation"]);
    expect(kueue.gone("borrower")).toEqual(["mine a"]);
  });

  test("is nobody to take GPUs from: whether it is there changes nothing", () => {
    const outFor = (cores: WorkloadInput[]) => {
      const kueue = new Kueue({
        cohorts: [{ name: "c", flavors: [{ name: "a", nominalQuota: 10, cpus: { nominalQuota: 100 } }] }],
        clusterQueues: [
          {
            name: "queue",
            cohort: "c",
            flavors: [both("a", 20, 0)],
            preemption: { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "LowerPriority" },
          },
          { name: "peer", cohort: "c", flavors: [both("a", 20, 0)] },
        ],
      });
      kueue.submit(pod("theirs", 22, 0, { ...peer, priority: 20 }), ...cores);
      kueue.submit(pod("mine", 10, 0));
      kueue.submit(pod("mine-too", 8, 0));
      return kueue.submit(pod("urgent", 12, 0, urgent));
    };
    // Of 50 GPUs 40 are in use: with one of its own gone it fits, and borrows 2, which it may. Were there anybody else to
    // take GPUs from, it would first be tried without borrowing, and both would go.
    expect(outFor([])).toEqual(["mine-too out InClusterQueue"]);
    expect(outFor([pod("cores", 0, 1, { ...peer, ...low })])).toEqual(["mine-too out InClusterQueue"]);
  });

  test("goes first where its queue borrows nothing of what it asks for, though the queue borrows GPUs", () => {
    const kueue = inCohort(...apart);
    expect(kueue.submit(pod("gpus", 6, 0))).toEqual(["gpus a +2"]);
    expect(kueue.submit(pod("older", 0, 20, peer), pod("own", 0, 10))).toEqual(["own a"]);
  });

  test("goes first under fair sharing, too, though its queue has the larger share", () => {
    const kueue = inCohort(...apart, { fairSharing: {} });
    expect(kueue.submit(pod("gpus", 8, 0))).toEqual(["gpus a +4"]);
    // Half of all GPUs are borrowed by the queue of one, a twentieth of all cores would be by that of the other.
    expect(kueue.submit(pod("older", 0, 11, peer), pod("own", 0, 10))).toEqual(["own a"]);
  });

  test("stays in the first flavor that has its cores, though the queue borrows GPUs there: whenCanBorrow is TryNextFlavor", () => {
    const kueue = inCohort(
      { flavors: [both("a", 4, 10), both("b", 4, 10)], flavorFungibility: { whenCanBorrow: "TryNextFlavor" } },
      { flavors: [both("a", 4, 0)] },
    );
    expect(kueue.submit(pod("gpus", 6, 0))).toEqual(["gpus a +2"]);
    expect(kueue.submit(pod("cores", 0, 10))).toEqual(["cores a"]);
  });
});

describe("borrowing", () => {
  test("of cores does not need to be of GPUs, and stops at the limit on cores", () => {
    const kueue = inCohort({ flavors: [both("a", 8, 10, { borrowingLimit: 25 })] }, { flavors: [both("a", 8, 90)] });
    expect(kueue.submit(pod("x", 2, 30))).toEqual(["x a"]);
    expect(kueue.submit(pod("y", 2, 6), pod("z", 2, 5))).toEqual(["z a"]);
    expect(kueue.usage("queue", "a", "cpus")).toBe(35);
  });

  test("of any resource lets those go first that borrow none", () => {
    const kueue = inCohort({ flavors: [both("a", 8, 10)] }, { flavors: [both("a", 8, 30)] });
    expect(kueue.submit(pod("borrower", 1, 20), pod("owner", 1, 30, peer))).toEqual(["owner a"]);
  });
});

describe("flavorFungibility", () => {
  const flavors = [both("a", 8, 10), both("b", 8, 30)];

  test("looks at the resource that serves worst: GPUs that fit are no help where cores would have to be borrowed", () => {
    const its = { flavors: [both("a", 8, 90)] };
    expect(inCohort({ flavors }, its).submit(pod("x", 2, 20))).toEqual(["x a"]);
    const tryNext = { flavors, flavorFungibility: { whenCanBorrow: "TryNextFlavor" as const } };
    expect(inCohort(tryNext, its).submit(pod("x", 2, 20))).toEqual(["x b"]);
  });

  test("looks at the resource that serves worst: nor where others would have to leave for cores", () => {
    const its = { flavors: [both("a", 8, 10)] };
    const preempting = (whenCanPreempt: "MayStopSearch" | "TryNextFlavor") => {
      const kueue = inCohort({ flavors, preemption: reclaiming, flavorFungibility: { whenCanPreempt } }, its);
      expect(kueue.submit(pod("theirs", 1, 20, peer))).toEqual(["theirs a"]);
      return kueue.submit(pod("mine", 2, 10));
    };
    expect(preempting("TryNextFlavor")).toEqual(["mine b"]);
    expect(preempting("MayStopSearch")).toEqual(["theirs out InCohortReclamation"]);
  });

  test("looks at each resource as if it alone were asked for", () => {
    const kueue = one({
      flavors,
      preemption: lowerPriority,
      flavorFungibility: { whenCanBorrow: "MayStopSearch", whenCanPreempt: "MayStopSearch" },
    });
    kueue.submit(pod("gpus", 8, 0), pod("cores", 0, 10));
    // Neither would do for both, but for each there is one.
    expect(kueue.submit(pod("urgent", 4, 4, urgent))).toEqual(["cores out InClusterQueue", "gpus out InClusterQueue"]);
  });

  test("prefers the flavor whose worst resource only others have to leave", () => {
    const kueue = inCohort(
      {
        flavors: [both("a", 8, 10), both("b", 8, 10)],
        preemption: { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Any" },
      },
      { flavors: [both("b", 8, 10)] },
    );
    expect(kueue.submit(pod("own", 1, 10, low), pod("theirs", 1, 20, peer))).toEqual(["own a", "theirs b"]);
    // In a its GPUs would fit and its own would have to leave the cores; in b only others would.
    expect(kueue.submit(pod("mine", 2, 10))).toEqual(["theirs out InCohortReclamation"]);
    expect(kueue.gone("theirs")).toEqual(["mine b"]);
  });
});

describe("preemption", () => {
  test("for cores spares whoever holds none", () => {
    const kueue = one({ preemption: lowerPriority });
    kueue.submit(pod("cores", 1, 60), pod("lowest", 4, 0, low));
    expect(kueue.submit(pod("urgent", 2, 32, urgent))).toEqual(["cores out InClusterQueue"]);
    expect(kueue.gone("cores")).toEqual(["urgent a"]);
  });

  test("does not count those who hold nothing of what is lacking", () => {
    const common = [{ name: "a", nominalQuota: 0, cpus: { nominalQuota: 10 } }];
    const kueue = new Kueue({
      cohorts: [{ name: "c", flavors: common }],
      clusterQueues: [
        {
          name: "queue",
          cohort: "c",
          flavors: [both("a", 8, 20)],
          preemption: { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "LowerPriority" },
        },
        { name: "peer", cohort: "c", flavors: [both("a", 8, 20)] },
      ],
    });
    kueue.submit(pod("theirs", 1, 22, { ...peer, priority: 20 }), pod("gpu", 1, 0, { ...peer, ...low }));
    kueue.submit(pod("mine", 1, 10));
    kueue.submit(pod("mine-too", 1, 8));
    // With one of its own gone it fits and borrows 2 cores, which it may: there is nobody else to take cores from. Else
    // it would first be tried without borrowing, and both would go.
    expect(kueue.submit(pod("urgent", 1, 12, urgent))).toEqual(["mine-too out InClusterQueue"]);
  });

  test("takes back cores from a queue that borrows them, though it borrows no GPUs", () => {
    const kueue = inCohort({ flavors: [both("a", 8, 32)], preemption: reclaiming }, { flavors: [both("a", 8, 32)] });
    kueue.submit(pod("borrower", 1, 40, peer), pod("gpus", 7, 0, peer));
    expect(kueue.submit(pod("mine", 8, 32))).toEqual(["borrower out InCohortReclamation"]);
    expect(kueue.gone("borrower")).toEqual(["mine a"]);
  });

  test("for several resources makes room for all of them, each from those who hold it", () => {
    const kueue = one({ preemption: lowerPriority });
    kueue.submit(pod("both", 4, 32), pod("gpus", 4, 0), pod("cores", 0, 32));
    expect(kueue.submit(pod("urgent", 4, 32, urgent))).toEqual(["cores out InClusterQueue", "gpus out InClusterQueue"]);
  });

  test("for several resources may take from one who could not be preempted for one of them alone", () => {
    const kueue = inCohort(
      { flavors: [both("a", 4, 10)], preemption: { ...reclaiming, borrowWithinCohort: { policy: "LowerPriority" } } },
      { flavors: [both("a", 4, 10)] },
    );
    kueue.submit(pod("own", 2, 0, urgent), pod("theirs", 4, 20, peer));
    // Their queue borrows cores, not GPUs, so that for GPUs alone nobody could be made to go.
    expect(kueue.submit(pod("for-gpus", 3, 0, urgent))).toEqual([]);
    expect(kueue.submit(pod("for-both", 3, 10, urgent))).toEqual(["theirs out InCohortReclaimWhileBorrowing"]);
  });

  test("spans resource groups", () => {
    const kueue = new Kueue({
      ...flavorsApart,
      clusterQueues: [
        {
          name: "queue",
          flavors: [quota("a", 8)],
          resourceGroups: [{ flavors: [cores("small", 10)] }],
          preemption: lowerPriority,
        },
      ],
    });
    expect(kueue.submit(pod("cores", 1, 10), pod("gpus", 6, 0))).toEqual(["cores a/small", "gpus a"]);
    expect(kueue.submit(pod("urgent", 4, 4, urgent))).toEqual(["gpus out InClusterQueue", "cores out InClusterQueue"]);
  });
});

test("fair sharing lets those go first of whose resources the cohort gives least, whichever that is", () => {
  const kueue = new Kueue({
    fairSharing: {},
    cohorts: [{ name: "c", flavors: [{ name: "a", nominalQuota: 10, cpus: { nominalQuota: 100 } }] }],
    clusterQueues: ["queue", "peer"].map((name) => ({ name, cohort: "c", flavors: [both("a", 0, 0)] })),
  });
  // Half of the cores against three tenths of the GPUs.
  expect(kueue.submit(pod("older", 1, 50), pod("younger", 3, 10, peer))).toEqual(["younger a +3", "older a +1"]);
});

test("waiting for quota says of which resources there is none, as they change", () => {
  const scenario = small({
    nodegroups: [{ nodes: 4 }],
    clusterQueues: [{ name: "queue", flavors: [both("a", 8, 64)] }],
  });
  const { waits } = runSimulation({
    scenario,
    seed: 1,
    workloads: workloads([
      { gpusPerPod: 8, cpusPerPod: 32, hours: 1 },
      { gpusPerPod: 0, cpusPerPod: 32, hours: 2 },
      { gpusPerPod: 1, cpusPerPod: 64, hours: 1 },
    ]),
  });
  expect(waits[2]).toEqual([
    { cause: "quota", shortOf: ["gpus", "cpus"], flavor: undefined, gpus: 1, fromMs: 0, toMs: hours(1) },
    { cause: "quota", shortOf: ["cpus"], flavor: undefined, gpus: 1, fromMs: hours(1), toMs: hours(2) },
  ]);
});

test("of several flavors, waiting for quota names what the one lacks that lacks fewest, in each resource group that has none", () => {
  const scenario = small({
    ...flavorsApart,
    clusterQueues: [
      {
        name: "queue",
        flavors: [both("a", 1, 2), both("b", 8, 3)],
        resourceGroups: [
          {
            flavors: [
              { name: "small", memoryGiB: { nominalQuota: 5 } },
              { name: "large", memoryGiB: { nominalQuota: 9 } },
            ],
          },
        ],
      },
    ],
  });
  const shortOf = (first: WorkloadInput, second: WorkloadInput) =>
    runSimulation({
      scenario,
      seed: 1,
      workloads: workloads([
        { hours: 1, ...first },
        { hours: 1, ...second },
      ]),
    }).waits[1]!.map((span) => span.shortOf);
  // Of a 1 GPU and 2 cores are left, of b 4 GPUs and 1 core, of memory 5 and 1 GiB.
  const some = { gpusPerPod: 4, cpusPerPod: 2, memoryGiBPerPod: 8 };
  expect(shortOf(some, { gpusPerPod: 2, cpusPerPod: 3 })).toEqual([["cpus"]]);
  expect(shortOf(some, { gpusPerPod: 1, cpusPerPod: 1, memoryGiBPerPod: 6 })).toEqual([["memoryGiB"]]);
  expect(shortOf(some, { gpusPerPod: 2, cpusPerPod: 3, memoryGiBPerPod: 6 })).toEqual([["cpus", "memoryGiB"]]);
});

test("waiting for quota on cores is waiting for quota, asking for more cores than there ever are is invalid", () => {
  const scenario = small({
    nodegroups: [{ nodes: 2 }],
    clusterQueues: [{ name: "queue", flavors: [both("a", 8, 64)] }],
  });
  const { waits } = runSimulation({
    scenario,
    seed: 1,
    workloads: workloads([
      { cpusPerPod: 64, hours: 1 },
      { cpusPerPod: 8, hours: 1 },
      { cpusPerPod: 65, hours: 1 },
    ]),
  });
  const spans = waits.map((mine) => mine.map(({ cause, fromMs, toMs }) => [cause, fromMs, toMs]));
  expect(spans).toEqual([[], [["quota", 0, hours(1)]], [["invalid", 0, hours(24)]]]);
});

describe("whatever the scenario and the seed", () => {
  type Flavor = Scenario["clusterQueues"][number]["flavors"][number];
  /**
   * A scenario in which every GPU is asked for with 8 cores and 8 GiB, with other quota on cores. What differs in memory
   * alone is one shape to a queue with quota on GPUs alone, and is passed over together: that is no matter of quota.
   */
  const withCores = (scenario: Scenario, cpusOf: (flavor: Flavor) => Flavor["cpus"]): Scenario => {
    const flavorOf = ({ cpus: _, memoryGiB: __, ...flavor }: Flavor): Flavor => ({ ...flavor, cpus: cpusOf(flavor) });
    return {
      ...scenario,
      workloadClasses: scenario.workloadClasses.map((one) => ({ ...one, cpusPerGpu: 8, memoryGiBPerGpu: 8 })),
      clusterQueues: scenario.clusterQueues.map(({ resourceGroups: _, flavors, ...queue }) => ({
        ...queue,
        flavors: flavors.map(flavorOf),
      })),
      cohorts: scenario.cohorts?.map(({ flavors, ...cohort }) => ({ ...cohort, flavors: flavors?.map(flavorOf) })),
    };
  };
  const times8 = (amount: number | undefined) => (amount === undefined ? undefined : 8 * amount);
  const inProportion = ({ nominalQuota, quotaChanges, borrowingLimit, lendingLimit }: Flavor) => ({
    nominalQuota: 8 * nominalQuota,
    quotaChanges: quotaChanges?.map((change) => ({ ...change, nominalQuota: 8 * change.nominalQuota })),
    borrowingLimit: times8(borrowingLimit),
    lendingLimit: times8(lendingLimit),
  });
  const told = (scenario: Scenario, seed: number) => {
    const { workloads: histories, waits } = runSimulation({ scenario, seed });
    const withoutFlavors = histories.map(({ holds, ...history }) => ({
      ...history,
      holds: holds.map(({ flavors: _, ...hold }) => hold),
    }));
    const withoutResources = waits.map((spans) => spans.map(({ shortOf: _, ...span }) => span));
    return { histories: withoutFlavors, waits: withoutResources };
  };

  test("quota on cores in proportion to that on GPUs changes nothing", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
        const onGpus = told(
          withCores(scenario, () => undefined),
          seed,
        );
        expect(told(withCores(scenario, inProportion), seed)).toEqual(onGpus);
      }),
      { numRuns: 150 },
    );
  });

  test("more quota on cores and memory than is ever asked for changes nothing, in the GPUs' resource group or in another", () => {
    const ample = { nominalQuota: 1_000_000 };
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
        const onGpus = withCores(scenario, () => undefined);
        const apart = {
          ...onGpus,
          resourceFlavors: [...onGpus.resourceFlavors, { name: "everywhere", nodeLabels: {} }],
          clusterQueues: onGpus.clusterQueues.map((queue) =>
            queue.flavors.some(({ name }) => isTopologyAware(scenario, name))
              ? queue
              : { ...queue, resourceGroups: [{ flavors: [{ name: "everywhere", cpus: ample, memoryGiB: ample }] }] },
          ),
        };
        const expected = told(onGpus, seed);
        expect(
          told(
            withCores(scenario, () => ample),
            seed,
          ),
        ).toEqual(expected);
        expect(told(apart, seed)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

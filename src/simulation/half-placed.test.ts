import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario } from "../scenario/schema.js";
import { anyScenario } from "../testing/any-scenario.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import type { WorkloadHistory } from "./history.js";
import { type Instant, runSimulation, type Simulation } from "./simulate.js";

const run = (input: SmallInput, demand: readonly WorkloadInput[]): Simulation =>
  runSimulation({
    scenario: small({
      binding: "pod",
      clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
      ...input,
    }),
    seed: 1,
    workloads: workloads(demand),
  });

const named = ({ workloads: all }: Simulation, name: string): WorkloadHistory =>
  all.find(({ workload }) => workload.name === name)!;

/** Pod, node, and minutes from being bound to leaving, of pods whose gang did not start with them. */
const early = (simulation: Simulation, name: string) =>
  named(simulation, name).early?.map(({ pod, node, boundMs, endMs, outcome }) => [
    pod,
    node,
    boundMs / minutes(1),
    endMs && endMs / minutes(1),
    outcome,
  ]);

/** Nodes, minutes at which each pod was bound and at which the last was, and the end of each run. */
const runs = (simulation: Simulation, name: string) =>
  named(simulation, name).runs.map(({ nodes, boundMs, placedMs, endMs, outcome }) => ({
    nodes,
    bound: boundMs?.map((ms) => ms / minutes(1)),
    placed: placedMs / minutes(1),
    end: endMs && endMs / minutes(1),
    outcome,
  }));

/** Cause, GPUs and minutes of each stretch in which a workload waited. */
const waits = (simulation: Simulation, name: string) =>
  simulation.waits[named(simulation, name).workload.id]!.map(({ cause, gpus, fromMs, toMs }) => [
    cause,
    gpus,
    fromMs / minutes(1),
    toMs / minutes(1),
  ]);

describe("two gangs of four nodes on six of them, of which three get free hour by hour", () => {
  const input: SmallInput = { nodegroups: [{ nodes: 6 }], podsReadyTimeoutMinutes: 210 };
  const demand: WorkloadInput[] = [
    ...[1, 2, 3].map((n) => ({ name: `before-${n}`, gpusPerPod: 8, hours: n })),
    { name: "first", pods: 4, gpusPerPod: 8, createdMs: minutes(10) },
    { name: "urgent", pods: 4, gpusPerPod: 8, createdMs: minutes(20), priority: 1 },
  ];

  test("take three each and block each other, until the timeout of the first lets the other run", () => {
    const simulation = run(input, demand);
    // Nodes 3 to 5 are free when the first comes; what gets free then goes to the urgent one.
    expect(early(simulation, "first")).toEqual([
      [0, 3, 10, 220, "evicted"],
      [1, 4, 10, 220, "evicted"],
      [2, 5, 10, 220, "evicted"],
    ]);
    expect(named(simulation, "first").holds).toMatchObject([
      {
        reservedMs: minutes(10),
        endMs: minutes(220),
        requeueMs: minutes(221),
        eviction: { reason: "PodsReadyTimeout", underlyingCause: "WaitForStart" },
      },
      { reservedMs: minutes(221), endMs: minutes(340), end: "finished" },
    ]);
    expect(early(simulation, "urgent")).toBeUndefined();
    expect(runs(simulation, "urgent")).toEqual([
      { nodes: [0, 1, 2, 3], bound: [60, 120, 180, 220], placed: 220, end: 280, outcome: "succeeded" },
    ]);
    // Back after a minute, it takes the two nodes that are left, and two of the urgent one's when that has ended.
    expect(runs(simulation, "first")).toEqual([
      { nodes: [4, 5, 0, 1], bound: [221, 221, 280, 280], placed: 280, end: 340, outcome: "succeeded" },
    ]);
  });

  test("wait for the nodes that they lack, and for no others", () => {
    const simulation = run(input, demand);
    expect(waits(simulation, "first")).toEqual([
      ["capacity", 8, 10, 220],
      ["capacity", 32, 220, 221],
      ["capacity", 16, 221, 280],
    ]);
    expect(waits(simulation, "urgent")).toEqual([
      ["capacity", 32, 20, 60],
      ["capacity", 24, 60, 120],
      ["capacity", 16, 120, 180],
      ["capacity", 8, 180, 220],
    ]);
  });

  test("run one after the other without holding anything meanwhile where gangs are bound together", () => {
    const simulation = run({ ...input, binding: "gang" }, demand);
    // Four nodes are free at 1:00, which the urgent one takes; the first gets four of the five that are left at 2:00.
    expect(runs(simulation, "urgent")).toMatchObject([{ placed: 60, end: 120 }]);
    expect(runs(simulation, "first")).toMatchObject([{ placed: 120, end: 180 }]);
  });

  test("block each other for good without a timeout", () => {
    const { podsReadyTimeoutMinutes: _, ...patient } = input;
    const simulation = run(patient, demand);
    expect(["first", "urgent"].map((name) => named(simulation, name).state)).toEqual(["unplaced", "unplaced"]);
    expect(early(simulation, "urgent")).toEqual([
      [0, 0, 60, undefined, undefined],
      [1, 1, 120, undefined, undefined],
      [2, 2, 180, undefined, undefined],
    ]);
  });
});

describe("a gang that is placed in part", () => {
  /** Two nodes of the three are held, the second for two hours. */
  const nodegroups = [{ nodes: 3 }];
  const held: WorkloadInput[] = [
    { name: "long", gpusPerPod: 8, hours: 20 },
    { name: "short", gpusPerPod: 8, hours: 2 },
  ];
  const gang: WorkloadInput = { name: "gang", pods: 2, gpusPerPod: 8, hours: 1 };

  test("starts when its last pod is bound", () => {
    const { workloads: all } = run({ nodegroups }, [...held, { ...gang, startupMs: minutes(6) }]);
    expect(all[2]!.runs).toEqual([
      {
        attempt: 0,
        podsCreatedMs: 0,
        placedMs: hours(2),
        runningMs: hours(2.1),
        nodes: [2, 1],
        boundMs: [0, hours(2)],
        endMs: hours(3.1),
        outcome: "succeeded",
      },
    ]);
  });

  test("does not say when its pods were bound where all were at once", () => {
    const simulation = run({ nodegroups }, [{ ...gang, pods: 3 }]);
    expect(named(simulation, "gang").runs[0]).not.toHaveProperty("boundMs");
    expect(named(simulation, "gang")).not.toHaveProperty("early");
  });

  test("holds CPU and memory as well as GPUs", () => {
    const input: SmallInput = { nodegroups: [{ cpusPerNode: 16, memoryGiBPerNode: 100 }] };
    const demand = (rest: WorkloadInput): WorkloadInput[] => [
      { ...gang, pods: 2, gpusPerPod: 1, ...rest },
      { name: "late", createdMs: hours(1), cpusPerPod: 8, memoryGiBPerPod: 50 },
    ];
    for (const rest of [{ cpusPerPod: 9 }, { memoryGiBPerPod: 51 }])
      expect(named(run(input, demand(rest)), "late").state).toBe("unplaced");
  });

  test("gives everything back when it is preempted, without a grace: none of its pods has started", () => {
    const clusterQueues = [
      {
        name: "queue",
        flavors: [{ name: "a", nominalQuota: 32 }],
        preemption: { withinClusterQueue: "LowerPriority" as const },
      },
    ];
    const simulation = run({ nodegroups, clusterQueues, terminationGraceSeconds: 600 }, [
      ...held,
      gang,
      { name: "urgent", gpusPerPod: 8, createdMs: hours(1), priority: 1, hours: 1 },
    ]);
    expect(early(simulation, "gang")).toEqual([[0, 2, 0, 60, "evicted"]]);
    expect(runs(simulation, "urgent")).toMatchObject([{ nodes: [2], placed: 60 }]);
  });

  test("gives everything back when its queue is drained", () => {
    const flavors = [{ name: "a", nominalQuota: 100 }];
    const stops = [{ policy: "HoldAndDrain" as const, fromHour: 1, toHour: 3 }];
    const clusterQueues = [
      { name: "queue", flavors },
      { name: "drained", flavors, stops },
    ];
    const simulation = run({ nodegroups, clusterQueues }, [
      ...held,
      { ...gang, clusterQueue: "drained", createdMs: minutes(1) },
      { name: "next", gpusPerPod: 8, createdMs: hours(1), hours: 0.5 },
    ]);
    expect(early(simulation, "gang")).toEqual([[0, 2, 1, 60, "evicted"]]);
    expect(runs(simulation, "next")).toMatchObject([{ nodes: [2], placed: 60 }]);
    expect(runs(simulation, "gang")).toMatchObject([{ nodes: [1, 2], placed: 180 }]);
  });

  const goes = (kind: "drain" | "fail" | "delete", node: number, fromHour: number, toHour = 30): SmallInput => ({
    nodegroups,
    outages: [{ nodegroup: "a", node, kind, fromHour, toHour }],
  });

  test.each(["drain", "fail", "delete"] as const)(
    "and loses a node by %s makes its pods there again, and keeps the others",
    (kind) => {
      const input = { ...goes(kind, 3, 1, 1.5), nodegroups: [{ nodes: 4 }] };
      const simulation = run(input, [...held, { ...gang, pods: 3 }]);
      expect(early(simulation, "gang")).toEqual([[1, 3, 0, 60, "lost"]]);
      expect(runs(simulation, "gang")).toEqual([
        { nodes: [2, 3, 1], bound: [0, 90, 120], placed: 120, end: 180, outcome: "succeeded" },
      ]);
      expect(waits(simulation, "gang")).toEqual([
        ["capacity", 8, 0, 60],
        ["capacity", 16, 60, 90],
        ["capacity", 8, 90, 120],
      ]);
    },
  );

  test("and loses the node of several pods makes all of these again", () => {
    const simulation = run(goes("fail", 2, 1, 3), [...held, { ...gang, pods: 3, gpusPerPod: 4 }]);
    expect(early(simulation, "gang")).toEqual([
      [0, 2, 0, 60, "lost"],
      [1, 2, 0, 60, "lost"],
    ]);
    expect(runs(simulation, "gang")).toMatchObject([{ nodes: [1, 1, 2], bound: [120, 120, 180] }]);
  });

  test("keeps its pods on a node that is cordoned", () => {
    const cordons = [{ nodegroup: "a", node: 2, fromHour: 1 }];
    const simulation = run({ nodegroups, cordons }, [...held, gang]);
    expect(runs(simulation, "gang")).toMatchObject([{ nodes: [2, 1], bound: [0, 120] }]);
  });

  test("fails as a whole if it is of plain Pods and loses a node, without a run", () => {
    const input = { ...goes("fail", 2, 1), nodegroups: [{ nodes: 4 }] };
    const simulation = run(input, [...held, { ...gang, pods: 3, kind: "Pod" }, { name: "next", createdMs: hours(1) }]);
    expect(named(simulation, "gang")).toMatchObject({
      state: "failed",
      runs: [],
      holds: [{ endMs: hours(1), end: "finished" }],
    });
    expect(early(simulation, "gang")).toEqual([
      [0, 2, 0, 60, "lost"],
      [1, 3, 0, 60, "failed"],
    ]);
    expect(runs(simulation, "next")).toMatchObject([{ nodes: [3], placed: 60 }]);
    expect(waits(simulation, "gang")).toEqual([["capacity", 8, 0, 60]]);
  });

  test("again, after it lost a node while it ran, is evicted when the recovery takes too long", () => {
    const input = { ...goes("fail", 1, 1), podsReadyTimeoutMinutes: 30, podsReadyRecoveryMinutes: 15 };
    const simulation = run(input, [held[0]!, { ...gang, hours: 5 }]);
    expect(runs(simulation, "gang")[0]).toMatchObject({ nodes: [1, 2], placed: 0, end: 60, outcome: "lost" });
    expect(early(simulation, "gang")?.[0]).toEqual([0, 2, 60, 75, "evicted"]);
    expect(named(simulation, "gang").holds[0]).toMatchObject({
      endMs: minutes(75),
      eviction: { underlyingCause: "WaitForRecovery" },
    });
  });

  test("after a failed attempt takes its nodes again one by one, behind whoever is more urgent", () => {
    const simulation = run({ nodegroups }, [
      held[0]!,
      { ...gang, failsAfterHours: [1] },
      { name: "urgent", gpusPerPod: 8, createdMs: hours(0.5), priority: 1, hours: 2 },
    ]);
    expect(runs(simulation, "gang")).toEqual([
      { nodes: [1, 2], bound: undefined, placed: 0, end: 60, outcome: "failed" },
      { nodes: [2, 1], bound: [60, 180], placed: 180, end: 240, outcome: "succeeded" },
    ]);
  });
});

describe("the scheduler that binds pod by pod", () => {
  test("gives all that gets free to the first in its order, until that has all it needs", () => {
    const simulation = run({ nodegroups: [{ nodes: 4 }] }, [
      ...[1, 2, 3, 4].map((n) => ({ name: `before-${n}`, gpusPerPod: 8, hours: n })),
      { name: "first", pods: 2, gpusPerPod: 8, hours: 40 },
      { name: "second", pods: 2, gpusPerPod: 8, hours: 40 },
      { name: "small", createdMs: hours(2.5), gpusPerPod: 4 },
    ]);
    expect(runs(simulation, "first")).toMatchObject([{ bound: [60, 120] }]);
    expect(runs(simulation, "second")).toMatchObject([{ bound: [180, 240] }]);
    expect(named(simulation, "small").state).toBe("unplaced");
  });

  test("lets whoever fits take what those before it cannot use", () => {
    const simulation = run({ nodegroups: [{ nodes: 2 }] }, [
      { name: "half", gpusPerPod: 4, hours: 10 },
      { name: "gang", pods: 2, gpusPerPod: 8 },
      { name: "small", gpusPerPod: 4, createdMs: hours(1), hours: 1 },
    ]);
    expect(early(simulation, "gang")).toBeUndefined();
    expect(runs(simulation, "gang")).toMatchObject([{ nodes: [1, 0], bound: [0, 600] }]);
    expect(runs(simulation, "small")).toMatchObject([{ nodes: [0], placed: 60 }]);
  });

  /** Holds a property at every instant of the simulation of every random scenario, bound pod by pod. */
  const atEveryInstant = (check: (instant: Instant, scenario: Scenario) => void) =>
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
        const onSettled = (instant: Instant) => check(instant, scenario);
        runSimulation({ scenario: { ...scenario, binding: "pod" }, seed, truth: false, onSettled });
      }),
      { numRuns: 60 },
    );

  /** Nodes that an admitted workload may use. */
  const allowed = ({ workload, holds }: WorkloadHistory, scenario: Scenario): number[] => {
    const behind = flavorNodegroups(scenario, holds.at(-1)!.flavor);
    const able = behind.filter(({ gpuModel }) => workload.gpuModels.includes(gpuModel)).map(({ name }) => name);
    const homes = scenario.nodegroups.flatMap(({ name, nodes }) => Array<string>(nodes).fill(name));
    return [...homes.keys()].filter((node) => able.includes(homes[node]!));
  };

  test("leaves no pod without a node that has room for it, in any world", () => {
    atEveryInstant(({ free, workloads: all }, scenario) => {
      for (const history of all.filter(({ state }) => state === "unplaced"))
        for (const node of allowed(history, scenario)) expect(free.fitting(history.workload, node)).toBe(0);
    });
  });

  test("binds no pod where one of higher priority or admitted earlier waits that could have gone there", () => {
    atEveryInstant(({ now, free, topology, workloads: all }, scenario) => {
      // Room that somebody gave back within the instant was not there yet for those that were bound before.
      if (all.some(({ holds }) => holds.at(-1)?.eviction?.reason === "Preempted" && holds.at(-1)!.endMs === now))
        return;
      const after = (one: WorkloadHistory, other: WorkloadHistory) =>
        one.workload.priority < other.workload.priority ||
        (one.workload.priority === other.workload.priority &&
          one.holds.at(-1)!.reservedMs > other.holds.at(-1)!.reservedMs);
      const justBound = all.flatMap((history) => {
        const { holds, runs: attempts, early: waiting = [] } = history;
        const last = attempts.at(-1);
        // Of a topology-aware flavor, nodes are Kueue's to give.
        if (holds.length > 0 && topology.isAware(holds.at(-1)!.flavor)) return [];
        return [
          ...waiting.filter(({ endMs }) => endMs === undefined),
          ...(last && last.endMs === undefined
            ? last.nodes.map((node, pod) => ({ node, boundMs: last.boundMs?.[pod] ?? last.placedMs }))
            : []),
        ]
          .filter(({ boundMs }) => boundMs === now)
          .map(({ node }) => ({ history, node }));
      });
      for (const history of all.filter(({ state }) => state === "unplaced")) {
        // Who is admitted at the same instant is bound in the order of admission.
        if (history.holds.at(-1)!.reservedMs === now) continue;
        const { gpusPerPod, cpusPerPod, memoryGiBPerPod } = history.workload;
        for (const node of new Set(justBound.map((one) => one.node))) {
          if (!allowed(history, scenario).includes(node)) continue;
          const later = justBound.filter((one) => one.node === node && after(one.history, history));
          if (later.length === 0) continue;
          const had = (now: number, of: (workload: WorkloadHistory["workload"]) => number) =>
            later.reduce((sum, one) => sum + of(one.history.workload), now);
          const fits =
            had(free.gpus[node]!, (w) => w.gpusPerPod) >= gpusPerPod &&
            had(free.cpus[node]!, (w) => w.cpusPerPod) >= cpusPerPod &&
            had(free.memoryGiB[node]!, (w) => w.memoryGiBPerPod) >= memoryGiBPerPod;
          expect(fits).toBe(false);
        }
      }
    });
  });

  test("does with workloads of one pod what it would do with gangs that are bound together", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
        const workloadClasses = scenario.workloadClasses.map((one) => ({
          ...one,
          gang: one.gang.map((shape) => ({ ...shape, pods: 1 })),
        }));
        const [together, oneByOne] = (["gang", "pod"] as const).map((binding) =>
          runSimulation({ scenario: { ...scenario, workloadClasses, binding }, seed }),
        );
        expect(oneByOne!.workloads).toStrictEqual(together!.workloads);
        expect(oneByOne!.waits).toStrictEqual(together!.waits);
      }),
      { numRuns: 60 },
    );
  });
});

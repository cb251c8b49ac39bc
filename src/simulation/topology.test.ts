import { describe, expect, test } from "vitest";
import type { TopologyRequest } from "../scenario/schema.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import type { WorkloadHistory } from "./history.js";
import { runSimulation } from "./simulate.js";
import { waitedByCause } from "./truth.js";

const rack: TopologyRequest = { kind: "required", level: "rack" };
const host: TopologyRequest = { kind: "required", level: "host" };

/** Racks of two nodes of 8 GPUs behind a topology-aware flavor, in one nodegroup. */
const racks = (nodes: number, rest: SmallInput = {}): SmallInput => ({
  days: 0.5,
  nodegroups: [{ nodes, topology: [{ level: "rack", nodes: 2 }] }],
  resourceFlavors: [{ name: "a", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" }, topologyAware: true }],
  clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
  ...rest,
});
/** A gang of whole nodes; by its class, as in a scenario, it asks for one thing. */
const gang = (name: string, pods: number, rest: WorkloadInput = {}): WorkloadInput => ({
  name,
  workloadClass: `${pods} by ${rest.topology?.kind}`,
  pods,
  gpusPerPod: 8,
  ...rest,
});

function simulate(input: SmallInput, demand: readonly WorkloadInput[]) {
  const simulation = runSimulation({ scenario: small(input), seed: 1, workloads: workloads(demand) });
  const of = (name: string): WorkloadHistory => simulation.workloads.find(({ workload }) => workload.name === name)!;
  return {
    of,
    /** Each run, as "node+node from-to" in hours. */
    runs: (name: string) =>
      of(name).runs.map(
        ({ nodes, placedMs, endMs }) =>
          `${nodes.join("+")} ${placedMs / hours(1)}-${endMs === undefined ? "" : endMs / hours(1)}`,
      ),
    admittedHours: (name: string) => of(name).holds.map(({ reservedMs }) => reservedMs / hours(1)),
    evictions: (name: string) => of(name).holds.flatMap(({ eviction }) => (eviction ? [eviction.reason] : [])),
    waits: (name: string) =>
      Object.fromEntries(
        [...waitedByCause(simulation.waits[of(name).workload.id]!)].map(([cause, ms]) => [cause, ms / hours(1)]),
      ),
  };
}

/** Holds one node of each of two racks for three hours. */
const holes = ["first", "second", "third"].map((name, i) => ({
  ...gang(name, 1, { topology: host, hours: i === 1 ? 0.25 : 3 }),
  createdMs: i,
}));

describe("a topology-aware flavor", () => {
  test("admits nothing that Kueue finds no nodes for: it stays pending, without pods, and others pass it", () => {
    // Hosts 0 and 2 are held from 0:15 on: one host of either rack is free.
    const { admittedHours, runs, waits } = simulate(racks(4), [
      ...holes,
      gang("pair", 2, { topology: rack, createdMs: hours(1) }),
      gang("single", 1, { topology: rack, createdMs: hours(2), hours: 0.5 }),
    ]);
    expect(admittedHours("single")).toEqual([2]);
    expect(runs("pair")).toEqual(["0+1 3-4"]);
    expect(admittedHours("pair")).toEqual([3]);
    expect(waits("pair")).toEqual({ fragmentation: 1.5, capacity: 0.5 });
  });

  test("lets nobody pass who waits for nodes at the head of a StrictFIFO queue", () => {
    const strict = racks(4, {
      clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO", flavors: [{ name: "a", nominalQuota: 100 }] }],
    });
    const { admittedHours, waits } = simulate(strict, [
      ...holes,
      gang("pair", 2, { topology: rack, createdMs: hours(1) }),
      gang("single", 1, { topology: host, createdMs: hours(2), hours: 0.5 }),
    ]);
    expect(admittedHours("pair")[0]).toBe(3);
    expect(admittedHours("single")[0]).toBeCloseTo(3, 3);
    // The claim of the head leaves nothing that the walk would give to the one behind it.
    expect(waits("single")).toEqual({ capacity: expect.closeTo(1, 3) });
  });

  test("gives a gang that prefers a rack the whole nodegroup where no rack has room", () => {
    const { runs } = simulate(racks(4), [
      ...holes,
      gang("pair", 2, { topology: { kind: "preferred", level: "rack" }, createdMs: hours(1) }),
    ]);
    expect(runs("pair")).toEqual(["1+3 1-2"]);
  });

  test("has work without a wish on any nodes where a queue has no other flavor: those with least room", () => {
    const { runs } = simulate(racks(4), [
      gang("half", 1, { gpusPerPod: 5, topology: host, hours: 3 }),
      { name: "plain", workloadClass: "plain", gpusPerPod: 3, createdMs: hours(1) },
      { name: "more", workloadClass: "more", pods: 3, gpusPerPod: 4, createdMs: hours(2) },
    ]);
    expect(runs("half")).toEqual(["0 0-3"]);
    expect(runs("plain")).toEqual(["0 1-2"]);
    // Host 0 has no room for any of these; two fit on one of the others, and none holds all three.
    expect(runs("more")).toEqual(["1+1+2 2-3"]);
  });

  test("counts the room that pods outside Kueue and other flavors' work have taken", () => {
    const standalone = [
      {
        name: "server",
        namespace: "search",
        nodegroup: "a",
        pods: 1,
        gpusPerPod: 1,
        activity: small().workloadClasses[0]!.activity,
      },
    ];
    const input = racks(4, { standalone });
    const plain = { name: "plain", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" } };
    const { runs, waits } = simulate(
      {
        ...input,
        resourceFlavors: [...input.resourceFlavors!, plain],
        clusterQueues: [...input.clusterQueues!, { name: "other", flavors: [{ name: "plain", nominalQuota: 8 }] }],
      },
      [
        { name: "other", clusterQueue: "other", workloadClass: "other", gpusPerPod: 8, hours: 2 },
        gang("pair", 2, { topology: rack, createdMs: hours(1) }),
      ],
    );
    // The server is on host 0, the other queue's work on host 1.
    expect(runs("other")).toEqual(["1 0-2"]);
    expect(runs("pair")).toEqual(["2+3 1-2"]);
    expect(waits("pair")).toEqual({});
  });

  test("is passed over for the next one where it has quota but no nodes", () => {
    const { of } = simulate(
      {
        ...racks(2),
        nodegroups: [1, 2].map(() => ({ nodes: 2, topology: [{ level: "rack", nodes: 2 }] })),
        resourceFlavors: ["a", "b"].map((name) => ({
          name,
          nodeLabels: { "eks.amazonaws.com/nodegroup": name },
          topologyAware: true,
        })),
        clusterQueues: [{ name: "queue", flavors: ["a", "b"].map((name) => ({ name, nominalQuota: 16 })) }],
      },
      [gang("one", 1, { topology: host, hours: 5 }), gang("pair", 2, { topology: rack, createdMs: hours(1) })],
    );
    expect(of("one").holds.map(({ flavor }) => flavor)).toEqual(["a"]);
    expect(of("pair").holds.map(({ flavor }) => flavor)).toEqual(["b"]);
  });

  test("beside others is for work that asks for the topology, which gets no other", () => {
    const input: SmallInput = {
      ...racks(2),
      nodegroups: [{ topology: [{ level: "rack", nodes: 2 }] }, {}],
      resourceFlavors: ["a", "b"].map((name) => ({
        name,
        nodeLabels: { "eks.amazonaws.com/nodegroup": name },
        ...(name === "a" ? { topologyAware: true } : {}),
      })),
      clusterQueues: [{ name: "queue", flavors: ["a", "b"].map((name) => ({ name, nominalQuota: 8 })) }],
    };
    const { of, waits } = simulate(input, [
      gang("plain", 1, { hours: 2 }),
      gang("asks", 1, { topology: { kind: "unconstrained" }, createdMs: hours(1), hours: 2 }),
      gang("late", 1, { createdMs: hours(1.5) }),
    ]);
    expect(of("plain").holds[0]!.flavor).toBe("b");
    expect(of("asks").holds[0]!.flavor).toBe("a");
    expect(waits("late")).toEqual({ capacity: 0.5 });
  });

  test("takes those up again that found no nodes when nodes come back, or another queue's work leaves them", () => {
    const two = racks(2, {
      clusterQueues: ["queue", "other"].map((name) => ({ name, flavors: [{ name: "a", nominalQuota: 16 }] })),
      outages: [{ nodegroup: "a", node: 1, kind: "fail", fromHour: 0, toHour: 3 }],
    });
    const { admittedHours, waits } = simulate(two, [
      gang("other", 1, { clusterQueue: "other", topology: host, hours: 2 }),
      gang("waits for other", 1, { topology: host, createdMs: hours(1), hours: 0.5 }),
      gang("waits for node", 2, { topology: rack, createdMs: hours(2.5), hours: 0.5 }),
    ]);
    expect(admittedHours("waits for other")).toEqual([2]);
    expect(admittedHours("waits for node")).toEqual([3]);
    expect(waits("waits for node")).toEqual({ unavailable: 0.5 });
  });
});

describe("a rack that is short", () => {
  const preemptive = racks(4, {
    clusterQueues: [
      {
        name: "queue",
        flavors: [{ name: "a", nominalQuota: 100 }],
        preemption: { withinClusterQueue: "LowerPriority" },
      },
    ],
    terminationGraceSeconds: 60,
  });

  test("has work of lower priority preempted where quota is there but no nodes, and only as much as has to be", () => {
    const { admittedHours, runs, evictions } = simulate(preemptive, [
      ...holes,
      gang("pair", 2, { topology: rack, priority: 10, createdMs: hours(1) }),
    ]);
    // Of those that hold a host of a rack, the one that was admitted later goes.
    expect(evictions("third")).toEqual(["Preempted"]);
    expect(evictions("first")).toEqual([]);
    expect(runs("pair")).toEqual([`2+3 ${1 + 1 / 60}-${2 + 1 / 60}`]);
    expect(admittedHours("pair")).toEqual([1 + 1 / 60]);
  });

  test("is kept for whoever preempts for it, while others get what it will not take", () => {
    const input: SmallInput = {
      ...preemptive,
      clusterQueues: [...preemptive.clusterQueues!, { name: "other", flavors: [{ name: "a", nominalQuota: 100 }] }],
    };
    const [first, ...others] = holes;
    const { runs } = simulate(input, [
      { ...first, priority: -1 },
      ...others,
      gang("pair", 2, { topology: rack, priority: 10, createdMs: hours(1) }),
      gang("other", 1, { clusterQueue: "other", topology: host, createdMs: hours(1) + 1000 }),
      gang("one more", 1, { clusterQueue: "other", topology: host, createdMs: hours(1) + 2000 }),
    ]);
    // Host 1 waits for the pair, though nobody is on it; host 3 is for others.
    expect(runs("pair")).toEqual([`0+1 ${1 + 1 / 60}-${2 + 1 / 60}`]);
    expect(runs("other")[0]).toMatch(/^3 1\.000/);
    expect(runs("one more")[0]).toMatch(/^[013] 2\.0/);
  });

  test("is not yet another's where those who are told to go still are", () => {
    const input: SmallInput = {
      ...preemptive,
      clusterQueues: [...preemptive.clusterQueues!, { name: "other", flavors: [{ name: "a", nominalQuota: 100 }] }],
    };
    const { runs } = simulate(input, [
      gang("first", 1, { topology: host, hours: 0.1 }),
      gang("second", 1, { topology: host, createdMs: 1, hours: 0.5 }),
      gang("low", 2, { priority: -1, createdMs: hours(0.2), hours: 5 }),
      gang("high", 1, { topology: host, priority: 10, createdMs: hours(0.3), hours: 5 }),
      gang("pair", 2, { topology: rack, priority: 10, createdMs: hours(1) }),
      gang("other", 1, { clusterQueue: "other", topology: host, createdMs: hours(1) + 1000 }),
    ]);
    // Host 1 is free, but the pair's; host 2 will be left, but is not yet.
    expect(runs("low")[0]).toBe(`0+2 0.2-${1 + 1 / 60}`);
    expect(runs("pair")[0]).toBe(`0+1 ${1 + 1 / 60}-${2 + 1 / 60}`);
    expect(runs("other")[0]).toBe(`2 ${1 + 1 / 60}-${2 + 1 / 60}`);
  });

  test("is left alone by work whose queue may preempt nobody", () => {
    const { evictions, admittedHours } = simulate(racks(4), [
      ...holes,
      gang("pair", 2, { topology: rack, priority: 10, createdMs: hours(1) }),
    ]);
    expect(evictions("first")).toEqual([]);
    expect(admittedHours("pair")).toEqual([3]);
  });
});

describe("pods that Kueue has placed", () => {
  const failing = (nodes: readonly number[], rest: SmallInput = {}): SmallInput =>
    racks(6, {
      outages: nodes.map((node) => ({ nodegroup: "a", node, kind: "fail" as const, fromHour: 1, toHour: 5 })),
      ...rest,
    });

  test("are made again on the same nodes after a failure, whoever else would like to have them", () => {
    const { runs, admittedHours } = simulate(racks(2), [
      gang("pair", 2, { topology: rack, failsAfterHours: [1], hours: 1 }),
      gang("next", 1, { topology: host, createdMs: hours(0.5), priority: 10 }),
    ]);
    expect(runs("pair")).toEqual(["0+1 0-1", "0+1 1-2"]);
    expect(admittedHours("next")).toEqual([2]);
  });

  test("go on within the rack where it has another node for the one that failed, and keep their quota", () => {
    const one = { ...failing([1]), nodegroups: [{ nodes: 6, topology: [{ level: "rack", nodes: 3 }] }] };
    const { runs, evictions } = simulate(one, [gang("pair", 2, { topology: rack, hours: 2 })]);
    expect(runs("pair")).toEqual(["0+1 0-1", "0+2 1-3"]);
    expect(evictions("pair")).toEqual([]);
  });

  test("are evicted for NodeFailures where the rack has no other node, and queue again at once", () => {
    const { runs, evictions } = simulate(failing([1]), [gang("pair", 2, { topology: rack, hours: 2 })]);
    expect(evictions("pair")).toEqual(["NodeFailures"]);
    expect(runs("pair")).toEqual(["0+1 0-1", expect.stringMatching(/^2\+3 1\.000/)]);
  });

  test("take any node instead of the one that failed, unless a domain was required", () => {
    const preferred: TopologyRequest = { kind: "preferred", level: "rack" };
    const { runs, evictions } = simulate(failing([1]), [gang("pair", 2, { topology: preferred, hours: 2 })]);
    expect(evictions("pair")).toEqual([]);
    expect(runs("pair")).toEqual(["0+1 0-1", "0+2 1-3"]);
  });

  test("are evicted when two of their nodes fail at once, whatever is free", () => {
    const { evictions } = simulate(failing([0, 1]), [
      gang("pair", 2, { topology: { kind: "unconstrained" }, hours: 2 }),
    ]);
    expect(evictions("pair")).toEqual(["NodeFailures"]);
  });

  test("leave a cordoned node when they are made again, not before", () => {
    const cordoned = racks(4, { cordons: [{ nodegroup: "a", node: 0, fromHour: 1 }] });
    const { runs } = simulate(cordoned, [
      gang("one", 1, { topology: { kind: "unconstrained" }, failsAfterHours: [2], hours: 1 }),
    ]);
    expect(runs("one")).toEqual(["0 0-2", "1 2-3"]);
  });

  test("are evicted when they do not run again in time, on whatever nodes", () => {
    const input = failing([1], { podsReadyTimeoutMinutes: 60, podsReadyRecoveryMinutes: 10 });
    const { evictions } = simulate(input, [
      gang("slow", 2, { topology: { kind: "unconstrained" }, startupMs: minutes(20), hours: 2 }),
    ]);
    expect(evictions("slow")[0]).toBe("PodsReadyTimeout");
  });
});

describe("what waits", () => {
  test("waits for quota where a rack has room for it", () => {
    const { waits } = simulate(
      racks(4, { clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 16 }] }] }),
      [gang("one", 1, { topology: host, hours: 2 }), gang("pair", 2, { topology: rack, createdMs: hours(1) })],
    );
    expect(waits("pair")).toEqual({ quota: 1 });
  });

  test("waits for a flavor where another nodegroup has such a rack free, not where that has no racks", () => {
    const apart = (topology: { level: string; nodes: number }[] | undefined): SmallInput => ({
      ...racks(2),
      nodegroups: [
        { nodes: 2, topology: [{ level: "rack", nodes: 2 }] },
        { nodes: 2, ...(topology ? { topology } : {}) },
      ],
    });
    const demand = [
      gang("one", 1, { topology: host, hours: 2 }),
      gang("pair", 2, { topology: rack, createdMs: hours(1) }),
    ];
    expect(simulate(apart([{ level: "rack", nodes: 2 }]), demand).waits("pair")).toEqual({ flavor: 1 });
    expect(simulate(apart(undefined), demand).waits("pair")).toEqual({ capacity: 1 });
  });
});

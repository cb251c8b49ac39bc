import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Scenario } from "../scenario/schema.js";
import { anyScenario } from "../testing/any-scenario.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import type { WorkloadHistory } from "./history.js";
import { runSimulation, type Simulation } from "./simulate.js";

const run = (input: SmallInput, demand: readonly WorkloadInput[]): Simulation =>
  runSimulation({ scenario: small(input), seed: 1, workloads: workloads(demand) });

const named = ({ workloads: all }: Simulation, name: string): WorkloadHistory =>
  all.find(({ workload }) => workload.name === name)!;

/** Hours at which each of a workload's runs was placed. */
const placed = (simulation: Simulation, name: string) => named(simulation, name).runs.map((r) => r.placedMs / hours(1));
/** Hours from reservation to the end of each hold. */
const held = (simulation: Simulation, name: string) =>
  named(simulation, name).holds.map(({ reservedMs, endMs }) => [reservedMs / hours(1), endMs && endMs / hours(1)]);

const quota = (nominalQuota: number) => [{ name: "queue", flavors: [{ name: "a", nominalQuota }] }];

describe("a workload's life", () => {
  test("goes from creation to quota, nodes, Running and the end", () => {
    const { workloads: all } = run({}, [{ createdMs: hours(1), gpusPerPod: 8, hours: 2, startupMs: minutes(3) }]);
    expect(all).toEqual([
      {
        workload: expect.anything(),
        holds: [{ reservedMs: hours(1), flavor: "a", borrowed: 0, endMs: hours(3) + minutes(3), end: "finished" }],
        runs: [
          {
            attempt: 0,
            podsCreatedMs: hours(1),
            placedMs: hours(1),
            runningMs: hours(1) + minutes(3),
            nodes: [0],
            endMs: hours(3) + minutes(3),
            outcome: "succeeded",
          },
        ],
        state: "succeeded",
      },
    ]);
  });

  test("waits for quota in the queue, and gets it with nodes at the moment at which another gives them back", () => {
    const simulation = run({}, [
      { name: "first", gpusPerPod: 8, hours: 2 },
      { name: "second", gpusPerPod: 8, createdMs: hours(1) },
      { name: "third", gpusPerPod: 8, createdMs: hours(3) },
    ]);
    expect(["first", "second", "third"].map((name) => placed(simulation, name))).toEqual([[0], [2], [3]]);
  });

  test("is cut off by the end of the simulation wherever it stands", () => {
    const input = { days: 0.25, nodegroups: [{ nodes: 2, gpusPerNode: 4 }] };
    const { workloads: all } = run(input, [
      { name: "done", hours: 1 },
      { name: "running", hours: 10, pods: 2, gpusPerPod: 3, createdMs: hours(1) },
      { name: "unplaced", gpusPerPod: 2, createdMs: hours(2) },
      { name: "pending", gpusPerPod: 4, createdMs: hours(3) },
      { name: "starting", gpusPerPod: 1, createdMs: hours(5.9), startupMs: hours(1), priority: 5 },
      { name: "too late", createdMs: hours(6) },
    ]);
    expect(all.map(({ workload, state }) => [workload.name, state])).toEqual([
      ["done", "succeeded"],
      ["running", "running"],
      ["unplaced", "unplaced"],
      ["pending", "pending"],
      // Quota for 8 GPUs: 6 run, 2 are held by the gang without nodes.
      ["starting", "pending"],
    ]);
    expect(run({ days: 0.25 }, [{ createdMs: hours(5.9), startupMs: hours(1) }]).workloads[0]!.state).toBe("starting");
  });

  test("is the same for the same arguments, and leaves these as they were", () => {
    const scenario = small({ nodegroups: [{ nodes: 2 }] });
    const demand = workloads(
      Array.from({ length: 30 }, (_, i) => ({ createdMs: minutes(i * 7), pods: 1 + (i % 3), gpusPerPod: 4 })),
    );
    const before = structuredClone({ scenario, demand });
    const first = runSimulation({ scenario, seed: 1, workloads: demand });
    expect(runSimulation({ scenario, seed: 1, workloads: demand })).toEqual(first);
    expect({ scenario, demand }).toEqual(before);
  });

  test("does not depend on whether the causes of waiting are looked for", () => {
    const scenario = small({ nodegroups: [{ nodes: 2 }] });
    const demand = workloads(
      Array.from({ length: 30 }, (_, i) => ({ createdMs: minutes(i * 7), pods: 1 + (i % 3), gpusPerPod: 4 })),
    );
    const [without, withTruth] = [false, true].map((truth) =>
      runSimulation({ scenario, seed: 1, workloads: demand, truth }),
    );
    expect(without!.workloads).toEqual(withTruth!.workloads);
    expect(without!.waits).toEqual([]);
  });
});

describe("gangs that are admitted but find no nodes", () => {
  /** Two nodes of 4 GPUs, on each of which a pod of 2 runs for four hours. */
  const scattered = { nodegroups: [{ nodes: 2, gpusPerNode: 4 }], placement: "spread" as const };
  const holes = { name: "holes", pods: 2, gpusPerPod: 2, hours: 4 };

  test("hold their quota while they wait for room, and keep others from it", () => {
    const simulation = run(scattered, [
      holes,
      { name: "whole", gpusPerPod: 4, createdMs: hours(1) },
      { name: "late", gpusPerPod: 1, createdMs: hours(2) },
    ]);
    expect(placed(simulation, "whole")).toEqual([4]);
    expect(held(simulation, "whole")).toEqual([[1, 5]]);
    // Two GPUs are free on each node, but all quota is held.
    expect(placed(simulation, "late")).toEqual([4]);
  });

  test("are placed by priority, then by admission, and smaller ones may pass where they fit", () => {
    const room = { ...scattered, clusterQueues: quota(100) };
    const simulation = run(room, [
      holes,
      { name: "first", gpusPerPod: 4, createdMs: hours(1), hours: 10 },
      { name: "second", gpusPerPod: 4, createdMs: hours(1.5), hours: 10 },
      { name: "urgent", gpusPerPod: 4, createdMs: hours(2), priority: 1, hours: 10 },
      { name: "small", gpusPerPod: 2, createdMs: hours(3), hours: 0.5 },
    ]);
    expect(["small", "urgent", "first", "second"].map((name) => placed(simulation, name))).toEqual([
      [3],
      [4],
      [4],
      [14],
    ]);
  });

  test("keep their pods from the admission on", () => {
    const [, whole] = run(scattered, [holes, { gpusPerPod: 4, createdMs: hours(1) }]).workloads;
    expect(whole!.runs[0]).toMatchObject({ podsCreatedMs: hours(1), placedMs: hours(4) });
  });
});

describe("failed attempts", () => {
  test("are retried within the admission, at once where there is room", () => {
    const { workloads: all } = run({}, [{ failsAfterHours: [1, 0.5], hours: 2, startupMs: minutes(6) }]);
    expect(all[0]!.holds).toHaveLength(1);
    expect(all[0]!.runs.map((r) => [r.attempt, r.outcome, r.placedMs / hours(1), r.endMs! / hours(1)])).toEqual([
      [0, "failed", 0, 1.1],
      [1, "failed", 1.1, 1.7],
      [2, "succeeded", 1.7, 3.8],
    ]);
    expect(all[0]).toMatchObject({ state: "succeeded", holds: [{ endMs: hours(3.8), end: "finished" }] });
  });

  test("compete for the room that they gave back, and may have to wait without nodes", () => {
    const simulation = run({ clusterQueues: quota(100) }, [
      { name: "flaky", gpusPerPod: 8, failsAfterHours: [1], hours: 1 },
      { name: "urgent", gpusPerPod: 8, createdMs: hours(0.5), priority: 1, hours: 3 },
    ]);
    expect(placed(simulation, "urgent")).toEqual([1]);
    expect(placed(simulation, "flaky")).toEqual([0, 4]);
    expect(named(simulation, "flaky").runs[1]!.podsCreatedMs).toBe(hours(1));
    expect(held(simulation, "flaky")).toEqual([[0, 5]]);
  });

  test("go on from the last checkpoint, as do runs that a node took down", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 3.75, toHour: 5 }];
    const simulation = run({ outages }, [
      { name: "work", failsAfterHours: [2.5], hours: 10, checkpointMs: hours(1), startupMs: hours(0.25) },
    ]);
    const runs = named(simulation, "work").runs.map(({ placedMs, endMs, savedMs = 0, outcome }) => [
      placedMs / hours(1),
      endMs! / hours(1),
      savedMs / hours(1),
      outcome,
    ]);
    expect(runs).toEqual([
      [0, 2.75, 0, "failed"],
      // Three quarters of an hour and the start-up are lost with the node.
      [2.75, 3.75, 2, "lost"],
      [5, 13.25, 2, "succeeded"],
    ]);
    const anew = run({ outages }, [{ name: "work", failsAfterHours: [2.5], hours: 10, startupMs: hours(0.25) }]);
    expect(named(anew, "work").runs.at(-1)!.endMs).toBe(hours(15.25));
  });

  test("come at the same share of what is left as they would have come of the whole", () => {
    const [workload] = run({}, [{ failsAfterHours: [6, 4], hours: 10, checkpointMs: hours(5) }]).workloads;
    expect(workload!.runs.map(({ runningMs, endMs }) => (endMs! - runningMs) / hours(1))).toEqual([6, 2, 5]);
  });

  test("end the workload as failed when no try is left", () => {
    const [workload] = workloads([{}]);
    const lost = { ...workload!, attempts: [{ durationMs: hours(1), fails: true }] };
    const { workloads: all } = runSimulation({ scenario: small(), seed: 1, workloads: [lost] });
    expect(all[0]).toMatchObject({ state: "failed", runs: [{ outcome: "failed" }], holds: [{ end: "finished" }] });
  });
});

describe("the PodsReady timeout", () => {
  const strict = { podsReadyTimeoutMinutes: 30 };

  test("evicts a gang without nodes and requeues it after 60 s, doubling up to an hour", () => {
    const blocked = { ...strict, days: 2, clusterQueues: quota(100) };
    const [, waiting] = run(blocked, [
      { gpusPerPod: 8, hours: 100 },
      { gpusPerPod: 8, createdMs: minutes(10) },
    ]).workloads;
    const { holds } = waiting!;
    expect(holds.length).toBeGreaterThan(9);
    expect(holds[0]!.reservedMs).toBe(minutes(10));
    for (const hold of holds.slice(0, -1)) {
      expect(hold).toMatchObject({ end: "evicted", endMs: hold.reservedMs + minutes(30) });
    }
    const backoffs = holds.slice(1, 9).map(({ reservedMs }, i) => (reservedMs - holds[i]!.endMs!) / minutes(1));
    expect(backoffs).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(waiting!.runs).toEqual([]);
  });

  test("gives the quota of an evicted gang to others at once", () => {
    const simulation = run({ ...strict, nodegroups: [{ nodes: 2, gpusPerNode: 4 }], placement: "spread" }, [
      { name: "holes", pods: 2, gpusPerPod: 2, hours: 4 },
      { name: "whole", gpusPerPod: 4, createdMs: hours(1) },
      { name: "late", gpusPerPod: 1, createdMs: hours(1), hours: 10 },
    ]);
    expect(placed(simulation, "late")).toEqual([1.5]);
  });

  test("evicts a gang whose pods do not start in time, and frees its nodes", () => {
    const simulation = run(strict, [
      { name: "slow", gpusPerPod: 8, startupMs: minutes(31) },
      { name: "next", gpusPerPod: 8, createdMs: minutes(1) },
    ]);
    expect(named(simulation, "slow").runs[0]).toMatchObject({
      outcome: "evicted",
      attempt: 0,
      placedMs: 0,
      endMs: minutes(30),
    });
    expect(placed(simulation, "next")).toEqual([0.5]);
    // The try does not count: it makes its first attempt again.
    expect(named(simulation, "slow").runs[1]).toMatchObject({ attempt: 0, placedMs: minutes(90) });
  });

  test("spares pods that run just in time", () => {
    const { workloads: all } = run(strict, [{ startupMs: minutes(30) }]);
    expect(all[0]).toMatchObject({ state: "succeeded", holds: [{ end: "finished" }] });
  });

  describe("for recovery", () => {
    const fails = (fromHour: number, toHour: number) => ({
      outages: [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour, toHour }],
    });
    const recovery = { ...strict, podsReadyRecoveryMinutes: 15 };

    test("evicts a workload that lost its node and runs nowhere in time; without it, nobody", () => {
      const demand = [{ name: "work", hours: 2 }];
      const [first, second] = named(run({ ...recovery, ...fails(1, 3) }, demand), "work").holds;
      expect(first).toMatchObject({
        endMs: hours(1.25),
        eviction: { reason: "PodsReadyTimeout", underlyingCause: "WaitForRecovery" },
        requeueMs: hours(1.25) + minutes(1),
      });
      // From then on it is a start that takes too long.
      expect(second).toMatchObject({ eviction: { reason: "PodsReadyTimeout", underlyingCause: "WaitForStart" } });
      expect(held(run({ ...strict, ...fails(1, 3) }, demand), "work")).toEqual([[0, 5]]);
    });

    test("spares one that runs again just in time", () => {
      const simulation = run({ ...recovery, ...fails(1, 1.125) }, [
        { name: "work", hours: 2, startupMs: minutes(7.5) },
      ]);
      expect(held(simulation, "work")).toEqual([[0, 3.25]]);
    });

    test("runs from the first loss on, however often its pods are lost before they run", () => {
      const outages = [1, 1.1].map((fromHour) => ({
        nodegroup: "a",
        node: 0,
        kind: "fail" as const,
        fromHour,
        toHour: fromHour + 0.05,
      }));
      const [hold] = named(
        run({ ...recovery, outages }, [{ name: "work", startupMs: minutes(12), hours: 5 }]),
        "work",
      ).holds;
      expect(hold).toMatchObject({ endMs: hours(1.25), eviction: { underlyingCause: "WaitForRecovery" } });
    });
  });

  test("counts once for an admission: a retry that finds no nodes is not evicted", () => {
    const simulation = run({ ...strict, clusterQueues: quota(100) }, [
      { name: "flaky", gpusPerPod: 8, failsAfterHours: [1], hours: 1 },
      { name: "urgent", gpusPerPod: 8, createdMs: hours(0.75), priority: 1, hours: 3 },
    ]);
    expect(held(simulation, "flaky")).toEqual([[0, 5]]);
    expect(named(simulation, "flaky").holds).toHaveLength(1);
  });

  test("leaves nobody evicted when it is not set", () => {
    const simulation = run({ clusterQueues: quota(100) }, [
      { gpusPerPod: 8, hours: 20 },
      { name: "patient", gpusPerPod: 8 },
    ]);
    expect(held(simulation, "patient")).toEqual([[0, 21]]);
  });
});

describe("preemption", () => {
  const preempting = {
    clusterQueues: [
      {
        name: "queue",
        flavors: [{ name: "a", nominalQuota: 8 }],
        preemption: { withinClusterQueue: "LowerPriority" as const },
      },
    ],
  };
  const demand: WorkloadInput[] = [
    { name: "low", gpusPerPod: 8, hours: 3 },
    { name: "high", gpusPerPod: 8, createdMs: hours(1), priority: 1, hours: 1 },
  ];

  test("gives pods their grace, then their quota and nodes to the preemptor, and queues them again", () => {
    const simulation = run({ ...preempting, terminationGraceSeconds: 360 }, demand);
    expect(placed(simulation, "high")).toEqual([1.1]);
    const { holds, runs } = named(simulation, "low");
    expect(holds[0]).toMatchObject({
      endMs: minutes(66),
      end: "evicted",
      requeueMs: minutes(66) + 1000,
      eviction: {
        atMs: hours(1),
        reason: "Preempted",
        underlyingCause: "",
        preemption: { reason: "InClusterQueue", preemptor: named(simulation, "high").workload.id },
      },
    });
    expect(runs.map(({ placedMs, endMs, outcome }) => [placedMs / hours(1), endMs! / hours(1), outcome])).toEqual([
      [0, 1.1, "evicted"],
      [2.1, 5.1, "succeeded"],
    ]);
  });

  test("takes half a minute unless told, and no time where there is no grace or no pod runs", () => {
    expect(placed(run(preempting, demand), "high")).toEqual([1 + 30 / 3600]);
    expect(placed(run({ ...preempting, terminationGraceSeconds: 0 }, demand), "high")).toEqual([1]);
    const nowhere = { ...preempting, cordons: [{ nodegroup: "a", node: 0, fromHour: 0, toHour: 2 }] };
    expect(held(run(nowhere, demand), "low")[0]).toEqual([0, 1]);
  });

  test("lets those who end in their grace end, well or not", () => {
    const simulation = run({ ...preempting, terminationGraceSeconds: 7200 }, [{ ...demand[0]!, hours: 2 }, demand[1]!]);
    expect(named(simulation, "low")).toMatchObject({
      state: "succeeded",
      holds: [{ end: "finished", endMs: hours(2) }],
    });
    expect(placed(simulation, "high")).toEqual([2]);
    const failing = { ...demand[0]!, failsAfterHours: [1.5] };
    expect(held(run({ ...preempting, terminationGraceSeconds: 7200 }, [failing, demand[1]!]), "low")[0]).toEqual([
      0, 1.5,
    ]);
  });

  test("ends at once where the node goes meanwhile", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 1.05, toHour: 1.2 }];
    const simulation = run({ ...preempting, outages, terminationGraceSeconds: 360 }, demand);
    expect(held(simulation, "low")[0]).toEqual([0, 1.05]);
    expect(held(simulation, "high")).toEqual([[1.05, 2.2]]);
  });
});

describe("a workload admitted with fewer pods than it asked for", () => {
  const eight: WorkloadInput = { name: "x", pods: 8, minPods: 3 };

  test("holds quota and nodes for these, and takes longer for the same work", () => {
    const simulation = run({ clusterQueues: quota(4) }, [
      eight,
      { name: "next", createdMs: minutes(1), gpusPerPod: 4 },
    ]);
    const { holds, runs } = named(simulation, "x");
    expect(holds).toMatchObject([{ pods: 4, flavor: "a", reservedMs: 0, endMs: hours(2), end: "finished" }]);
    expect(runs.map(({ nodes }) => nodes)).toEqual([[0, 0, 0, 0]]);
    expect(placed(simulation, "next")).toEqual([2]);
  });

  test("fails as much later as it would have succeeded", () => {
    const simulation = run({ clusterQueues: quota(4) }, [{ ...eight, hours: 3, failsAfterHours: [0.5] }]);
    expect(placed(simulation, "x")).toEqual([0, 1]);
    expect(held(simulation, "x")).toEqual([[0, 7]]);
  });

  test("goes on from its last checkpoint with them, and with all of them once it is admitted so", () => {
    const nodegroups = [{ nodes: 2, gpusPerNode: 4 }];
    const outages = [{ nodegroup: "a", node: 1, kind: "fail" as const, fromHour: 3.5, toHour: 3.6 }];
    const stops = [{ policy: "HoldAndDrain" as const, fromHour: 6, toHour: 7 }];
    const clusterQueues = [{ ...quota(8)[0]!, stops }];
    const simulation = run({ nodegroups, outages, clusterQueues, terminationGraceSeconds: 0 }, [
      { name: "other", gpusPerPod: 4, hours: 3.5 },
      { ...eight, hours: 4, checkpointMs: hours(1) },
    ]);
    // Three hours of four pods are one and a half of eight; two more make it two and a half; an hour and a half is left.
    expect(named(simulation, "x").runs).toMatchObject([
      { nodes: [1, 1, 1, 1], placedMs: 0, endMs: hours(3.5), outcome: "lost" },
      { nodes: [0, 0, 0, 0], placedMs: hours(3.5), endMs: hours(6), savedMs: hours(1.5), outcome: "evicted" },
      { nodes: [0, 1, 0, 1, 0, 1, 0, 1], placedMs: hours(7), endMs: hours(8.5), savedMs: hours(2.5) },
    ]);
    expect(named(simulation, "x").holds.map(({ pods }) => pods)).toEqual([4, undefined]);
  });
});

describe("a stopped ClusterQueue", () => {
  const stopped = (policy: "Hold" | "HoldAndDrain") => ({
    terminationGraceSeconds: 360,
    clusterQueues: [
      { name: "queue", flavors: [{ name: "a", nominalQuota: 8 }], stops: [{ policy, fromHour: 1, toHour: 3 }] },
    ],
  });
  const demand: WorkloadInput[] = [
    { name: "there", gpusPerPod: 4, hours: 4 },
    { name: "new", gpusPerPod: 4, createdMs: hours(2) },
  ];

  test("on hold admits nothing, and leaves what it has admitted alone", () => {
    const simulation = run(stopped("Hold"), demand);
    expect(placed(simulation, "there")).toEqual([0]);
    expect(placed(simulation, "new")).toEqual([3]);
  });

  test("that drains evicts what it has admitted, which queues again in its old place", () => {
    const simulation = run(stopped("HoldAndDrain"), [{ ...demand[0]!, gpusPerPod: 8 }, demand[1]!]);
    expect(named(simulation, "there").holds[0]).toMatchObject({
      endMs: minutes(66),
      eviction: { atMs: hours(1), reason: "ClusterQueueStopped", underlyingCause: "" },
    });
    expect([placed(simulation, "there"), placed(simulation, "new")]).toEqual([[0, 3], [7]]);
  });

  test("that drained somebody has told them once: whoever would preempt them waits for the same end", () => {
    const [queue] = stopped("HoldAndDrain").clusterQueues;
    const clusterQueues = [
      {
        ...queue!,
        stops: [{ ...queue!.stops[0]!, toHour: 1.01 }],
        preemption: { withinClusterQueue: "LowerPriority" as const },
      },
    ];
    const simulation = run({ terminationGraceSeconds: 360, clusterQueues }, [
      { name: "there", gpusPerPod: 8, hours: 4 },
      { name: "urgent", gpusPerPod: 8, createdMs: minutes(63), priority: 1 },
    ]);
    expect(held(simulation, "urgent")).toEqual([[1.1, 2.1]]);
    expect(named(simulation, "there").holds[0]!.eviction).toMatchObject({
      atMs: hours(1),
      reason: "ClusterQueueStopped",
    });
  });
});

describe("nominal quota that changes", () => {
  const changing = (nominalQuota: number, ...changes: readonly (readonly [fromHour: number, gpus: number])[]) => ({
    clusterQueues: [
      {
        name: "queue",
        flavors: [
          {
            name: "a",
            nominalQuota,
            quotaChanges: changes.map(([fromHour, gpus]) => ({ fromHour, nominalQuota: gpus })),
          },
        ],
      },
    ],
  });
  const causes = ({ waits }: Simulation) =>
    waits.map((spans) => spans.map(({ cause, fromMs, toMs }) => [cause, fromMs / hours(1), toMs / hours(1)]));

  test("lets in what fits from then on, which till then asked for more than there could ever be, or than was left", () => {
    const simulation = run(changing(2, [1, 4], [3, 8]), [
      { name: "small", gpusPerPod: 4, hours: 4 },
      { name: "large", gpusPerPod: 8 },
      { name: "next", gpusPerPod: 4, createdMs: hours(2) },
    ]);
    expect([placed(simulation, "small"), placed(simulation, "next"), placed(simulation, "large")]).toEqual([
      [1],
      [3],
      [5],
    ]);
    expect(causes(simulation)).toEqual([
      [["invalid", 0, 1]],
      [
        ["invalid", 0, 3],
        ["capacity", 3, 5],
      ],
      [["quota", 2, 3]],
    ]);
  });

  test("leaves what it has admitted alone where it falls", () => {
    const simulation = run(changing(8, [1, 2]), [
      { name: "there", gpusPerPod: 4, hours: 4 },
      { name: "new", gpusPerPod: 2, createdMs: hours(2) },
    ]);
    expect([held(simulation, "there"), held(simulation, "new")]).toEqual([[[0, 4]], [[4, 5]]]);
  });

  test("is as if it had always been so where it changes before all starts, and never where after all is over", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
        const changed = (
          quotaChanges: (nominal: number) => { fromHour: number; nominalQuota: number }[],
          first = 1,
        ) => ({
          ...scenario,
          clusterQueues: scenario.clusterQueues.map((queue) => ({
            ...queue,
            flavors: queue.flavors.map(({ nominalQuota, quotaChanges: _, ...limits }) => ({
              ...limits,
              nominalQuota: first * nominalQuota,
              quotaChanges: quotaChanges(nominalQuota),
            })),
          })),
        });
        const outcome = (of: Scenario) => {
          const { workloads: histories, waits } = runSimulation({ scenario: of, seed });
          return { histories, waits };
        };
        const constant = outcome(changed(() => []));
        const early = (nominal: number) => [
          { fromHour: -9, nominalQuota: 0 },
          { fromHour: -24 * scenario.warmupDays, nominalQuota: nominal },
        ];
        expect(outcome(changed(early, 5))).toEqual(constant);
        expect(outcome(changed(() => [{ fromHour: 24 * scenario.days, nominalQuota: 0 }]))).toEqual(constant);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a stopped LocalQueue", () => {
  type Stops = NonNullable<NonNullable<SmallInput["localQueues"]>[number]["stops"]>;
  const two = (stops: Stops, rest: Partial<NonNullable<SmallInput["clusterQueues"]>[number]> = {}): SmallInput => ({
    terminationGraceSeconds: 360,
    clusterQueues: [{ ...quota(8)[0]!, ...rest }],
    localQueues: [
      { name: "queue", namespace: "team", clusterQueue: "queue" },
      { name: "other", namespace: "team", clusterQueue: "queue", stops },
    ],
  });
  const hold: Stops = [{ policy: "Hold", fromHour: 1, toHour: 3 }];
  const other = { localQueue: "other" };
  const demand: WorkloadInput[] = [
    { ...other, name: "there", gpusPerPod: 4, hours: 4 },
    { ...other, name: "new", gpusPerPod: 4, createdMs: hours(2) },
    { name: "peer", gpusPerPod: 4, createdMs: hours(2), hours: 0.5 },
  ];

  test("on hold has nothing admitted, and is in nobody's way", () => {
    const simulation = run(two(hold), demand);
    expect(["there", "new", "peer"].map((name) => placed(simulation, name))).toEqual([[0], [3], [2]]);
  });

  test("that drains has evicted what was admitted of it, which queues again in its old place", () => {
    const simulation = run(two([{ ...hold[0]!, policy: "HoldAndDrain" }]), [
      ...demand,
      { name: "stays", gpusPerPod: 4, hours: 2 },
      { ...other, name: "late", gpusPerPod: 8, createdMs: hours(2) },
    ]);
    expect(named(simulation, "there").holds[0]).toMatchObject({
      endMs: minutes(66),
      eviction: { atMs: hours(1), reason: "LocalQueueStopped", underlyingCause: "" },
    });
    expect(["there", "stays", "new", "late"].map((name) => placed(simulation, name))).toEqual([[0, 3], [0], [3], [7]]);
  });

  test("takes its head with it under StrictFIFO, and brings it back to its old place", () => {
    const simulation = run(two(hold, { queueingStrategy: "StrictFIFO" }), [
      { name: "there", gpusPerPod: 4, hours: 2.5 },
      { ...other, name: "head", gpusPerPod: 8, createdMs: minutes(10) },
      { name: "behind", gpusPerPod: 4, createdMs: minutes(20), hours: 2.25 },
      { name: "last", gpusPerPod: 4, createdMs: minutes(30), hours: 2 },
    ]);
    expect(["behind", "last", "head"].map((name) => placed(simulation, name))).toEqual([[1], [2.5], [4.5]]);
    // Once it is back, the head is before whoever was created after it.
    const back = run(two(hold, { queueingStrategy: "StrictFIFO" }), [
      { name: "there", gpusPerPod: 4, hours: 3.5 },
      { ...other, name: "head", gpusPerPod: 8, createdMs: minutes(10) },
      { name: "behind", gpusPerPod: 4, createdMs: hours(3), hours: 1 },
    ]);
    expect(["head", "behind"].map((name) => placed(back, name))).toEqual([[3.5], [4.5]]);
  });

  test("lets go of what its preemptor was to get", () => {
    const preemption = { withinClusterQueue: "LowerPriority" as const };
    const simulation = run({ ...two(hold, { preemption }), terminationGraceSeconds: 3600 }, [
      { name: "low", gpusPerPod: 8, hours: 9 },
      { ...other, name: "urgent", gpusPerPod: 8, priority: 1, createdMs: minutes(30) },
      { name: "peer", gpusPerPod: 8, createdMs: minutes(40), hours: 1 },
    ]);
    // At 1:30 the pods of "low" are gone; "urgent", for which they went, is stopped until 3:00, and preempts it again.
    expect(["low", "peer", "urgent"].map((name) => placed(simulation, name))).toEqual([[0, 2.5, 5], [1.5], [4]]);
  });

  test("is stopped as long as any of its spans lasts", () => {
    const stops = [...hold, { policy: "HoldAndDrain" as const, fromHour: 2, toHour: 4 }];
    const simulation = run(two(stops), [
      { ...other, name: "early", createdMs: minutes(90) },
      { ...other, name: "late", createdMs: minutes(150) },
    ]);
    expect(["early", "late"].map((name) => placed(simulation, name))).toEqual([[4], [4]]);
  });
});

describe("nodes", () => {
  test("take work by GPU model, even within a flavor that covers several", () => {
    const mixed: SmallInput = {
      nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }],
      resourceFlavors: [{ name: "a", nodeLabels: { "topology.kubernetes.io/region": "us-west-2" } }],
      clusterQueues: quota(16),
    };
    const simulation = run(mixed, [
      { name: "first", gpusPerPod: 8, gpuModels: ["A100"] },
      { name: "second", gpusPerPod: 8, gpuModels: ["A100"] },
      { name: "third", gpusPerPod: 8 },
    ]);
    expect(simulation.nodes.map((node) => node.nodegroup)).toEqual(["a", "b"]);
    expect([...named(simulation, "first").runs[0]!.nodes]).toEqual([1]);
    expect(placed(simulation, "second")).toEqual([1]);
    // Quota is gone by the first two, though a node is free: quota is not capacity.
    expect(placed(simulation, "third")).toEqual([1]);
  });

  test("that are cordoned keep what runs and take nothing new", () => {
    const simulation = run({ cordons: [{ nodegroup: "a", node: 0, fromHour: 1, toHour: 5 }] }, [
      { name: "there", hours: 3 },
      { name: "new", createdMs: hours(2) },
    ]);
    expect(named(simulation, "there").runs[0]!.endMs).toBe(hours(3));
    expect(placed(simulation, "new")).toEqual([5]);
  });

  test("stay cordoned while any of several cordons lasts, warm-up included", () => {
    const cordons = [
      { nodegroup: "a", node: 0, fromHour: -30, toHour: 1 },
      { nodegroup: "a", node: 0, fromHour: 0, toHour: 3 },
      { nodegroup: "a", node: 0, fromHour: 20 },
    ];
    const simulation = run({ warmupDays: 1, cordons }, [{ name: "early" }, { name: "late", createdMs: hours(45) }]);
    expect(placed(simulation, "early")).toEqual([27]);
    expect(named(simulation, "late").state).toBe("unplaced");
  });

  test.each(["drain", "fail", "delete"] as const)(
    "that go by %s take the whole gang with them: it keeps its quota and starts again where there is room",
    (kind) => {
      const outages = [{ nodegroup: "a", node: 1, kind, fromHour: 1, toHour: 4 }];
      const simulation = run({ nodegroups: [{ nodes: 3 }], outages, clusterQueues: quota(24) }, [
        { name: "gang", pods: 2, gpusPerPod: 8, hours: 2, startupMs: minutes(6) },
        { name: "beside", gpusPerPod: 8, hours: 2 },
        { name: "new", gpusPerPod: 8, createdMs: hours(1.5), hours: 5 },
      ]);
      const [lost, again] = named(simulation, "gang").runs;
      expect(lost).toMatchObject({ outcome: "lost", lostNode: 1, endMs: hours(1), attempt: 0, nodes: [0, 1] });
      // One node is free at 1:00, the second only when its neighbour's work is done; the new one has no quota until then.
      expect(again).toMatchObject({ attempt: 0, podsCreatedMs: hours(1), placedMs: hours(2), nodes: [0, 2] });
      expect(held(simulation, "gang")).toEqual([[0, 4.1]]);
      expect(named(simulation, "gang").state).toBe("succeeded");
      expect(placed(simulation, "new")).toEqual([4]);
    },
  );

  test("that are added later take nothing until then", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "delete" as const, fromHour: -100, toHour: 3 }];
    expect(placed(run({ outages }, [{ name: "early" }]), "early")).toEqual([3]);
  });

  test("that fail end a plain Pod for good: nothing starts it again", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 1, toHour: 2 }];
    const simulation = run({ outages }, [{ name: "pod", kind: "Pod", hours: 2 }]);
    expect(named(simulation, "pod")).toMatchObject({ state: "failed", holds: [{ endMs: hours(1), end: "finished" }] });
    expect(named(simulation, "pod").runs).toHaveLength(1);
  });

  test("that fail at random do so at the same times whatever the demand", () => {
    const input = { nodegroups: [{ nodes: 4, failures: { mtbfHours: 5, repairHours: 1 } }] };
    const { outages } = run(input, [{ gpusPerPod: 8, hours: 20 }]);
    expect(outages.length).toBeGreaterThan(5);
    expect(run(input, []).outages).toEqual(outages);
  });

  test("hold pods outside Kueue from the start to the end", () => {
    const activity = small().workloadClasses[0]!.activity;
    const standalone = [{ name: "server", namespace: "search", nodegroup: "a", pods: 3, gpusPerPod: 2, activity }];
    const simulation = run({ standalone }, [{ gpusPerPod: 2 }, { name: "second", gpusPerPod: 1 }]);
    expect(simulation.standalone.map(({ node, gpus }) => [node, gpus])).toEqual([
      [0, 2],
      [0, 2],
      [0, 2],
    ]);
    expect(placed(simulation, "second")).toEqual([1]);
  });

  test("have names and addresses of their own, also beyond 250 in a nodegroup", () => {
    const { nodes } = run(
      {
        nodegroups: [
          { nodes: 600, gpusPerNode: 1 },
          { nodes: 2, region: "eu-west-1" },
        ],
      },
      [],
    );
    expect(new Set(nodes.map((node) => node.name)).size).toBe(602);
    expect(nodes[0]!.name).toBe("ip-10-0-0-10.us-west-2.compute.internal");
    expect(nodes[250]!.name).toBe("ip-10-0-1-10.us-west-2.compute.internal");
    expect(nodes[601]!.name).toBe("ip-10-1-0-11.eu-west-1.compute.internal");
  });
});

test("standalone pods of several kinds that do not fit together are refused, and told apart", () => {
  const activity = small().workloadClasses[0]!.activity;
  const server = { namespace: "search", nodegroup: "a", pods: 1, gpusPerPod: 5, activity };
  expect(() =>
    run(
      {
        standalone: [
          { ...server, name: "one" },
          { ...server, name: "two" },
        ],
      },
      [],
    ),
  ).toThrow(
    'standalone "two": nodegroup "a" has no room for its pod 1 of 1 beside the other standalone pods; lower pods or gpusPerPod',
  );
});

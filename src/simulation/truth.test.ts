import { describe, expect, test } from "vitest";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { runSimulation } from "./simulate.js";
import { waitedByCause } from "./truth.js";

/** Hours that a workload waited, by cause, up to six hours from the start. */
function waits(input: SmallInput, demand: readonly WorkloadInput[], name = "late") {
  const scenario = small({ days: 0.25, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  const { workload } = simulation.workloads.find((history) => history.workload.name === name)!;
  return Object.fromEntries(
    [...waitedByCause(simulation.waits[workload.id]!)].map(([cause, ms]) => [cause, ms / hours(1)]),
  );
}

const quota = (name: string, nominalQuota: number) => ({ name, nominalQuota });
const late = (gpusPerPod: number, rest: WorkloadInput = {}): WorkloadInput => ({
  name: "late",
  gpusPerPod,
  createdMs: hours(1),
  ...rest,
});

describe("a workload waits because of", () => {
  test("capacity if it asks for no GPUs and the cores are taken, however many GPUs are free", () => {
    const { waits } = runSimulation({
      scenario: small({ nodegroups: [{ cpusPerNode: 64 }] }),
      seed: 1,
      workloads: workloads([
        { gpusPerPod: 0, cpusPerPod: 64, hours: 1 },
        { gpusPerPod: 0, cpusPerPod: 10, createdMs: hours(0.5) },
      ]),
    });
    expect(waits[1]).toMatchObject([{ cause: "capacity", fromMs: hours(0.5), toMs: hours(1) }]);
  });

  test("nothing, if it is placed at once", () => {
    expect(waits({}, [late(8)])).toEqual({});
  });

  test("capacity, where all GPUs that could run it are held", () => {
    expect(waits({}, [{ gpusPerPod: 8, hours: 3 }, late(1)])).toEqual({ capacity: 2 });
  });

  test("quota, where room is free but neither queue nor cohort has quota", () => {
    const input = { clusterQueues: [{ name: "queue", flavors: [quota("a", 4)] }] };
    expect(waits(input, [{ gpusPerPod: 4, hours: 3 }, late(4)])).toEqual({ quota: 2 });
  });

  test("capacity rather than quota, where both are gone", () => {
    const input = { clusterQueues: [{ name: "queue", flavors: [quota("a", 8)] }] };
    expect(waits(input, [{ gpusPerPod: 5, hours: 3 }, late(4)])).toEqual({ capacity: 2 });
  });

  test("the head of its line under StrictFIFO, where quota and room are there", () => {
    const input = { clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" as const }] };
    const demand = [{ gpusPerPod: 4, hours: 3 }, { name: "head", gpusPerPod: 8 }, late(2)];
    expect(waits(input, demand)).toEqual({ "head-of-line": 2, capacity: 1 });
    expect(waits(input, demand, "head")).toEqual({ capacity: 3 });
  });

  test("fragmentation, where enough GPUs are free but not together: admitted or not", () => {
    const input: SmallInput = { nodegroups: [{ nodes: 2, gpusPerNode: 4 }], placement: "spread" };
    const holes = { pods: 2, gpusPerPod: 2, hours: 3 };
    expect(waits(input, [holes, late(4)])).toEqual({ fragmentation: 2 });
    const tight = { ...input, clusterQueues: [{ name: "queue", flavors: [quota("a", 4)] }] };
    expect(waits(tight, [holes, late(4)])).toEqual({ fragmentation: 2 });
  });

  test("fragmentation, where GPUs are free but CPU or memory is not", () => {
    const input: SmallInput = { nodegroups: [{ cpusPerNode: 16, memoryGiBPerNode: 100 }] };
    expect(waits(input, [{ cpusPerPod: 10, hours: 3 }, late(1, { cpusPerPod: 7 })])).toEqual({ fragmentation: 2 });
    const heavy = { memoryGiBPerPod: 60 };
    expect(waits(input, [{ ...heavy, hours: 3 }, late(1, heavy)])).toEqual({ fragmentation: 2 });
  });

  test.each(["cordon", "drain", "fail", "delete"] as const)("GPUs out of service by %s", (kind) => {
    const input: SmallInput = {
      nodegroups: [{ nodes: 2 }],
      outages: [{ nodegroup: "a", node: 1, kind, fromHour: 0, toHour: 3 }],
    };
    expect(waits(input, [{ gpusPerPod: 8, hours: 5 }, late(8)])).toEqual({ unavailable: 2 });
  });

  test("GPUs out of service, where it lost its own", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 2, toHour: 3 }];
    expect(waits({ outages }, [late(8, { hours: 2 })])).toEqual({ unavailable: 1 });
  });

  test("GPUs out of service, where it would fit if they were back", () => {
    const input: SmallInput = {
      nodegroups: [{ nodes: 2 }],
      cordons: [{ nodegroup: "a", node: 1, fromHour: 0, toHour: 3 }],
    };
    expect(waits(input, [{ gpusPerPod: 8, hours: 5 }, late(8)])).toEqual({ unavailable: 2 });
    // Beside the cordoned node there is too little for it even so.
    expect(waits(input, [{ gpusPerPod: 8, hours: 5 }, late(8, { pods: 2 })])).toEqual({ capacity: 4 });
  });

  test("its flavors, where GPUs that could run it are free in a nodegroup that they do not reach", () => {
    const input: SmallInput = { nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }] };
    const full = { gpusPerPod: 8, hours: 3 };
    expect(waits(input, [full, late(8)])).toEqual({ flavor: 2 });
    expect(waits(input, [full, late(8, { gpuModels: ["H100"] })])).toEqual({ capacity: 2 });
  });

  test("an ask that its queue could never meet", () => {
    expect(waits({ nodegroups: [{ nodes: 2 }] }, [late(8, { pods: 3 })])).toEqual({ invalid: 5 });
  });

  test("its queue, while that is stopped", () => {
    const stops = [{ policy: "Hold" as const, fromHour: 0.5, toHour: 3 }];
    const input: SmallInput = { clusterQueues: [{ name: "queue", flavors: [quota("a", 8)], stops }] };
    expect(waits(input, [late(8)])).toEqual({ stopped: 2 });
    expect(
      waits(
        input,
        [
          { name: "early", hours: 0.6 },
          { ...late(8), createdMs: hours(0.25), name: "mid" },
        ],
        "mid",
      ),
    ).toEqual({
      capacity: 0.25,
      stopped: 2.5,
    });
  });

  test("quota for its fewest pods, as all of them; nodes, as those that it was admitted with", () => {
    const x = { ...late(1), pods: 8, minPods: 3, name: "x" };
    const input: SmallInput = {
      nodegroups: [{ nodes: 2 }],
      clusterQueues: [{ name: "queue", flavors: [quota("a", 4)] }],
    };
    // Of the quota two GPUs are left.
    const demand = [{ name: "there", gpusPerPod: 2, hours: 5 }, x];
    expect(waits(input, demand, "x")).toEqual({ quota: 4 });
    const cordons = [0, 1].map((node) => ({ nodegroup: "a", node, fromHour: 0, toHour: 3 }));
    const simulation = runSimulation({ scenario: small({ ...input, cordons }), seed: 1, workloads: workloads([x]) });
    expect(simulation.waits[0]).toEqual([
      { cause: "unavailable", flavor: "a", gpus: 4, fromMs: hours(1), toMs: hours(3) },
    ]);
  });

  test("its LocalQueue, while that is stopped, and nobody else of its ClusterQueue", () => {
    const localQueues = [
      { name: "queue", namespace: "team", clusterQueue: "queue" },
      {
        name: "other",
        namespace: "team",
        clusterQueue: "queue",
        stops: [{ policy: "Hold" as const, fromHour: 0.5, toHour: 3 }],
      },
    ];
    const demand = [
      late(8, { name: "there", createdMs: 0, hours: 2 }),
      late(8, { localQueue: "other" }),
      late(8, { name: "peer" }),
    ];
    expect(waits({ localQueues }, demand)).toEqual({ stopped: 2 });
    expect(waits({ localQueues }, demand, "peer")).toEqual({ capacity: 1 });
  });

  test("those whom it preempts, until their pods are gone", () => {
    const preemption = { withinClusterQueue: "LowerPriority" as const };
    const input: SmallInput = {
      clusterQueues: [{ name: "queue", flavors: [quota("a", 8)], preemption }],
      terminationGraceSeconds: 3600,
    };
    const demand = [{ name: "low", gpusPerPod: 8, hours: 10 }, late(8, { priority: 1 })];
    expect(waits(input, demand)).toEqual({ preemption: 1 });
    // Behind it the same ask waits for capacity, also while the first of them has its cause from elsewhere.
    expect(waits(input, [...demand, late(8, { priority: 1, name: "behind" })], "behind")).toEqual({ capacity: 2 });
    expect(waits(input, demand, "low")).toEqual({ capacity: 1 });
  });

  test("its backoff after an eviction, where quota and room are there again", () => {
    const input: SmallInput = { podsReadyTimeoutMinutes: 60 };
    const slow = late(8, { startupMs: minutes(90) });
    // Evicted at 2:00, 3:01, 4:03 and 5:07. Time on nodes is not waiting.
    expect(waits(input, [slow])).toEqual({ backoff: (1 + 2 + 4 + 8) / 60 });
  });

  test("one cause after the other, each for its time", () => {
    const input: SmallInput = {
      nodegroups: [{ nodes: 2, gpusPerNode: 4 }],
      placement: "spread",
      clusterQueues: [{ name: "queue", flavors: [quota("a", 8)] }],
    };
    const demand = [
      { pods: 2, gpusPerPod: 4, hours: 2 },
      { pods: 2, gpusPerPod: 2, hours: 2, createdMs: hours(0.5) },
      late(4),
    ];
    expect(waits(input, demand)).toEqual({ capacity: 1, fragmentation: 2 });
  });
});

describe("free GPUs explain the waiting of no more than they could serve", () => {
  const twoQuotas: SmallInput = {
    clusterQueues: [
      { name: "queue", flavors: [quota("a", 4)] },
      { name: "other", flavors: [quota("a", 1)] },
    ],
  };

  test("whoever comes first in the walk claims them; for the next it is capacity", () => {
    const demand = [
      { gpusPerPod: 4, hours: 3 },
      late(4, { name: "first" }),
      late(4, { name: "second", createdMs: hours(1.5) }),
    ];
    expect(waits(twoQuotas, demand, "first")).toEqual({ quota: 2 });
    expect(waits(twoQuotas, demand, "second")).toEqual({ capacity: 1.5, quota: 1 });
  });

  test("a higher priority comes first, and those that hold quota before all", () => {
    const demand = [
      { gpusPerPod: 4, hours: 3 },
      late(4, { name: "old" }),
      late(4, { name: "urgent", createdMs: hours(1.5), priority: 1 }),
    ];
    // Alone, then behind the urgent one, then without the quota that the urgent one took.
    expect(waits(twoQuotas, demand, "old")).toEqual({ quota: 1.5, capacity: 1.5 });
    expect(waits(twoQuotas, demand, "urgent")).toEqual({ quota: 1.5 });
  });

  test("what is out of service explains no more than there is of it", () => {
    const input: SmallInput = {
      nodegroups: [{ nodes: 2 }],
      clusterQueues: [{ name: "queue", flavors: [quota("a", 100)] }],
      cordons: [{ nodegroup: "a", node: 1, fromHour: 0 }],
    };
    const demand = [{ gpusPerPod: 8, hours: 50 }, late(8, { name: "first" }), late(8, { name: "second" })];
    expect(waits(input, demand, "first")).toEqual({ unavailable: 5 });
    expect(waits(input, demand, "second")).toEqual({ capacity: 5 });
  });
});

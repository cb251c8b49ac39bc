import { describe, expect, test } from "vitest";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { lostWork } from "./lost-work.js";
import { runSimulation } from "./simulate.js";

/** GPU-hours lost in eight hours of one nodegroup. */
function lost(demand: readonly WorkloadInput[], input: SmallInput = {}) {
  const scenario = small({ days: 1 / 3, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand), truth: false });
  return lostWork(simulation).get("a")! / hours(1);
}

describe("work that came to nothing", () => {
  test("is that of attempts that failed, from the moment they held GPUs, and not of those that succeeded", () => {
    expect(lost([{ gpusPerPod: 4, hours: 2 }])).toBe(0);
    expect(lost([{ gpusPerPod: 4, hours: 2, failsAfterHours: [1.5], startupMs: minutes(30) }])).toBe(4 * 2);
  });

  test("is that of runs from under which a node went, but for what a checkpoint kept", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 2.5, toHour: 3 }];
    expect(lost([{ gpusPerPod: 8, hours: 3 }], { outages })).toBe(8 * 2.5);
    expect(lost([{ gpusPerPod: 8, hours: 3, checkpointMs: hours(1) }], { outages })).toBe(8 * 0.5);
  });

  test("is that of pods that waited for the rest of their gang in vain, or before a run that came to nothing", () => {
    const halves: SmallInput = {
      binding: "pod",
      nodegroups: [{ nodes: 2 }],
      clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
    };
    const demand: WorkloadInput[] = [
      { gpusPerPod: 8, hours: 3 },
      { name: "gang", pods: 2, gpusPerPod: 8, hours: 1 },
    ];
    expect(lost(demand, halves)).toBe(0);
    // Evicted at 2:00; from 2:01 on it waits for the node that gets free at 3:00.
    expect(lost(demand, { ...halves, podsReadyTimeoutMinutes: 120 })).toBe(8 * 2);
    const failing = [demand[0]!, { ...demand[1]!, failsAfterHours: [1] }];
    expect(lost(failing, halves)).toBe(8 * 4 + 8 * 1);
  });

  test("is that of the pods that a workload was admitted with", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 4 }] }];
    const some = { pods: 8, minPods: 1, hours: 1, failsAfterHours: [1] };
    expect(lost([some], { clusterQueues })).toBe(4 * 2);
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 2.5, toHour: 3 }];
    expect(lost([{ pods: 8, minPods: 1, hours: 2, checkpointMs: hours(1) }], { clusterQueues, outages })).toBe(4 * 0.5);
  });

  test("is counted while telemetry lasts, and not for what still runs", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 1, toHour: 2 }];
    expect(lost([{ gpusPerPod: 8, hours: 30 }], { outages, warmupDays: 0.25 })).toBe(8);
  });
});

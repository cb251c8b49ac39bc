import { describe, expect, test } from "vitest";
import type { Scenario } from "../scenario/schema.js";
import { type SmallInput, small, steady } from "../testing/scenario.js";
import { measureWorld } from "./world.js";

/** What is named in half a day of a small world, of which eight GPUs are held from the start. */
async function named(injected: Scenario["injected"], input: SmallInput = {}) {
  const once = (offsetHours: number) => ({ kind: "periodic" as const, everyHours: 1000, offsetHours });
  const scenario = small({
    days: 0.5,
    intervalSeconds: 300,
    workloadClasses: [
      {
        name: "holds",
        arrivals: once(0),
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "constant", minutes: 100 * 60 },
      },
      { name: "waits", arrivals: once(1), gang: [{ pods: 1, gpusPerPod: 2 }] },
    ],
    ...input,
    injected,
  });
  const world = await measureWorld({ scenario, seed: 1, days: 1, random: false, metrics: [] });
  return { named: world.named, inputs: world.planInputs };
}

describe("what a scenario injects", () => {
  test("is named by truth and diagnosis, each by what most waited for", async () => {
    const { named: found } = await named([{ cause: "capacity", nodegroup: "a" }]);
    expect(found).toEqual([{ nodegroup: "a", injected: "capacity", truth: "capacity", verdict: "capacity" }]);
  });

  test("is told apart from what is there, and from nothing worth naming", async () => {
    const nodegroups = [{}, { gpuModel: "A100" as const }];
    const { named: found } = await named(
      [
        { cause: "quota", nodegroup: "a" },
        { cause: "capacity", nodegroup: "b" },
      ],
      { nodegroups },
    );
    expect(found).toEqual([
      { nodegroup: "a", injected: "quota", truth: "flavor", verdict: "flavor" },
      { nodegroup: "b", injected: "capacity", truth: "nothing", verdict: "nothing" },
    ]);
  });

  test("may be a state of the GPUs, which truth and diagnosis both see in what is held", async () => {
    const idle = { ...steady, dutyShare: 0 };
    const { named: found } = await named(
      [
        { cause: "idle", nodegroup: "a" },
        { cause: "stalled", nodegroup: "a" },
      ],
      {
        workloadClasses: [
          {
            name: "holds",
            arrivals: { kind: "periodic", everyHours: 1000 },
            duration: { kind: "constant", minutes: 6000 },
            activity: idle,
          },
        ],
      },
    );
    expect(found.map(({ truth, verdict }) => [truth, verdict])).toEqual([
      ["idle", "idle"],
      ["nothing", "nothing"],
    ]);
  });

  test("may be that GPUs are held by pods that do not run, as those of a gang that waits for the rest of its nodes", async () => {
    const gang = (name: string, pods: number, offsetHours: number) => ({
      name,
      arrivals: { kind: "periodic" as const, everyHours: 1000, offsetHours },
      gang: [{ pods, gpusPerPod: 8 }],
      duration: { kind: "constant" as const, minutes: 6000 },
    });
    const { named: found } = await named([{ cause: "starting", nodegroup: "a" }], {
      binding: "pod",
      nodegroups: [{ nodes: 3 }],
      clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
      workloadClasses: [gang("holds", 1, 0), gang("waits", 3, 1)],
    });
    expect(found).toEqual([{ nodegroup: "a", injected: "starting", truth: "starting", verdict: "starting" }]);
  });
});

test("what the plan is made from: jobs that started and jobs that still wait, and how long both take", async () => {
  const { inputs } = await named([]);
  // Eight GPUs for 100 hours from the start; two that wait, and would take half an hour.
  expect(inputs[0]!.truth).toEqual({ jobs: 2, gpuHours: 801, waitP95Seconds: 0 });
  // From telemetry both jobs are seen; how long they will take is a guess.
  expect(inputs[0]!.verdict).toMatchObject({ jobs: 2, waitP95Seconds: 0 });
});

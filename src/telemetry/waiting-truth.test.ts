import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gpus } from "../demand/workload.js";
import { asAdmitted } from "../simulation/history.js";
import { runSimulation } from "../simulation/simulate.js";
import { causes } from "../simulation/truth.js";
import { anyScenario } from "../testing/any-scenario.js";
import { rowsOf } from "../testing/rows.js";
import { hours, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { TruthWindows } from "./truth-windows.js";
import { waitingTruth, waitingTruthRows } from "./waiting-truth.js";

/** What waited in windows of an hour, GPU-hours by cause; causes with none left out. */
function waiting(input: SmallInput, demand: readonly WorkloadInput[]) {
  const scenario = small({ days: 0.25, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  return waitingTruth(simulation, new TruthWindows(simulation, HOUR_MS)).map(({ gpuMs, ...where }) => ({
    ...where,
    ...Object.fromEntries(causes.filter((cause) => gpuMs[cause] > 0).map((cause) => [cause, gpuMs[cause] / HOUR_MS])),
  }));
}

const here = (window: number, nodegroup = "a", couldRun = [nodegroup]) => ({
  window,
  nodegroup,
  clusterQueue: "queue",
  couldRun,
});

describe("the truth of waiting", () => {
  test("cuts what waited at the borders of the windows", () => {
    // Eight GPUs are held until 2:30; two workloads of 4 and 2 GPUs wait from 1:15 and 2:15 on.
    const demand: WorkloadInput[] = [
      { gpusPerPod: 8, hours: 2.5 },
      { gpusPerPod: 4, createdMs: hours(1.25) },
      { gpusPerPod: 2, createdMs: hours(2.25) },
    ];
    expect(waiting({}, demand)).toEqual([
      { ...here(1), capacity: 4 * 0.75 },
      { ...here(2), capacity: 4 * 0.5 + 2 * 0.25 },
    ]);
  });

  test("leaves out what waited before telemetry began", () => {
    const demand: WorkloadInput[] = [
      { gpusPerPod: 8, hours: 25.5 },
      { gpusPerPod: 1, createdMs: hours(20) },
    ];
    expect(waiting({ warmupDays: 1 }, demand)).toEqual([
      { ...here(0), capacity: 1 },
      { ...here(1), capacity: 0.5 },
    ]);
  });

  test("counts pending work at the first nodegroup of its queue that could run it, and names all of them", () => {
    const flavors = ["a", "b", "c"].map((name) => ({ name, nominalQuota: 8 }));
    const input: SmallInput = {
      nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }, { gpuModel: "L40S" }],
      clusterQueues: [{ name: "queue", flavors }],
    };
    const demand: WorkloadInput[] = [
      { gpusPerPod: 8, hours: 1, gpuModels: ["A100"] },
      { gpusPerPod: 8, hours: 1, gpuModels: ["L40S"] },
      { gpusPerPod: 8, hours: 1, gpuModels: ["A100", "L40S"] },
    ];
    expect(waiting(input, demand)).toEqual([{ ...here(0, "b", ["b", "c"]), capacity: 8 }]);
  });

  test("counts admitted work where its flavor is, and only there", () => {
    const flavors = ["a", "b"].map((name) => ({ name, nominalQuota: 16 }));
    const input: SmallInput = { nodegroups: [{}, {}], clusterQueues: [{ name: "queue", flavors }] };
    // Quota for 16 GPUs, of which there are 8: the second is admitted to a, although b is free.
    const demand: WorkloadInput[] = [
      { gpusPerPod: 8, hours: 1 },
      { gpusPerPod: 8, hours: 1 },
    ];
    expect(waiting(input, demand)).toEqual([{ ...here(0), flavor: 8 }]);
  });

  test("adds up to all GPU-time that waited, of any world, whatever the length of the windows", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), fc.constantFrom(5, 17, 60, 1000), (scenario, seed, minutes) => {
        const simulation = runSimulation({ scenario, seed });
        const { telemetryStartMs, endMs } = simulation;
        let waited = 0;
        const within = (from: number, to: number, size: number) =>
          Math.max(0, Math.min(to, endMs) - Math.max(from, telemetryStartMs)) * size;
        for (const { workload, holds, runs, early = [] } of simulation.workloads) {
          const { gpusPerPod } = workload;
          let sinceMs: number = workload.createdMs;
          for (const hold of holds) {
            waited += within(sinceMs, hold.reservedMs, gpus(workload));
            waited += within(hold.reservedMs, hold.endMs ?? endMs, gpus(asAdmitted(workload, hold)));
            sinceMs = hold.end === "evicted" ? hold.endMs! : endMs;
          }
          waited += within(sinceMs, endMs, gpus(workload));
          for (const run of runs)
            for (const pod of run.nodes.keys())
              waited -= within(run.boundMs?.[pod] ?? run.placedMs, run.endMs ?? endMs, gpusPerPod);
          for (const pod of early) waited -= within(pod.boundMs, pod.endMs ?? endMs, gpusPerPod);
        }
        const windows = new TruthWindows(simulation, minutes * MINUTE_MS);
        const entries = waitingTruth(simulation, windows);
        expect(entries.flatMap(({ gpuMs }) => Object.values(gpuMs)).reduce((a, b) => a + b, 0)).toBe(waited);
        expect(entries.every(({ window }) => window >= 0 && window < windows.count)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

test("the table of the truth of waiting holds GPU-seconds by the hour", () => {
  const scenario = small({ days: 0.25 });
  const demand: WorkloadInput[] = [
    { gpusPerPod: 8, hours: 1.5 },
    { gpusPerPod: 4, createdMs: hours(0.5) },
  ];
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  const start = Date.UTC(2026, 0, 5);
  const rows = rowsOf(waitingTruthRows(simulation, start));
  expect(rows.map((row) => [row.timestamp - start, row["nodegroup"], row["gpu_seconds_capacity"]])).toEqual([
    [0, "a", 4 * 1800],
    [HOUR_MS, "a", 4 * 1800],
  ]);
  expect(rows[0]).toMatchObject({ cluster_queue: "queue", could_run: "a", gpu_seconds_head_of_line: 0 });
});

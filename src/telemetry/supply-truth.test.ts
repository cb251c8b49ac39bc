import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idle } from "../join/gpus.js";
import { runSimulation } from "../simulation/simulate.js";
import { anyScenario } from "../testing/any-scenario.js";
import { rowsOf } from "../testing/rows.js";
import { type SmallInput, small, steady, type WorkloadInput, workloads } from "../testing/scenario.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { IDLE_PAUSE_MINUTES, supplyStates, supplyTruth, supplyTruthRows } from "./supply-truth.js";
import { TruthWindows } from "./truth-windows.js";

const START = Date.UTC(2026, 0, 5);

/** What one nodegroup's GPUs did in windows of an hour, GPU-hours by state; states with none left out. */
function supply(input: SmallInput, demand: readonly WorkloadInput[], windowHours = 1) {
  const scenario = small({ days: 1 / 12, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  return supplyTruth(simulation, new TruthWindows(simulation, windowHours * HOUR_MS), START).map(({ gpuMs }) =>
    Object.fromEntries(
      supplyStates.filter((state) => gpuMs[state] > 0).map((state) => [state, gpuMs[state] / HOUR_MS]),
    ),
  );
}

const doing = (activity: Partial<typeof steady>): SmallInput => ({
  workloadClasses: [{ name: "work", activity: { ...steady, ...activity } }],
});

describe("the truth of supply", () => {
  test("tells what is held and starting from what is useful and what is free", () => {
    // Four of eight GPUs, from 0:30 to 1:30 beside a quarter of an hour of starting.
    const demand: WorkloadInput[] = [{ gpusPerPod: 4, createdMs: HOUR_MS / 2, startupMs: 15 * MINUTE_MS }];
    expect(supply({}, demand)).toEqual([
      { unallocated: 8 - 4 * 0.5, starting: 1, useful: 1 },
      { unallocated: 8 - 4 * 0.75, useful: 3 },
    ]);
  });

  test("calls what pods hold that wait for the rest of their gang starting, until it runs", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }];
    const demand: WorkloadInput[] = [{ gpusPerPod: 8 }, { pods: 2, gpusPerPod: 8, startupMs: 15 * MINUTE_MS }];
    expect(supply({ binding: "pod", nodegroups: [{ nodes: 2 }], clusterQueues }, demand)).toEqual([
      { useful: 8, starting: 8 },
      { starting: 16 * 0.25, useful: 16 * 0.75 },
    ]);
  });

  test("calls starved work stalled, however busy it looks, and light work useful", () => {
    expect(supply(doing({ starved: true }), [{ gpusPerPod: 8, hours: 2 }])).toEqual([{ stalled: 8 }, { stalled: 8 }]);
    const light = doing({ gpuUtilPercent: 95, tensorActive: 0, dramActive: 0.05, powerShare: 0.1 });
    expect(supply(light, [{ gpusPerPod: 8, hours: 2 }])).toEqual([{ useful: 8 }, { useful: 8 }]);
  });

  test("calls work idle that never computes once it has loaded, and counts short pauses as its own", () => {
    const never = doing({ dutyShare: 0, loadMinutes: 30 });
    expect(supply(never, [{ gpusPerPod: 8, hours: 2 }])).toEqual([{ useful: 4, idle: 4 }, { idle: 8 }]);
    const often = doing({ dutyShare: 0.5, cycleMinutes: 2 });
    expect(supply(often, [{ gpusPerPod: 8, hours: 2 }])).toEqual([{ useful: 8 }, { useful: 8 }]);
    // A pause that ends with its work before it has lasted an hour is none.
    expect(supply(doing({ dutyShare: 0, loadMinutes: 15 }), [{ gpusPerPod: 8, hours: 1 }])[0]).toEqual({ useful: 8 });
  });

  test("counts as idle what the definition in the reading half calls so", () => {
    expect(IDLE_PAUSE_MINUTES).toBe(idle.forMinutes);
  });

  test("counts what is free on a cordoned node as out of service, and what is held there as held", () => {
    const cordon = { nodegroup: "a", node: 0, fromHour: 0.5, toHour: 1.25 };
    expect(supply({ cordons: [cordon] }, [{ gpusPerPod: 2, hours: 1.5 }])).toEqual([
      { useful: 2, unallocated: 3, "out-of-service": 3 },
      { useful: 1, unallocated: 6 * 0.25 + 8 * 0.5, "out-of-service": 6 * 0.25 },
    ]);
  });

  test("adds up to all GPUs that are paid for, in every window of every world", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(1000), fc.constantFrom(5, 17, 60, 1000), (scenario, seed, minutes) => {
        const simulation = runSimulation({ scenario, seed, truth: false });
        const windows = new TruthWindows(simulation, minutes * MINUTE_MS);
        const rows = supplyTruth(simulation, windows, START);
        expect(rows).toHaveLength(windows.count * scenario.nodegroups.length);
        for (const { window, nodegroup, gpuMs, idleGpuMs } of rows) {
          const { nodes, gpusPerNode } = scenario.nodegroups.find(({ name }) => name === nodegroup)!;
          const states = Object.values(gpuMs);
          expect(states.every((ms) => ms >= 0)).toBe(true);
          expect([...idleGpuMs.values()].reduce((a, b) => a + b, 0)).toBe(gpuMs.idle);
          expect(states.reduce((a, b) => a + b, 0)).toBe(nodes * gpusPerNode * windows.lengthMs(window));
        }
      }),
      { numRuns: 40 },
    );
  });
});

test("the table of the truth of supply has a row for every hour and nodegroup", () => {
  const scenario = small({ days: 1 / 12 });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads([{ gpusPerPod: 8, hours: 1 }]) });
  const rows = rowsOf(supplyTruthRows(simulation, START));
  expect(rows.map((row) => [row.timestamp - START, row["gpu_seconds_useful"], row["gpu_seconds_unallocated"]])).toEqual(
    [
      [0, 8 * 3600, 0],
      [HOUR_MS, 0, 8 * 3600],
    ],
  );
});

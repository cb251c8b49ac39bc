import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { literal, withSession } from "./dataset/session.js";
import { writeSimulation } from "./simulated.js";
import { occupancyByHours } from "./simulation/occupancy.js";
import { summariseSimulation } from "./telemetry/simulation-summary.js";
import { tempFolder } from "./testing/dataset.js";
import { sample } from "./testing/sample.js";
import { hours, type SmallInput, small, type WorkloadInput, workloads } from "./testing/scenario.js";

describe("a simulation that is written", () => {
  test("holds the truth, how full it was, the scenario and a summary, and no telemetry", async () => {
    const folder = join(await tempFolder(), "simulation");
    const summary = await writeSimulation(sample(), 4, folder);
    expect((await readdir(folder)).sort()).toEqual(
      ["occupancy", "supply", "waiting", "workloads"]
        .map((name) => `${name}.parquet`)
        .concat("scenario.yaml", "summary.json")
        .sort(),
    );
    expect(JSON.parse(await readFile(join(folder, "summary.json"), "utf8"))).toEqual(summary);
    const [row] = await withSession({}, async (connection) => {
      const sql = `SELECT count(*)::INTEGER AS rows, min(gpus_allocated + gpus_free + gpus_out_of_service) AS fewest,
                     max(gpus_arrived) AS arrived FROM read_parquet(${literal(join(folder, "occupancy.parquet"))}) WHERE nodegroup = 'a'`;
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    });
    const { nodes, gpusPerNode } = sample().nodegroups[0]!;
    expect(row).toMatchObject({ fewest: nodes * gpusPerNode });
    expect(row!["arrived"]).toBeGreaterThan(100);
  });

  test("is never written over unless that is asked for", async () => {
    const folder = join(await tempFolder(), "simulation");
    await writeSimulation(small({ days: 0.1 }), 1, folder);
    await expect(writeSimulation(small(), 1, folder)).rejects.toThrow(/found a simulation there already; .*--replace/);
    await writeSimulation(small({ days: 0.1 }), 1, folder, { replace: true });
  });
});

describe("the summary of a simulation", () => {
  const summary = (input: SmallInput, demand: readonly WorkloadInput[]) => {
    const hours = occupancyByHours({
      scenario: small({ days: 1 / 6, ...input }),
      seed: 1,
      workloads: workloads(demand),
    });
    for (;;) {
      const { done, value } = hours.next();
      if (done) return summariseSimulation(value.simulation, value.occupancy);
    }
  };

  test("says what was allocated and lost, and who waited for how long and why", () => {
    // Of 32 GPU-hours: eight GPUs for two hours, of which the first attempt fails after one; then four for an hour.
    const found = summary({}, [
      { gpusPerPod: 8, hours: 1, failsAfterHours: [1] },
      { gpusPerPod: 4, hours: 1, createdMs: hours(0.5) },
    ]);
    // At 1:00 and 2:00 all are held, at 3:00 four, at 4:00 none.
    expect(found.nodegroups).toEqual([
      {
        nodegroup: "a",
        gpus: 8,
        allocatedShare: 20 / 32,
        freeGpus: 3,
        strandedGpus: 0,
        fragmentationRate: 0,
        lostGpuHours: 8,
      },
    ]);
    expect(found.classes).toEqual([
      {
        workloadClass: "work",
        workloads: 2,
        gpus: 12,
        started: 2,
        waitP50Seconds: expect.closeTo(1.5 * 1800, 6),
        waitP95Seconds: expect.closeTo(0.95 * 5400, 6),
      },
    ]);
    expect(found.waitedGpuHours).toEqual({ capacity: 6 });
    expect(found.evictions).toEqual({});
  });

  test("tells the waiting of work without GPUs by itself, and which resources there was no quota on", () => {
    const input = {
      nodegroups: [{ nodes: 2 }],
      clusterQueues: [
        { name: "queue", flavors: [{ name: "a", nominalQuota: 4, cpus: { nominalQuota: 10 } }] },
        { name: "other", flavors: [{ name: "a", nominalQuota: 4 }] },
      ],
    };
    const found = summary(input, [
      { gpusPerPod: 0, cpusPerPod: 10, hours: 2 },
      { gpusPerPod: 0, cpusPerPod: 10, hours: 0.5, createdMs: hours(1) },
      { gpusPerPod: 2, cpusPerPod: 5, hours: 1, createdMs: hours(1) },
      { clusterQueue: "other", gpusPerPod: 4, hours: 1 },
      { clusterQueue: "other", gpusPerPod: 4, hours: 1 },
    ]);
    // The second waits an hour for the first, the third half an hour longer for both.
    expect(found.waitedGpuHours).toEqual({ quota: 2 * 1.5 + 4 });
    expect(found.waitedHoursWithoutGpus).toEqual({ quota: 1 });
    expect(found.shortOfQuota).toEqual([
      { clusterQueue: "queue", resources: ["cpus"], gpuHours: 3, hoursWithoutGpus: 1 },
      { clusterQueue: "other", resources: ["gpus"], gpuHours: 4, hoursWithoutGpus: 0 },
    ]);
  });

  test("counts evictions by Kueue's reason, and tells those that never started", () => {
    const found = summary({ podsReadyTimeoutMinutes: 60 }, [
      { gpusPerPod: 8, hours: 9 },
      { name: "more", gpusPerPod: 1, createdMs: hours(1), clusterQueue: "queue" },
    ]);
    expect(found.classes[0]).toMatchObject({ workloads: 2, started: 1 });
    expect(found.waitedGpuHours).toEqual({ capacity: 3 });
    const slow = summary({ podsReadyTimeoutMinutes: 60 }, [{ gpusPerPod: 8, startupMs: hours(2) }]);
    expect(slow.evictions).toEqual({ PodsReadyTimeout: 3 });
  });
});

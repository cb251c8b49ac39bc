import { describe, expect, test } from "vitest";
import { gpuModels } from "../hardware/gpu-models.js";
import { runSimulation } from "../simulation/simulate.js";
import { mean } from "../statistics/index.js";
import { type PlainRow, rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import {
  type ClassInput,
  hours,
  minutes,
  type SmallInput,
  small,
  steady,
  type WorkloadInput,
  workloads,
} from "../testing/scenario.js";
import { listPods } from "./pods.js";
import { telemetry } from "./telemetry.js";

const START = Date.UTC(2026, 0, 5);
const H100 = gpuModels["H100"]!;

function gpusOf(input: SmallInput, demand: readonly WorkloadInput[]): PlainRow[] {
  const scenario = small({ days: 4 / 24, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  return rowsOf(telemetry(simulation).find(({ table }) => table.name === "dcgm_gpu")!);
}

const number = (row: PlainRow, column: string) => row[column] as number;
const minute = (row: PlainRow) => (row.timestamp - START) / minutes(1);
const means = (rows: readonly PlainRow[], column: string) => mean(rows.map((row) => number(row, column)))!;
const oneGpu = { nodegroups: [{ gpusPerNode: 1 }] };
const working = (activity: Partial<ClassInput["activity"]>) => ({
  ...oneGpu,
  workloadClasses: [{ name: "work", activity: { ...steady, ...activity } }],
});

describe("a GPU", () => {
  test("follows the pod that holds it: nothing, starting, loading, computing, nothing", () => {
    const rows = gpusOf(working({ loadMinutes: 20 }), [
      { name: "job", createdMs: hours(1), startupMs: minutes(10), hours: 1 },
    ]);
    const stage = (from: number, to: number) => rows.filter((row) => minute(row) >= from && minute(row) < to);
    const [before, starting, loading, computing, after] = [
      stage(0, 60),
      stage(60, 70),
      stage(70, 90),
      stage(90, 130),
      stage(130, 240),
    ] as const;

    for (const row of [...before, ...after]) expect(row).toMatchObject({ namespace: null, pod: null, container: null });
    for (const row of [...starting, ...loading, ...computing])
      expect(row).toMatchObject({ namespace: "team", pod: expect.stringMatching(/^job-0-/), container: "main" });

    for (const idle of [before, starting, loading, after]) {
      for (const row of idle)
        expect([
          row["DCGM_FI_DEV_GPU_UTIL"],
          row["DCGM_FI_PROF_GR_ENGINE_ACTIVE"],
          row["DCGM_FI_PROF_DRAM_ACTIVE"],
        ]).toEqual([0, 0, 0]);
    }
    // Idle power wanders by at most 2 %, power at work by at most 8 %.
    for (const bare of [before, starting, after])
      expect(Math.abs(means(bare, "DCGM_FI_DEV_POWER_USAGE") / H100.idleWatts - 1)).toBeLessThan(0.02);
    expect(Math.abs(means(loading, "DCGM_FI_DEV_POWER_USAGE") / H100.idleWithContextWatts - 1)).toBeLessThan(0.02);
    const power = H100.idleWithContextWatts + steady.powerShare * (H100.tdpWatts - H100.idleWithContextWatts);
    expect(Math.abs(means(computing, "DCGM_FI_DEV_POWER_USAGE") / power - 1)).toBeLessThan(0.04);
    expect(Math.abs(means(computing, "DCGM_FI_DEV_GPU_UTIL") / steady.gpuUtilPercent - 1)).toBeLessThan(0.04);
    expect(Math.abs(means(computing, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE") / steady.tensorActive - 1)).toBeLessThan(0.05);

    const used = (list: readonly PlainRow[]) => new Set(list.map((row) => row["DCGM_FI_DEV_FB_USED"]));
    expect(used([...before, ...starting, ...after])).toEqual(new Set([4]));
    const [memory] = used([...loading, ...computing]);
    expect(number({ timestamp: 0, memory: memory! }, "memory") / H100.memoryMiB).toBeCloseTo(steady.memoryShare, 1);
  });

  test("has no context while its pod waits for the rest of its gang", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }];
    const nodegroups = [{ nodes: 2, gpusPerNode: 1 }];
    const rows = gpusOf({ ...working({}), nodegroups, clusterQueues, binding: "pod" }, [
      { hours: 2 },
      { name: "gang", pods: 2, hours: 1 },
    ]);
    const held = rows.filter((row) => String(row["pod"]).startsWith("gang-"));
    const waiting = held.filter((row) => minute(row) < 120);
    expect(waiting).toHaveLength(120);
    for (const row of waiting) expect([row["DCGM_FI_DEV_GPU_UTIL"], row["DCGM_FI_DEV_FB_USED"]]).toEqual([0, 4]);
    for (const row of held.filter((row) => minute(row) >= 120)) expect(row["DCGM_FI_DEV_GPU_UTIL"]).toBeGreaterThan(0);
    expect(held).toHaveLength(120 + 2 * 60);
  });

  test("computes for its duty share, in turns of the given length", () => {
    const rows = gpusOf(
      { ...working({ dutyShare: 0.3, cycleMinutes: 10, loadMinutes: 0 }), days: 20, intervalSeconds: 60 },
      [{ hours: 480 }],
    );
    const busy = rows.map((row) => number(row, "DCGM_FI_DEV_GPU_UTIL") > 0);
    const share = busy.filter(Boolean).length / busy.length;
    // 2,880 turns of exponential length: four standard errors of their share are about 0.03.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.03);
    const starts = busy.filter((now, i) => now && !busy[i - 1]).length;
    // A turn shorter than the scrape interval may be missed, which lengthens the turns that are seen.
    expect(rows.length / starts).toBeGreaterThan(9);
    expect(rows.length / starts).toBeLessThan(13);
  });

  test("never computes at a duty of 0, and always at 1", () => {
    const busyMinutes = (dutyShare: number) =>
      gpusOf(working({ dutyShare, loadMinutes: 0 }), [{ hours: 2 }]).filter(
        (row) => number(row, "DCGM_FI_DEV_GPU_UTIL") > 0,
      ).length;
    expect([busyMinutes(0), busyMinutes(1)]).toEqual([0, 120]);
  });

  test("pauses at the same time as all others of its gang", () => {
    const rows = gpusOf(
      {
        nodegroups: [{ nodes: 2, gpusPerNode: 2 }],
        workloadClasses: [{ name: "work", activity: { ...steady, dutyShare: 0.5, cycleMinutes: 40 } }],
      },
      [{ pods: 2, gpusPerPod: 2, hours: 4 }],
    );
    // Exporters are asked at different moments of the minute, so a switch may fall in between.
    const perMinute = new Map<number, boolean[]>();
    for (const row of rows) {
      const key = Math.floor(minute(row));
      perMinute.set(key, [...(perMinute.get(key) ?? []), number(row, "DCGM_FI_DEV_GPU_UTIL") > 0]);
    }
    const mixed = [...perMinute.values()].filter((all) => new Set(all).size > 1).length;
    expect([...perMinute.values()].every((all) => all.length === 4)).toBe(true);
    expect(mixed).toBeLessThan(30);
    expect(rows.filter((row) => number(row, "DCGM_FI_DEV_GPU_UTIL") > 0).length).toBeGreaterThan(100);
  });

  test("keeps the XID of a failed job, which most jobs do not leave", () => {
    const failing = Array.from({ length: 200 }, (_, i) => ({
      createdMs: minutes(i),
      failsAfterHours: [0.01],
      hours: 0.001,
    }));
    const rows = gpusOf({ ...oneGpu, days: 1 }, failing);
    const codes = new Set(rows.map((row) => row["DCGM_FI_DEV_XID_ERRORS"]));
    expect([...codes].every((code) => [0, 13, 31, 43].includes(code as number))).toBe(true);
    expect(codes.size).toBeGreaterThan(1);
    const sound = gpusOf({ ...oneGpu, days: 1 }, [{ hours: 3 }]);
    expect(new Set(sound.map((row) => row["DCGM_FI_DEV_XID_ERRORS"]))).toEqual(new Set([0]));
  });
});

describe("in the sample", () => {
  const simulation = runSimulation({ scenario: sample({ missedScrapeShare: 0.02 }), seed: SAMPLE_SEED });
  const originMs = START - simulation.telemetryStartMs;
  const rows = rowsOf(telemetry(simulation).find(({ table }) => table.name === "dcgm_gpu")!);
  const series = new Map<string, PlainRow[]>();
  for (const row of rows) {
    const list = series.get(String(row["UUID"])) ?? [];
    series.set(String(row["UUID"]), list);
    list.push(row);
  }

  test("every GPU of every node is there, and named as its node knows it", () => {
    expect(series.size).toBe(40);
    for (const [uuid, [row]] of series) {
      const node = simulation.nodes.find(({ name }) => name === row!["Hostname"])!;
      expect(uuid).toMatch(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(row!["device"]).toBe(`nvidia${row!["gpu"]}`);
      expect(Number(row!["gpu"])).toBeLessThan(node.gpus);
    }
  });

  test("as many GPUs name a pod as it asked for, from its binding to its end", () => {
    const heldBy = new Map<string, PlainRow[]>();
    for (const row of rows) {
      const key = `${row["namespace"]}/${row["pod"]}`;
      const list = heldBy.get(key) ?? [];
      heldBy.set(key, list);
      list.push(row);
    }
    let seen = 0;
    for (const pod of listPods(simulation, originMs)) {
      if (pod.nodeIndex < 0) continue;
      const ends = Math.min(pod.endedMs, pod.deletedMs);
      const during = ({ timestamp }: PlainRow) => timestamp >= pod.boundMs && timestamp < ends;
      const mine = (heldBy.get(`${pod.namespace}/${pod.name}`) ?? []).filter(during);
      const scrapes = rows.filter(
        (row) => during(row) && row["Hostname"] === pod.node!.name && row["gpu"] === "0",
      ).length;
      expect([mine.length, new Set(mine.map((row) => row["UUID"])).size]).toEqual([
        scrapes * pod.gpus,
        scrapes > 0 ? pod.gpus : 0,
      ]);
      if (scrapes > 0) seen++;
    }
    expect(seen).toBeGreaterThan(80);
  });

  test("energy is the integral of power, over scrapes that were missed too, and never falls", () => {
    const ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";
    const wrong = [...series.values()].flatMap((samples) =>
      samples.slice(1).filter((now, i) => {
        const before = samples[i]!;
        const used = number(now, ENERGY) - number(before, ENERGY);
        // W x ms = mJ. Each change of hands in between may round once.
        const integral = number(before, "DCGM_FI_DEV_POWER_USAGE") * (now.timestamp - before.timestamp);
        return !(used > 0 && Math.abs(used - integral) < 20);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("every value lies within what its model and its quantity allow", () => {
    const models = new Map(Object.values(gpuModels).map((model) => [model.product, model]));
    const wrong = rows.filter((row) => {
      const { tdpWatts, idleWatts, memoryMiB } = models.get(String(row["modelName"]))!;
      const within = (column: string, low: number, high: number) =>
        number(row, column) >= low && number(row, column) <= high;
      const memory = number(row, "DCGM_FI_DEV_FB_USED") + number(row, "DCGM_FI_DEV_FB_FREE");
      return !(
        within("DCGM_FI_DEV_POWER_USAGE", 0.9 * idleWatts, tdpWatts) &&
        within("DCGM_FI_DEV_FB_FREE", 1, memoryMiB) &&
        memory < memoryMiB &&
        ["GR_ENGINE", "PIPE_TENSOR", "DRAM"].every((pipe) => within(`DCGM_FI_PROF_${pipe}_ACTIVE`, 0, 1)) &&
        within("DCGM_FI_DEV_GPU_TEMP", 20, 80)
      );
    });
    expect(wrong).toEqual([]);
  });
});

describe("a node that fails or is deleted", () => {
  const outages = [
    { nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 1, toHour: 2, xid: 79 },
    { nodegroup: "a", node: 0, kind: "delete" as const, fromHour: 3, toHour: 3.5 },
  ];
  const scenario = small({ days: 4 / 24, nodegroups: [{ gpusPerNode: 2 }], outages });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads([{ gpusPerPod: 2, hours: 4 }]) });
  const table = (name: string) => rowsOf(telemetry(simulation).find((one) => one.table.name === name)!);
  const gpus = table("dcgm_gpu");
  const during = (rows: readonly PlainRow[], from: number, to: number) =>
    rows.filter((row) => minute(row) >= from && minute(row) < to);

  test("gives no samples meanwhile: its exporter does not answer, and is not even asked while there is no node", () => {
    expect(during(gpus, 60, 120)).toEqual([]);
    expect(during(gpus, 180, 210)).toEqual([]);
    const exporter = table("up").filter((row) => row["job"] === "dcgm-exporter");
    expect(during(exporter, 60, 120).map((row) => row["up"])).toEqual(Array(60).fill(0));
    expect(during(exporter, 180, 210)).toEqual([]);
    expect(exporter).toHaveLength(210);
    const starts = new Set(exporter.filter((row) => row["up"] === 1).map((row) => row["process_start_time_seconds"]));
    expect([...starts]).toEqual([0, 2, 3.5].map((hour) => (START + hours(hour)) / 1000));
  });

  test("shows the XID on the GPU that is to blame for some minutes before, until the driver is loaded again", () => {
    const withXid = gpus.filter((row) => row["DCGM_FI_DEV_XID_ERRORS"] !== 0);
    expect(withXid.map((row) => [row["gpu"], row["DCGM_FI_DEV_XID_ERRORS"]])).toEqual(Array(3).fill(["0", 79]));
    expect(withXid.every((row) => minute(row) >= 57 && minute(row) < 60)).toBe(true);
  });

  test("counts energy anew after it", () => {
    const mine = gpus.filter((row) => row["gpu"] === "0");
    const energy = (from: number, to: number) =>
      during(mine, from, to).map((row) => row["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"] as number);
    for (const [from, to] of [
      [120, 180],
      [210, 240],
    ] as const) {
      const life = energy(from, to);
      expect(life).toEqual([...life].sort((a, b) => a - b));
      // Less than the board's limit could have drawn since.
      expect(life.at(-1)!).toBeLessThan(H100.tdpWatts * minutes(to - from));
    }
  });
});

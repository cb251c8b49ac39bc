import { describe, expect, test } from "vitest";
import { batchDemand } from "../demand/batch.js";
import { excerpt } from "../simulation/excerpt.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { hours, type SmallInput, small } from "../testing/scenario.js";
import { HOUR_MS } from "../units/time.js";
import { labels, simulateWithMoments } from "./labels.js";

/** Labels of a small world by nodegroup, hour by hour: GPUs that wait there, and of these recoverable ones. */
function labelled(input: SmallInput, fromHour = 0, toHour = 3) {
  const scenario = small({ days: 0.25, ...input });
  const { simulation, moments } = simulateWithMoments(scenario, 1, hours(fromHour), hours(toHour));
  const part = excerpt(simulation, hours(fromHour), hours(toHour));
  const found: Record<string, [waiting: number, recoverable: number][]> = {};
  for (const { nodegroup, waiting, recoverable } of labels(part, moments, new TruthWindows(part, HOUR_MS)))
    found[nodegroup] = [...(found[nodegroup] ?? []), [waiting, recoverable]];
  return found;
}

const once = (offsetHours: number) => ({ kind: "periodic" as const, everyHours: 100, offsetHours });
const job = (name: string, gpusPerPod: number, offsetHours: number, hoursLong: number, rest = {}) => ({
  name,
  gang: [{ pods: 1, gpusPerPod }],
  arrivals: once(offsetHours),
  duration: { kind: "constant" as const, minutes: 60 * hoursLong },
  ...rest,
});

describe("labels", () => {
  test("count what waits long, in the mean over each window", () => {
    const classes = [job("holds", 8, 0, 2), job("waits", 4, 0.5, 1)];
    expect(labelled({ workloadClasses: classes })).toEqual({
      a: [
        [2, 0],
        [4, 0],
        [0, 0],
      ],
    });
  });

  test("count only those pods of a gang that have no node, and look for room for these elsewhere", () => {
    const input: SmallInput = {
      binding: "pod",
      nodegroups: [{ nodes: 2 }, { gpuModel: "A100" }],
      clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
      workloadClasses: [job("holds", 8, 0, 2), job("gang", 8, 0.5, 1, { gang: [{ pods: 2, gpusPerPod: 8 }] })],
    };
    expect(labelled(input)["a"]).toEqual([
      [4, 4],
      [8, 8],
      [0, 0],
    ]);
  });

  test("leave out what waits for less than ten minutes, wherever a window cuts it", () => {
    const until = (minutesLater: number) => [job("holds", 8, 0, 2), job("waits", 8, 2 - minutesLater / 60, 0.5)];
    expect(labelled({ workloadClasses: until(9) })["a"]).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(labelled({ workloadClasses: until(12) })["a"]![1]![0]).toBeCloseTo((8 * 12) / 60, 12);
    // Five minutes of a wait of an hour lie within the excerpt.
    const late = [job("holds", 8, 0, 2), job("waits", 8, 1, 0.5)];
    expect(labelled({ workloadClasses: late }, 115 / 60, 175 / 60)["a"]![0]![0]).toBeCloseTo((8 * 5) / 60, 12);
  });

  test("count it at every nodegroup that could run it, and as recoverable at its first", () => {
    const flavors = ["a", "b"].map((name) => ({ name, nominalQuota: 8 }));
    const input: SmallInput = {
      nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }, { gpuModel: "L40S" }],
      clusterQueues: [{ name: "queue", flavors }],
      workloadClasses: [
        job("first", 8, 0, 3, { gpuModels: ["H100"] }),
        job("second", 8, 0, 3, { gpuModels: ["A100"] }),
        job("waits", 4, 1, 1, { gpuModels: ["H100", "A100", "L40S"] }),
      ],
    };
    expect(labelled(input)).toEqual({
      a: [
        [0, 0],
        [4, 4],
        [4, 4],
      ],
      b: [
        [0, 0],
        [4, 0],
        [4, 0],
      ],
      c: [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    });
  });

  test("call recoverable only what finds room in its shape, on GPUs that can run it, and no GPU twice", () => {
    const input = (...waiting: ReturnType<typeof job>[]): SmallInput => ({
      nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100", nodes: 2, gpusPerNode: 4 }],
      workloadClasses: [job("holds", 8, 0, 3, { gpuModels: ["H100"] }), ...waiting],
    });
    const recoverable = (...waiting: ReturnType<typeof job>[]) => labelled(input(...waiting))["a"]![1]![1];
    expect(recoverable(job("small", 4, 1, 1))).toBe(4);
    expect(recoverable(job("large", 8, 1, 1))).toBe(0);
    expect(recoverable(job("picky", 4, 1, 1, { gpuModels: ["H100"] }))).toBe(0);
    expect(recoverable(job("one", 4, 1, 1), job("two", 4, 1, 1), job("three", 4, 1, 1))).toBe(8);
  });

  test("leave out what asks for more than its queue could ever give", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 4 }] }];
    expect(labelled({ clusterQueues, workloadClasses: [job("vast", 8, 0, 1)] })["a"]).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });
});

test("a simulation with its moments is the simulation, and every moment holds until the next", () => {
  const scenario = small({
    days: 0.25,
    workloadClasses: [{ name: "work", arrivals: { kind: "poisson", perHour: 6 } }],
  });
  const { simulation, moments } = simulateWithMoments(scenario, 1, hours(1), hours(2));
  expect(simulation.workloads).toHaveLength(batchDemand(scenario, 1).length);
  expect(moments[0]!.now).toBeLessThanOrEqual(hours(1));
  expect(moments[1]!.now).toBeGreaterThan(hours(1));
  const times = moments.map(({ now }) => now);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan(hours(2));
});

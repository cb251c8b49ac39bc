import { beforeAll, describe, expect, test } from "vitest";
import { metrics } from "../metrics/index.js";
import { sample } from "../testing/sample.js";
import { small } from "../testing/scenario.js";
import { isShort } from "./rank.js";
import { measureWorld, type World } from "./world.js";

describe("a world that is measured", () => {
  let world: World;
  const scenario = sample();

  beforeAll(async () => {
    world = await measureWorld({ scenario, seed: 1, days: 1, random: false });
  });

  test("has a label for every nodegroup and hour, and of every metric a value beside it", () => {
    const hours = scenario.days * 24;
    expect(world.labels).toHaveLength(hours * scenario.nodegroups.length);
    expect(world.measured.map(({ metric }) => metric)).toEqual(metrics.map(({ name }) => name));
    for (const { values } of world.measured) expect(values).toHaveLength(world.labels.length);
    const said = world.measured.find(({ metric }) => metric === "imbalance")!.values;
    expect(said.filter((value) => value !== null).length).toBe(world.labels.length);
  });

  test("accounts for all GPUs that are paid for, on both sides", () => {
    const paid = scenario.nodegroups.reduce((sum, n) => sum + n.nodes * n.gpusPerNode, 0) * scenario.days * 24;
    const sum = (of: "truth" | "verdict") => world.states.reduce((total, state) => total + state[of], 0);
    expect(sum("truth")).toBeCloseTo(paid, 6);
    expect(Math.abs(sum("verdict") - paid)).toBeLessThan(0.01 * paid);
  });

  test("puts most of what waits down to the same causes as the simulator", () => {
    const waited = world.causes.filter(({ truth }) => truth !== "nothing");
    const all = waited.reduce((total, { gpuHours }) => total + gpuHours, 0);
    const right = waited.filter(({ truth, verdict }) => truth === verdict);
    expect(all).toBeGreaterThan(1);
    expect(right.reduce((total, { gpuHours }) => total + gpuHours, 0)).toBeGreaterThan(all / 2);
  });

  test("is the same again, and another with another seed", async () => {
    expect(await measureWorld({ scenario, seed: 1, days: 1, random: false })).toEqual(world);
    const other = await measureWorld({ scenario, seed: 2, days: 1, random: false, metrics: ["imbalance"] });
    expect(other.labels).not.toEqual(world.labels);
    expect(other.measured.map(({ metric }) => metric)).toEqual(["imbalance"]);
  });
});

test("a seed says which days of a scenario are looked at, each as the whole scenario has it", async () => {
  // Eight GPUs are held from day 1 on; one more is asked for at noon of that day and waits to the end.
  const scenario = small({
    days: 3,
    intervalSeconds: 600,
    workloadClasses: [
      {
        name: "holds",
        arrivals: { kind: "periodic", everyHours: 1000, offsetHours: 24 },
        gang: [{ pods: 1, gpusPerPod: 8 }],
        duration: { kind: "constant", minutes: 100 * 60 },
      },
      {
        name: "waits",
        arrivals: { kind: "periodic", everyHours: 1000, offsetHours: 36 },
        gang: [{ pods: 1, gpusPerPod: 2 }],
      },
    ],
  });
  const shortHours = async (seed: number) => {
    const { labels, measured } = await measureWorld({ scenario, seed, days: 1, random: false, metrics: ["imbalance"] });
    const short = labels.map(isShort);
    // The metric sees what is short, from telemetry alone.
    expect(measured[0]!.values.map((value) => value! > 0)).toEqual(short);
    return short.filter(Boolean).length;
  };
  expect([await shortHours(0), await shortHours(1), await shortHours(2), await shortHours(4)]).toEqual([0, 12, 24, 12]);
});

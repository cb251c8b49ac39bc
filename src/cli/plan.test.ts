import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { SIMULATED_PLAN_FILE, simulatedPlan } from "../api.js";
import { describeDataset } from "../dataset/open.js";
import { simulatedPlan as schema } from "../plan/simulated.js";
import { parseScenario } from "../scenario/parse.js";
import { evenkeel } from "../testing/command.js";
import { copyOf, datasetOf } from "../testing/dataset.js";
import { smallInput } from "../testing/scenario.js";

/** One node that is asked for a little more than it has. */
const busy = smallInput({
  name: "busy",
  days: 4,
  workloadClasses: [
    {
      name: "work",
      arrivals: { kind: "poisson", perHour: 10 },
      duration: { kind: "exponential", meanMinutes: 45 },
    },
  ],
});
const SEED = 7;

let folder: string;
const manifestOf = async (path: string) => ({ folder: path, ...(await describeDataset(path)) });
const written = async (path: string) =>
  schema.parse(JSON.parse(await readFile(join(path, SIMULATED_PLAN_FILE), "utf8")));

beforeAll(async () => {
  folder = await datasetOf(parseScenario(busy, "busy"), SEED);
  // Compiles, if that has not been done.
  await evenkeel(["--version"]).done;
});

describe("evenkeel plan", () => {
  test("says what comes of the plan, from the dataset's own seed on, and leaves it beside the dataset", async () => {
    expect(await simulatedPlan(await manifestOf(folder))).toBeNull();
    const ran = await evenkeel(["plan", folder, "--target", "10m", "--seeds", "3"]).done;
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("A p95 wait of 10 min. Simulated is scenario busy");
    expect(ran.out).toContain("add-nodes a 1");
    const found = await written(folder);
    expect(found).toMatchObject({
      command: "npx evenkeel plan DIR --target 600s --seeds 3",
      own: true,
      seeds: [SEED, SEED + 1, SEED + 2],
      waits: [{ nodegroup: "a", what_if: "add-nodes a 1", refused: null }],
    });
    expect(found.waits[0]!.wait_p95_seconds).toHaveLength(3);
    expect(found.actions[0]!.removed_gpu_hours.every((removed) => removed > 0)).toBe(true);
    expect(await simulatedPlan(await manifestOf(folder))).toEqual(found);
  });

  test("simulates another scenario where that is given, as for a cluster that nobody generated", async () => {
    const copy = await copyOf(folder);
    await rm(join(copy, "truth"), { recursive: true });
    const refused = await evenkeel(["plan", copy, "--seeds", "2"]).done;
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/found no truth\/scenario.yaml, .*; give --scenario FILE/);
    const twin = join(copy, "..", "twin.json");
    await writeFile(twin, JSON.stringify(busy));
    const ran = await evenkeel(["plan", copy, "--target", "10m", "--seeds", "2", "--scenario", twin]).done;
    expect(ran.code).toBe(0);
    expect(await written(copy)).toMatchObject({ own: false, seeds: [1, 2] });
  });

  test("is not shown beside other data, nor read where it is no such plan", async () => {
    const copy = await copyOf(folder);
    const plan = { ...(await written(folder)), dataset: "another" };
    await writeFile(join(copy, SIMULATED_PLAN_FILE), JSON.stringify(plan));
    expect(await simulatedPlan(await manifestOf(copy))).toBeNull();
    await writeFile(join(copy, SIMULATED_PLAN_FILE), "{}");
    await expect(simulatedPlan(await manifestOf(copy))).rejects.toThrow(
      /simulated-plan\.json: found no simulated plan of this version; .*npx evenkeel plan DIR/,
    );
  });
});

import { beforeAll, describe, expect, test } from "vitest";
import { boardTables } from "../board/rows.js";
import { runSimulation } from "../simulation/simulate.js";
import { small } from "../testing/scenario.js";
import { gpuP95Seconds } from "../whatif/outcome.js";
import { parseAction } from "../whatif/parse-action.js";
import { boardOf } from "./board.js";
import { measurePromises, type Promises } from "./promises.js";

/** One node that is asked for a little more than it has, and the same work on one that has plenty. */
const world = small({
  name: "busy",
  days: 4,
  nodegroups: [{}, { nodes: 3, gpuModel: "A100" }],
  clusterQueues: ["a", "b"].map((name) => ({ name, flavors: [{ name, nominalQuota: name === "a" ? 8 : 24 }] })),
  workloadClasses: ["a", "b"].map((name) => ({
    name: `work-${name}`,
    localQueue: `team/${name}`,
    arrivals: { kind: "poisson" as const, perHour: 10 },
    duration: { kind: "exponential" as const, meanMinutes: 45 },
  })),
});
const SEED = 3;

let found: Promises;
beforeAll(async () => {
  found = await measurePromises({ scenario: world, seed: SEED, promises: true });
}, 60_000);

describe("what a plan promises", () => {
  test("is held against a simulation of the same world with the plan's nodes", () => {
    const [a, b] = found.waits;
    expect(found.waits).toHaveLength(2);
    expect(a!.nodesToAdd).toBeGreaterThan(0);
    expect(b!.nodesToAdd).toBeLessThanOrEqual(0);
    const more = parseAction(`add-nodes a ${a!.nodesToAdd}`, world).apply(world);
    const { workloads, endMs } = runSimulation({ scenario: more, seed: SEED });
    const ofA = workloads.filter(({ workload }) => workload.clusterQueue === "a");
    expect(a!.simulated).toBe(gpuP95Seconds(ofA, endMs));
  });

  test("is near what comes of it where nothing stands in the way of work but room", () => {
    for (const { promised, simulated, targetSeconds } of found.waits) {
      expect(promised).toBeLessThanOrEqual(targetSeconds);
      // Telemetry knows times to a scrape, and what waits or runs at the end is an estimate.
      expect(Math.abs(simulated! - promised!)).toBeLessThan(5 * 60);
    }
  });

  test("of an action is what waited behind it, and what it removes", () => {
    const add = found.actions.find(({ action }) => action === "add")!;
    expect(add.whatIf).toMatch(/^add-nodes a /);
    expect(add.behind).toBeGreaterThan(0);
    expect(add.removed).toBeGreaterThan(0);
  });

  test("goes onto the board as its tables have it", () => {
    const board = boardOf([], { promises: [found] });
    expect(boardTables.promises.array().parse(board.promises)).toEqual(board.promises);
    expect(boardTables.removals.array().parse(board.removals)).toEqual(board.removals);
    expect(board.promises.map(({ nodegroup, seed, random }) => [nodegroup, seed, random])).toEqual([
      ["a", SEED, false],
      ["b", SEED, false],
    ]);
    expect(board.removals).toHaveLength(found.actions.length);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyScenario } from "../testing/any-scenario.js";
import { hours, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { occupancyByHours } from "./occupancy.js";
import { runSimulation, type SimulateOptions } from "./simulate.js";

function occupied(options: SimulateOptions) {
  const run = occupancyByHours(options);
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}

function hourly(input: SmallInput, demand: readonly WorkloadInput[]) {
  const scenario = small({ days: 1 / 6, ...input });
  return occupied({ scenario, seed: 1, workloads: workloads(demand) }).occupancy;
}

describe("how full a cluster is", () => {
  test("is looked at at every full hour, before what happens then", () => {
    // Four GPUs from 0:30 to 2:00, one from 2:30 on.
    const found = hourly({}, [
      { gpusPerPod: 4, hours: 1.5, createdMs: hours(0.5) },
      { gpusPerPod: 1, hours: 9, createdMs: hours(2.5) },
      { gpusPerPod: 1, hours: 9, createdMs: hours(3.5) },
    ]);
    expect(found.map(({ nowMs, allocated, free }) => [nowMs / hours(1), allocated, free])).toEqual([
      [1, 4, 4],
      [2, 4, 4],
      [3, 1, 7],
      [4, 2, 6],
    ]);
  });

  test("tells what is out of service from what is free", () => {
    const cordons = [{ nodegroup: "a", node: 0, fromHour: 0, toHour: 2.5 }];
    const found = hourly({ nodegroups: [{ nodes: 2 }], cordons }, [
      { gpusPerPod: 3, hours: 9 },
      { gpusPerPod: 1, hours: 9, createdMs: hours(2.75) },
      { gpusPerPod: 1, hours: 9, createdMs: hours(3.5) },
    ]);
    expect(found.map(({ allocated, free, outOfService }) => [allocated, free, outOfService]).slice(-3, -1)).toEqual([
      [3, 5, 8],
      [4, 12, 0],
    ]);
  });

  test("counts as stranded what is left over when nodes are filled with what could run there, by hand", () => {
    // Of what classes ask for, two thirds are pods of four GPUs, a third pods of two. Nodes have 3 and 7 GPUs free: four
    // leave 3 and 3, two leave 1 and 1. A pod of two needs 60 of 64 cores: each node holds one of those.
    const arrivals = { kind: "poisson" as const, perHour: 1 };
    const world = (cpusPerGpu: number) =>
      hourly(
        {
          nodegroups: [{ nodes: 2, cpusPerNode: 64 }],
          placement: "spread",
          workloadClasses: [
            { name: "four", arrivals, gang: [{ pods: 1, gpusPerPod: 4 }], cpusPerGpu: 0 },
            { name: "two", arrivals, gang: [{ pods: 1, gpusPerPod: 2 }], cpusPerGpu },
          ],
        },
        [
          { gpusPerPod: 5, hours: 9 },
          { gpusPerPod: 1, hours: 9 },
          { gpusPerPod: 1, hours: 9, createdMs: hours(1.5) },
        ],
      )[0]!;
    expect(world(0)).toMatchObject({ free: 10, stranded: expect.closeTo((2 / 3) * 6 + (1 / 3) * 2, 9) });
    expect(world(30)).toMatchObject({ free: 10, stranded: expect.closeTo((2 / 3) * 6 + (1 / 3) * (1 + 5), 9) });
  });

  test("counts as fragmented what the classes cannot use: Weng et al.'s measure, by hand", () => {
    // Half of what comes needs whole nodes of eight GPUs, the other half single GPUs. Of a node with five free GPUs the
    // first can use none and the second all; an empty node both can use.
    const arrivals = { kind: "poisson" as const, perHour: 1 };
    const found = hourly(
      {
        nodegroups: [{ nodes: 2 }],
        placement: "pack",
        workloadClasses: [
          { name: "whole", arrivals, gang: [{ pods: 1, gpusPerPod: 8 }] },
          { name: "single", arrivals, gang: [{ pods: 1, gpusPerPod: 1 }] },
        ],
      },
      [
        { gpusPerPod: 3, hours: 9, workloadClass: "single" },
        { createdMs: hours(1.5), workloadClass: "single" },
      ],
    );
    expect(found[0]).toMatchObject({ allocated: 3, free: 13, fragmented: 2.5 });
  });

  test("adds up to all GPUs at every hour of every world, and changes nothing in it", () => {
    fc.assert(
      fc.property(anyScenario, fc.nat(100), (scenario, seed) => {
        const { simulation, occupancy } = occupied({ scenario, seed, truth: false });
        expect(simulation).toEqual(runSimulation({ scenario, seed, truth: false }));
        for (const { nodegroup, allocated, free, outOfService, fragmented } of occupancy) {
          const { nodes, gpusPerNode } = scenario.nodegroups.find(({ name }) => name === nodegroup)!;
          expect(allocated + free + outOfService).toBe(nodes * gpusPerNode);
          expect(Math.min(allocated, free, outOfService, fragmented)).toBeGreaterThanOrEqual(0);
          expect(fragmented).toBeLessThanOrEqual(free + 1e-9);
        }
      }),
      { numRuns: 25 },
    );
  });
});

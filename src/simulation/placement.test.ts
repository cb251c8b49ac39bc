import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fragmentation } from "../packing/fragmentation.js";
import { type SmallInput, small } from "../testing/scenario.js";
import { listNodes } from "./cluster.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import { freeMilli, placementOf, targetWorkload } from "./placement.js";

const pod = (gpusPerPod: number, cpusPerPod = 0): GangRequest => ({
  pods: 1,
  gpusPerPod,
  cpusPerPod,
  memoryGiBPerPod: 0,
});

/** Nodes with so many GPUs and cores free, and where a pod goes among them. */
function cluster(input: SmallInput, free: readonly (readonly [gpus: number, cpus: number])[], seed = 1) {
  const scenario = small({ nodegroups: [{ nodes: free.length }], ...input });
  const nodes = listNodes(scenario);
  const room = new FreeRoom(nodes);
  free.forEach(([gpus, cpus], node) => {
    room.gpus[node] = gpus;
    room.cpus[node] = cpus;
  });
  const policy = placementOf(scenario, seed, nodes, room, []);
  const among = Int32Array.from(free.keys());
  return { scenario, room, place: (request: GangRequest) => room.place(request, among, policy)?.[0] };
}

describe("best-fit", () => {
  test("leaves the fewest GPUs, among equals the fewest cores, among equals takes the first", () => {
    const free = [
      [8, 10],
      [4, 90],
      [4, 20],
      [4, 20],
      [2, 5],
    ] as const;
    const { place } = cluster({ placement: "best-fit" }, free);
    expect([place(pod(3, 10)), place(pod(3, 10)), place(pod(3, 10)), place(pod(3, 10)), place(pod(3))]).toEqual([
      2, 3, 1, 0, 0,
    ]);
  });
});

describe("random", () => {
  test("takes every node that fits equally often, and no other", () => {
    const counts = [0, 0, 0, 0];
    const draws = 4_000;
    const { room, place } = cluster({ placement: "random" }, [
      [8, 10],
      [1, 10],
      [3, 10],
      [2, 10],
    ]);
    for (let i = 0; i < draws; i++) {
      const node = place(pod(2))!;
      counts[node]!++;
      room.release(pod(2), [node]);
    }
    expect(counts[1]).toBe(0);
    // Four standard errors of a share of 1/3.
    for (const node of [0, 2, 3])
      expect(Math.abs(counts[node]! / draws - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / draws));
  });

  test("goes by the seed", () => {
    const free = Array.from({ length: 30 }, () => [8, 10] as const);
    const order = (seed: number) => {
      const { place } = cluster({ placement: "random" }, free, seed);
      return Array.from({ length: 20 }, () => place(pod(8)));
    };
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });
});

describe("fgd", () => {
  const classes = (...shapes: [gpusPerPod: number, perHour: number][]) => ({
    placement: "fgd" as const,
    workloadClasses: shapes.map(([gpusPerPod, perHour], i) => ({
      name: `class-${i}`,
      gang: [{ pods: 1, gpusPerPod }],
      arrivals: { kind: "poisson" as const, perHour },
    })),
  });

  test("takes the node on which the least becomes a fragment, worked by hand", () => {
    const free = [
      [2, 100],
      [3, 100],
    ] as const;
    // Pods of 2 and of 4, as many. To the first node: fragments before (2 + 0) / 2, after (1 + 1) / 2. To the second:
    // before (3 + 0) / 2, after (2 + 0) / 2. Packing would take the first.
    expect(cluster(classes([2, 1], [4, 1]), free).place(pod(1))).toBe(1);
    expect(cluster({ ...classes([2, 1], [4, 1]), placement: "pack" }, free).place(pod(1))).toBe(0);
  });

  test("weighs shapes by the pods that arrive in an hour", () => {
    const { scenario } = cluster(
      {
        workloadClasses: [
          {
            name: "often",
            gang: [
              { pods: 3, gpusPerPod: 2, weight: 1 },
              { pods: 1, gpusPerPod: 1, weight: 3 },
            ],
            arrivals: { kind: "poisson", perHour: 8 },
          },
          { name: "rare", arrivals: { kind: "periodic", everyHours: 4 }, gpuModels: ["H100", "A100"], cpusPerGpu: 2 },
        ],
      },
      [[8, 10]],
    );
    expect(targetWorkload(scenario, [], "A100").map(({ popularity, gpuType }) => [popularity, gpuType])).toEqual([
      [6, "H100"],
      [6, "H100"],
      [0.25, "A100"],
    ]);
  });

  test("never takes a node on which more would become a fragment of the whole cluster than on another", () => {
    const anyNode = fc.tuple(fc.nat(8), fc.integer({ min: 4, max: 40 }));
    fc.assert(
      fc.property(fc.array(anyNode, { minLength: 2, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (free, gpus) => {
        const { scenario, place } = cluster(classes([1, 4], [2, 2], [4, 1], [8, 1]), free);
        const shapes = targetWorkload(scenario, [], "H100");
        const whole = (taken: number | undefined) =>
          fragmentation(
            free.map(([all, cpus], i) => ({
              cpuMilli: cpus * 1000 - (i === taken ? 1500 : 0),
              gpuMilli: Array<number>(all - (i === taken ? gpus : 0)).fill(1000),
              gpuType: "H100",
            })),
            shapes,
          ).fragmentedGpuMilli;
        const fits = [...free.keys()].filter((i) => free[i]![0] >= gpus);
        const node = place(pod(gpus, 1.5));
        expect(node === undefined).toBe(fits.length === 0);
        if (node !== undefined) expect(whole(node)).toBeLessThanOrEqual(Math.min(...fits.map(whole)) + 1e-6);
      }),
    );
  });

  test("puts a share where the fewest GPUs become fragments, beside others if that is there", () => {
    // Half of what comes needs a whole GPU: a share that opens a new one makes a fragment of the rest for it.
    const { room, place } = cluster(classes([1, 1], [0.5, 1]), [
      [2, 64],
      [2, 64],
    ]);
    const share = (id: number, gpusPerPod: number) => ({ ...pod(gpusPerPod), id });
    expect(place(share(1, 0.5))).toBe(0);
    // On the opened GPU 0.5 is left, which is a fragment to the whole shape; using it up makes none.
    expect(place(share(2, 0.5))).toBe(0);
    expect([...room.gpus]).toEqual([1, 2]);
    expect(place(share(3, 1))).toBe(0);
    expect(place(share(4, 0.25))).toBe(1);
    expect(place(share(5, 0.25))).toBe(1);
    expect(room.shares.left(1)).toEqual([500]);
  });

  test("never adds more fragments with a share than another node would", () => {
    const milli = fc.integer({ min: 1, max: 999 });
    fc.assert(
      fc.property(fc.array(fc.array(milli, { maxLength: 5 }), { minLength: 2, maxLength: 5 }), milli, (held, asked) => {
        const { scenario, room, place } = cluster(
          classes([0.25, 3], [0.6, 2], [1, 4], [2, 1]),
          held.map(() => [3, 64] as const),
        );
        held.forEach((shares, node) => {
          shares.forEach((one, i) => {
            room.place({ ...pod(one / 1000), id: 10 * node + i }, Int32Array.of(node), "pack");
          });
        });
        const shapes = targetWorkload(scenario, [], "H100");
        const fragments = (of: FreeRoom, node: number) =>
          fragmentation([{ cpuMilli: 64_000, gpuMilli: freeMilli(of, node), gpuType: "H100" }], shapes)
            .fragmentedGpuMilli;
        const added = held.map((_, node) => {
          const after = new FreeRoom(listNodes(scenario));
          after.copyFrom(room);
          const placed = after.place({ ...pod(asked / 1000), id: 99 }, Int32Array.of(node), "pack");
          return placed ? fragments(after, node) - fragments(room, node) : Number.POSITIVE_INFINITY;
        });
        const node = place({ ...pod(asked / 1000), id: 99 });
        if (node === undefined) expect(added.every((one) => one === Number.POSITIVE_INFINITY)).toBe(true);
        else expect(added[node]).toBeLessThanOrEqual(Math.min(...added) + 1e-6);
      }),
    );
  });
});

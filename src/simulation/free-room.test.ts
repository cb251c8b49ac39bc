import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FreeRoom, type GangRequest } from "./free-room.js";

const node = (gpus: number, cpus = 1000, memoryGiB = 1000) => ({ gpus, cpus, memoryGiB });
const gang = (pods: number, gpusPerPod: number, cpusPerPod = 0, memoryGiBPerPod = 0): GangRequest => ({
  pods,
  gpusPerPod,
  cpusPerPod,
  memoryGiBPerPod,
});
const all = (room: FreeRoom) => Int32Array.from(room.gpus.keys());

describe("FreeRoom", () => {
  test("packs onto the fullest node that fits, and spreads over the emptiest; ties go to the first node", () => {
    const nodes = [node(8), node(4), node(6), node(4)];
    const placed = (policy: "pack" | "spread") => {
      const room = new FreeRoom(nodes);
      return [1, 1, 5, 3].map((gpus) => room.place(gang(1, gpus), all(room), policy)?.[0]);
    };
    // Free before each: 8 4 6 4, 8 3 6 4, 8 2 6 4, 8 2 1 4.
    expect(placed("pack")).toEqual([1, 1, 2, 3]);
    // Free before each: 8 4 6 4, 7 4 6 4, 6 4 6 4, 1 4 6 4.
    expect(placed("spread")).toEqual([0, 0, 0, 2]);
  });

  test("places all pods of a gang or none, several on one node where they fit", () => {
    const room = new FreeRoom([node(4), node(3)]);
    expect(room.place(gang(4, 2), all(room), "pack")).toBeUndefined();
    expect([...room.gpus]).toEqual([4, 3]);
    expect([...room.place(gang(3, 2), all(room), "pack")!]).toEqual([1, 0, 0]);
    expect([...room.gpus]).toEqual([0, 1]);
  });

  test("places the pods of a gang one by one as far as there is room, if asked to", () => {
    const room = new FreeRoom([node(4), node(3)]);
    expect(room.placeSome(gang(4, 2), all(room), "pack")).toEqual([1, 0, 0]);
    expect([...room.gpus]).toEqual([0, 1]);
    expect(room.placeSome(gang(2, 2), all(room), "pack")).toEqual([]);
    expect(room.placeSome(gang(1, 1), all(room), "spread")).toEqual([1]);
  });

  test("asks CPU and memory too", () => {
    const room = new FreeRoom([node(8, 10, 100), node(8, 100, 10)]);
    expect(room.fitting(gang(1, 1, 4), 0)).toBe(2);
    expect(room.fitting(gang(1, 1, 0, 4), 1)).toBe(2);
    expect(room.place(gang(5, 1, 4), all(room), "spread")).toBeDefined();
    expect(room.place(gang(1, 1, 101), all(room), "spread")).toBeUndefined();
  });

  test("fills a node with fractions of a core to the last pod, and again after they have gone", () => {
    const room = new FreeRoom([node(10, 1, 1)]);
    const pod = gang(1, 1, 0.1, 0.1);
    for (let round = 0; round < 3; round++) {
      const placed = Array.from({ length: 10 }, () => room.place(pod, all(room), "pack"));
      expect(placed.every((nodes) => nodes !== undefined)).toBe(true);
      expect(room.place(gang(1, 1, 0.1), all(room), "pack")).toBeUndefined();
      for (const nodes of placed) room.release(pod, nodes!);
    }
  });

  test("puts nothing on a cordoned node, and counts none of it as free", () => {
    const room = new FreeRoom([node(8), node(4)]);
    room.setSchedulable(0, false);
    expect(room.outOfService).toBe(true);
    expect(room.fitting(gang(1, 1), 0)).toBe(0);
    expect(room.total(all(room))).toBe(4);
    expect([...room.place(gang(1, 1), all(room), "spread")!]).toEqual([1]);
    room.takeAnyGpus(5, all(room));
    expect([...room.gpus]).toEqual([8, 0]);
  });

  test("only uses the nodes that it may", () => {
    const room = new FreeRoom([node(8), node(8), node(8)]);
    const among = Int32Array.of(1);
    expect(room.place(gang(2, 8), among, "spread")).toBeUndefined();
    expect([...room.place(gang(2, 4), among, "spread")!]).toEqual([1, 1]);
    expect([...room.gpus]).toEqual([8, 0, 8]);
  });

  test("gives back what it took, never takes more than there is, and places whatever fits", () => {
    const anyNode = fc.record({
      gpus: fc.integer({ min: 0, max: 8 }),
      cpus: fc.integer({ min: 0, max: 64 }),
      memoryGiB: fc.integer({ min: 0, max: 64 }),
    });
    const anyGang = fc.record({
      pods: fc.integer({ min: 1, max: 4 }),
      gpusPerPod: fc.integer({ min: 1, max: 4 }),
      cpusPerPod: fc.integer({ min: 0, max: 16 }),
      memoryGiBPerPod: fc.integer({ min: 0, max: 16 }),
    });
    const policy = fc.constantFrom("pack" as const, "spread" as const);
    fc.assert(
      fc.property(fc.array(anyNode, { minLength: 1, maxLength: 5 }), fc.array(anyGang), policy, (nodes, gangs, how) => {
        const room = new FreeRoom(nodes);
        const placed: [GangRequest, readonly number[]][] = [];
        for (const one of gangs) {
          const slots = nodes.reduce((sum, _, i) => sum + room.fitting(one, i), 0);
          const taken = room.place(one, all(room), how);
          expect(taken !== undefined).toBe(slots >= one.pods);
          if (taken) placed.push([one, taken]);
          for (const free of [room.gpus, room.cpus, room.memoryGiB])
            expect(Math.min(...free)).toBeGreaterThanOrEqual(0);
        }
        for (const [one, taken] of placed) room.release(one, taken);
        expect(nodes.map((_, i) => ({ gpus: room.gpus[i], cpus: room.cpus[i], memoryGiB: room.memoryGiB[i] }))).toEqual(
          nodes,
        );
      }),
    );
  });

  test("chooses the same nodes among many, where it keeps an index, as looking at each of them would", () => {
    const anyGang = fc.record({ pods: fc.integer({ min: 1, max: 6 }), gpusPerPod: fc.integer({ min: 1, max: 8 }) });
    const sizes = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 60, maxLength: 80 });
    const policy = fc.constantFrom("pack" as const, "spread" as const);
    fc.assert(
      fc.property(sizes, fc.array(anyGang), policy, fc.nat({ max: 59 }), (gpus, gangs, how, cordoned) => {
        const room = new FreeRoom(gpus.map((count) => node(count)));
        room.setSchedulable(cordoned, false);
        const among = all(room);
        const free = [...gpus];
        for (const { pods, gpusPerPod } of gangs) {
          const expected: number[] = [];
          const before = [...free];
          for (let pod = 0; pod < pods; pod++) {
            const fitting = [...free.keys()].filter((i) => i !== cordoned && free[i]! >= gpusPerPod);
            const best = Math[how === "pack" ? "min" : "max"](...fitting.map((i) => free[i]!));
            const chosen = fitting.find((i) => free[i] === best);
            if (chosen === undefined) break;
            free[chosen]! -= gpusPerPod;
            expected.push(chosen);
          }
          const placed = room.place(gang(pods, gpusPerPod), among, how);
          if (expected.length < pods) free.splice(0, free.length, ...before);
          expect(placed && [...placed]).toEqual(expected.length < pods ? undefined : expected);
        }
      }),
    );
  });
});

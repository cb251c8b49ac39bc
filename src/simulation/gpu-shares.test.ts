import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FreeRoom, type GangRequest } from "./free-room.js";

const share = (id: number, gpusPerPod: number, pods = 1): GangRequest => ({
  id,
  pods,
  gpusPerPod,
  cpusPerPod: 0,
  memoryGiBPerPod: 0,
});
const room = (...gpus: number[]) => new FreeRoom(gpus.map((n) => ({ gpus: n, cpus: 64, memoryGiB: 64 })));
const all = (free: FreeRoom) => Int32Array.from(free.gpus.keys());

describe("shares of a GPU", () => {
  test("go together on a GPU until it is full; what is left of it is of no use to a larger one", () => {
    const free = room(2);
    const on = all(free);
    expect(free.place(share(1, 0.6), on, "spread")).toEqual([0]);
    expect(free.place(share(2, 0.5), on, "spread")).toEqual([0]);
    // 0.4 and 0.5 are left: the tighter one is taken.
    expect(free.place(share(3, 0.4), on, "spread")).toEqual([0]);
    expect(free.shares.left(0).sort()).toEqual([0, 500]);
    expect(free.total(on)).toBe(0.5);
    expect(free.place(share(4, 0.6), on, "spread")).toBeUndefined();
    expect(free.place(share(5, 1), on, "spread")).toBeUndefined();
    free.release(share(1, 0.6), [0]);
    expect(free.place(share(4, 0.6), on, "spread")).toEqual([0]);
  });

  test("leave a whole GPU once the last of it is given back", () => {
    const free = room(1);
    const on = all(free);
    for (const id of [1, 2, 3]) free.place(share(id, 0.3), on, "pack");
    expect(free.fitting(share(9, 1), 0)).toBe(0);
    for (const id of [2, 1, 3]) free.release(share(id, 0.3), [0]);
    expect(free.gpus[0]).toBe(1);
    expect(free.shares.left(0)).toEqual([]);
    expect(free.fitting(share(9, 0.3), 0)).toBe(3);
  });

  test("of a gang are placed all or none, on several nodes if need be", () => {
    const free = room(1, 1);
    expect(free.place(share(1, 0.4, 5), all(free), "pack")).toBeUndefined();
    expect(free.place(share(1, 0.4, 4), all(free), "pack")).toEqual([0, 0, 1, 1]);
    free.release(share(1, 0.4, 4), [0, 0, 1, 1]);
    expect([...free.gpus]).toEqual([1, 1]);
  });

  test("of no GPU need only CPU and memory", () => {
    const free = room(0, 2);
    expect(free.place({ ...share(1, 0), cpusPerPod: 40 }, all(free), "pack")).toEqual([0]);
    expect(free.place({ ...share(2, 0), cpusPerPod: 40 }, all(free), "pack")).toEqual([1]);
    expect(free.place({ ...share(3, 0), cpusPerPod: 40 }, all(free), "pack")).toBeUndefined();
  });
});

/** What is done to a room, again and again: a gang comes, or the oldest goes, or a node goes out of service or returns. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      milli: fc.oneof(fc.integer({ min: 1, max: 999 }), fc.constantFrom(0, 1000, 2000)),
      pods: fc.integer({ min: 1, max: 4 }),
      cpusPerPod: fc.integer({ min: 0, max: 8 }),
      policy: fc.constantFrom("spread" as const, "pack" as const),
    }),
    fc.constant("leave" as const),
    fc.record({ node: fc.nat(2) }),
  ),
  { minLength: 1, maxLength: 60 },
);

test("whatever comes and goes, no GPU holds more than itself, and what is counted is what is free", () => {
  fc.assert(
    fc.property(steps, (given) => {
      const free = room(3, 2, 4);
      const copy = room(3, 2, 4);
      const on = all(free);
      const held: { gang: GangRequest; nodes: number[] }[] = [];
      given.forEach((step, id) => {
        if (step === "leave") {
          const oldest = held.shift();
          if (oldest) free.release(oldest.gang, oldest.nodes);
        } else if ("node" in step) free.setSchedulable(step.node, free.schedulable[step.node] === 0);
        else {
          const gang = { ...share(id, step.milli / 1000, step.pods), cpusPerPod: step.cpusPerPod };
          const nodes = free.place(gang, on, step.policy);
          if (nodes) held.push({ gang, nodes });
        }
        copy.follow(free);
        expect(copy.snapshot()).toEqual(free.snapshot());
        expect(copy.total(on)).toBe(free.total(on));

        const taken = [0, 0, 0];
        for (const { gang, nodes } of held)
          for (const node of nodes) taken[node]! += Math.round(gang.gpusPerPod * 1000);
        [3, 2, 4].forEach((gpus, node) => {
          expect(free.shares.left(node).every((milli) => milli >= 0 && milli < 1000)).toBe(true);
          expect(Math.round(free.freeGpus(node) * 1000)).toBe(gpus * 1000 - taken[node]!);
        });
        const inService = [0, 1, 2].filter((node) => free.schedulable[node] === 1);
        expect(free.total(on)).toBeCloseTo(
          inService.reduce((sum, node) => sum + free.freeGpus(node), 0),
          9,
        );
        // What is done to the copy is undone when it follows again.
        copy.takeAnyGpus(1.3, on);
        copy.place(share(1000 + id, 0.7), on, "pack");
      });
    }),
    { numRuns: 200 },
  );
});

test("takes GPUs wherever they are free, parts of them as well, and no more than there are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 999 }), { maxLength: 6 }),
      fc.integer({ min: 0, max: 9000 }),
      (shares, milli) => {
        const free = room(2, 3);
        shares.forEach((one, id) => {
          free.place(share(id, one / 1000), all(free), "spread");
        });
        const before = free.total(all(free));
        free.takeAnyGpus(milli / 1000, all(free));
        expect(free.total(all(free))).toBeCloseTo(Math.max(0, before - milli / 1000), 9);
      },
    ),
  );
});

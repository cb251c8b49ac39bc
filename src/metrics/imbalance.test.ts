import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { HEADROOM_SHARE, imbalance, WAITING_GPUS } from "./imbalance.js";

type Gpus = number | null;

function measured(waiting: Gpus, held: Gpus, free: Gpus, capacity: Gpus): number | undefined {
  const row = { gpus_waiting_lower: waiting, gpus_held: held, gpus_free: free, gpus_capacity: capacity };
  return imbalance.measure([row as NodegroupWindow])[0];
}

// RFC 0001, "Worked example", row by row.
describe("imbalance, of six nodes with eight GPUs each", () => {
  test.each([
    [12, 40, 8, 48, 12 / 52, "GPUs are free, but serve nobody"],
    [16, 48, 0, 48, 0.25, "it is full, and a quarter of what is asked for waits"],
    [1, 19, 29, 48, 0.05, "the least that counts as waiting waits"],
    [0.5, 30, 18, 48, -0.275, "half a GPU is noise, and over a third is free"],
    [0, 44, 4, 48, 0, "what is free is less than the headroom"],
    [0, 48, 0, 48, 0, "it is full, and nobody waits"],
    [8, 0, 0, 0, 1, "all nodes are cordoned and empty, and work waits"],
  ])("of %d waiting, %d held, %d free of %d is %d: %s", (waiting, held, free, capacity, expected) => {
    expect(measured(waiting, held, free, capacity)).toBeCloseTo(expected, 12);
  });

  test.each<[Gpus, Gpus, Gpus, Gpus, string]>([
    [0, 0, 0, 0, "no GPU, no demand"],
    [0, 8, 0, 0, "cordoned; what runs there runs on"],
    [null, 40, 8, 48, "Kueue was silent"],
    [12, null, 8, 48, "what is held is not known"],
    [12, 40, null, 48, "what is free is not known"],
    [12, 40, 8, null, "the capacity is not known"],
  ])("of %s waiting, %s held, %s free of %s is undefined: %s", (waiting, held, free, capacity) => {
    expect(measured(waiting, held, free, capacity)).toBeUndefined();
  });
});

test("imbalance reaches concern when one GPU in twenty asked for waits, or 15 % is free, and severe at one in five, or 30 %", () => {
  const { concern, severe } = imbalance.anchors;
  expect([measured(1, 19, 0, 20), measured(0, 85, 15, 100)].map((value) => Math.abs(value!))).toEqual([
    concern,
    expect.closeTo(concern, 12),
  ]);
  expect([measured(4, 16, 0, 20), measured(0, 70, 30, 100)].map((value) => Math.abs(value!))).toEqual([
    severe,
    expect.closeTo(severe, 12),
  ]);
});

test("imbalance lies between -0.9 and 1, above zero exactly where work waits, and grows with it", () => {
  const gpus = fc.double({ noNaN: true, min: 0, max: 1000 });
  fc.assert(
    fc.property(gpus, gpus, gpus, fc.double({ noNaN: true, min: 0.1, max: 100 }), (waiting, held, free, more) => {
      fc.pre(held + free > 0);
      const value = measured(waiting, held, free, held + free)!;
      expect(value).toBeGreaterThanOrEqual(HEADROOM_SHARE - 1 - 1e-12);
      expect(value).toBeLessThanOrEqual(1);
      expect(value > 0).toBe(waiting >= WAITING_GPUS);
      expect(measured(waiting + more, held, free, held + free)).toBeGreaterThanOrEqual(value);
    }),
  );
});

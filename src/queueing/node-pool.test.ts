import fc from "fast-check";
import { expect, test } from "vitest";
import { NodePool } from "./node-pool.js";

const total = (gpus: number[]) => gpus.reduce((a, b) => a + b, 0);

test("NodePool places a pod on the fullest node that has room for it", () => {
  const pool = new NodePool(3, 8);
  const large = pool.take(1, 6);
  pool.take(1, 3);
  expect(pool.free().sort()).toEqual([2, 5, 8]);
  pool.take(1, 2);
  expect(pool.free().sort()).toEqual([0, 5, 8]);
  pool.take(1, 4);
  expect(pool.free().sort()).toEqual([0, 1, 8]);
  pool.give(large);
  expect(pool.free().sort()).toEqual([1, 6, 8]);
});

test("NodePool puts several pods of a gang on one node, and the rest on the next fullest", () => {
  const pool = new NodePool(2, 8);
  pool.take(1, 3);
  expect(pool.fits(4, 2)).toBe(true);
  pool.take(4, 2);
  expect(pool.free().sort()).toEqual([1, 4]);
});

test("NodePool has no room for pods whose GPUs are free only on different nodes", () => {
  const pool = new NodePool(2, 4);
  pool.take(2, 3);
  expect(pool.free()).toEqual([1, 1]);
  expect(pool.fits(1, 2)).toBe(false);
  expect(pool.fits(2, 1)).toBe(true);
  expect(pool.fits(3, 1)).toBe(false);
});

test("NodePool fits what floor packing says, overfills no node, and is empty when all is given back", () => {
  const gang = fc.record({ pods: fc.integer({ min: 1, max: 5 }), gpusPerPod: fc.integer({ min: 1, max: 5 }) });
  const operations = fc.array(fc.option(gang, { freq: 3 }), { maxLength: 100 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 5 }),
      operations,
      (nodes, gpusPerNode, gangs) => {
        const pool = new NodePool(nodes, gpusPerNode);
        const running: number[] = [];
        for (const gang of gangs) {
          const before = pool.free();
          if (gang === null) {
            if (running.length > 0) pool.give(running.shift()!);
            continue;
          }
          const { pods, gpusPerPod } = gang;
          const room = total(before.map((free) => Math.floor(free / gpusPerPod)));
          expect(pool.fits(pods, gpusPerPod)).toBe(room >= pods);
          if (room < pods) continue;
          running.push(pool.take(pods, gpusPerPod));
          expect(total(pool.free())).toBe(total(before) - pods * gpusPerPod);
          expect(Math.min(...pool.free())).toBeGreaterThanOrEqual(0);
          for (const [node, free] of pool.free().entries()) expect((before[node]! - free) % gpusPerPod).toBe(0);
        }
        for (const holding of running) pool.give(holding);
        expect(pool.free()).toEqual(Array.from({ length: nodes }, () => gpusPerNode));
      },
    ),
  );
});

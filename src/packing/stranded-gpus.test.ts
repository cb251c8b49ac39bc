import fc from "fast-check";
import { expect, test } from "vitest";
import { strandedGpus } from "./stranded-gpus.js";

test("strandedGpus(freePerNode, gpusPerPod) are the GPUs left over by floor packing, worked by hand", () => {
  const free = [7, 5, 3, 3, 2, 1, 8, 0];
  expect([1, 2, 4, 8].map((gpusPerPod) => strandedGpus(free, gpusPerPod))).toEqual([0, 5, 13, 21]);
});

test("strandedGpus(freePerNode, gpusPerPod) is 0 for no nodes", () => {
  expect(strandedGpus([], 8)).toBe(0);
});

test("strandedGpus(freePerNode, gpusPerPod) is the sum of the remainders", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(16)), fc.integer({ min: 1, max: 16 }), (free, gpusPerPod) => {
      expect(strandedGpus(free, gpusPerPod)).toBe(free.reduce((total, gpus) => total + (gpus % gpusPerPod), 0));
    }),
  );
});

test("strandedGpus(freePerNode, gpusPerPod) throws a RangeError for half a GPU", () => {
  expect(() => strandedGpus([1.5], 1)).toThrow("freePerNode[0]: found 1.5, allowed: whole numbers >= 0");
});

import { expect, test } from "vitest";
import { placeablePods } from "./placeable-pods.js";

const free = [7, 5, 3, 3, 2, 1, 8, 0];

test("placeablePods(freePerNode, gpusPerPod) counts the pods that fit on each node", () => {
  expect([1, 2, 4, 8].map((gpusPerPod) => placeablePods(free, gpusPerPod))).toEqual([29, 12, 4, 1]);
});

test("placeablePods(freePerNode, gpusPerPod) is 0 for no nodes, and for pods larger than what is free anywhere", () => {
  expect(placeablePods([], 1)).toBe(0);
  expect(placeablePods([4, 4], 8)).toBe(0);
});

test("placeablePods(freePerNode, gpusPerPod) throws a RangeError that names what isn't a whole number", () => {
  expect(() => placeablePods([1, -1], 1)).toThrow(
    new RangeError("freePerNode[1]: found -1, allowed: whole numbers >= 0"),
  );
  expect(() => placeablePods([Number.NaN], 1)).toThrow(RangeError);
  expect(() => placeablePods([1], 0)).toThrow(new RangeError("gpusPerPod: found 0, allowed: whole numbers >= 1"));
});

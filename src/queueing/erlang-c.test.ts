import { expect, test } from "vitest";
import { erlangC } from "./erlang-c.js";

test("erlangC(offeredErlangs, servers) gives the published value for 8 erlangs on 10 servers", () => {
  expect(erlangC(8, 10)).toBeCloseTo(0.409180150796444, 14);
});

test("erlangC(offeredErlangs, 1) is the load itself", () => {
  for (const load of [0, 0.1, 0.5, 0.999]) expect(erlangC(load, 1)).toBeCloseTo(load, 14);
});

test("erlangC(offeredErlangs, servers) is 0 without load, and 1 at saturation and beyond", () => {
  expect(erlangC(0, 5)).toBe(0);
  expect(erlangC(5, 5)).toBe(1);
  expect(erlangC(9, 5)).toBe(1);
  expect(erlangC(0, 0)).toBe(1);
});

test("erlangC(offeredErlangs, servers) rises to 1 without a jump just below saturation", () => {
  expect(erlangC(100 * (1 - 1e-12), 100)).toBeCloseTo(1, 9);
});

test("erlangC(offeredErlangs, 100000) under square-root staffing is Halfin and Whitt's limit", () => {
  // Operations Research 29 (1981): with c = A + beta sqrt(A) the limit is 1 / (1 + beta Phi(beta) / phi(beta)).
  const servers = 100_000;
  const root = (Math.sqrt(1 + 4 * servers) - 1) / 2;
  const limit = 1 / (1 + 0.8413447461 / 0.2419707245);
  expect(erlangC(root * root, servers)).toBeCloseTo(limit, 2);
});

test("erlangC(offeredErlangs, servers) stays within [0, 1] at the extremes", () => {
  expect(erlangC(1, 1e9)).toBe(0);
  expect(erlangC(1e12, 9e15)).toBe(0);
  expect(erlangC(Number.MAX_VALUE, 5)).toBe(1);
  expect(erlangC(Number.MIN_VALUE, 1)).toBe(0);
  expect(erlangC(1e10 - 1, 1e10)).toBeCloseTo(1, 4);
  expect(erlangC(1e10 - 1, 1e10)).toBeLessThanOrEqual(1);
});

test("erlangC(offeredErlangs, servers) throws a RangeError for a load or servers that can't be", () => {
  expect(() => erlangC(-1, 1)).toThrow(RangeError);
  expect(() => erlangC(1, 1.5)).toThrow(RangeError);
});

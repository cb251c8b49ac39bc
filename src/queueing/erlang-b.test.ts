import { expect, test } from "vitest";
import { erlangB } from "./erlang-b.js";

test("erlangB(offeredErlangs, servers) gives the published value for 8 erlangs on 10 servers", () => {
  expect(erlangB(8, 10)).toBeCloseTo(0.121661064252952, 14);
});

test("erlangB(offeredErlangs, servers) is (A^c / c!) / sum of A^k / k!, where that can be computed", () => {
  for (const [offered, servers] of [
    [0.5, 1],
    [3, 4],
    [20, 12],
    [5, 30],
  ] as const) {
    const terms = [1];
    for (let k = 1; k <= servers; k++) terms.push((terms.at(-1)! * offered) / k);
    const expected = terms.at(-1)! / terms.reduce((a, b) => a + b, 0);
    expect(erlangB(offered, servers) / expected).toBeCloseTo(1, 13);
  }
});

test("erlangB(offeredErlangs, servers) is 1 without servers, and 0 without load", () => {
  expect(erlangB(3, 0)).toBe(1);
  expect(erlangB(0, 0)).toBe(1);
  expect(erlangB(0, 5)).toBe(0);
});

test("erlangB(c, c) follows Jagerman's expansion sqrt(pi c / 2) + 2 / 3 for 100,000 servers", () => {
  const servers = 100_000;
  expect(1 / erlangB(servers, servers)).toBeCloseTo(Math.sqrt((Math.PI * servers) / 2) + 2 / 3, 2);
});

test("erlangB(offeredErlangs, servers) throws a RangeError for a load or servers that can't be", () => {
  for (const offered of [-1, Number.NaN, Infinity]) expect(() => erlangB(offered, 1)).toThrow(RangeError);
  for (const servers of [-1, 1.5, Number.NaN]) expect(() => erlangB(1, servers)).toThrow(RangeError);
  expect(() => erlangB(1, 1.5)).toThrow("servers: found 1.5, allowed: whole numbers >= 0");
});

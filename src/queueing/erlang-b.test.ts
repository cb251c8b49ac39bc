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

test("erlangB(offeredErlangs, servers) gives the published loads of Erlang's table", () => {
  // The erlangs that may be offered to so many trunks at a blocking of 1 %, and of 0.1 %; the tables have three digits.
  for (const [servers, onePercent, onePerMille] of [
    [1, 0.0101, 0.001],
    [5, 1.36, 0.762],
    [10, 4.46, 3.09],
    [20, 12.0, 9.41],
    [50, 37.9, 32.5],
    [100, 84.1, 75.2],
  ] as const) {
    expect(erlangB(onePercent, servers) / 0.01).toBeCloseTo(1, 1);
    expect(erlangB(onePerMille, servers) / 0.001).toBeCloseTo(1, 1);
  }
});

test("erlangB(offeredErlangs, servers) is what the recurrence gives", () => {
  const recurrence = (offered: number, servers: number) => {
    let blocked = 1;
    for (let k = 1; k <= servers; k++) blocked = (offered * blocked) / (k + offered * blocked);
    return blocked;
  };
  for (const offered of [1e-3, 0.5, 7, 99.5, 1000, 12_345])
    for (const servers of [1, 2, 10, 100, 990, 1010, 12_000, 13_000]) {
      const expected = recurrence(offered, servers);
      if (expected > 1e-300) expect(erlangB(offered, servers) / expected).toBeCloseTo(1, 12);
      else expect(erlangB(offered, servers)).toBeLessThan(1e-300);
    }
});

test("erlangB(offeredErlangs, servers) is at hand for any number of servers", () => {
  expect(erlangB(1, 1e9)).toBe(0);
  expect(erlangB(1e12, 9e15)).toBe(0);
  expect(erlangB(1, Number.MAX_SAFE_INTEGER)).toBe(0);
  // Far more load than servers: what is lost is what they cannot carry, and 1/A of it.
  expect(erlangB(Number.MAX_VALUE, Number.MAX_SAFE_INTEGER)).toBe(1);
  expect(erlangB(9e15, 9e9)).toBeCloseTo(1 - 1e-6, 14);
  expect(erlangB(2e9, 1e9)).toBeCloseTo(0.5 + 5e-10, 14);
  expect(1 / erlangB(1e10, 1e10)).toBeCloseTo(Math.sqrt((Math.PI * 1e10) / 2) + 2 / 3, 4);
});

test("erlangB(c, c) follows Jagerman's expansion sqrt(pi c / 2) + 2 / 3 for 100,000 servers", () => {
  const servers = 100_000;
  expect(1 / erlangB(servers, servers)).toBeCloseTo(Math.sqrt((Math.PI * servers) / 2) + 2 / 3, 2);
});

test("erlangB(offeredErlangs, servers) throws a RangeError for a load or servers that can't be", () => {
  for (const offered of [-1, Number.NaN, Infinity]) expect(() => erlangB(offered, 1)).toThrow(RangeError);
  for (const servers of [-1, 1.5, Number.NaN]) expect(() => erlangB(1, servers)).toThrow(RangeError);
  expect(() => erlangB(1, 1.5)).toThrow("servers: found 1.5, allowed: whole numbers from 0 to 9007199254740991");
  expect(() => erlangB(1, 2 ** 53)).toThrow(RangeError);
});

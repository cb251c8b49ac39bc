import { expect, test } from "vitest";
import { meanWait } from "./mean-wait.js";

test("meanWait(queue) gives the published value for 8 erlangs on 10 servers, in service times", () => {
  expect(meanWait({ arrivalRate: 8, serviceRate: 1, servers: 10 })).toBeCloseTo(0.204590075398222, 14);
});

test("meanWait(queue) is in the unit of time of the rates", () => {
  const perHour = meanWait({ arrivalRate: 16, serviceRate: 2, servers: 10 });
  const perSecond = meanWait({ arrivalRate: 16 / 3600, serviceRate: 2 / 3600, servers: 10 });
  expect(perHour).toBeCloseTo(0.204590075398222 / 2, 14);
  expect(perSecond / 3600).toBeCloseTo(perHour, 12);
});

test("meanWait(queue) of one server is rho / (mu - lambda)", () => {
  expect(meanWait({ arrivalRate: 3, serviceRate: 4, servers: 1 })).toBeCloseTo(0.75, 14);
});

test("meanWait(queue) is 0 without arrivals, and Infinity when unstable or without servers", () => {
  expect(meanWait({ arrivalRate: 0, serviceRate: 1, servers: 1 })).toBe(0);
  expect(meanWait({ arrivalRate: 2, serviceRate: 1, servers: 2 })).toBe(Infinity);
  expect(meanWait({ arrivalRate: 9, serviceRate: 1, servers: 2 })).toBe(Infinity);
  expect(meanWait({ arrivalRate: 0, serviceRate: 1, servers: 0 })).toBe(Infinity);
});

test("meanWait(queue) is a number, or Infinity, at the extremes", () => {
  expect(meanWait({ arrivalRate: 1, serviceRate: 1, servers: 1e9 })).toBe(0);
  expect(meanWait({ arrivalRate: 1e12, serviceRate: 1, servers: 9e15 })).toBe(0);
  expect(meanWait({ arrivalRate: 1, serviceRate: Number.MAX_VALUE, servers: 9e15 })).toBe(0);
  // A load beyond all numbers is more than any number of servers can bear.
  expect(meanWait({ arrivalRate: Number.MAX_VALUE, serviceRate: 1e-9, servers: 1000 })).toBe(Infinity);
});

test("meanWait(queue) throws a RangeError that names what can't be", () => {
  expect(() => meanWait({ arrivalRate: -1, serviceRate: 1, servers: 1 })).toThrow(
    new RangeError("arrivalRate: found -1, allowed: finite numbers >= 0"),
  );
  expect(() => meanWait({ arrivalRate: 1, serviceRate: 0, servers: 1 })).toThrow(
    new RangeError("serviceRate: found 0, allowed: finite numbers > 0"),
  );
  expect(() => meanWait({ arrivalRate: 1, serviceRate: 1, servers: 0.5 })).toThrow("servers: found 0.5");
});

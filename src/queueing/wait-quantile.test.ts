import { expect, test } from "vitest";
import { meanWait } from "./mean-wait.js";
import { waitQuantile } from "./wait-quantile.js";

const queue = { arrivalRate: 8, serviceRate: 1, servers: 10 };

test("waitQuantile(queue, p) gives the published waits over all arrivals for 8 erlangs on 10 servers", () => {
  expect(waitQuantile(queue, 0.9)).toBeCloseTo(0.704492669786, 11);
  expect(waitQuantile(queue, 0.95)).toBeCloseTo(1.05106626007, 11);
  expect(waitQuantile(queue, 0.99)).toBeCloseTo(1.85578521628, 10);
});

test("waitQuantile(queue, p) is 0 up to the share of arrivals that don't wait", () => {
  expect(waitQuantile(queue, 0)).toBe(0);
  expect(waitQuantile(queue, 1 - 0.4092)).toBe(0);
  expect(waitQuantile(queue, 1 - 0.4091)).toBeGreaterThan(0);
});

test("waitQuantile(queue, p) averages to the mean wait over all p", () => {
  const steps = 20_000;
  let total = 0;
  for (let i = 0; i < steps; i++) total += waitQuantile(queue, (i + 0.5) / steps);
  expect(total / steps).toBeCloseTo(meanWait(queue), 4);
});

test("waitQuantile(queue, 1) is Infinity if anyone arrives, even where the share that waits is too small a number", () => {
  expect(waitQuantile(queue, 1)).toBe(Infinity);
  expect(waitQuantile({ arrivalRate: 1, serviceRate: 1, servers: 100_000 }, 1)).toBe(Infinity);
  expect(waitQuantile({ arrivalRate: 0, serviceRate: 1, servers: 1 }, 1)).toBe(0);
});

test("waitQuantile(queue, p) is Infinity when unstable", () => {
  expect(waitQuantile({ arrivalRate: 10, serviceRate: 1, servers: 10 }, 0.5)).toBe(Infinity);
});

test("waitQuantile(queue, p) throws a RangeError for p outside [0, 1] and for rates that can't be", () => {
  expect(() => waitQuantile(queue, 95)).toThrow("p: found 95, allowed: numbers from 0 to 1");
  expect(() => waitQuantile({ ...queue, serviceRate: Number.NaN }, 0.5)).toThrow(RangeError);
});

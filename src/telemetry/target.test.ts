import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { lowerBound, samplesWithin, scrapeTarget } from "./target.js";

const from = Date.UTC(2026, 0, 5);
const plan = { seed: 1, fromMs: from, toMs: from + 100 * HOUR_MS, intervalMs: MINUTE_MS, missedShare: 0.05 };
const exporter = { job: "dcgm-exporter", instance: "10.0.0.10:9400", node: "n", starts: [from] } as const;

describe("scrapeTarget", () => {
  const target = scrapeTarget(plan, exporter);

  test("asks once an interval, at an offset of its own", () => {
    const offset = target.scrapes[0]! - from;
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThan(MINUTE_MS);
    expect([...target.scrapes]).toEqual(Array.from({ length: 6000 }, (_, i) => from + offset + i * MINUTE_MS));
  });

  test("spreads targets over the interval, evenly", () => {
    const offsets = Array.from({ length: 500 }, (_, i) => {
      const { scrapes } = scrapeTarget(
        { ...plan, toMs: from + MINUTE_MS },
        { ...exporter, instance: `10.0.0.${i}:9400` },
      );
      return scrapes[0]! - from;
    });
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / 500;
    // Four standard errors of a uniform mean.
    expect(Math.abs(mean / MINUTE_MS - 0.5)).toBeLessThan(4 / Math.sqrt(12 * 500));
  });

  test("misses the share of scrapes that it should, and has samples only of the others", () => {
    const missed = target.up.filter((up) => up === 0).length / target.up.length;
    // Four standard errors.
    expect(Math.abs(missed - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / 6000));
    expect([...target.samples]).toEqual([...target.scrapes].filter((_, i) => target.up[i] === 1));
    expect(scrapeTarget({ ...plan, missedShare: 0 }, exporter).samples).toHaveLength(6000);
    expect(scrapeTarget({ ...plan, missedShare: 1 }, exporter).samples).toHaveLength(0);
  });

  test("is the same for the same seed and instance", () => {
    expect(scrapeTarget(plan, exporter)).toEqual(target);
    expect(scrapeTarget({ ...plan, seed: 2 }, exporter)).not.toEqual(target);
  });
});

const rising = fc.uniqueArray(fc.integer({ min: 0, max: 50 })).map((times) => times.sort((a, b) => a - b));

test("lowerBound(times, at) is the index of the first time that is not before", () => {
  fc.assert(
    fc.property(rising, fc.integer({ min: -2, max: 52 }), (times, at) => {
      const found = times.findIndex((time) => time >= at);
      expect(lowerBound(times, at)).toBe(found < 0 ? times.length : found);
    }),
  );
});

test("samplesWithin(target, from, to) has those from the first moment up to, but not at, the last", () => {
  const target = { ...scrapeTarget(plan, exporter), samples: Float64Array.of(10, 20, 30, 40) };
  expect([...samplesWithin(target, 20, 40)]).toEqual([20, 30]);
  expect([...samplesWithin(target, 11, Number.POSITIVE_INFINITY)]).toEqual([20, 30, 40]);
  expect([...samplesWithin(target, 40, 20)]).toEqual([]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { steady } from "../testing/scenario.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { Rhythm } from "./rhythm.js";

const rhythm = (changes: Partial<typeof steady>, seed = 1) => new Rhythm({ ...steady, ...changes }, seed, "work");

describe("a rhythm", () => {
  test("pauses exactly where it does not compute, loading aside", () => {
    const anyShare = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyShare, fc.integer({ min: 1, max: 90 }), fc.nat(20), fc.nat(99), (dutyShare, cycle, load, seed) => {
        const one = rhythm({ dutyShare, cycleMinutes: cycle, loadMinutes: load }, seed);
        const pauses = one.pauses(8 * HOUR_MS);
        for (let at = load * MINUTE_MS; at < 8 * HOUR_MS; at += 97_001)
          expect(one.computes(at)).toBe(!pauses.some(({ fromMs, toMs }) => fromMs <= at && at < toMs));
      }),
    );
  });

  test("pauses for the share of its time that it does not compute", () => {
    const total = 5000 * HOUR_MS;
    const paused = rhythm({ dutyShare: 0.7, cycleMinutes: 30 })
      .pauses(total)
      .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    // Of 10,000 exponential cycles: the share's standard error is sqrt(2 x 0.7² x 0.3² / 10,000) = 0.003.
    expect(Math.abs(paused / total - 0.3)).toBeLessThan(4 * 0.003);
  });

  test("never pauses at a duty of 1, and does nothing else at 0", () => {
    expect(rhythm({ dutyShare: 1 }).pauses(HOUR_MS)).toEqual([]);
    expect(rhythm({ dutyShare: 0, loadMinutes: 5 }).pauses(HOUR_MS)).toEqual([
      { fromMs: 5 * MINUTE_MS, toMs: HOUR_MS },
    ]);
    expect(rhythm({ dutyShare: 0, loadMinutes: 5 }).pauses(4 * MINUTE_MS)).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { scenarios } from "../scenario/index.js";
import { LEAST_SHARE, roundTripRows, WAIT_BAND } from "./round-trip.js";

describe("data/what-if/twins.json", () => {
  const rows = roundTripRows();
  const queues = rows.flatMap((row) => row.queues);

  test("has every named scenario, and random worlds", () => {
    const named = scenarios.map(({ name }) => name);
    expect(rows.slice(0, named.length).map(({ scenario }) => scenario)).toEqual(named);
    expect(rows.slice(named.length).every(({ scenario }) => /^random-\d+$/.test(scenario))).toBe(true);
    expect(rows.length).toBeGreaterThanOrEqual(named.length + 8);
  });

  test("nine of ten queues of twins wait as long as those of their worlds, within the band", () => {
    expect(queues.filter(({ agrees }) => agrees).length / queues.length).toBeGreaterThan(0.9);
    // What is said to agree does: no seed of a twin can be beyond the band when their mean is not, but some may.
    for (const { original, twin, agrees } of queues) {
      if (!agrees || original.high === null || twin.low === null) continue;
      expect(twin.low).toBeLessThanOrEqual(original.high * WAIT_BAND.factor + WAIT_BAND.minutes + 1);
    }
  });

  test("four of five twins call for what their worlds call for", () => {
    expect(rows.filter(({ best }) => best.agrees).length / rows.length).toBeGreaterThanOrEqual(0.8);
    for (const { best } of rows) {
      if (best.share !== null) expect(best.agrees).toBe(best.share >= LEAST_SHARE);
      else expect(best.agrees).toBe(best.original === null && best.twin === null);
    }
  });
});

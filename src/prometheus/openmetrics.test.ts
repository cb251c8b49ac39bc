import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyOf, labelText, timeText, valueText } from "./openmetrics.js";

describe("a timestamp", () => {
  test("is in seconds, to the millisecond", () => {
    expect(timeText(1_767_625_200_000)).toBe("1767625200.000");
    expect(timeText(1_767_625_200_250)).toBe("1767625200.250");
  });

  test("is the same millisecond for a reader that cuts off what is left and for one that rounds", () => {
    const toMs = fc.integer({ min: 1e12, max: 4e12 });
    fc.assert(
      fc.property(toMs, (ms) => {
        const seconds = Number(timeText(ms));
        expect([Math.trunc(seconds * 1000), Math.round(seconds * 1000)]).toEqual([ms, ms]);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("a value", () => {
  test("reads as the same number again", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(valueText(value))).toBe(value === 0 ? Number(valueText(value)) : value);
      }),
    );
    expect(["+Inf", "-Inf", "NaN"]).toEqual([Infinity, -Infinity, Number.NaN].map(valueText));
  });
});

describe("labels", () => {
  test("stand in braces, escaped as the exposition format wants it", () => {
    expect(
      labelText([
        ["a", 'x"y'],
        ["b", "c:\\d"],
        ["c", "one\ntwo"],
        ["d", "é"],
      ]),
    ).toBe('{a="x\\"y",b="c:\\\\d",c="one\\ntwo",d="é"}');
  });

  test("that are empty or missing are not there", () => {
    expect(
      labelText([
        ["a", ""],
        ["b", null],
        ["c", undefined],
      ]),
    ).toBe("");
    expect(
      labelText([
        ["a", ""],
        ["b", "1"],
      ]),
    ).toBe('{b="1"}');
  });
});

test("a metric family is what OpenMetrics calls it", () => {
  expect(familyOf("kueue_admitted_workloads_total", true)).toEqual({
    name: "kueue_admitted_workloads",
    type: "counter",
  });
  expect(familyOf("kueue_admission_wait_time_seconds_bucket", true)).toEqual({
    name: "kueue_admission_wait_time_seconds",
    type: "histogram",
  });
  expect(familyOf("kueue_admission_wait_time_seconds_sum", true).type).toBe("histogram");
  expect(familyOf("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", true).type).toBe("unknown");
  expect(familyOf("up", false)).toEqual({ name: "up", type: "gauge" });
});

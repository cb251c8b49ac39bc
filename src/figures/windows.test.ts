import { describe, expect, test } from "vitest";
import type { AnalysisInput } from "../testing/analysis.js";
import { HOUR_MS } from "../units/time.js";
import { inputs, worldOf } from "./__fixtures__/worlds.js";
import { coveredTime, hoursOf, silenceNote, spansByNodegroup } from "./windows.js";

const MONDAY = Date.UTC(2026, 0, 5);
const silent = (source: "kueue" | "kubeState", until: number): AnalysisInput => ({
  ...inputs.steady,
  silent: { [source]: (hour: number) => hour < until },
});

test("spansByNodegroup() are the windows of each nodegroup in order, the last as short as the data", () => {
  const { observed, hours } = worldOf({ ...inputs.steady, hours: 2.5 });
  const spans = spansByNodegroup(observed, hours);
  expect([...spans.keys()]).toEqual(["a100", "h100"]);
  for (const mine of spans.values()) {
    expect(mine.map(({ hours: length }) => length)).toEqual([1, 1, 0.5]);
    expect(mine.map(({ start }) => (start - MONDAY) / HOUR_MS)).toEqual([0, 1, 2]);
    expect(mine.map(({ end }) => (end - MONDAY) / HOUR_MS)).toEqual([1, 2, 2.5]);
  }
  expect(spans.get("h100")!.map(({ row }) => row.gpus_held)).toEqual([14, 14, 14]);
});

test("coveredTime() is from the first tick to the end of the last", () => {
  const { observed } = worldOf({ ...inputs.steady, hours: 2.5 });
  expect(coveredTime(observed)).toEqual({ from: MONDAY, to: MONDAY + 2.5 * HOUR_MS });
});

describe("silenceNote()", () => {
  const both = ["Kueue", "kube-state-metrics"] as const;

  test("is empty where nothing was missing", () => {
    expect(silenceNote(worldOf(inputs.steady).observed, both)).toBe("");
  });

  test("says of each source for what share of the time it was silent: 6 of 24 hours are a quarter", () => {
    expect(silenceNote(worldOf(silent("kueue", 6)).observed, both)).toBe(
      " Kueue was silent for 25% of the time; what happened then is left out.",
    );
    expect(silenceNote(worldOf(inputs.nothingSeen).observed, both)).toBe(
      " Kueue was silent for 100% of the time and kube-state-metrics was silent for 100% of the time; what happened then is left out.",
    );
  });

  test("leaves out sources that a figure doesn't use", () => {
    expect(silenceNote(worldOf(silent("kubeState", 6)).observed, ["Kueue"])).toBe("");
  });
});

test("hoursOf() are whole hours of whole hours", () => {
  expect(hoursOf(3.6, 167.9)).toBe("4 of 168 hours");
  expect(hoursOf(0, 1)).toBe("0 of 1 hour");
});

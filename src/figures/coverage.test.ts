import { describe, expect, test } from "vitest";
import { type AnalysisInput, observedOf } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, hatchedIn, textsIn } from "./__fixtures__/read.js";
import { inputs, worldOf } from "./__fixtures__/worlds.js";
import { coverage, coverageFinding, WHOLE_SHARE } from "./coverage.js";

const found = (input: AnalysisInput) => coverageFinding(worldOf(input).observed);
const drawn = (input: AnalysisInput) => coverage(worldOf(input));
/** DCGM saw this share of the GPUs of h100 in the first hours, and all of them after that. */
const partly = (share: number, hours: number): AnalysisInput => {
  const { coverage: seen } = observedOf(inputs.steady);
  const h100 = seen.dcgm["h100"]!.map((_, tick) => (tick < hours * 12 ? share : 1));
  return { ...inputs.steady, observed: { coverage: { ...seen, dcgm: { ...seen.dcgm, h100 } } } };
};
const silentKueue = (from: number, to: number): AnalysisInput => ({
  ...inputs.steady,
  silent: { kueue: (hour) => hour >= from && hour < to },
});

describe("the sources", () => {
  test("were never seen", () => {
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data", dropped: [] });
    const figure = drawn(inputs.nothingSeen);
    expect(figure.title).toBe("No source was ever seen");
    expect(textsIn(figure).filter((text) => text === "0%")).toHaveLength(4);
  });

  test("were all seen all the time: Kueue, kube-state-metrics, and DCGM on two nodegroups", () => {
    expect(found(inputs.steady)).toEqual({ kind: "whole", sources: 4, dropped: [] });
    const figure = drawn(inputs.steady);
    expect(figure.takeaway).toContain("None of the 4 strips has a gap. The join found a partner for every row");
    expect(textsIn(figure).filter((text) => text === "100%")).toHaveLength(4);
  });

  test.each([
    ["Kueue was", inputs.noKueue, "pending work and quota"],
    ["dcgm-exporter was", inputs.noDcgm, "what held GPUs do"],
    [
      "Kueue and dcgm-exporter were",
      { ...inputs.steady, silent: { kueue: () => true, dcgm: () => true } },
      "quota and what",
    ],
    [
      "dcgm-exporter in h100 was",
      { ...inputs.steady, silent: { dcgm: (_: number, name?: string) => name === "h100" } },
      "what held GPUs do",
    ],
  ] satisfies [string, AnalysisInput, string][])(
    "%s never seen, which leaves unknown what only they tell",
    (who, input, what) => {
      expect(found(input).kind).toBe("never");
      const { title, takeaway } = drawn(input);
      expect(title).toBe(`${who} never seen`);
      expect(takeaway).toContain(what);
      expect(takeaway).toContain("not the same as zero");
    },
  );

  test("have gaps: Kueue was silent from 6:00 to 12:00, a quarter of the day", () => {
    expect(found(silentKueue(6, 12))).toMatchObject({
      kind: "gaps",
      worst: { source: "Kueue", share: 0.75, silentSeconds: 6 * 3600, partialSeconds: 0 },
      others: 0,
    });
    const { title, takeaway } = drawn(silentKueue(6, 12));
    expect(title).toBe("Kueue was missing for 25% of the time");
    expect(takeaway).toContain("silent or incomplete for 6 h, all of it on end from Mon 5 Jan 06:00 UTC");
    expect(takeaway).toContain(`up to ${percent(1 - WHOLE_SHARE)} would do no harm`);
    expect(takeaway).toContain("pending work and quota are unknown, not zero");
  });

  test("have gaps of which the longest and the other strips are said", () => {
    const input: AnalysisInput = {
      ...inputs.steady,
      silent: { kueue: (hour) => hour < 2 || (hour >= 4 && hour < 8), dcgm: (hour) => hour < 1 },
    };
    expect(found(input)).toMatchObject({ kind: "gaps", worst: { source: "Kueue", share: 0.75 }, others: 2 });
    const { takeaway } = drawn(input);
    expect(takeaway).toContain("for 6 h, 4 h of it on end from Mon 5 Jan 04:00 UTC");
    expect(takeaway).toContain("2 other strips missed more than that too");
  });

  test("were seen in part: 8 of 16 GPUs for 12 of 24 hours are a quarter missing, never all at once", () => {
    expect(found(partly(0.5, 12))).toMatchObject({
      kind: "gaps",
      worst: { nodegroup: "h100", share: 0.75, silentSeconds: 0, partialSeconds: 12 * 3600, longest: undefined },
    });
    const { title, takeaway } = drawn(partly(0.5, 12));
    expect(title).toBe("dcgm-exporter in h100 was missing for 25% of the time");
    expect(takeaway).toContain("for 12 h, though never all of it at once");
  });

  test("were as good as whole: 10 minutes are 0.7 % of a day", () => {
    expect(found(silentKueue(6, 6 + 1 / 6))).toMatchObject({
      kind: "nearly-whole",
      worst: { source: "Kueue" },
      others: 0,
    });
    const { title, takeaway } = drawn(silentKueue(6, 6 + 1 / 6));
    expect(title).toBe(`Every source was seen for over ${percent(WHOLE_SHARE)} of the time`);
    expect(takeaway).toContain("Kueue was incomplete for 10 min, all others never");
    const { kueue } = observedOf(silentKueue(0, 1 / 6)).coverage;
    const both = { ...inputs.steady, observed: { coverage: { ...partly(0.9, 0.5).observed!.coverage!, kueue } } };
    expect(found(both)).toMatchObject({ kind: "nearly-whole", others: 1 });
    expect(drawn(both).takeaway).toContain("1 other for less");
  });
});

test("what the join dropped is said, with its reasons in the note", () => {
  const dropped = [
    { source: "DCGM", reason: "no node of that name", count: 1, unit: "GPUs" },
    { source: "kube-state-metrics", reason: "no nodegroup label", count: 2, unit: "nodes" },
  ];
  const figure = drawn({ ...inputs.steady, observed: { dropped } });
  expect(figure.takeaway).toContain("The join dropped 1 GPU and 2 nodes, see the note");
  expect(figure.note).toContain("The join dropped 1 GPU (no node of that name) and 2 nodes (no nodegroup label).");
});

test("a gap is hatched, a part is not, and the table has both in minutes", () => {
  const gap = drawn(silentKueue(6, 12));
  // One in the key, one in the strip.
  expect(hatchedIn(gap)).toBe(2);
  expect(hatchedIn(drawn(inputs.steady))).toBe(1);
  expect(hatchedIn(drawn(partly(0.5, 12)))).toBe(1);
  expect(column(gap, "silent")["Kueue"]).toBe(360);
  expect(drawn(partly(0.5, 12)).table.rows.map((row) => row["partial"])).toEqual([0, 0, 0, 720]);
  expect(column(gap, "share")["Kueue"]).toBe(75);
});

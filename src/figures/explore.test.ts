import { describe, expect, test } from "vitest";
import { defaultMetric } from "../metrics/index.js";
import type { AnalysisInput } from "../testing/analysis.js";
import { number, percent } from "../units/format.js";
import { inputs, shapes, worldOf } from "./__fixtures__/worlds.js";
import { explore } from "./explore.js";
import { nodegroupColor } from "./nodegroup-color.js";

interface Row {
  readonly time: string;
  readonly nodegroup: string;
  readonly demand: number | null;
  readonly capacity: number | null;
  readonly metric: number | null;
}
const rowsOf = (input: AnalysisInput) => (explore(worldOf(input)).vegaLite["data"] as { values: Row[] }).values;

describe("explore()", () => {
  test("has a row for each nodegroup and hour, with demand, capacity and the default metric", () => {
    const rows = rowsOf(inputs.short);
    expect(rows).toHaveLength(48);
    const at = (hour: number) =>
      rows.find((row) => row.nodegroup === "h100" && new Date(row.time).getUTCHours() === hour);
    // 16 are held all day and 8 more asked for from 8:00 on: a third of 24 waits.
    expect(at(7)).toMatchObject({ demand: 16, capacity: 16, metric: expect.closeTo(0, 9) });
    expect(at(8)).toMatchObject({ demand: 24, capacity: 16, metric: expect.closeTo(1 / 3, 9) });
  });

  test("says in words what it shows: hours from the concern on, by nodegroup", () => {
    const raised = `is at ${percent(defaultMetric.anchors.concern)} or more in`;
    expect(explore(worldOf(inputs.short)).alt).toContain(`a100 ${raised} 0 of 24 hours; h100 ${raised} 12 of 24 hours`);
  });

  test("leaves gaps where nothing was seen, and doesn't count them", () => {
    const input: AnalysisInput = { ...inputs.short, silent: { kueue: (hour) => hour >= 8 && hour < 12 } };
    const missing = rowsOf(input).filter((row) => row.nodegroup === "h100" && row.metric === null);
    expect(missing.map(({ time }) => new Date(time).getUTCHours())).toEqual([8, 9, 10, 11]);
    expect(missing.every(({ demand, capacity }) => demand === null && capacity === 16)).toBe(true);
    expect(explore(worldOf(input)).alt).toContain("h100 is at 5% or more in 8 of 20 hours");
    expect(explore(worldOf(inputs.nothingSeen)).alt).toContain("a100 has no value; h100 has no value");
  });

  test("draws the concern from the metric, and colours nodegroups as the figures do", () => {
    const world = worldOf(inputs.short);
    const spec = JSON.stringify(explore(world).vegaLite);
    expect(spec).toContain(`concern, ${number(defaultMetric.anchors.concern)}`);
    expect(spec).toContain(`"datum":${defaultMetric.anchors.concern}`);
    const color = nodegroupColor(world.observed);
    expect(spec).toContain(JSON.stringify(["a100", "h100"].map(color)));
  });

  test("is plain JSON with words, and the same twice, in every shape of data", () => {
    const { fourWeeks: _, ...small } = shapes;
    for (const [name, input] of Object.entries(small)) {
      const { vegaLite, alt } = explore(worldOf(input));
      expect(alt, name).not.toMatch(/undefined|NaN/);
      expect(JSON.parse(JSON.stringify(vegaLite)), name).toEqual(vegaLite);
      expect(explore(worldOf(input)), name).toEqual({ vegaLite, alt });
    }
  });
});

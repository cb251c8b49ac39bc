import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type ExplorerOptions, explorer } from "./explorer.js";
import { nodegroupColors } from "./palette.js";

interface View {
  runAsync(): Promise<View>;
  toSVG(): Promise<string>;
  change(name: string, changes: object): View;
  scale(name: string): { domain(): number[] };
  data(name: string): readonly Record<string, unknown>[];
}
interface Vega {
  View: new (runtime: object, options: object) => View;
  parse(spec: object): object;
  changeset(): { insert(rows: object[]): object };
}
const require = createRequire(import.meta.url);
const warnings: unknown[] = [];

/** Compiles and runs a specification without a browser, collecting warnings. */
async function run(spec: object): Promise<{ view: View; vega: Vega }> {
  const logger = {
    level: () => logger,
    error: (message: unknown) => warnings.push(message) && logger,
    warn: (message: unknown) => warnings.push(message) && logger,
    info: () => logger,
    debug: () => logger,
  };
  const lite = require("vega-lite") as { compile(spec: object, options: object): { spec: object } };
  const vega = require("vega") as Vega;
  const view = new vega.View(vega.parse(lite.compile(spec, { logger }).spec), { renderer: "none", logger });
  return { view: await view.runAsync(), vega };
}

const MONDAY = Date.UTC(2026, 0, 5);
const HOUR = 3_600_000;
const names = ["a100-80gb", 'h"100.sxm[0]'];
const rows = Array.from({ length: 48 }, (_, i) => {
  const hour = i % 24;
  const missing = hour > 9 && hour < 14;
  return {
    window_start: new Date(MONDAY + hour * HOUR),
    nodegroup: names[Math.floor(i / 24)]!,
    "demand.gpus": missing ? null : 40 + hour,
    capacity: 64,
    ratio: missing ? Number.NaN : (40 + hour) / 64,
    unused: "not drawn",
  };
});
const options: ExplorerOptions = {
  rows,
  title: "Demand and capacity",
  subtitle: ["Hourly means"],
  time: "window_start",
  nodegroup: "nodegroup",
  demand: { field: "demand.gpus", label: "Demand", unit: "GPUs" },
  capacity: { field: "capacity", label: "Team's capacity", unit: "GPUs" },
  metric: { field: "ratio", label: "Demand to capacity", unit: "ratio", threshold: { at: 1, label: "Balanced, 1" } },
  color: nodegroupColors(names),
};
const spec = explorer(options);

describe("explorer()", () => {
  it("is plain JSON with the data inside and nothing more than what is drawn", () => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(JSON.stringify(spec)).not.toContain("not drawn");
    expect(spec.$schema).toMatch(/vega-lite\/v5\.json$/);
    const { values } = spec["data"] as { values: object[] };
    expect(values[10]).toEqual({
      time: "2026-01-05T10:00:00.000Z",
      nodegroup: "a100-80gb",
      demand: null,
      capacity: 64,
      metric: null,
    });
  });

  it("compiles without warnings and shows titles, units, threshold and names in the figures' colours", async () => {
    const { view } = await run(spec);
    const svg = await view.toSVG();
    const said = Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), (match) => match[1]);
    expect(said).toEqual(
      expect.arrayContaining([
        "Demand and capacity",
        "Demand and team&#39;s capacity, GPUs".replace("&#39;", "'"),
        "Demand to capacity, ratio",
        "Time, UTC",
        "Balanced, 1",
        "Demand",
        "Team's capacity",
        "a100-80gb",
      ]),
    );
    expect(svg).toContain("#0072b2");
    expect(svg).not.toContain("NaN");
    expect(warnings.filter((each) => !/event source: window/.test(String(each)))).toEqual([]);
  });

  it("breaks its lines where values are missing", async () => {
    const { view } = await run(spec);
    const paths = Array.from(
      (await view.toSVG()).matchAll(/aria-roledescription="line mark"[^>]* d="([^"]*)"/g),
      (m) => m[1]!,
    );
    const broken = paths.filter((path) => path.split("M").length === 3);
    expect(paths).toHaveLength(6);
    expect(broken).toHaveLength(4);
  });

  it("zooms the upper panel to the period brushed in the lower", async () => {
    const { view, vega } = await run(spec);
    expect(view.scale("concat_0_x").domain().map(Number)).toEqual([MONDAY, MONDAY + 23 * HOUR]);
    const brushed = [MONDAY + 2 * HOUR, MONDAY + 5 * HOUR];
    const tuple = { unit: "concat_1_layer_0", fields: [{ field: "time", channel: "x", type: "R" }], values: [brushed] };
    await view.change("period_store", vega.changeset().insert([tuple])).runAsync();
    expect(view.scale("concat_0_x").domain().map(Number)).toEqual(brushed);
    expect(view.scale("concat_1_x").domain().map(Number)).toEqual([MONDAY, MONDAY + 23 * HOUR]);
  });

  it("fades all nodegroups but the one picked in the legend", async () => {
    const { view, vega } = await run(spec);
    const faded = async () =>
      (await view.toSVG()).match(/aria-roledescription="line mark"[^>]* opacity="0.1"/g)?.length ?? 0;
    expect(await faded()).toBe(0);
    const tuple = { unit: "concat_1_layer_0", fields: [{ type: "E", field: "nodegroup" }], values: ["a100-80gb"] };
    await view.change("nodegroup_store", vega.changeset().insert([tuple])).runAsync();
    expect(await faded()).toBe(3);
  });

  it("names the row and field that is wrong", () => {
    const bad = (row: object, message: string) =>
      expect(() => explorer({ ...options, rows: [{ ...rows[0], ...row }] })).toThrow(message);
    bad({ window_start: "2026-01-05 10:00" }, 'row 0: "window_start" is "2026-01-05 10:00"; give a Date');
    bad({ capacity: "64" }, 'row 0: "capacity" is "64", not a number');
    expect(() => explorer({ ...options, time: "start" })).toThrow('row 0 has no "start", only window_start');
    expect(() => explorer({ ...options, capacity: { ...options.capacity, unit: "nodes" } })).toThrow(
      "demand is in GPUs, capacity in nodes: they share an axis",
    );
  });
});

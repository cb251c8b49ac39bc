import { describe, expect, it } from "vitest";
import { HOUR_MS as HOUR } from "../../units/time.js";
import { sampleFigure } from "../__fixtures__/sample-figure.js";
import { illegible } from "../legibility.js";
import {
  category,
  divergingScale,
  nodegroupColors,
  SUPPLY_STATES,
  WAITING_CAUSES,
  type WaitingCause,
} from "../palette.js";
import { plot, plotLibrary } from "../plot.js";
import { textsOf } from "../svg.js";
import { gantt, lanes } from "./gantt.js";
import { heatmap } from "./heatmap.js";
import { smallMultiples, worstFirst } from "./small-multiples.js";
import { stackedBars } from "./stacked-bars.js";
import { gapLabels, gapsOf, stepArea, stepLine, steps } from "./steps.js";
import { ticksOf, timeAxis } from "./time-axis.js";
import { waffle } from "./waffle.js";

const MONDAY = Date.UTC(2026, 0, 5);
const WEEK = MONDAY + 168 * HOUR;
const NAMES = ["h100-sxm", "a100-80gb", "l40s", "t4-spot", "h200-long-context-inference"];
const color = nodegroupColors(NAMES);
const snapshot = (name: string) => `../__snapshots__/${name}.svg`;

/** Hourly GPUs in use with a daily rhythm, in whole numbers, without randomness. */
function hourly(phase: number, capacity: number, hours = 168) {
  return Array.from({ length: hours }, (_, hour) => {
    const rhythm = Math.round(Math.sin(((hour + phase * 3) / 24) * 2 * Math.PI) * capacity * 0.3);
    const value = Math.max(0, Math.round(capacity * 0.65) + rhythm + ((hour * 7 + phase * 3) % 5));
    return { start: MONDAY + hour * HOUR, end: MONDAY + (hour + 1) * HOUR, value };
  });
}

describe("steps", () => {
  const window = (hour: number, value: number | undefined) => ({
    start: hour * HOUR,
    end: (hour + 1) * HOUR,
    value,
  });
  const corners = (windows: ReturnType<typeof window>[]) =>
    steps(windows, { y: (each) => each.value }).map(({ t, y }) => [+t / HOUR, y]);

  it("end where their last window ends, and merge equal neighbours", () => {
    expect(corners([window(0, 4), window(1, 4), window(2, 6)])).toEqual([
      [0, 4],
      [2, 6],
      [3, 6],
      [3, Number.NaN],
    ]);
  });

  it("break at a missing value and at an uncovered stretch instead of falling to zero", () => {
    const broken = [
      [0, 4],
      [1, 4],
      [1, Number.NaN],
      [2, 4],
      [3, 4],
      [3, Number.NaN],
    ];
    expect(corners([window(0, 4), window(1, undefined), window(2, 4)])).toEqual(broken);
    expect(corners([window(2, 4), window(0, 4)])).toEqual(broken);
    expect(corners([window(0, undefined)])).toEqual([]);
  });

  it("leave gaps that can be named", () => {
    const gaps = (windows: ReturnType<typeof window>[]) =>
      gapsOf(windows, (each) => each.value, 0, 5 * HOUR).map((gap) => gap.map((t) => t / HOUR));
    expect(gaps([window(0, 1), window(1, 2), window(2, undefined), window(4, 1)])).toEqual([[2, 4]]);
    expect(gaps([window(1, 0), window(2, 0)])).toEqual([
      [0, 1],
      [3, 5],
    ]);
    expect(gaps([])).toEqual([[0, 5]]);
  });

  it("refuse windows that overlap", () => {
    expect(() => corners([window(0, 4), { start: 0.5 * HOUR, end: 2 * HOUR, value: 5 }])).toThrow(
      "windows overlap at 1970-01-01T00:30:00.000Z",
    );
  });

  it("are drawn as an area with a gap where telemetry is missing", async () => {
    const windows = hourly(0, 60, 48).map((each, hour) => ({
      ...each,
      value: hour >= 20 && hour < 27 ? undefined : each.value,
    }));
    const figure = sampleFigure({
      id: "00-steps",
      height: 240,
      draw: (drawing) =>
        plot(drawing, {
          x: { type: "utc", domain: [new Date(MONDAY), new Date(MONDAY + 48 * HOUR)] },
          marks: [
            stepArea(windows, { high: (each) => each.value }, { fill: "#56b4e9", fillOpacity: 0.5 }),
            stepLine(windows, (each) => each.value, { stroke: "#0072b2", strokeWidth: 1.5 }),
            gapLabels(windows, (each) => each.value, { from: MONDAY, to: MONDAY + 48 * HOUR }),
            plotLibrary().ruleY([0]),
            ...timeAxis(MONDAY, MONDAY + 48 * HOUR, drawing.width - 68),
          ],
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    await expect(figure.chart).toMatchFileSnapshot(snapshot("steps"));
  });
});

describe("time axis", () => {
  it("ticks fall on whole steps in UTC, weeks on Mondays", () => {
    expect(ticksOf(MONDAY + 1, MONDAY + 3 * HOUR, HOUR)).toEqual([1, 2, 3].map((hour) => MONDAY + hour * HOUR));
    expect(ticksOf(MONDAY - 1, WEEK, 168 * HOUR)).toEqual([MONDAY, WEEK]);
    expect(ticksOf(5, 4, HOUR)).toEqual([]);
  });
});

describe("small multiples", () => {
  it("are sorted worst first, unknown last, equals by name", () => {
    const items = [
      { name: "b", bad: 1 },
      { name: "unknown", bad: undefined },
      { name: "a", bad: 1 },
      { name: "worst", bad: 9 },
    ];
    const sorted = worstFirst(
      items,
      (item) => item.bad,
      (item) => item.name,
    );
    expect(sorted.map((item) => item.name)).toEqual(["worst", "a", "b", "unknown"]);
  });

  it("share their scales and are labelled once", async () => {
    const items = NAMES.map((name, i) => ({ name, capacity: 64, points: hourly(i, 40 + 10 * i) }));
    const figure = sampleFigure({
      id: "00-small-multiples",
      height: 420,
      draw: (drawing) =>
        smallMultiples(drawing, {
          items,
          title: (item) => item.name,
          note: (item) => `${item.points.filter((each) => each.value > item.capacity).length} h short`,
          color: (item) => color(item.name),
          badness: (item) => item.points.filter((each) => each.value > item.capacity).length,
          x: { type: "utc", domain: [new Date(MONDAY), new Date(WEEK)] },
          y: { domain: [0, 90] },
          xAxis: (panel) => timeAxis(MONDAY, WEEK, panel.width),
          marks: (item) => [
            stepArea(item.points, { high: (each) => each.value }, { fill: color(item.name), fillOpacity: 0.3 }),
            stepLine(item.points, () => item.capacity, { stroke: "#1f2328" }),
            plotLibrary().ruleY([0]),
          ],
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    await expect(figure.chart).toMatchFileSnapshot(snapshot("small-multiples"));
  });
});

describe("stacked bars", () => {
  it("label the parts that have room, and say where there is no data", async () => {
    const values = NAMES.slice(0, 4).flatMap((name, bar) =>
      SUPPLY_STATES.map((state, part) => ({
        name,
        part: state.name,
        value: (4 - bar) * [4000, 130, 700, 1500, 900, 300, part * 5][part]!,
      })),
    );
    const figure = sampleFigure({
      id: "00-stacked-bars",
      axes: { x: { label: "Paid", unit: "GPU-hours" }, y: { label: "Nodegroup", unit: null } },
      draw: (drawing) =>
        stackedBars(drawing, {
          names: NAMES,
          parts: SUPPLY_STATES,
          values,
          after: (name) => `${name.length}% waste`,
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    expect(figure.chart).toContain("no data");
    await expect(figure.chart).toMatchFileSnapshot(snapshot("stacked-bars"));
  });

  it("refuse what can't be stacked", () => {
    const draw = (value: number, part = "useful") =>
      stackedBars(
        { width: 600, height: 200 },
        { names: ["a"], parts: SUPPLY_STATES, values: [{ name: "a", part, value }] },
      );
    expect(() => draw(-1)).toThrow('bar "a", part "useful" is negative (-1): it can\'t be stacked');
    expect(() => draw(1, "lost")).toThrow('bar "a", part "lost": not among the names and parts given');
  });
});

describe("heatmap", () => {
  it("rules every midnight and hatches what is missing", async () => {
    const cells = NAMES.flatMap((name, i) =>
      hourly(i, 100)
        .filter((_, hour) => i !== 2 || hour < 50 || hour > 80)
        .map((each) => ({ name, ...each, value: 1 + (each.value - 65) / 35 })),
    );
    const anchors = { short: 1.8, balanced: 1, slack: 0.2 };
    const figure = sampleFigure({
      id: "00-heatmap",
      height: 260,
      axes: { x: { label: "Hour", unit: "UTC" }, y: { label: "Nodegroup", unit: null } },
      draw: (drawing) =>
        heatmap(drawing, {
          names: NAMES,
          cells,
          from: MONDAY,
          to: WEEK,
          color: divergingScale(anchors),
          anchors: [
            { at: anchors.slack, text: "slack, 0.2" },
            { at: anchors.balanced, text: "balanced, 1" },
            { at: anchors.short, text: "short, 1.8" },
          ],
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    await expect(figure.chart).toMatchFileSnapshot(snapshot("heatmap"));
  });
});

describe("gantt", () => {
  it("puts bars that overlap in lanes of their own", () => {
    const bar = (start: number, end: number) => ({ start, end });
    expect(lanes([bar(3, 5), bar(0, 4), bar(4, 6)])).toEqual([[bar(0, 4), bar(4, 6)], [bar(3, 5)]]);
  });

  it("labels a bar that is too thin across its middle, where no other place has room, and not in a thin lane", () => {
    const bar = (start: number, end: number, weight: number) => ({
      name: "l40s",
      start: MONDAY + start * HOUR,
      end: MONDAY + end * HOUR,
      part: "quota",
      weight,
      label: `${weight} GPU-hours`,
    });
    const words = (...bars: ReturnType<typeof bar>[]) =>
      textsOf(
        gantt(
          { width: 600, height: 118 },
          { names: ["l40s"], bars, full: 100, parts: WAITING_CAUSES, from: MONDAY, to: WEEK },
        ).node,
      );
    expect(words(bar(0, 168, 5))).toContain("5 GPU-hours");
    const four = [5, 6, 7, 8].map((weight) => bar(0, 168, weight));
    expect(words(...four).filter((text) => text.endsWith("GPU-hours"))).toEqual([]);
  });

  it("draws episodes by cause, as thick as their weight, the biggest labelled", async () => {
    const episode = (name: string, from: number, hours: number, part: string, weight: number) => ({
      name,
      start: MONDAY + from * HOUR,
      end: MONDAY + (from + hours) * HOUR,
      part,
      weight,
      label: `${weight} GPU-hours, ${part}`,
    });
    const figure = sampleFigure({
      id: "00-gantt",
      height: 320,
      axes: { x: { label: "Time", unit: "UTC" }, y: { label: "Nodegroup", unit: null } },
      draw: (drawing) =>
        gantt(drawing, {
          names: NAMES,
          parts: WAITING_CAUSES,
          from: MONDAY,
          to: WEEK,
          bars: [
            episode("h100-sxm", 8, 40, "capacity", 820),
            episode("h100-sxm", 30, 30, "quota", 410),
            episode("h100-sxm", 100, 66, "mixed", 600),
            episode("a100-80gb", 20, 5, "fragmentation", 300),
            episode("a100-80gb", 60, 3, "head-of-line", 30),
            episode("l40s", 120, 47, "unavailable", 500),
            episode("t4-spot", 140, 9, "cant-tell", 9),
          ],
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    const thick = Object.fromEntries(
      Array.from(figure.chart.matchAll(/<rect fill="([^"]*)" height="([^"]*)"/g), ([, fill, height]) => [
        fill,
        Number(height),
      ]),
    );
    const of = (name: WaitingCause) => thick[category(WAITING_CAUSES, name).color]! / thick["#d55e00"]!;
    expect(of("quota"), "410 of 820, in the same row").toBeCloseTo(0.5, 2);
    expect(of("unavailable"), "500 of 820, in another row").toBeCloseTo(500 / 820, 2);
    await expect(figure.chart).toMatchFileSnapshot(snapshot("gantt"));
  });
});

describe("rows", () => {
  it("that don't fit are an error that says by how much", () => {
    const names = Array.from({ length: 30 }, (_, i) => `ng-${i}`);
    const frame = { width: 600, height: 300 };
    const message = "30 rows have 7 pixels each and need 16: add";
    expect(() => gantt(frame, { names, bars: [], parts: WAITING_CAUSES, from: MONDAY, to: WEEK })).toThrow(message);
    expect(() => stackedBars(frame, { names, parts: SUPPLY_STATES, values: [] })).toThrow(message);
  });

  it("may be none at all", () => {
    const frame = { width: 600, height: 300 };
    expect(gantt(frame, { names: [], bars: [], parts: WAITING_CAUSES, from: MONDAY, to: WEEK }).width).toBe(600);
    expect(stackedBars(frame, { names: [], parts: SUPPLY_STATES, values: [] }).width).toBe(600);
    expect(waffle(frame, { nodes: [], holders: [] }).width).toBe(600);
  });
});

describe("waffle", () => {
  const free = (nodes: number) => Array.from({ length: nodes }, (_, i) => ({ name: `n${i}`, gpus: [null, null, "a"] }));
  const holders = [{ name: "a", label: "a", color: "#0072b2" }];

  it("goes on below when its nodes don't fit side by side", () => {
    const drawn = (nodes: number) => waffle({ width: 600, height: 300 }, { nodes: free(nodes), holders });
    expect(textsOf(drawn(20).node)).toContain("n10");
    const texts = textsOf(drawn(300).node);
    expect(texts).not.toContain("n10");
    expect(texts).toEqual(expect.arrayContaining(["n0", "n59", "n60", "n299"]));
    expect(() => drawn(3000)).toThrow("3000 nodes of 3 GPUs don't fit into");
  });

  it("shows a GPU a cell and the gang that finds no place", async () => {
    const nodes = Array.from({ length: 24 }, (_, node) => ({
      name: `h100-${String(node).padStart(2, "0")}`,
      gpus: Array.from({ length: 8 }, (_, slot) => {
        if (node === 23) return undefined;
        if (slot >= 5 + (node % 3)) return null;
        return ["research", "inference", "batch"][(node + (slot > 3 ? 1 : 0)) % 3]!;
      }),
    }));
    const figure = sampleFigure({
      id: "00-waffle",
      height: 340,
      axes: { x: { label: "Node", unit: null }, y: { label: "GPUs", unit: "GPUs" } },
      draw: (drawing) =>
        waffle(drawing, {
          nodes,
          holders: [
            { name: "research", label: "research", color: "#0072b2" },
            { name: "inference", label: "inference", color: "#e69f00" },
            { name: "batch", label: "batch", color: "#009e73" },
          ],
          gang: { label: "Waits: 4 pods of 8 GPUs", pods: 4, gpus: 8 },
        }),
    });
    expect(illegible(figure.svg)).toEqual([]);
    await expect(figure.chart).toMatchFileSnapshot(snapshot("waffle"));
  });
});

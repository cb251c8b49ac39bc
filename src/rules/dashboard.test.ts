import { describe, expect, test } from "vitest";
import { z } from "zod";
import { metrics } from "../metrics/index.js";
import { contract } from "../testing/hand-made.js";
import { dashboard } from "./dashboard.js";
import { hasTwin, rulesOf } from "./rules.js";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly options?: { readonly content?: string };
  readonly fieldConfig?: {
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
    readonly defaults: { readonly unit: string; readonly thresholds?: { readonly steps: { value: number | null }[] } };
  };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const board = dashboard(contract) as {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly Panel[];
};
const { panels } = board;

/** What Grafana documents of a dashboard's JSON (kinds/dashboard, valueFormats), as far as this one uses it, and no more. */
const datasource = z.strictObject({ type: z.literal("prometheus"), uid: z.literal(`\${datasource}`) });
const place = {
  id: z.int().positive(),
  title: z.string().min(1),
  gridPos: z.strictObject({
    x: z.int().min(0).max(23),
    y: z.int().min(0),
    w: z.int().min(1).max(24),
    h: z.int().min(1),
  }),
};
const grafana = z.strictObject({
  title: z.string().min(1),
  uid: z.string().regex(/^[\w-]{8,40}$/),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(36),
  version: z.int(),
  editable: z.boolean(),
  timezone: z.literal("utc"),
  time: z.strictObject({ from: z.string().startsWith("now-"), to: z.literal("now") }),
  refresh: z.string().regex(/^\d+[smhd]$/),
  templating: z.strictObject({
    list: z.tuple([
      z.strictObject({
        ...{ name: z.literal("datasource"), label: z.string() },
        ...{ type: z.literal("datasource"), query: z.literal("prometheus") },
      }),
      z.strictObject({
        ...{ name: z.literal("nodegroup"), label: z.string(), type: z.literal("query"), datasource },
        query: z.strictObject({ query: z.string().regex(/^label_values\(.*, nodegroup\)$/), refId: z.string() }),
        ...{ refresh: z.union([z.literal(1), z.literal(2)]), sort: z.int().min(0).max(8) },
        ...{ multi: z.boolean(), includeAll: z.boolean() },
        current: z.strictObject({ text: z.string(), value: z.string() }),
      }),
    ]),
  }),
  panels: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({
        ...{ type: z.literal("text"), ...place },
        options: z.strictObject({ mode: z.enum(["markdown", "html", "code"]), content: z.string() }),
      }),
      z.strictObject({
        ...{ type: z.literal("row"), ...place, collapsed: z.literal(false) },
        ...{ panels: z.array(z.never()), repeat: z.literal("nodegroup").optional() },
      }),
      z.strictObject({
        ...{ type: z.literal("timeseries"), ...place, description: z.string().min(1), datasource },
        fieldConfig: z.strictObject({
          defaults: z.strictObject({
            unit: z.enum(["none", "percent", "percentunit", "h"]),
            noValue: z.string(),
            thresholds: z
              .strictObject({
                mode: z.literal("absolute"),
                steps: z.array(z.strictObject({ color: z.string(), value: z.number().nullable() })),
              })
              .optional(),
            custom: z
              .strictObject({
                thresholdsStyle: z.strictObject({ mode: z.enum(["off", "line", "dashed", "area"]) }).optional(),
                lineInterpolation: z.enum(["linear", "smooth", "stepBefore", "stepAfter"]).optional(),
              })
              .optional(),
          }),
          overrides: z.array(
            z.strictObject({
              matcher: z.strictObject({ id: z.literal("byName"), options: z.string() }),
              properties: z.array(
                z.strictObject({ id: z.enum(["custom.stacking", "custom.fillOpacity"]), value: z.unknown() }),
              ),
            }),
          ),
        }),
        options: z.strictObject({
          legend: z.strictObject({
            ...{ showLegend: z.literal(true), displayMode: z.enum(["list", "table"]) },
            ...{ placement: z.enum(["bottom", "right"]), calcs: z.array(z.string()) },
          }),
          tooltip: z.strictObject({ mode: z.enum(["single", "multi"]), sort: z.enum(["none", "asc", "desc"]) }),
        }),
        targets: z
          .array(z.strictObject({ refId: z.string(), datasource, expr: z.string(), legendFormat: z.string().min(1) }))
          .min(1),
      }),
    ]),
  ),
});
const panelOf = (title: string) => panels.find((panel) => panel.title === title)!;

describe("the dashboard", () => {
  test("is as Grafana documents it, with lines that are told apart and thresholds in order", () => {
    grafana.parse(board);
    for (const { title, targets = [], fieldConfig } of panels) {
      const [ids, legends] = [targets.map(({ refId }) => refId), targets.map(({ legendFormat }) => legendFormat)];
      expect([title, new Set(ids).size, new Set(legends).size]).toEqual([title, targets.length, targets.length]);
      const [first, ...steps] = fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value) ?? [null];
      expect([title, first, [...steps].sort((a, b) => a! - b!)]).toEqual([title, null, steps]);
      for (const { matcher } of fieldConfig?.overrides ?? []) expect(legends).toContain(matcher.options);
    }
  });

  test("is of a cluster, and asks for a data source and for nodegroups", () => {
    expect(board).toMatchObject({ title: "evenkeel: by-hand", uid: "evenkeel-by-hand", schemaVersion: 39 });
    expect(board.templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["nodegroup", "query"],
    ]);
  });

  test("shows recorded series only, of this cluster and the chosen nodegroups", () => {
    const { columns, metrics: rules } = rulesOf(contract);
    const recorded = [...columns, ...rules].map(({ record }) => record);
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(exprs.length).toBeGreaterThan(10);
    for (const expr of exprs) {
      const [, name, labels] = /^([\w:]+)(\{.*\})$/.exec(expr) ?? [];
      expect(recorded).toContain(name);
      expect(labels).toBe('{cluster="by-hand", nodegroup=~"$nodegroup"}');
    }
  });

  test("has a panel for each metric with a twin, with its title, unit and anchors", () => {
    for (const { title, unit, anchors, worse, definition } of metrics.filter(hasTwin)) {
      const panel = panelOf(title);
      expect(panel.description).toContain(definition);
      expect(panel.fieldConfig!.defaults.unit).toBe({ ratio: "percentunit", hours: "h", score: "none" }[unit]);
      const steps = panel.fieldConfig!.defaults.thresholds!.steps.map(({ value }) => value);
      const { concern, severe } = anchors;
      expect(steps).toEqual(worse === "higher" ? [null, concern, severe] : [null, -severe, -concern, concern, severe]);
    }
  });

  test("says what it cannot say, and why some metrics are not on it", () => {
    const text = panels[0]!.options!.content!;
    expect(text).toContain("Pending demand has no flavor");
    expect(text).toContain("Quota is not capacity");
    for (const { title, promqlWithout } of metrics)
      if (promqlWithout) {
        expect(text).toContain(`*${title}*: ${promqlWithout}`);
        expect(panelOf(title)).toBeUndefined();
      }
  });

  test("has panels that are told apart and do not cover each other", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

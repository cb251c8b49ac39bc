import { describe, expect, test } from "vitest";
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
    readonly defaults: { readonly unit: string; readonly thresholds?: { readonly steps: { value: number | null }[] } };
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const board = dashboard(contract) as {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly Panel[];
};
const { panels } = board;
const panelOf = (title: string) => panels.find((panel) => panel.title === title)!;

describe("the dashboard", () => {
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

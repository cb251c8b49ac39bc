import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tables } from "../tables/index.js";
import { type NodegroupWindow, nodegroupWindow } from "../tables/nodegroup-window.js";
import { defaultMetric, type Metric, metrics } from "./index.js";

const rfcs = readdirSync(new URL("../../rfcs/", import.meta.url));
const files = readdirSync(new URL("./", import.meta.url));
const columnNames = Object.keys(nodegroupWindow.columns) as (keyof NodegroupWindow)[];

/** Rows in which any column may be missing, and in which sums need not add up. Means are rounded, as the join rounds them. */
const anyRow = fc.record(
  Object.fromEntries(
    Object.entries(nodegroupWindow.columns).map(([name, { type, nullable }]) => {
      if (type === "string") return [name, fc.constantFrom<string>("a", "b")];
      const value = fc.oneof(
        fc.nat(100),
        fc.nat(100_000).map((thousandths) => thousandths / 1000),
      );
      return [name, nullable ? fc.option<number>(value, { freq: 20 }) : value];
    }),
  ) as Record<keyof NodegroupWindow, fc.Arbitrary<never>>,
) as fc.Arbitrary<NodegroupWindow>;
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 8 });

const each = test.each(metrics.map((metric): [string, Metric] => [metric.name, metric]));

describe("the registry of metrics", () => {
  test("has names that are snake case and told apart, from each other and from the columns", () => {
    const names = metrics.map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(new Set([...names, ...columnNames]).size).toBe(names.length + columnNames.length);
    expect(new Set(metrics.map(({ title }) => title)).size).toBe(names.length);
  });

  test("has every metric file, each with a test beside it", () => {
    const sources = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    const declared = sources.filter((file) => !["metric.ts", "index.ts"].includes(file));
    expect(declared.sort()).toEqual(metrics.map(({ name }) => `${name.replaceAll("_", "-")}.ts`).sort());
    for (const file of sources) expect(files).toContain(file.replace(".ts", ".test.ts"));
  });

  test("has one default, as RFC 0001 decides, and it is no baseline", () => {
    expect(metrics.filter((metric) => metric === defaultMetric)).toHaveLength(1);
    expect(defaultMetric).toMatchObject({ name: "imbalance", kind: "imbalance" });
  });
});

describe("each metric", () => {
  each("%s is decided on by an RFC that is there and names it", (name, { rfc }) => {
    const found = rfcs.filter((file) => file.startsWith(`${rfc}-`));
    expect(found).toHaveLength(1);
    expect(readFileSync(new URL(`../../rfcs/${found[0]}`, import.meta.url), "utf8")).toContain(`\`${name}\``);
  });

  each("%s leaves nothing unsaid, and ends in its unit unless that is a ratio", (name, metric) => {
    for (const [field, value] of Object.entries(metric))
      if (typeof value === "string") expect(value.trim(), field).not.toBe("");
    if (metric.unit !== "ratio") expect(name.endsWith(`_${metric.unit}`)).toBe(true);
  });

  each("%s has anchors on a fixed scale, severe beyond concern", (_, { anchors }) => {
    expect(anchors.concern).toBeGreaterThan(0);
    expect(anchors.severe).toBeGreaterThan(anchors.concern);
    expect(anchors.severe).toBeLessThan(Infinity);
  });

  each("%s reads the columns of nodegroup_window that it lists, each of them and no other", (_, metric) => {
    expect(columnNames).toEqual(expect.arrayContaining([...metric.columns]));
    const read = new Set<string | symbol>();
    const watched = (row: NodegroupWindow) =>
      new Proxy(row, {
        get: (target, name) => {
          read.add(name);
          return Reflect.get(target, name);
        },
        has: (_target, name) => {
          throw new Error(`asks for ${String(name)}`);
        },
        ownKeys: () => {
          throw new Error("asks for all columns");
        },
      });
    fc.assert(
      fc.property(anyRows, (rows) => {
        metric.measure(rows.map(watched));
      }),
    );
    expect([...read].sort()).toEqual([...metric.columns].sort());
  });

  each(
    "%s has a twin in PromQL over the columns that it lists, each of them and no other, or a reason why it has none",
    (_, metric) => {
      const { promql, promqlWithout, columns } = metric;
      expect([promql, promqlWithout].filter((one) => one !== undefined)).toHaveLength(1);
      const names = promql?.match(/\b[a-z]+_[a-z_]+\b/g)?.filter((name) => name !== "clamp_max") ?? [...columns];
      expect([...new Set(names)].sort()).toEqual([...columns].sort());
    },
  );

  each("%s names series of Kueue that the dataset has", (_, { kueueSeries }) => {
    const columns = tables.filter((table) => table.source === "kueue").flatMap((table) => Object.keys(table.columns));
    for (const series of kueueSeries) expect(columns.some((column) => column.startsWith(series))).toBe(true);
  });

  each("%s is a finite number or undefined, whatever is missing", (_, metric) => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        for (const value of metric.measure(rows)) if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });

  each("%s is undefined, not 0, where all that it reads is missing", (_, metric) => {
    const silent = Object.fromEntries(columnNames.map((name) => [name, null]));
    expect(metric.measure([silent as unknown as NodegroupWindow])).toEqual([undefined]);
  });
});

test.each(
  metrics.filter(({ name }) => name !== "composite_score").map((metric): [string, Metric] => [metric.name, metric]),
)("%s says the same of a row whatever other rows there are", (_, metric) => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      expect(metric.measure(rows)).toEqual(rows.map((row) => metric.measure([row])[0]));
    }),
  );
});

import { describe, expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { type MetricSpec, metric, ratio } from "./metric.js";

const facts: Omit<MetricSpec<"gpus_free">, "context" | "value" | "promqlWithout"> & { promql: string } = {
  name: "some_metric",
  title: "Some metric",
  kind: "imbalance",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.1, severe: 0.2 },
  definition: "",
  formula: "",
  undefinedWhen: "",
  kueueSeries: [],
  sensitiveTo: "",
  failureModes: "",
  falsePositives: "",
  action: "",
  rfc: "0001",
  columns: ["gpus_free"],
  promql: "gpus_free",
};

const free = (...gpus: (number | null)[]) => gpus.map((gpus_free) => ({ gpus_free })) as NodegroupWindow[];

describe("metric(spec)", () => {
  test("measures each row by itself, in their order", () => {
    const doubled = metric({ ...facts, value: ({ gpus_free }) => 2 * gpus_free! });
    expect(doubled.measure(free(3, 1, 2))).toEqual([6, 2, 4]);
    expect(doubled.measure([])).toEqual([]);
  });

  test("says undefined where the value is undefined or not a number, and 0 where it is 0", () => {
    const value = (result: number | undefined) => metric({ ...facts, value: () => result }).measure(free(1));
    expect([value(undefined), value(Number.NaN), value(0)]).toEqual([[undefined], [undefined], [0]]);
  });

  test("gives a value what its context makes of all rows, made once", () => {
    let made = 0;
    const ofMost = metric({
      ...facts,
      context: (rows) => {
        made++;
        return Math.max(...rows.map(({ gpus_free }) => gpus_free!));
      },
      value: ({ gpus_free }, most) => gpus_free! / most,
    });
    expect(ofMost.measure(free(1, 4, 2))).toEqual([0.25, 1, 0.5]);
    expect(made).toBe(1);
  });

  test("keeps all that is said of the metric, and nothing by which its value could be read without its columns", () => {
    const { measure, ...rest } = metric({ ...facts, context: () => 0, value: () => 0 });
    expect(measure).toBeTypeOf("function");
    expect(rest).toEqual(facts);
  });

  test("is refused by the compiler if its value reads a column that it does not list", () => {
    // @ts-expect-error gpus_held is not among the columns
    const stray = metric({ ...facts, value: ({ gpus_held }) => gpus_held ?? undefined });
    expect(stray.columns).toEqual(["gpus_free"]);
  });
});

test("a metric is refused by the compiler with neither a twin in PromQL nor a reason, and with both", () => {
  const { promql, ...rest } = facts;
  const value = () => 0;
  // @ts-expect-error nothing is said of PromQL
  metric({ ...rest, value });
  // @ts-expect-error one of them is wrong
  metric({ ...rest, promql, promqlWithout: "It cannot be said.", value });
  expect(metric({ ...rest, promqlWithout: "It cannot be said.", value }).promql).toBeUndefined();
});

test("ratio(part, whole) is undefined where a part is missing or there is nothing to divide by, and 0 for a part of 0", () => {
  expect(ratio(3, 4)).toBe(0.75);
  expect(ratio(0, 4)).toBe(0);
  for (const [part, whole] of [
    [null, 4],
    [3, null],
    [3, 0],
    [0, 0],
    [3, -1],
  ] as const)
    expect(ratio(part, whole)).toBeUndefined();
});

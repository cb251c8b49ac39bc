import { from, op } from "arquero";
import { describe, expect, test } from "vitest";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import { mean, quantile } from "../statistics/index.js";
import { type AnalysisInput, analysisOf } from "../testing/analysis.js";
import { summaryStatistics } from "./summary.js";

const names = [
  "gpus_capacity",
  "gpus_held",
  "gpus_free",
  "gpus_waiting_lower",
  "gpu_util_percent",
  "tensor_active",
  "power_share",
] as const;

/** Two days in which everything moves, and dcgm-exporter and Kueue are silent for some hours. */
const input: AnalysisInput = {
  hours: 48,
  nodegroups: [
    {
      name: "a100",
      gpus: 64,
      held: (hour) => 20 + ((Math.floor(hour) * 7) % 41),
      outOfService: (hour) => (hour < 9 ? 3 : 0),
    },
    { name: "h100", gpus: 24, held: (hour) => Math.floor(hour) ** 2 % 25, absent: (hour) => (hour > 40 ? 2 : 0) },
  ],
  queues: [{ name: "h", nodegroups: ["h100"], pendingGpus: (hour) => (Math.floor(hour) * 5) % 13 }],
  silent: { dcgm: (hour, name) => name === "a100" && hour >= 5 && hour < 12, kueue: (hour) => hour >= 30 && hour < 32 },
};

describe("summaryStatistics(analysis)", () => {
  const analysis = analysisOf(input);
  const { columns, rows } = summaryStatistics(analysis);
  const cell = (row: string, column: string) => {
    const text = String(rows.find(([name]) => name === row)![columns.indexOf(column)]);
    return Number(text.replaceAll(",", "").replace("−", "-"));
  };
  // Of 96 hours, 7 of one nodegroup miss DCGM, and 2 of both miss Kueue.
  const whole = analysis.hours.filter((row) => names.every((name) => row[name] !== null));

  test("describes the hours of which everything is known, and says how many those are", () => {
    expect(whole).toHaveLength(96 - 7 - 4);
    expect(columns).toEqual(["85 of 96 hours", ...names]);
    for (const name of names) expect(cell("count", name)).toBe(85);
  });

  test("says of the same rows what arquero and our own statistics say, to the last digit shown", () => {
    for (const name of names) {
      const values = whole.map((row) => row[name]!);
      const [other] = from(values.map((value) => ({ value })))
        .rollup({
          mean: op.mean("value"),
          std: op.stdev("value"),
          variance: op.variance("value"),
          median: op.median("value"),
          min: op.min("value"),
          max: op.max("value"),
        })
        .objects() as Record<string, number>[];
      const ours: Record<string, number> = {
        ...other,
        mean: mean(values)!,
        median: quantile(values, 0.5)!,
        min: quantile(values, 0)!,
        max: quantile(values, 1)!,
      };
      for (const statistic of ["mean", "std", "variance", "median", "min", "max"]) {
        // Rounded to three digits, then shown with two.
        expect(Math.abs(cell(statistic, name) - other![statistic]!)).toBeLessThan(0.0056);
        expect(Math.abs(cell(statistic, name) - ours[statistic]!)).toBeLessThan(0.0056);
      }
    }
  });

  test("is in line with its columns", () => {
    expect(rows.map(([name]) => name)).toEqual(["count", "mean", "std", "min", "median", "max", "variance"]);
    for (const row of rows) expect(row).toHaveLength(columns.length);
  });

  test("has nothing to say where no hour is known whole", () => {
    for (const each of [inputs.noDcgm, inputs.noKueue, inputs.nothingSeen])
      expect(summaryStatistics(worldOf(each))).toEqual({ columns: ["0 of 48 hours", ...names], rows: [] });
  });
});

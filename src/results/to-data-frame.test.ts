import { describe, expect, it } from "vitest";
import { toDataFrame } from "./to-data-frame.js";

// Mean of a100: (2 + 4) / 2 = 3; of h100: (1 + 5 + 9) / 3 = 5.
const rows = [
  { nodegroup: "a100", hours: 2 },
  { nodegroup: "h100", hours: 1 },
  { nodegroup: "a100", hours: 4 },
  { nodegroup: "h100", hours: 5 },
  { nodegroup: "h100", hours: 9 },
];

describe("toDataFrame", () => {
  it("keeps rows, columns and their order", () => {
    const { frame, dropped } = toDataFrame(rows);
    expect(frame.columns).toEqual(["nodegroup", "hours"]);
    expect(frame.values).toEqual(rows.map((row) => [row.nodegroup, row.hours]));
    expect(dropped).toBe(0);
  });

  it("gives a frame whose means by group are those worked out by hand", () => {
    const means = toDataFrame(rows).frame.groupby(["nodegroup"]).col(["hours"]).mean();
    expect(means.values).toEqual([
      ["a100", 3],
      ["h100", 5],
    ]);
  });

  it("gives a frame that describes itself as worked out by hand", () => {
    // Of 2, 4, 4, 4, 5, 5, 7, 9: mean 40 / 8 = 5, squared deviations 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
    const { frame } = toDataFrame([2, 4, 4, 4, 5, 5, 7, 9].map((gpus) => ({ gpus })));
    const described = frame.describe();
    const byName = new Map(described.index.map((name, row) => [name, (described.values[row] as number[])[0]]));
    expect(byName.get("count")).toBe(8);
    expect(byName.get("mean")).toBe(5);
    expect(byName.get("min")).toBe(2);
    expect(byName.get("median")).toBe(4.5);
    expect(byName.get("max")).toBe(9);
    expect(byName.get("variance")).toBeCloseTo(32 / 7, 12);
    expect(byName.get("std")).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it("leaves out rows with null, undefined, NaN or no value, and says how many", () => {
    const gaps = [...rows, { nodegroup: "a100", hours: null }, { nodegroup: "a100", hours: Number.NaN }, { hours: 7 }];
    const { frame, dropped } = toDataFrame([...gaps, { nodegroup: undefined, hours: 1 }]);
    expect(frame.values).toEqual(toDataFrame(rows).frame.values);
    expect(dropped).toBe(4);
  });

  it("throws at the first missing value instead, if asked to", () => {
    expect(() => toDataFrame([...rows, { nodegroup: "a100", hours: null }], { missing: "error" })).toThrow(
      'row 5, column "hours": found null',
    );
  });

  it("takes columns, typed arrays among them", () => {
    const { frame, dropped } = toDataFrame({ columns: { t: Float64Array.of(1, Number.NaN, 3), n: ["a", "b", "c"] } });
    expect(frame.values).toEqual([
      [1, "a"],
      [3, "c"],
    ]);
    expect(dropped).toBe(1);
  });

  it("keeps its columns when every row is left out", () => {
    const { frame, dropped } = toDataFrame([{ a: null, b: 1 }]);
    expect(frame.columns).toEqual(["a", "b"]);
    expect(frame.shape).toEqual([0, 2]);
    expect(dropped).toBe(1);
  });

  it("makes numbers of bigints, and refuses those that would lose digits", () => {
    expect(toDataFrame([{ count: 3n }]).frame.values).toEqual([[3]]);
    expect(() => toDataFrame([{ count: 2n ** 60n }])).toThrow('row 0, column "count": found 1152921504606846976');
  });

  it("refuses columns of different lengths", () => {
    expect(() => toDataFrame({ columns: { a: [1, 2], b: [1] } })).toThrow(
      'column "b": found 1 values where column "a" has 2',
    );
  });

  it("refuses another way to treat missing values", () => {
    expect(() => toDataFrame([], { missing: "fill" as "drop" })).toThrow('missing: found "fill"');
  });
});

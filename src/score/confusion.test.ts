import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Confusion, NOTHING } from "./confusion.js";

const shares = (of: Record<string, number>) => new Map(Object.entries(of));
const cells = (truth: Record<string, number>, verdict: Record<string, number>) => {
  const confusion = new Confusion();
  confusion.add(shares(truth), shares(verdict));
  return confusion.cells().map((cell) => [cell.truth, cell.verdict, cell.gpuHours]);
};

describe("a confusion of causes", () => {
  test("is none where both accounts agree", () => {
    expect(cells({ quota: 3, capacity: 1 }, { quota: 3, capacity: 1 })).toEqual([
      ["capacity", "capacity", 1],
      ["quota", "quota", 3],
    ]);
  });

  test("confuses only what is left over on both sides, in proportion", () => {
    // Right: 2 of quota. Left over: 2 of quota and 1 of flavor in truth, 3 of capacity in the verdict.
    expect(cells({ quota: 4, flavor: 1 }, { quota: 2, capacity: 3 })).toEqual([
      ["flavor", "capacity", 1],
      ["quota", "capacity", 2],
      ["quota", "quota", 2],
    ]);
  });

  test("calls nothing what one account has and the other has not", () => {
    expect(cells({ quota: 4 }, { quota: 1 })).toEqual([
      ["quota", NOTHING, 3],
      ["quota", "quota", 1],
    ]);
    expect(cells({}, { capacity: 2 })).toEqual([[NOTHING, "capacity", 2]]);
    // Two more in truth than in the verdict: half of what is left over meets something.
    expect(cells({ quota: 4 }, { capacity: 2 })).toEqual([
      ["quota", "capacity", 2],
      ["quota", NOTHING, 2],
    ]);
  });

  test("keeps windows apart: what waited at another time is not right", () => {
    const confusion = new Confusion();
    confusion.add(shares({ quota: 1 }), shares({}));
    confusion.add(shares({}), shares({ quota: 1 }));
    expect(confusion.cells().every(({ truth, verdict }) => truth !== verdict)).toBe(true);
  });

  test("adds up to both accounts", () => {
    const anyShares = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 20 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(anyShares, anyShares), { maxLength: 5 }), (windows) => {
        const confusion = new Confusion();
        for (const [truth, verdict] of windows) confusion.add(shares(truth), shares(verdict));
        for (const cause of ["a", "b", "c"]) {
          const total = (of: "truth" | "verdict") =>
            confusion.cells().reduce((sum, cell) => sum + (cell[of] === cause ? cell.gpuHours : 0), 0);
          expect(total("truth")).toBeCloseTo(
            windows.reduce((sum, [truth]) => sum + (truth[cause] ?? 0), 0),
            9,
          );
          expect(total("verdict")).toBeCloseTo(
            windows.reduce((sum, [, verdict]) => sum + (verdict[cause] ?? 0), 0),
            9,
          );
        }
      }),
    );
  });
});

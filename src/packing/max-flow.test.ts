import fc from "fast-check";
import { expect, test } from "vitest";
import { maxFlow } from "./max-flow.js";

const total = (amounts: number[]) => amounts.reduce((a, b) => a + b, 0);

/** The smallest cut, over all sets of demands: those outside, plus every capacity that one inside may use. */
function smallestCut(demands: number[], capacities: number[], allowed: boolean[][]): number {
  let smallest = Infinity;
  for (let inside = 0; inside < 1 << demands.length; inside++) {
    const within = (i: number) => (inside & (1 << i)) !== 0;
    const outside = total(demands.filter((_, i) => !within(i)));
    const reachable = capacities.filter((_, j) => allowed.some((row, i) => within(i) && row[j]));
    smallest = Math.min(smallest, outside + total(reachable));
  }
  return smallest;
}

const problem = (amount: fc.Arbitrary<number>) =>
  fc.tuple(fc.array(amount, { maxLength: 6 }), fc.array(amount, { maxLength: 6 })).chain(([demands, capacities]) =>
    fc.record({
      demands: fc.constant(demands),
      capacities: fc.constant(capacities),
      allowed: fc.array(fc.array(fc.boolean(), { minLength: capacities.length, maxLength: capacities.length }), {
        minLength: demands.length,
        maxLength: demands.length,
      }),
    }),
  );

test("maxFlow(input) moves an earlier demand aside when another has nowhere else to go", () => {
  const allowed = [
    [true, true],
    [true, false],
  ];
  expect(maxFlow({ demands: [8, 8], capacities: [8, 8], allowed })).toEqual({
    total: 16,
    byPair: [
      [0, 8],
      [8, 0],
    ],
  });
});

test("maxFlow(input) with everything compatible is the smaller of both sums", () => {
  const amounts = fc.array(fc.nat(100), { maxLength: 8 });
  fc.assert(
    fc.property(amounts, amounts, (demands, capacities) => {
      const flow = maxFlow({ demands, capacities, allowed: () => true });
      expect(flow.total).toBe(Math.min(total(demands), total(capacities)));
    }),
  );
});

test("maxFlow(input) is 0 when nothing is compatible, and for no demands or no capacities", () => {
  expect(maxFlow({ demands: [3], capacities: [3], allowed: () => false })).toEqual({ total: 0, byPair: [[0]] });
  expect(maxFlow({ demands: [], capacities: [3], allowed: [] })).toEqual({ total: 0, byPair: [] });
  expect(maxFlow({ demands: [3], capacities: [], allowed: [[]] })).toEqual({ total: 0, byPair: [[]] });
});

test("maxFlow(input) of whole amounts is exactly the smallest cut, in whole flows", () => {
  fc.assert(
    fc.property(problem(fc.nat(20)), (input) => {
      const flow = maxFlow(input);
      expect(flow.total).toBe(smallestCut(input.demands, input.capacities, input.allowed));
      expect(flow.byPair.flat().every(Number.isInteger)).toBe(true);
    }),
  );
});

test("maxFlow(input) of real amounts is the smallest cut", () => {
  fc.assert(
    fc.property(problem(fc.double({ noNaN: true, min: 0, max: 100 })), (input) => {
      expect(maxFlow(input).total).toBeCloseTo(smallestCut(input.demands, input.capacities, input.allowed), 9);
    }),
  );
});

test("maxFlow(input) exceeds no demand and no capacity, and uses only allowed pairs", () => {
  fc.assert(
    fc.property(problem(fc.nat(20)), ({ demands, capacities, allowed }) => {
      const { byPair, total: flow } = maxFlow({ demands, capacities, allowed: (i, j) => allowed[i]![j]! });
      for (const [i, row] of byPair.entries()) {
        expect(total(row)).toBeLessThanOrEqual(demands[i]!);
        for (const [j, amount] of row.entries()) {
          expect(amount).toBeGreaterThanOrEqual(0);
          if (!allowed[i]![j]) expect(amount).toBe(0);
        }
      }
      for (const [j, capacity] of capacities.entries()) {
        expect(total(byPair.map((row) => row[j]!))).toBeLessThanOrEqual(capacity);
      }
      expect(total(byPair.flat())).toBe(flow);
    }),
  );
});

test("maxFlow(input) throws an error that names the path of an amount that can't be", () => {
  const allowed = () => true;
  expect(() => maxFlow({ demands: [1, -1], capacities: [1], allowed })).toThrow(
    new RangeError("demands[1]: found -1, allowed: finite numbers >= 0"),
  );
  expect(() => maxFlow({ demands: [1], capacities: [Infinity], allowed })).toThrow("capacities[0]: found Infinity");
  expect(() => maxFlow({ demands: ["1" as unknown as number], capacities: [1], allowed })).toThrow(TypeError);
});

test("maxFlow(input) throws a RangeError for a table of allowed pairs of another size, such as a transposed one", () => {
  expect(() => maxFlow({ demands: [1, 2], capacities: [1], allowed: [[true, true]] })).toThrow(
    new RangeError("allowed.length: found 1, allowed: 2"),
  );
  expect(() => maxFlow({ demands: [1], capacities: [1, 2], allowed: [[true]] })).toThrow(
    new RangeError("allowed[0].length: found 1, allowed: 2"),
  );
});

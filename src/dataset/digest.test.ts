import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ColumnDigest, sha256, tableDigest } from "./digest.js";

const ofStrings = (runs: readonly (readonly [string | null, number])[]) => {
  const digest = new ColumnDigest();
  for (const [value, length] of runs) digest.strings(value, length);
  return digest.hex();
};
const ofNumbers = (...pieces: readonly (readonly number[])[]) => {
  const digest = new ColumnDigest();
  for (const piece of pieces) digest.numbers(Float64Array.from(piece));
  return digest.hex();
};

describe("ColumnDigest", () => {
  test("is the SHA-256 of the strings' runs, a line each", () => {
    const text = '2 "a"\n1 null\n1 "say \\"b\\"\\n"\n';
    expect(
      ofStrings([
        ["a", 2],
        [null, 1],
        ['say "b"\n', 1],
      ]),
    ).toBe(sha256(text));
  });

  test("is the SHA-256 of the numbers' bytes, little-endian", () => {
    expect(ofNumbers([1, -2.5])).toBe(sha256(Buffer.from("000000000000f03f00000000000004c0", "hex")));
  });

  test("does not depend on the pieces in which it is fed", () => {
    const value = fc.constantFrom("a", "b", "", null);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.nat(4))), (runs) => {
        const single = runs.flatMap(([one, length]) => Array.from({ length }, () => [one, 1] as const));
        expect(ofStrings(single)).toBe(ofStrings(runs));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(fc.double())), (pieces) => {
        expect(ofNumbers(...pieces)).toBe(ofNumbers(pieces.flat()));
      }),
    );
  });

  test("tells a missing string from an empty one and from the word, and one order from another", () => {
    const digests = [[null], [""], ["null"], ["a", "b"], ["b", "a"], ["ab"]].map((values) =>
      ofStrings(values.map((value) => [value, 1] as const)),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("holds all NaNs for the same one, and both zeros, as a file does", () => {
    const odd = new Float64Array(1);
    new BigUint64Array(odd.buffer)[0] = 0xfff8_0000_dead_beefn;
    const digest = new ColumnDigest();
    digest.numbers(odd);
    expect(digest.hex()).toBe(ofNumbers([Number.NaN]));
    expect(ofNumbers([-0])).toBe(ofNumbers([0]));
    expect(ofNumbers([Number.POSITIVE_INFINITY])).not.toBe(ofNumbers([Number.NEGATIVE_INFINITY]));
  });

  test("does not run out of memory over many short runs", () => {
    const digest = new ColumnDigest();
    for (let i = 0; i < 200_000; i++) digest.strings(`value ${i % 3}`, 1);
    expect(digest.hex()).toMatch(/^[0-9a-f]{64}$/);
  });
});

test("tableDigest(columns) depends on names, digests and order", () => {
  const [a, b] = [["a", "1"] as const, ["b", "2"] as const];
  const digests = [[a, b], [b, a], [a], [["a", "2"] as const, ["b", "1"] as const]].map(tableDigest);
  expect(new Set(digests).size).toBe(4);
});

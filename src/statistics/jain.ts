import type { Values } from "./numbers.js";
import { numbers } from "./numbers.js";
import { outOfRange } from "./out-of-range.js";
import { sum } from "./sum.js";

/**
 * Jain's fairness index: 1 when all values are equal, 1 / n when one has everything.
 * `undefined` for no values, and where the largest is zero or infinite. Throws a RangeError for a negative value.
 *
 * (sum x)² / (n sum x²), from Jain, Chiu & Hawe, DEC-TR-301 (1984). Values are divided by the largest first, so that
 * no square overflows.
 */
export function jain(values: Values): number | undefined {
  const sorted = numbers(values).sort();
  if (sorted.length > 0 && sorted[0]! < 0) throw outOfRange("values", sorted[0], "numbers >= 0");
  const largest = sorted.at(-1);
  if (!largest || largest === Infinity) return undefined;
  const shares = sorted.map((value) => value / largest);
  const total = sum(shares)!;
  return (total * total) / (sorted.length * sum(shares.map((share) => share * share))!);
}

import type { Values } from "./numbers.js";
import { numbers } from "./numbers.js";
import { sum } from "./sum.js";

/** The arithmetic mean, in the unit of the values. `undefined` for no values, or where infinities of both signs meet. */
export function mean(values: Values): number | undefined {
  const present = numbers(values);
  const total = sum(present);
  return present.length === 0 || total === undefined ? undefined : total / present.length;
}

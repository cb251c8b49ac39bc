import type { Values } from "./numbers.js";
import { numbers } from "./numbers.js";

/**
 * The sum, 0 for no values, with an error that doesn't grow with their number.
 * `undefined` where infinities of both signs meet.
 *
 * Kahan's compensated summation as improved by Neumaier (ZAMM 54, 1974): what each addition rounds away is kept apart
 * and added at the end.
 */
export function sum(values: Values): number | undefined {
  let total = 0;
  let lost = 0;
  for (const value of numbers(values)) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  if (Number.isNaN(total)) return undefined;
  return Number.isFinite(total) ? total + lost : total;
}

/** Numbers of which some may be missing: `undefined`, `null` and `NaN`. */
export type Values = Iterable<number | null | undefined>;

/** The values that aren't missing, in their order, as a copy that the caller may sort. */
export function numbers(values: Values): Float64Array {
  const present: number[] = [];
  for (const value of values) {
    if (value !== undefined && value !== null && !Number.isNaN(value)) present.push(value);
  }
  return Float64Array.from(present);
}

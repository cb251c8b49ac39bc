import type { Random } from "../random/random.js";

/** Uniform between two numbers. */
export function between(next: Random, low: number, high: number): number {
  return low + next() * (high - low);
}

/** A whole number between two, both included. */
export function whole(next: Random, low: number, high: number): number {
  return low + Math.floor(next() * (high - low + 1));
}

/** The same items in another order (Fisher and Yates). */
export function shuffled<T>(next: Random, items: readonly T[]): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = whole(next, 0, i);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

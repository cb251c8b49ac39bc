import type { Recording } from "../rules/recorder.js";

/**
 * An expression with that of each recorded series in its place, so that a server without rules can evaluate it. A range
 * of recorded series becomes a subquery, which evaluates at multiples of its step.
 */
export function inlined(expr: string, recordings: readonly Recording[], stepSeconds: number): string {
  const byName = new Map(recordings.map(({ record, expr }) => [record, expr]));
  return expr.replace(/\b(\w+:evenkeel_\w+)\{[^}]*\}(?:\[(\w+)\])?/g, (_, name: string, range?: string) => {
    const inner = `(${inlined(byName.get(name)!, recordings, stepSeconds)})`;
    return range ? `${inner}[${range}:${stepSeconds}s]` : inner;
  });
}

/** What an error means to the shell: 1 a check failed, 2 wrong usage, 3 an outside system failed. */
export type ExitCode = 1 | 2 | 3;

/**
 * An error that a user can mend. Its message says what was found, where, what is allowed and what to do; it is shown
 * without a stack trace.
 */
export class EvenkeelError extends Error {
  override readonly name = "EvenkeelError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 2, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A value as an error message shows it: short, and quoted where it is text. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The candidate nearest to what was typed, if one is near enough to suggest (at most a third of its letters off). */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(typed.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best !== undefined && bestDistance <= Math.ceil(best.length / 3) ? best : undefined;
}

/** Says what was meant, or what there is: the ending of an "unknown name" error. */
export function didYouMean(typed: string, candidates: Iterable<string>): string {
  const all = [...candidates];
  const near = nearest(typed, all);
  return `${near ? `Did you mean "${near}"? ` : ""}There is: ${all.join(", ") || "none"}.`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length]!;
}

import type { Dataset } from "../dataset/open.js";

/**
 * What a check found. `count` is how many things are wrong, or, where all is well, how many are worth knowing: the
 * analysis deals with those, and the check says with which.
 */
export interface CheckResult {
  readonly ok: boolean;
  readonly count: number;
  /** What was found, and where; also what was looked at when all is well. */
  readonly found: string;
}

/** A result in a word. */
export const outcomeOf = ({ ok, count }: Pick<CheckResult, "ok" | "count">): "ok" | "noted" | "FAILED" =>
  ok ? (count > 0 ? "noted" : "ok") : "FAILED";

/** One kind of thing that a check found: how many there are, in words. */
export interface Example {
  readonly count: number;
  readonly what: string;
}

/** One thing that must be true of a dataset for its analysis to be right. */
export interface Check {
  readonly name: string;
  /** What must hold, as a sentence. */
  readonly rule: string;
  /** What goes wrong in the analysis where it does not hold. */
  readonly spoils: string;
  run(dataset: Dataset): Promise<CheckResult>;
}

/** All is well; `looked` says at what. */
export const pass = (looked: string): CheckResult => ({ ok: true, count: 0, found: looked });

/** Findings that are spelt out; of the rest only their number is told. */
const SHOWN = 5;

/** What is wrong: one example a kind, with its number. */
export const fail = (examples: readonly Example[]): CheckResult => ({ ok: false, ...summed(examples) });

/** All is well, but for what the analysis has to deal with. */
export const note = (examples: readonly Example[]): CheckResult => ({ ok: true, ...summed(examples) });

const summed = (examples: readonly Example[]) => ({
  count: examples.reduce((sum, example) => sum + example.count, 0),
  found: [
    ...examples.slice(0, SHOWN).map((example) => example.what),
    ...(examples.length > SHOWN ? [`and ${examples.length - SHOWN} more`] : []),
  ].join("; "),
});

/** Fails with the given findings; where there are none notes what is worth knowing, or passes. */
export const verdict = (examples: readonly Example[], looked: string, notes: readonly Example[] = []): CheckResult =>
  examples.length > 0 ? fail(examples) : notes.length > 0 ? note(notes) : pass(looked);

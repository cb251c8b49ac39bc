import type { Dataset } from "../dataset/open.js";

/** What a check found. `count` is how many things are wrong; `where` names the worst of them. */
export interface CheckResult {
  readonly ok: boolean;
  readonly count: number;
  /** What was found, and where; also what was looked at when all is well. */
  readonly found: string;
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
export const fail = (examples: readonly { readonly count: number; readonly what: string }[]): CheckResult => ({
  ok: false,
  count: examples.reduce((sum, example) => sum + example.count, 0),
  found: [
    ...examples.slice(0, SHOWN).map((example) => example.what),
    ...(examples.length > SHOWN ? [`and ${examples.length - SHOWN} more`] : []),
  ].join("; "),
});

/** Fails with the given findings, or passes where there are none. */
export const verdict = (
  examples: readonly { readonly count: number; readonly what: string }[],
  looked: string,
): CheckResult => (examples.length > 0 ? fail(examples) : pass(looked));

import { didYouMean, shown } from "../../errors.js";
import type { Scenario } from "../../scenario/schema.js";
import { list } from "../../units/format.js";

/** A word that is no value of an argument. Its message says what was found and what is allowed. */
export class NotAllowed extends Error {}

/** What may stand at one place of an action. */
export interface Argument<T> {
  /** What it is, in a word or two. */
  readonly is: string;
  /** What is allowed, for the docs. */
  readonly allowed: string;
  /** @throws NotAllowed */
  readonly parse: (word: string, scenario: Scenario) => T;
}

function named(is: string, namesIn: (scenario: Scenario) => readonly string[]): Argument<string> {
  return {
    is,
    allowed: `a ${is} of the scenario`,
    parse(word, scenario) {
      const names = namesIn(scenario);
      if (names.includes(word)) return word;
      throw new NotAllowed(`found ${shown(word)}, which is no ${is} of the scenario. ${didYouMean(word, names)}`);
    },
  };
}

const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);

export const nodegroup = named("nodegroup", ({ nodegroups }) => names(nodegroups));
export const flavor = named("ResourceFlavor", ({ resourceFlavors }) => names(resourceFlavors));
export const clusterQueue = named("ClusterQueue", ({ clusterQueues }) => names(clusterQueues));
export const workloadClass = named("workload class", ({ workloadClasses }) => names(workloadClasses));

/** A cohort that is there or a new one, or "none". */
export const cohort: Argument<string | undefined> = {
  is: "cohort",
  allowed: "a cohort, of the scenario or new, or none",
  parse: (word) => (word === "none" ? undefined : word),
};

/** A whole number of something. */
export function count(is: string, from: 0 | 1): Argument<number> {
  return {
    is,
    allowed: `a whole number from ${from} on`,
    parse(word) {
      const value = Number(word);
      if (/^\d+$/.test(word) && Number.isSafeInteger(value) && value >= from) return value;
      throw new NotAllowed(`found ${shown(word)}; allowed: a whole number from ${from} on`);
    },
  };
}

/** A number above 0. */
export function positive(is: string): Argument<number> {
  return {
    is,
    allowed: "a number above 0",
    parse(word) {
      const value = Number(word);
      if (/^\d*\.?\d+$/.test(word) && Number.isFinite(value) && value > 0) return value;
      throw new NotAllowed(`found ${shown(word)}; allowed: a number above 0`);
    },
  };
}

export function oneOf<const T extends string>(is: string, words: readonly T[]): Argument<T> {
  return {
    is,
    allowed: list(words),
    parse(word) {
      const found = words.find((one) => one.toLowerCase() === word.toLowerCase());
      if (found !== undefined) return found;
      throw new NotAllowed(`found ${shown(word)}. ${didYouMean(word, words)}`);
    },
  };
}

/** A limit on what is borrowed or lent: undefined for none, which is written "on"; 0 is written "off". */
export const limit: Argument<number | undefined> = {
  is: "limit",
  allowed: "on (without a limit), off, or at most so many GPUs",
  parse(word) {
    if (word === "on") return undefined;
    if (word === "off") return 0;
    const value = Number(word);
    if (/^\d+$/.test(word) && Number.isSafeInteger(value)) return value;
    throw new NotAllowed(`found ${shown(word)}; allowed: on (without a limit), off, or at most so many GPUs`);
  },
};

const MINUTES = { m: 1, min: 1, h: 60, d: 24 * 60 } as const;

/** A length of time, in minutes. */
function minutesOf(word: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(m|min|h|d)$/.exec(word);
  return found ? Number(found[1]) * MINUTES[found[2] as keyof typeof MINUTES] : undefined;
}

/** Minutes above 0. */
export function time(is: string): Argument<number> {
  return {
    is,
    allowed: "a length of time such as 90m, 2h or 1d",
    parse(word) {
      const minutes = minutesOf(word);
      if (minutes !== undefined && minutes > 0) return minutes;
      throw new NotAllowed(`found ${shown(word)}; allowed: a length of time such as 90m, 2h or 1d`);
    },
  };
}

/** Minutes above 0; undefined for "off". */
export const timeout: Argument<number | undefined> = {
  is: "timeout",
  allowed: "a length of time such as 90m, 2h or 1d, or off",
  parse(word) {
    const minutes = minutesOf(word);
    if (word === "off") return undefined;
    if (minutes !== undefined && minutes > 0) return minutes;
    throw new NotAllowed(`found ${shown(word)}; allowed: a length of time such as 90m, 2h or 1d, or off`);
  },
};

/** Minutes, earlier where they are below 0. */
export const shift: Argument<number> = {
  is: "time",
  allowed: "later by a length of time such as 8h, or earlier by it: -8h",
  parse(word) {
    const minutes = minutesOf(word.replace(/^[-+]/, ""));
    if (minutes !== undefined && minutes > 0) return word.startsWith("-") ? -minutes : minutes;
    throw new NotAllowed(`found ${shown(word)}; allowed: a length of time such as 8h, or -8h for earlier`);
  },
};

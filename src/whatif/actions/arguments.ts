import { didYouMean, shown } from "../../errors.js";
import type { Scenario, WorkloadClass } from "../../scenario/schema.js";
import { duration, list } from "../../units/format.js";

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

/**
 * Workload classes: one by its name, or all that belong to something by that one's. Telemetry knows no classes, but who
 * submits them.
 */
function classesOf(
  owner: string,
  ownerOf: (one: WorkloadClass, scenario: Scenario) => string,
): Argument<readonly string[]> {
  return {
    is: `workload class or ${owner}`,
    allowed: `a workload class of the scenario, or a ${owner} for all of its classes`,
    parse(word, scenario) {
      const owners = scenario.workloadClasses.map((one) => ownerOf(one, scenario));
      const all = names(scenario.workloadClasses);
      const belong = all.filter((_, i) => owners[i] === word);
      if (all.includes(word)) {
        if (belong.length > 0 && belong.join() !== word)
          throw new NotAllowed(
            `found ${shown(word)}, which is a workload class and a ${owner} with ${list(belong)}; allowed: a name that is one of them only; rename the class`,
          );
        return [word];
      }
      if (belong.length > 0) return belong;
      throw new NotAllowed(
        `found ${shown(word)}, which is no workload class of the scenario and no ${owner} that has one. ${didYouMean(word, [...all, ...new Set(owners)])}`,
      );
    },
  };
}

/** The ClusterQueue to which a workload class submits. */
export function clusterQueueOf({ localQueues }: Scenario, { localQueue }: WorkloadClass): string {
  return localQueues.find(({ namespace, name }) => `${namespace}/${name}` === localQueue)!.clusterQueue;
}

export const classesOfQueue = classesOf("ClusterQueue", (one, scenario) => clusterQueueOf(scenario, one));
export const classesOfNamespace = classesOf("namespace", ({ localQueue }) => localQueue.split("/")[0]!);

/** A cohort that is there or a new one, or "none". */
export const cohort: Argument<string | undefined> = {
  is: "cohort",
  allowed: "a cohort, of the scenario or new, or none",
  parse: (word) => (word === "none" ? undefined : word),
};

/** An argument that is read from its word alone. @param read undefined for a word that is not allowed */
function argument<T>(
  is: string,
  allowed: string,
  read: (word: string) => { readonly value: T } | undefined,
): Argument<T> {
  return {
    is,
    allowed,
    parse(word) {
      const found = read(word);
      if (!found) throw new NotAllowed(`found ${shown(word)}; allowed: ${allowed}`);
      return found.value;
    },
  };
}

const wholeNumber = (word: string): number | undefined =>
  /^\d+$/.test(word) && Number.isSafeInteger(Number(word)) ? Number(word) : undefined;

/** What was read, if it is there and more than something. */
const above = (least: number, value: number | undefined) =>
  value !== undefined && Number.isFinite(value) && value > least ? { value } : undefined;

/** A whole number of something. */
export const count = (is: string, from: 0 | 1): Argument<number> =>
  argument(is, `a whole number from ${from} on`, (word) => above(from - 1, wholeNumber(word)));

/** A number above 0. */
export const positive = (is: string): Argument<number> =>
  argument(is, "a number above 0", (word) => above(0, /^\d*\.?\d+$/.test(word) ? Number(word) : undefined));

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
export const limit: Argument<number | undefined> = argument(
  "limit",
  "on (without a limit), off, or at most so many GPUs",
  (word) => (word === "on" ? { value: undefined } : above(-1, word === "off" ? 0 : wholeNumber(word))),
);

const MINUTES = { m: 1, min: 1, h: 60, d: 24 * 60 } as const;
const TIME = "a length of time such as 90m, 2h or 1d";

/** Minutes above 0. */
function readTime(word: string): { readonly value: number } | undefined {
  const found = /^(\d+(?:\.\d+)?)(m|min|h|d)$/.exec(word);
  return above(0, found ? Number(found[1]) * MINUTES[found[2] as keyof typeof MINUTES] : undefined);
}

/**
 * @param minutes after which something happens
 * @param days how long there is for it
 * @throws NotAllowed where it would come after all is over
 */
export function mustBeSeen(minutes: number, days: number, why: string): void {
  if (minutes >= days * MINUTES.d)
    throw new NotAllowed(
      `found ${duration(minutes * 60)}; ${why}; allowed: less than ${duration(days * MINUTES.d * 60)}, or more --days`,
    );
}

/** Minutes above 0. */
export const time = (is: string): Argument<number> => argument(is, TIME, readTime);

/** Minutes above 0; undefined for "off". */
export const timeout: Argument<number | undefined> = argument("timeout", `${TIME}, or off`, (word) =>
  word === "off" ? { value: undefined } : readTime(word),
);

/** Minutes, earlier where they are below 0. */
export const shift: Argument<number> = argument(
  "time",
  "a length of time such as 8h by which it comes later, or -8h for earlier",
  (word) => {
    const found = readTime(word.replace(/^[-+]/, ""));
    return found && { value: word.startsWith("-") ? -found.value : found.value };
  },
);

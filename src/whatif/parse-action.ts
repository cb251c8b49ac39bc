import { isDeepStrictEqual } from "node:util";
import { didYouMean, EvenkeelError, shown } from "../errors.js";
import { joined } from "../plan/what-if.js";
import { parseScenario } from "../scenario/parse.js";
import type { Scenario } from "../scenario/schema.js";
import { formOf } from "./actions/action.js";
import { NotAllowed } from "./actions/arguments.js";
import { actionKinds } from "./actions/index.js";
import { FREE, type Money } from "./money.js";

/** An action as it was written, and what it does to the scenario that it was read for. */
export interface Action {
  /** As one writes it, with one space between two words. */
  readonly text: string;
  /** Settings that it changes. */
  readonly changes: readonly string[];
  readonly money: Money;
  /** Place of its kind among all: that of those that are taken together is the order in which they are applied. */
  readonly rank: number;
  /** @throws EvenkeelError where it cannot be done, or what comes of it is no scenario */
  readonly apply: (scenario: Scenario) => Scenario;
}

/**
 * Reads an action, such as "add-nodes h100-training 2 after 2h", for a scenario.
 *
 * @throws EvenkeelError that says what was found, what is allowed, and how the action is written
 */
export function parseAction(written: string, scenario: Scenario): Action {
  const words = written.trim().split(/\s+/);
  const text = words.join(" ");
  const [name = "", ...rest] = words;
  const kind = actionKinds.find((one) => one.name === name);
  if (!kind) {
    const names = actionKinds.map((one) => one.name);
    throw wrong(
      text,
      name === ""
        ? `found nothing. There is: ${names.join(", ")}.`
        : `found ${shown(name)}, which is no action. ${didYouMean(name, names)}`,
    );
  }
  const refuse = (what: string) => wrong(text, `${what}\n  It is written: ${formOf(kind)}`);
  const values: Record<string, unknown> = {};
  const read = (place: string, word: string | undefined, of: typeof kind.args) => {
    const argument = of[place]!;
    if (word === undefined) throw refuse(`<${place}>: found nothing; allowed: ${argument.allowed}`);
    values[place] = orRefuse(
      () => argument.parse(word, scenario),
      (message) => refuse(`<${place}>: ${message}`),
    );
  };
  for (const place of Object.keys(kind.args)) read(place, rest.shift(), kind.args);
  const options = Object.keys(kind.options);
  while (rest.length > 0) {
    const option = rest.shift()!;
    if (!options.includes(option))
      throw refuse(`found ${shown(option)} after it; allowed: ${options.join(", ") || "nothing"}`);
    if (option in values) throw refuse(`found "${option}" a second time; leave one out`);
    read(option, rest.shift(), kind.options);
  }
  return {
    text,
    changes: kind.changes(values, scenario),
    money: kind.money?.(values, scenario) ?? FREE,
    rank: actionKinds.indexOf(kind),
    apply: (before) => {
      const after = orRefuse(() => kind.apply(before, values), refuse);
      return parseScenario(after, `${before.name} with "${text}"`);
    },
  };
}

/**
 * Reads one action, or several that are only taken together: "cohort a c + borrow a 8".
 *
 * @throws EvenkeelError for one that cannot be read, or where two of them change the same setting
 */
export function parseTogether(written: string, scenario: Scenario): Action[] {
  const actions = written.split(/(?<=^|\s)\+(?=\s|$)/).map((one) => parseAction(one, scenario));
  mustAgree(actions);
  return actions;
}

/** @throws EvenkeelError where two actions change the same setting */
export function mustAgree(actions: readonly Action[]): void {
  const found = contradiction(actions);
  if (found)
    throw wrong(
      found.second.text,
      `changes ${found.setting}, and so does "${found.first.text}"; leave one of them out`,
    );
}

/** Two actions that change the same setting, if there are any. */
export function contradiction(
  actions: readonly Action[],
): { readonly first: Action; readonly second: Action; readonly setting: string } | undefined {
  for (const [i, second] of actions.entries()) {
    for (const first of actions.slice(0, i)) {
      const setting = second.changes.find((one) => first.changes.includes(one));
      if (setting !== undefined) return { first, second, setting };
    }
  }
  return undefined;
}

/**
 * A scenario with all of some actions taken, in the order of their kinds: in which they are written changes nothing.
 *
 * @throws EvenkeelError where one of them cannot be done, or all together change nothing
 */
export function withActions(scenario: Scenario, actions: readonly Action[]): Scenario {
  const ordered = actions.toSorted((a, b) => a.rank - b.rank || (a.text < b.text ? -1 : 1));
  const after = ordered.reduce((before, { apply }) => apply(before), scenario);
  if (isDeepStrictEqual(after, scenario))
    throw new NothingChanged(
      joined(actions.map(({ text }) => text)),
      `changes nothing: ${scenario.name} is so already; leave it out, or give another value`,
    );
  return after;
}

/** An action that cannot be read or done. */
export class ActionRefused extends EvenkeelError {
  /** @param why what was found and what is allowed, without the action's text */
  constructor(
    text: string,
    readonly why: string,
  ) {
    super(`--action "${text}": ${why}`);
  }
}

/** An action after which the scenario is as it was. */
export class NothingChanged extends ActionRefused {}

const wrong = (text: string, what: string) => new ActionRefused(text, what);

function orRefuse<T>(work: () => T, refuse: (message: string) => EvenkeelError): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof NotAllowed ? refuse(error.message) : error;
  }
}

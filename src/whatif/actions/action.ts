import type { Scenario } from "../../scenario/schema.js";
import type { Money } from "../money.js";
import type { Argument } from "./arguments.js";

type Arguments = Readonly<Record<string, Argument<unknown>>>;
type Values<A extends Arguments> = { readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never };

/** One kind of change to a scenario, with all that its users are told of it: help, errors and docs are made of it. */
export interface ActionKind<A extends Arguments = Arguments, O extends Arguments = Arguments> {
  /** First word of the action as it is written. */
  readonly name: string;
  /** What comes after the name, in this order. */
  readonly args: A;
  /** What may come after that, each as a word and a value, in any order. */
  readonly options: O;
  /** What it does, for one who reads the list of actions; and what it does not do that one may expect. */
  readonly does: string;
  /** As one would write it for the default fleet. */
  readonly example: string;
  /** The settings that it changes: two actions that change one contradict each other. */
  readonly changes: (values: Values<A>, scenario: Scenario) => readonly string[];
  /** What it costs or saves; without it, nothing. */
  readonly money?: (values: Values<A>, scenario: Scenario) => Money;
  /** The scenario with the change made; nothing else of it changes, and what was there is left as it is. */
  readonly apply: (scenario: Scenario, values: Values<A> & Partial<Values<O>>) => Scenario;
}

/** An action kind with the types of its arguments checked here and forgotten outside. */
export function actionKind<A extends Arguments, O extends Arguments = Record<never, never>>(
  kind: Omit<ActionKind<A, O>, "options"> & { readonly options?: O },
): ActionKind {
  return { options: {}, ...kind } as unknown as ActionKind;
}

/** How an action is written: "add-nodes <nodegroup> <nodes> [after <delay>]". */
export function formOf({ name, args, options }: ActionKind): string {
  return [
    name,
    ...Object.keys(args).map((arg) => `<${arg}>`),
    ...Object.keys(options).map((option) => `[${option} <${options[option]!.is}>]`),
  ].join(" ");
}

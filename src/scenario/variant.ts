import type { ScenarioInput } from "./schema.js";

type ClassInput = ScenarioInput["workloadClasses"][number];

/** A scenario's workload classes with some of them changed, by name, and others added. */
export function variant(
  classes: readonly ClassInput[],
  changes: Readonly<Record<string, Partial<ClassInput>>>,
  added: readonly ClassInput[] = [],
): ClassInput[] {
  return [...classes.map((one) => ({ ...one, ...changes[one.name] })), ...added];
}

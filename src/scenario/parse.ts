import { z } from "zod";
import { EvenkeelError, nearest, shown } from "../errors.js";
import { contradictions } from "./check.js";
import { type Scenario, scenarioSchema } from "./schema.js";

type Path = readonly PropertyKey[];

/**
 * A scenario with its defaults filled in, from data of any origin.
 *
 * @param source what to call the data in an error: a file's name, or the scenario's
 * @throws EvenkeelError with one line for each thing wrong: its path, what was found, what is allowed
 */
export function parseScenario(data: unknown, source: string): Scenario {
  const parsed = scenarioSchema.safeParse(data);
  if (!parsed.success)
    throw invalid(
      source,
      parsed.error.issues.flatMap((issue) => explain(data, issue)),
    );
  const wrong = contradictions(parsed.data).map(({ path, message }) => `${dotted(path)}: ${message}`);
  if (wrong.length > 0) throw invalid(source, wrong);
  return parsed.data;
}

/**
 * Checks a scenario of which parts are still to come: only what is there.
 *
 * @throws EvenkeelError as parseScenario does
 */
export function checkSketch(data: unknown, source: string): void {
  const parsed = scenarioSchema.partial().safeParse(data);
  if (!parsed.success)
    throw invalid(
      source,
      parsed.error.issues.flatMap((issue) => explain(data, issue)),
    );
}

/** The JSON Schema (2020-12) of a scenario file, by which editors complete and check it. */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, { io: "input" });
  return { ...schema, title: "evenkeel scenario", description: "A simulated GPU cluster with Kueue and its demand" };
}

function invalid(source: string, lines: readonly string[]): EvenkeelError {
  const what = lines.length === 1 ? "is wrong in one place" : `is wrong in ${lines.length} places`;
  return new EvenkeelError(`scenario ${source} ${what}:\n${lines.map((line) => `  ${line}`).join("\n")}`);
}

function explain(data: unknown, issue: z.core.$ZodIssue): string[] {
  const at = dotted(issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const allowed = keysAt(issue.path);
      const near = nearest(key, allowed);
      return `${dotted([...issue.path, key])}: unknown field; ${near ? `did you mean "${near}"? ` : ""}allowed: ${allowed.join(", ")}`;
    });
  const found = shown(valueAt(data, issue.path));
  const allowed =
    issue.code === "invalid_value"
      ? `allowed: ${issue.values.map((value) => shown(value)).join(", ")}`
      : issue.code === "invalid_union" && "options" in issue
        ? `allowed: ${(issue.options as readonly unknown[]).map((value) => shown(value)).join(", ")}`
        : issue.message
            .replace(/^Invalid input: expected int, .*$/, "allowed: whole number")
            .replace(/^Invalid input: expected (.*), received .*$/, "allowed: $1")
            .replace(/^Too (small|big): expected \w+ to (be|have) /, "allowed: ");
  return [`${at}: found ${found}; ${allowed}`];
}

function dotted(path: Path): string {
  if (path.length === 0) return "(the whole scenario)";
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("");
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The fields that the schema allows at a path, over all branches of a union. */
function keysAt(path: Path): string[] {
  let branches = [scenarioJsonSchema() as JsonSchema];
  for (const key of path) {
    branches = branches
      .map((branch) =>
        typeof key === "number" ? branch.items : (branch.properties?.[String(key)] ?? branch.additionalProperties),
      )
      .flatMap((branch) =>
        typeof branch === "object" ? [branch, ...(branch.anyOf ?? []), ...(branch.oneOf ?? [])] : [],
      );
  }
  return [...new Set(branches.flatMap((branch) => Object.keys(branch.properties ?? {})))];
}

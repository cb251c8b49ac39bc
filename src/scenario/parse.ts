import { z } from "zod";
import { EvenkeelError, nearest, shown } from "../errors.js";
import { plural } from "../units/format.js";
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
  const schemas = schemasAt(issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const allowed = fieldsOf(schemas);
      const near = nearest(key, allowed);
      const hint = hintFor([...issue.path, key]) ?? (near && `did you mean "${near}"?`);
      return `${dotted([...issue.path, key])}: unknown field; ${hint ? `${hint} ` : ""}allowed: ${allowed.join(", ")}`;
    });
  const found = shown(valueAt(data, issue.path));
  const options = issue.code === "invalid_union" && "options" in issue ? (issue.options as readonly unknown[]) : [];
  const allowed = options.length > 0 ? listed(options) : [...new Set(schemas.map(described))].join(" or ");
  // A message of the schema's own says what no type does.
  return [`${at}: found ${found}; ${issue.message.startsWith("allowed: ") ? issue.message : `allowed: ${allowed}`}`];
}

/** What a field is for that stands where it is not read, by its place. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^(clusterQueues|cohorts)\.flavors\.gpus$/, "quota on GPUs is the flavor's own nominalQuota;"],
  [
    /^clusterQueues\.resourceGroups\.flavors\.(gpus|nominalQuota|borrowingLimit|lendingLimit)$/,
    "quota on GPUs belongs to the ClusterQueue's own flavors;",
  ],
  [
    /^cohorts\.resourceGroups$|\.coveredResources$|\.flavors\.resources$/,
    "docs/kueue.md#quota-in-a-scenario shows how to write what Kueue writes so;",
  ],
];

function hintFor(path: Path): string | undefined {
  const place = path.filter((key) => typeof key !== "number").join(".");
  return hints.find(([pattern]) => pattern.test(place))?.[1];
}

function dotted(path: Path): string {
  if (path.length === 0) return "(the whole scenario)";
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("");
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], data);
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  minItems?: number;
  minLength?: number;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
}

/** What the schema says of a path: one for each branch of a union. */
function schemasAt(path: Path): JsonSchema[] {
  let branches = branchesOf(scenarioJsonSchema());
  for (const key of path)
    branches = branches
      .map(({ prefixItems, items, properties, additionalProperties }) =>
        typeof key === "number" ? (prefixItems?.[key] ?? items) : (properties?.[String(key)] ?? additionalProperties),
      )
      .flatMap((next) => (typeof next === "object" ? branchesOf(next) : []));
  return branches;
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches ? branches.flatMap(branchesOf) : [schema];
}

const fieldsOf = (schemas: readonly JsonSchema[]): string[] => [
  ...new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties))),
];

const listed = (values: readonly unknown[]): string => values.map(shown).join(", ");

/** What a schema allows, as one would say it to who writes the file. */
function described(schema: JsonSchema): string {
  const { type, properties, prefixItems, minItems = 0 } = schema;
  if (schema.enum) return listed(schema.enum);
  if (schema.const !== undefined) return shown(schema.const);
  if (type === "object") return properties ? `fields ${fieldsOf([schema]).join(", ")}` : "fields that you name";
  if (prefixItems) return `a list of ${plural(prefixItems.length, "entry", "entries")}`;
  if (type === "array") return minItems > 0 ? `a list of at least ${plural(minItems, "entry", "entries")}` : "a list";
  if (type === "integer") return `a whole number${rangeOf(schema)}`;
  if (type === "number") return `a number${rangeOf(schema)}`;
  if (type === "boolean") return "true or false";
  return type === "string" ? (schema.minLength ? "text, not empty" : "text") : String(type);
}

function rangeOf({ minimum, exclusiveMinimum, maximum }: JsonSchema): string {
  // Every whole number is at most the largest that is exact: that says nothing.
  const bound = (limit: number | undefined) =>
    limit === undefined || Math.abs(limit) >= Number.MAX_SAFE_INTEGER ? undefined : limit;
  const [from, above, to] = [bound(minimum), bound(exclusiveMinimum), bound(maximum)];
  if (above !== undefined) return ` above ${above}${to === undefined ? "" : `, at most ${to}`}`;
  if (from !== undefined) return ` from ${from} ${to === undefined ? "on" : `to ${to}`}`;
  return to === undefined ? "" : ` up to ${to}`;
}

import { z } from "zod";
import { nearest, shown } from "./errors.js";
import { plural } from "./units/format.js";

/** Where in some data. */
export type Path = readonly PropertyKey[];

/** A path as one would write it, for instance nodegroups[0].name. @param whole what to call the data themselves */
export function dotted(path: Path, whole: string): string {
  if (path.length === 0) return `(the whole ${whole})`;
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`)).join("");
}

/**
 * What a schema finds wrong with data, a line each: the path, what was found, what is allowed.
 *
 * @param whole what to call the data themselves
 * @param hintFor what else to say of a field that is not read, by its place
 */
export function faultsOf(
  schema: z.ZodType,
  data: unknown,
  { issues }: z.ZodError,
  whole: string,
  hintFor: (path: Path) => string | undefined = () => undefined,
): string[] {
  const json: object = z.toJSONSchema(schema, { io: "input" });
  return issues.flatMap((issue) => explained(json, data, issue, whole, hintFor));
}

function explained(
  schema: JsonSchema,
  data: unknown,
  issue: z.core.$ZodIssue,
  whole: string,
  hintFor: (path: Path) => string | undefined,
): string[] {
  const at = dotted(issue.path, whole);
  const schemas = schemasAt(schema, issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => {
      const allowed = fieldsOf(schemas);
      const near = nearest(key, allowed);
      const hint = hintFor([...issue.path, key]) ?? (near && `did you mean "${near}"?`);
      return `${dotted([...issue.path, key], whole)}: unknown field; ${hint ? `${hint} ` : ""}allowed: ${allowed.join(", ")}`;
    });
  // Of a record it may be the name of a field that is wrong.
  if (issue.code === "invalid_key")
    return issue.issues.map(({ message }) => `${at}: found the name ${shown(issue.path.at(-1))}; ${message}`);
  const found = shown(valueAt(data, issue.path));
  const options = issue.code === "invalid_union" && "options" in issue ? (issue.options as readonly unknown[]) : [];
  const allowed = options.length > 0 ? listed(options) : [...new Set(schemas.map(described))].join(" or ");
  // A message of the schema's own says what no type does.
  return [`${at}: found ${found}; ${issue.message.startsWith("allowed: ") ? issue.message : `allowed: ${allowed}`}`];
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
  propertyNames?: JsonSchema;
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
function schemasAt(schema: JsonSchema, path: Path): JsonSchema[] {
  let branches = branchesOf(schema);
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
  ...new Set(
    schemas.flatMap(({ properties = {}, propertyNames }) => [
      ...Object.keys(properties),
      ...(propertyNames?.enum ?? []).map(String),
    ]),
  ),
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

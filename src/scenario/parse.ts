import { z } from "zod";
import { EvenkeelError } from "../errors.js";
import { dotted, faultsOf, type Path } from "../schema-faults.js";
import { contradictions } from "./check.js";
import { type Scenario, scenarioSchema } from "./schema.js";

const WHOLE = "scenario";

/**
 * A scenario with its defaults filled in, from data of any origin.
 *
 * @param source what to call the data in an error: a file's name, or the scenario's
 * @throws EvenkeelError with one line for each thing wrong: its path, what was found, what is allowed
 */
export function parseScenario(data: unknown, source: string): Scenario {
  const parsed = scenarioSchema.safeParse(data);
  if (!parsed.success) throw invalid(source, faultsOf(scenarioSchema, data, parsed.error, WHOLE, hintFor));
  const wrong = contradictions(parsed.data).map(({ path, message }) => `${dotted(path, WHOLE)}: ${message}`);
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
  if (!parsed.success) throw invalid(source, faultsOf(scenarioSchema, data, parsed.error, WHOLE, hintFor));
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

/** What a field is for that stands where it is not read, by its place. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/^(clusterQueues|cohorts)\.flavors\.gpus$/, "quota on GPUs is the flavor's own nominalQuota;"],
  [
    /^clusterQueues\.resourceGroups\.flavors\.(gpus|nominalQuota|quotaChanges|borrowingLimit|lendingLimit)$/,
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

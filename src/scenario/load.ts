import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { parse as parseYaml } from "yaml";
import { didYouMean, EvenkeelError } from "../errors.js";
import { scenarios } from "./index.js";
import { parseScenario } from "./parse.js";
import type { Scenario, ScenarioInput } from "./schema.js";

/** Settings that a command may give over what the scenario says. */
export interface ScenarioOverrides {
  readonly days?: number | undefined;
  readonly intervalSeconds?: number | undefined;
}

/**
 * A scenario by its name, from a JSON or YAML file, or from data; checked, with its defaults filled in.
 *
 * @throws EvenkeelError for a name that there is not, a file that cannot be read, and whatever parseScenario refuses
 */
export async function loadScenario(
  scenario: string | ScenarioInput,
  overrides: ScenarioOverrides = {},
): Promise<Scenario> {
  const { data, source } =
    typeof scenario === "string" ? await find(scenario) : { data: scenario, source: scenario.name };
  if (typeof data !== "object" || data === null || Array.isArray(data)) return parseScenario(data, source);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return parseScenario({ ...data, ...given }, source);
}

async function find(nameOrFile: string): Promise<{ data: unknown; source: string }> {
  const named = scenarios.find((scenario) => scenario.name === nameOrFile);
  if (named) return { data: named, source: nameOrFile };
  const extension = extname(nameOrFile).toLowerCase();
  if (![".json", ".yaml", ".yml"].includes(extension)) {
    const names = scenarios.map((scenario) => scenario.name);
    throw new EvenkeelError(
      `--scenario: found ${JSON.stringify(nameOrFile)}, which is no scenario and no .json or .yaml file. ${didYouMean(nameOrFile, names)}`,
    );
  }
  const text = await readFile(nameOrFile, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new EvenkeelError(`--scenario ${nameOrFile}: cannot be read (${cause.code}); name a file that is there`, 2, {
      cause,
    });
  });
  try {
    return { data: extension === ".json" ? JSON.parse(text) : parseYaml(text), source: nameOrFile };
  } catch (cause) {
    throw new EvenkeelError(
      `--scenario ${nameOrFile}: not ${extension === ".json" ? "JSON" : "YAML"}: ${(cause as Error).message}`,
      2,
      { cause },
    );
  }
}

import { readFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { parseDocument } from "yaml";
import { didYouMean, EvenkeelError } from "../errors.js";
import { scenarioByName, scenarios } from "./index.js";
import { parseScenario } from "./parse.js";
import type { Scenario, ScenarioInput } from "./schema.js";

/** Settings that a command may give over what the scenario says. */
export interface ScenarioOverrides {
  readonly days?: number | undefined;
  readonly intervalSeconds?: number | undefined;
}

/** A scenario as it was found, before it is checked. */
export interface FoundScenario {
  readonly data: unknown;
  /** What to call it in an error: a file's name, or the scenario's. */
  readonly source: string;
  /** From where the files that it names are found. */
  readonly folder: string;
}

/**
 * A scenario by its name, from a JSON or YAML file, or from data; checked, with its defaults filled in. One that replays
 * a list of workloads is loaded by loadWorld, with that list.
 *
 * @throws EvenkeelError for a name that there is not, a file that cannot be read, and whatever parseScenario refuses
 */
export async function loadScenario(
  scenario: string | ScenarioInput,
  overrides: ScenarioOverrides = {},
): Promise<Scenario> {
  const { data, source } = await findScenario(scenario, overrides);
  return parseScenario(data, source);
}

/**
 * A scenario's data, with what a command says in place of what it says itself.
 *
 * @throws EvenkeelError for a name that there is not and a file that cannot be read
 */
export async function findScenario(
  scenario: string | object,
  overrides: ScenarioOverrides = {},
): Promise<FoundScenario> {
  const found =
    typeof scenario === "string"
      ? await find(scenario)
      : { data: scenario, source: "name" in scenario ? String(scenario.name) : "given as data", folder: "." };
  const { data } = found;
  if (typeof data !== "object" || data === null || Array.isArray(data)) return found;
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return { ...found, data: { ...data, ...given, ...restartsWithin(data, overrides.days) } };
}

/** Telemetry that a command cuts short does not come to the restarts after its end. */
function restartsWithin(data: object, days: number | undefined): { kueueRestartHours?: unknown[] } {
  const hours = "kueueRestartHours" in data ? data.kueueRestartHours : undefined;
  if (days === undefined || !Array.isArray(hours)) return {};
  return { kueueRestartHours: hours.filter((hour) => !(typeof hour === "number" && hour > days * 24)) };
}

async function find(nameOrFile: string): Promise<FoundScenario> {
  const named = scenarioByName(nameOrFile);
  if (named) return { data: named, source: nameOrFile, folder: "." };
  const extension = extname(nameOrFile).toLowerCase();
  if (![".json", ".yaml", ".yml"].includes(extension)) {
    const names = scenarios.map((scenario) => scenario.name);
    throw new EvenkeelError(
      `--scenario: found ${JSON.stringify(nameOrFile)}, which is no scenario and no .json or .yaml file. ${didYouMean(nameOrFile, names)} A dataset keeps the scenario that it was made from as truth/scenario.yaml, which goes here, too.`,
    );
  }
  const bytes = await readFile(nameOrFile).catch((cause: NodeJS.ErrnoException) => {
    throw new EvenkeelError(`--scenario ${nameOrFile}: cannot be read (${cause.code}); name a file that is there`, 2, {
      cause,
    });
  });
  const format = extension === ".json" ? "JSON" : "YAML";
  const data = unwrapped(parseText(decoded(bytes, nameOrFile), nameOrFile, format));
  return { data, source: nameOrFile, folder: dirname(nameOrFile) };
}

/** Text of a file in UTF-8, or in UTF-16 as PowerShell 5 writes it; a byte order mark says which, and is no part of it. */
function decoded(bytes: Buffer, file: string): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new EvenkeelError(
      `--scenario ${file}: found bytes that are no ${encoding.toUpperCase()}; save it as UTF-8`,
      2,
      {
        cause,
      },
    );
  }
}

/**
 * JSON is YAML, too. Unlike JSON.parse, the YAML parser refuses a key that comes twice, and says the line and column of
 * what is wrong.
 */
function parseText(text: string, file: string, format: "JSON" | "YAML"): unknown {
  const refuse = (what: string, cause?: unknown) => new EvenkeelError(`--scenario ${file}: ${what}`, 2, { cause });
  const document = parseDocument(text);
  // A tag that it does not know is but a warning to the parser.
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong?.code === "MULTIPLE_DOCS") {
    const line = wrong.linePos?.[0].line;
    throw refuse(`found a second document in line ${line}; allowed: one scenario a file; make it two files`, wrong);
  }
  if (wrong) throw refuse(`not ${format}: ${wrong.message}`, wrong);
  try {
    return document.toJS();
  } catch (cause) {
    throw refuse(`not ${format}: ${(cause as Error).message}`, cause);
  }
}

/** The scenario of a dataset's truth/scenario.yaml, which has the seed beside it; anything else as it is. */
function unwrapped(data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  return Object.keys(data).sort().join() === "scenario,seed" ? (data as { scenario: unknown }).scenario : data;
}

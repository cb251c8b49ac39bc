import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

// The direction of the data is the direction of the imports: docs/architecture.md.

const here = fileURLToPath(new URL(".", import.meta.url));

/** Neutral ground: pure functions and constants that everybody may use. */
const NEUTRAL = [
  "units",
  "random",
  "statistics",
  "queueing",
  "packing",
  "hardware",
  "results",
  "errors",
  "schema-faults",
  "version",
];
/** What makes a world, and what reads one, each in the order of the data; `tables`, `dataset` and `prometheus` lie between them. */
const MAKING = ["scenario", "demand", "replay", "simulation", "telemetry", "faults"];
const BETWEEN = ["tables", "dataset", "prometheus"];
const READING = [
  "checks",
  "join",
  "metrics",
  "diagnosis",
  "rules",
  "plan",
  "analysis",
  "board",
  "trial",
  "figures",
  "notebook",
];
/** What composes these. */
const ABOVE = ["generate", "simulated", "score", "whatif", "twin", "api", "report", "docs", "cli", "index", "testing"];

/** Folders, and files that lie in src/ itself. */
const areaOf = (file: string) =>
  relative(here, file)
    .replaceAll("\\", "/")
    .split("/")[0]!
    .replace(/\.(test\.)?ts$/, "");

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(here, file));

const imports: readonly Import[] = files
  .filter((file) => !/\.test\.ts$|__fixtures__|[\\/]testing/.test(file))
  .flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)].map(([, path]) => ({
      from: file,
      to: resolve(dirname(file), `${path}.ts`),
    })),
  );

/** Imports between areas, as "a/x.ts -> b/y.ts". */
const crossing = (wrong: (from: string, to: string) => boolean) =>
  imports
    .filter(({ from, to }) => areaOf(from) !== areaOf(to) && wrong(areaOf(from), areaOf(to)))
    .map(({ from, to }) => `${relative(here, from)} -> ${relative(here, to)}`);

/** Whether an area comes before another in a list. */
const before = (list: readonly string[], a: string, b: string) => list.indexOf(a) < list.indexOf(b);

describe("imports", () => {
  test("are found, of every area that there is", () => {
    const known = new Set([
      ...NEUTRAL,
      ...MAKING,
      ...BETWEEN,
      ...READING,
      ...ABOVE,
      "layers",
      "repository",
      "reproduce",
    ]);
    expect([...new Set(files.map(areaOf))].filter((area) => !known.has(area))).toEqual([]);
    expect(imports.length).toBeGreaterThan(500);
    expect(imports.filter(({ to }) => !files.includes(to))).toEqual([]);
  });

  test("of what reads a world name nothing that makes one", () => {
    expect(crossing((from, to) => READING.includes(from) && MAKING.includes(to))).toEqual([]);
  });

  test("of what makes a world name nothing that reads one", () => {
    expect(crossing((from, to) => MAKING.includes(from) && READING.includes(to))).toEqual([]);
  });

  test("follow the data: nothing names what comes after it", () => {
    for (const line of [MAKING, READING])
      expect(crossing((from, to) => line.includes(from) && line.includes(to) && before(line, from, to))).toEqual([]);
  });

  test("of what lies between the halves name neither, and of neutral ground only neutral ground", () => {
    expect(crossing((from, to) => BETWEEN.includes(from) && ![...NEUTRAL, ...BETWEEN].includes(to))).toEqual([]);
    expect(crossing((from, to) => NEUTRAL.includes(from) && !NEUTRAL.includes(to))).toEqual([]);
  });

  test("of both halves name nothing above them", () => {
    expect(crossing((from, to) => [...MAKING, ...READING].includes(from) && ABOVE.includes(to))).toEqual([]);
  });

  test("go round in no circle of files", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file))
        circles.push([...path.slice(path.indexOf(file)), file].map((f) => relative(here, f)).join(" -> "));
      if (done.has(file) || path.includes(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});

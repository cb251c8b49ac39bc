import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { boardTables } from "./board/rows.js";
import { packageRoot } from "./notebook/root.js";
import { version } from "./version.js";

const read = (file: string) => readFileSync(join(packageRoot, file), "utf8");
/** Every file that git tracks, or would. */
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: packageRoot,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && statSync(join(packageRoot, file), { throwIfNoEntry: false })?.isFile());

describe("the package", () => {
  const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>> & { version: string };

  test("has one version", () => {
    expect(version).toBe(manifest.version);
  });

  test("pins every dependency to one version", () => {
    const all = { ...manifest["dependencies"], ...manifest["devDependencies"] };
    const loose = Object.entries(all).filter(([, range]) => !/^(\d+\.\d+\.\d+(-[\w.]+)?|file:.*)$/.test(range));
    expect(loose).toEqual([]);
  });

  test("has a lock file without addresses", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "http/);
  });
});

describe("the repository", () => {
  test("holds no file of more than a mebibyte", () => {
    expect(tracked.filter((file) => statSync(join(packageRoot, file)).size > 2 ** 20)).toEqual([]);
  });

  test("holds no dataset, only manifests of synthetic ones, the score board and what was tried", () => {
    const board = new Set(Object.keys(boardTables).map((name) => `data/score/${name}.parquet`));
    expect(tracked.filter((file) => file.endsWith(".parquet") && !board.has(file))).toEqual([]);
    for (const file of board) expect(statSync(join(packageRoot, file)).size).toBeLessThan(200_000);
    const others = new Set(["data/README.md", ...board]);
    const data = tracked.filter((file) => file.startsWith("data/") && !others.has(file));
    expect(data.filter((file) => !/^data\/(expected|what-if)\/[\w-]+\.json$/.test(file))).toEqual([]);
    const real = data
      .filter((file) => file.startsWith("data/expected/"))
      .filter((file) => (JSON.parse(read(file)) as { synthetic: boolean }).synthetic !== true);
    expect(real).toEqual([]);
    // Wherever it lies: what is pulled from a cluster is nobody else's to read.
    expect(tracked.filter((file) => file.endsWith(".json") && /"synthetic"\s*:\s*false/.test(read(file)))).toEqual([]);
    // Notebooks that were run on it show its names.
    const notebooks = tracked.filter((file) => file.endsWith(".ipynb"));
    expect(notebooks.filter((file) => !/^notebooks\/0\d-[\w-]+\.ipynb$/.test(file))).toEqual([]);
  });

  test("has at its top what the README says, beside the usual dotfiles, licence and lock file", () => {
    const top = new Set(tracked.map((file) => file.split("/")[0]!).filter((name) => !name.startsWith(".")));
    const expected = `CONTRIBUTING.md DATA_DICTIONARY.md LICENSE PROMPTS.md README.md biome.json data docs notebooks
      package-lock.json package.json rfcs scripts src tsconfig.build.json tsconfig.json vitest.config.ts`;
    expect([...top].sort()).toEqual(expected.split(/\s+/).sort());
  });
});

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as analysis from "./analysis/analyse.js";
import { datasetFolder } from "./api.js";
import type * as preparation from "./cli/prepare.js";
import { MANIFEST_FILE, parseManifest } from "./dataset/manifest.js";
import { openDataset } from "./dataset/open.js";
import { README_FIGURE, shownFigure, withReadmeParts } from "./docs/readme.js";
import type * as committed from "./notebook/committed.js";
import { compare } from "./notebook/fresh.js";
import { parseNotebook } from "./notebook/notebook.js";
import { packageRoot } from "./notebook/root.js";
import { notebookFolder, notebooksOf } from "./notebook/run.js";
import { defaultScenarios } from "./scenario/index.js";
import { compiled } from "./testing/compiled.js";

// What is committed must be what the code makes: the default datasets' manifests, the executed notebooks, and what the
// README shows of them. The worlds are made as npm start makes them.

const SEED = 42;
const names = defaultScenarios.map((scenario) => scenario.name);

async function manifestOf(folder: string) {
  return parseManifest(await readFile(join(folder, MANIFEST_FILE), "utf8"), folder);
}

let prepared: preparation.Prepared[];

beforeAll(async () => {
  const { prepareAll } = await compiled<typeof preparation>("cli/prepare.js");
  for (const name of names) await rm(datasetFolder(name, SEED), { recursive: true, force: true });
  prepared = await prepareAll(
    names.map((scenario) => ({ folder: datasetFolder(scenario, SEED), world: { scenario, seed: SEED } })),
    { onProgress: () => {}, onDone: () => {} },
  );
}, 240_000);

describe("the default datasets", () => {
  // Written on one thread here, and on as many as there are by npm run manifests.
  test.each(names)("%s is what the committed manifest says", async (name) => {
    const file = join(packageRoot, "data", "expected", `${name}-${SEED}.json`);
    const expected = parseManifest(await readFile(file, "utf8"), file);
    const found = await manifestOf(datasetFolder(name, SEED));
    const content = ({ tables, digest, start, end }: typeof found) => ({
      digest,
      start,
      end,
      tables: Object.fromEntries(
        Object.entries(tables).map(([table, t]) => [table, { rows: t.rows, digest: t.digest, columns: t.columns }]),
      ),
    });
    expect(content(found), "run npm run manifests if the change is meant").toEqual(content(expected));
    if (process.platform === "linux" && process.arch === "x64") expect(found).toEqual(expected);
  });

  test("pass every check", () => {
    expect(prepared.flatMap(({ failed }) => failed)).toEqual([]);
  });
});

describe("the analysis", () => {
  let blind: string;
  beforeAll(async () => {
    blind = join(await mkdtemp(join(tmpdir(), "evenkeel-blind-")), "dataset");
  });
  afterAll(() => rm(join(blind, ".."), { recursive: true }));

  test("finds the same without the truth, and under another name and seed", async () => {
    const { analyse } = await compiled<typeof analysis>("analysis/analyse.js");
    const folder = datasetFolder("fragmentation", SEED);
    await cp(folder, blind, { recursive: true, filter: (source) => !source.includes(".cache") });
    await rm(join(blind, "truth"), { recursive: true });
    const manifest = await manifestOf(blind);
    await writeFile(
      join(blind, MANIFEST_FILE),
      JSON.stringify({ ...manifest, scenario: "somewhere-else", seed: 7, truth: [] }),
    );
    const findings = async (path: string) => {
      const dataset = await openDataset(path);
      const { diagnosis } = await analyse(dataset);
      dataset.close();
      const { observed: _, windows: __, ...rest } = diagnosis;
      return rest;
    };
    expect(await findings(blind)).toEqual(await findings(folder));
  }, 120_000);
});

describe("what is committed of the results", () => {
  test("are the notebooks that their sources and the datasets make", async () => {
    const { executeCommitted } = await compiled<typeof committed>("notebook/committed.js");
    const executed = await executeCommitted();
    expect(Object.keys(executed)).toEqual(await notebooksOf("world", "results"));
    for (const name of Object.keys(executed)) {
      const file = `notebooks/${name}.ipynb`;
      const text = await readFile(join(notebookFolder, `${name}.ipynb`), "utf8");
      expect(compare(text, executed[name]!, file), "run npm run notebooks if the change is meant").toEqual([]);
    }
  }, 240_000);

  test("is the README's figure from its notebook, and what npm start finds", async () => {
    const { notebook, cell, file } = README_FIGURE;
    const text = await readFile(join(notebookFolder, `${notebook}.ipynb`), "utf8");
    const figure = shownFigure(parseNotebook(text, notebook), cell);
    expect(await readFile(join(packageRoot, file))).toEqual(figure.png);
    const readme = await readFile(join(packageRoot, "README.md"), "utf8");
    const fresh = withReadmeParts(
      readme,
      figure,
      prepared.map(({ summary }) => summary),
    );
    expect(readme, "run npm run notebooks if the change is meant").toBe(fresh);
  });
});

// npm run notebooks: execute the notebooks from their sources, and write what is committed of them: the .ipynb files,
// the README's figure, and the findings that the README shows.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { loadDist } from "./load-dist.mjs";

const { datasetFolder } = await loadDist("api.js");
const { prepareAll } = await loadDist("cli/prepare.js");
const { README_FIGURE, shownFigure, withReadmeParts } = await loadDist("docs/readme.js");
const { executeCommitted } = await loadDist("notebook/committed.js");
const { parseNotebook } = await loadDist("notebook/notebook.js");
const { packageRoot } = await loadDist("notebook/root.js");
const { defaultScenarios } = await loadDist("scenario/index.js");

const SEED = 42;

async function write(file, data) {
  await mkdir(dirname(join(packageRoot, file)), { recursive: true });
  await writeFile(join(packageRoot, file), data);
  console.log(file);
}

try {
  const worlds = defaultScenarios.map(({ name: scenario }) => ({
    folder: datasetFolder(scenario, SEED),
    world: { scenario, seed: SEED },
  }));
  const prepared = await prepareAll(worlds, {
    onProgress: (i, text) => console.error(`${worlds[i].world.scenario}: ${text}`),
    onDone: () => {},
  });
  const notebooks = await executeCommitted((name, cell) => console.error(`${name}: ${cell}`));
  for (const [name, text] of Object.entries(notebooks)) await write(`notebooks/${name}.ipynb`, text);

  const shown = notebooks[README_FIGURE.notebook];
  const figure = shownFigure(parseNotebook(shown, README_FIGURE.notebook), README_FIGURE.cell);
  await write(README_FIGURE.file, figure.png);
  const readme = await readFile(join(packageRoot, "README.md"), "utf8");
  const summaries = prepared.map(({ summary }) => summary);
  await write("README.md", withReadmeParts(readme, figure, summaries));
} catch (error) {
  console.error(error.exitCode === undefined ? error : error.message);
  process.exit(error.exitCode ?? 70);
}

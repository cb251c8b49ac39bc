// npm run manifests: generate the default scenarios anew and write their manifests to data/expected/.
import { mkdir, writeFile } from "node:fs/promises";
import { loadDist } from "./load-dist.mjs";

const { datasetFolder, generate } = await loadDist("api.js");
const { formatManifest } = await loadDist("dataset/manifest.js");
const { defaultScenarios } = await loadDist("scenario/index.js");

const folder = new URL("../data/expected/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const { name } of defaultScenarios) {
  const manifest = await generate({ scenario: name, seed: 42, out: datasetFolder(name, 42), replace: true });
  await writeFile(new URL(`${name}-42.json`, folder), formatManifest(manifest));
  console.log(`${name}-42: ${manifest.digest}`);
}

// npm run docs: write the documents that are made from the code.
import { writeFile } from "node:fs/promises";
import { loadDist } from "./load-dist.mjs";

const { generatedDocuments } = await loadDist("docs/files.js");
for (const [file, text] of Object.entries(generatedDocuments())) {
  await writeFile(new URL(`../${file}`, import.meta.url), text);
  console.log(file);
}

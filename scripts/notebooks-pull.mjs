// npm run notebooks:pull [NAME...]: take edits made in Jupyter back into the notebooks' sources, from
// notebooks/NAME.ipynb to notebooks/NAME.ts; all of them unless named. With --force, also over a source that has
// changes git doesn't know. Exit code 1: a source was left alone. 2: a name or a notebook is wrong.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDist } from "./load-dist.mjs";

const { parseNotebook } = await loadDist("notebook/notebook.js");
const { toSource } = await loadDist("notebook/percent.js");

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const force = process.argv.includes("--force");
const named = process.argv.slice(2).filter((argument) => argument !== "--force");
const known = readdirSync("notebooks")
  .filter((file) => file.endsWith(".ipynb"))
  .map((file) => basename(file, ".ipynb"));

const names = named.length === 0 ? known : named.map((name) => basename(name).replace(/\.(ipynb|ts)$/, ""));
const missing = names.find((name) => !known.includes(name));
if (missing !== undefined) {
  console.error(`notebooks/${missing}.ipynb: found nothing. There are: ${known.join(", ") || "no notebooks"}.`);
  process.exit(2);
}
for (const name of names) {
  try {
    pull(`notebooks/${name}.ipynb`, `notebooks/${name}.ts`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}

function pull(from, to) {
  const source = toSource(parseNotebook(readFileSync(from, "utf8"), from), from);
  if (existsSync(to) && readFileSync(to, "utf8") === source) {
    console.log(`${to}: up to date`);
    return;
  }
  if (!force && existsSync(to) && changedSinceCommit(to)) {
    console.error(
      `${to}: found changes that are not committed and that ${from} may not have. Commit them, or give --force to lose them.`,
    );
    process.exitCode ??= 1;
    return;
  }
  writeFileSync(to, source);
  console.log(`${to}: written from ${from}. Now run "npx biome check --write notebooks" and run the notebook.`);
}

function changedSinceCommit(file) {
  const { status, stdout } = spawnSync("git", ["status", "--porcelain", "--", file], { encoding: "utf8" });
  return status === 0 && stdout.trim() !== "";
}

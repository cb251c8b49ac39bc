// npm run check:jupyter [NOTEBOOK]: run a notebook by Jupyter's own nbconvert, with the kernel that `npm run lab`
// registers, and require the outputs that the headless executor gives. Installs Jupyter into a temporary folder.
// Exit code 1: the outputs differ. 3: Python, pip or the network is missing; this check never passes by skipping.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadDist } from "./load-dist.mjs";

const { execute } = await loadDist("notebook/execute.js");
const { compare } = await loadDist("notebook/fresh.js");
const { registerKernel } = await loadDist("notebook/kernel.js");
const { parseNotebook, stringify, toLines } = await loadDist("notebook/notebook.js");
const { parse, toNotebook } = await loadDist("notebook/percent.js");

// Pinned, so that only a change here changes the check. nbformat is among them because we write files as it does.
const packages = [
  "jupyter-core==5.9.1",
  "jupyter-client==8.10.0",
  "nbclient==0.11.0",
  "nbconvert==7.17.2",
  "nbformat==5.11.1",
];

const fixture = `// %% [markdown] title
// # What a kernel can do

// %% import
import { display } from "tslab";
import { basename } from "node:path";
const name: string = basename("a/b.ts");
console.log(name);
console.error("to stderr");
console.log("again", { depth: [1, [2, [3, [4]]]] });

// %% display
display.html("<b>bold</b>");
display.raw("application/vnd.vegalite.v5+json", { mark: "bar" } as any);

// %% result
await Promise.resolve(name.length);

// %% dynamic-import
const url = await import("node:url");
url.pathToFileURL("/x").href;

// %% nothing

// %% working-directory
process.cwd() === require("node:path").resolve(".");
`;

class Missing extends Error {}

const folder = mkdtempSync(join(tmpdir(), "evenkeel-jupyter-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await check(process.argv[2]);
} catch (error) {
  console.error(error instanceof Missing ? error.message : error);
  process.exitCode = error instanceof Missing ? 3 : (error.exitCode ?? 1);
}

async function check(path) {
  const notebook = read(path);
  const bin = installJupyter();
  const data = join(folder, "data");
  registerKernel({ dataDirectory: data });
  const env = {
    ...process.env,
    JUPYTER_DATA_DIR: data,
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
  };

  const input = join(folder, "notebook.ipynb");
  writeFileSync(input, stringify(notebook));
  const nbconvert = ["nbconvert", "--to", "notebook", "--execute", "--output", "by-jupyter.ipynb", input];
  const ran = spawnSync(join(bin, "jupyter"), nbconvert, { env, encoding: "utf8" });
  if (ran.status !== 0) {
    console.error(`jupyter nbconvert: exit code ${ran.status}\n${ran.stderr}`);
    return 1;
  }
  const byJupyter = withoutTimes(
    parseNotebook(readFileSync(join(folder, "by-jupyter.ipynb"), "utf8"), "by-jupyter.ipynb"),
  );
  const headless = await execute(notebook);
  if (!headless.ok) {
    console.error(headless.failure.message);
    return 1;
  }
  const bytes = stringify(headless.notebook);
  const differences = compare(bytes, stringify(byJupyter), "notebook.ipynb");
  for (const { cell, message } of differences) {
    console.error(
      `${cell === undefined ? "notebook" : `cell "${cell}"`} (committed: headless; regenerated: Jupyter): ${message}`,
    );
  }

  // Jupyter saving a notebook that nobody changed must not show up in git.
  writeFileSync(input, bytes);
  const save = "import nbformat, sys; p = sys.argv[1]; nbformat.write(nbformat.read(p, nbformat.NO_CONVERT), p)";
  need(spawnSync(join(bin, "python"), ["-c", save, input], { env, encoding: "utf8" }), "nbformat");
  const resaved = readFileSync(input, "utf8") === bytes;
  if (!resaved) console.error("nbformat writes other bytes than we do for the same notebook");
  if (differences.length > 0 || !resaved) return 1;
  console.log(`Jupyter's nbconvert and the headless executor agree on ${path ?? "the fixture"}.`);
  return 0;
}

function read(path) {
  if (path === undefined) return toNotebook(parse(fixture, "the fixture"));
  const text = readFileSync(resolve(path), "utf8");
  return path.endsWith(".ts") ? toNotebook(parse(text, path)) : parseNotebook(text, path);
}

function installJupyter() {
  const venv = join(folder, "venv");
  const python = process.platform === "win32" ? "python" : "python3";
  need(
    spawnSync(python, ["-m", "venv", venv], { encoding: "utf8" }),
    `${python} -m venv`,
    "Install Python 3.10 or newer with venv and pip (on Debian: apt install python3-venv).",
  );
  const bin = join(venv, process.platform === "win32" ? "Scripts" : "bin");
  console.log(`Installing ${packages.join(", ")}`);
  need(
    spawnSync(join(bin, "python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages], {
      encoding: "utf8",
    }),
    "pip install",
    "It needs the Python package index, or a mirror named by PIP_INDEX_URL.",
  );
  return bin;
}

function need({ status, error, stderr }, what, todo = "") {
  if (status === 0) return;
  throw new Missing(`${what}: ${error?.message ?? `exit code ${status}`}\n${stderr ?? ""}\n${todo}`.trim());
}

/** nbclient notes when each cell ran, and leaves a stream in the pieces in which it came. */
function withoutTimes(notebook) {
  for (const cell of notebook.cells) {
    delete cell.metadata.execution;
    if (cell.cell_type !== "code") continue;
    cell.outputs = cell.outputs.reduce((merged, output) => {
      const last = merged.at(-1);
      if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
        last.text = toLines([...last.text, ...output.text].join(""));
      } else {
        merged.push(output);
      }
      return merged;
    }, []);
  }
  return notebook;
}

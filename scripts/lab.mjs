// npm run lab: make this checkout's TypeScript kernel known to Jupyter and open the notebooks in JupyterLab, or in
// Jupyter Notebook. With --register-only, just the first; other options go to Jupyter, as in
// `npm run lab -- --no-browser`. Exit code 3: there is no Jupyter; then nothing is written.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { loadDist } from "./load-dist.mjs";

const { registerKernel } = await loadDist("notebook/kernel.js");
const root = fileURLToPath(new URL("..", import.meta.url));
const python = process.platform === "win32" ? "python" : "python3";

const registerOnly = process.argv.includes("--register-only");
const forJupyter = process.argv.slice(2).filter((argument) => argument !== "--register-only");

const commands = [
  ["jupyter", "lab"],
  [python, "-m", "jupyterlab"],
  ["jupyter", "notebook"],
  [python, "-m", "notebook"],
];
// Before anything is written: without Jupyter there is nobody to tell of the kernel.
const found = registerOnly
  ? undefined
  : commands.find(([program, ...args]) => spawnSync(program, [...args, "--version"]).status === 0);
if (found === undefined && !registerOnly) {
  console.error(`
There is no JupyterLab on PATH. Either

  install it: ${python} -m pip install jupyterlab   (in a virtual environment, if pip asks for one)
  and run this again,

or make the kernel known with: npm run lab -- --register-only
open the folder in VS Code with the Jupyter extension, open a notebook in notebooks/, choose "Select Kernel",
"Jupyter Kernel...", and "TypeScript (evenkeel)".

The committed notebooks can be read without either, outputs and all.`);
  process.exit(3);
}

try {
  const { file, replaced } = registerKernel();
  console.log(`The kernel "TypeScript (evenkeel)" is in ${file}.`);
  if (replaced !== undefined) console.log(`It takes the place of another checkout's: ${replaced}.`);
} catch (error) {
  console.error(error.message);
  process.exit(error.exitCode ?? 1);
}
if (registerOnly) process.exit(0);

console.log(`Starting ${found.join(" ")}; end it with Ctrl-C.`);
const [program, ...args] = found;
const jupyter = spawn(program, [...args, "notebooks", ...forJupyter], { cwd: root, stdio: "inherit" });
// Ctrl-C reaches Jupyter too, and it asks whether to stop: wait for its answer.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => jupyter.kill("SIGTERM"));
jupyter.on("exit", (code, signal) => {
  process.exitCode = signal === null ? code : 1;
});

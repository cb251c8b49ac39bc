import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { EvenkeelError } from "../errors.js";
import { kernelspec } from "./notebook.js";
import { packageRoot } from "./root.js";

/**
 * The folder that Jupyter keeps a user's data in, by its own rules: `JUPYTER_DATA_DIR`, or the platform's.
 *
 * @see https://docs.jupyter.org/en/latest/use/jupyter-directories.html
 */
export function jupyterDataDirectory(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env["JUPYTER_DATA_DIR"]) return env["JUPYTER_DATA_DIR"];
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env["APPDATA"] || join(home, "AppData", "Roaming"), "jupyter");
  return join(env["XDG_DATA_HOME"] || join(home, ".local", "share"), "jupyter");
}

export interface RegisteredKernel {
  name: string;
  /** The kernel.json that was written. */
  file: string;
  /** The launcher of another checkout, if this one has taken its place. */
  replaced?: string;
}

/**
 * Make this checkout's kernel known to Jupyter: write `kernels/evenkeel/kernel.json` below the data directory. Needs
 * no Jupyter to be there. A second checkout takes the first one's place.
 */
export function registerKernel({ dataDirectory = jupyterDataDirectory(), root = packageRoot } = {}): RegisteredKernel {
  const launcher = join(root, "dist", "notebook", "kernel-process.js");
  if (!existsSync(launcher)) {
    throw new EvenkeelError(`${launcher}: found nothing; the kernel has to be compiled first. Run "npm run build".`);
  }
  const directory = join(dataDirectory, "kernels", kernelspec.name);
  const file = join(directory, "kernel.json");
  const spec = {
    argv: [process.execPath, "--no-warnings", launcher, "{connection_file}"],
    display_name: kernelspec.display_name,
    language: kernelspec.language,
    interrupt_mode: "signal",
    env: { NO_COLOR: "1", TZ: "UTC", LC_ALL: "en_US.UTF-8" },
  };
  const before = registeredLauncher(file);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(spec, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new EvenkeelError(
      `${directory}: cannot write the kernel there (${(error as Error).message}). Make it writable, or set JUPYTER_DATA_DIR to a folder that is, for this command and for Jupyter.`,
      3,
    );
  }
  const replaced = before !== undefined && before !== launcher ? { replaced: before } : {};
  return { name: kernelspec.name, file, ...replaced };
}

function registeredLauncher(file: string): string | undefined {
  try {
    return String((JSON.parse(readFileSync(file, "utf8")) as { argv: unknown[] }).argv.at(-2));
  } catch {
    return undefined;
  }
}

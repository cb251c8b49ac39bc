import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../notebook/root.js";

/** A compiled module: what runs in processes of its own cannot be TypeScript, and keeps its results by its own code. */
export const compiled = <Module>(file: string): Promise<Module> =>
  import(/* @vite-ignore */ pathToFileURL(join(packageRoot, "dist", file)).href);

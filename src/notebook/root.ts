import { fileURLToPath } from "node:url";

/** Absolute path of the package, without a trailing slash; the same whether this runs from `src/` or from `dist/`. */
export const packageRoot = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

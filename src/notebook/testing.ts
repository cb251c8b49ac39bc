import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileInto } from "../testing/compile.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A package in a temporary folder, whose notebooks import `evenkeel` and `tslab`. */
export interface TestPackage {
  root: string;
  /** A compiled module of this folder, by the name of its source. */
  load<Module>(name: string): Promise<Module>;
  /** The same package at another place. */
  copy(): TestPackage;
  remove(): void;
}

/**
 * This folder, compiled: child processes cannot run TypeScript, and `dist/` may be missing or stale. Its `evenkeel`
 * exports what `display.ts` does.
 */
export function compileTestPackage(): TestPackage {
  const root = mkdtempSync(join(tmpdir(), "evenkeel-notebook-"));
  const write = (file: string, text: string) => {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write("package.json", JSON.stringify({ name: "fixture", type: "module" }));
  const files = readdirSync(here).filter((file) => file.endsWith(".ts") && !/\.test\.ts$|^testing\.ts$/.test(file));
  compileInto(
    files.map((file) => `notebook/${file}`),
    join(root, "dist"),
  );
  const evenkeel = { name: "evenkeel", version: "0.0.0", type: "module", main: "index.js", types: "index.d.ts" };
  write("node_modules/evenkeel/package.json", JSON.stringify(evenkeel));
  write("node_modules/evenkeel/index.js", 'export * from "../../dist/notebook/display.js";\n');
  write(
    "node_modules/evenkeel/index.d.ts",
    "export declare function show(shown: any, options?: any): void;\nexport declare function markdown(text: string): void;\n",
  );
  for (const name of ["tslab", "zeromq", "zod", "@resvg", "upng-js", "@expo-google-fonts"])
    symlinkSync(join(modules, name), join(root, "node_modules", name));
  return at(root);
}

function at(root: string): TestPackage {
  return {
    root,
    load: (name) => import(/* @vite-ignore */ pathToFileURL(join(root, "dist/notebook", `${name}.js`)).href),
    copy() {
      const copy = mkdtempSync(join(tmpdir(), "evenkeel notebook, moved-"));
      cpSync(root, copy, { recursive: true, verbatimSymlinks: true });
      return at(copy);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

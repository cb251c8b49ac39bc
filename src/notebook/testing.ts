import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

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
  const compile = (from: string, to: string) => {
    const { outputText } = ts.transpileModule(readFileSync(from, "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    write(to.replace(/\.ts$/, ".js"), outputText);
  };
  for (const file of readdirSync(here)) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts") || file === "testing.ts") continue;
    compile(join(here, file), `dist/notebook/${file}`);
  }
  compile(join(here, "../errors.ts"), "dist/errors.ts");
  const evenkeel = { name: "evenkeel", version: "0.0.0", type: "module", main: "index.js", types: "index.d.ts" };
  write("node_modules/evenkeel/package.json", JSON.stringify(evenkeel));
  write("node_modules/evenkeel/index.js", 'export * from "../../dist/notebook/display.js";\n');
  write(
    "node_modules/evenkeel/index.d.ts",
    "export declare function show(shown: any, options?: any): void;\nexport declare function markdown(text: string): void;\n",
  );
  for (const name of ["tslab", "zeromq", "zod"]) symlinkSync(join(modules, name), join(root, "node_modules", name));
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

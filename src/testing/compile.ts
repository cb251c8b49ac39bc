import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Compiles modules and all that they import of this package, for child processes, which cannot run TypeScript: `dist/`
 * may be missing or stale.
 *
 * @param entries paths of the modules from `src/`
 * @param folder where they go, as they lie in `src/`
 */
export function compileInto(entries: readonly string[], folder: string): void {
  const done = new Set<string>();
  const compileOne = (file: string) => {
    if (done.has(file)) return;
    done.add(file);
    const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const to = join(folder, relative(join(root, "src"), file)).replace(/\.ts$/, ".js");
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
    for (const [, specifier] of outputText.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)\.js"/g))
      compileOne(resolve(dirname(file), `${specifier}.ts`));
  };
  for (const entry of entries) compileOne(join(root, "src", entry));
}

/** Compiles one module into a folder that has this package's own dependencies; returns the path of the compiled module. */
export function compile(entry: string, folder: string): string {
  compileInto([entry], join(folder, "src"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return join(folder, "src", entry.replace(/\.ts$/, ".js"));
}

#!/usr/bin/env node
// The command line. Compiles the package first if that has not been done, or if the source has changed since.
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".tsbuildinfo");

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts")) latest = Math.max(latest, modified(path));
  }
  return latest;
}

if (modified(stamp) < newest(join(root, "src"))) {
  process.stderr.write("compiling ...\n");
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: ["ignore", 2, 2] });
  // The compiler leaves its stamp alone when nothing that matters has changed.
  utimesSync(stamp, new Date(), new Date());
}
await import(new URL("../dist/cli/main.js", import.meta.url).href);

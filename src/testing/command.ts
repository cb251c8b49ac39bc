import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../notebook/root.js";

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as a user meets it: in a process of its own. */
export function evenkeel(
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): { readonly child: ChildProcess; readonly done: Promise<Ran> } {
  const child = spawn(process.execPath, [join(packageRoot, "scripts", "evenkeel.mjs"), ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
  });
  const text = { out: "", err: "" };
  child.stdout.on("data", (piece) => {
    text.out += piece;
  });
  child.stderr.on("data", (piece) => {
    text.err += piece;
  });
  const done = once(child, "close").then(([code, signal]) => ({ code, signal, ...text }) as Ran);
  return { child, done };
}

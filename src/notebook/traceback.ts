import { inspect } from "node:util";
import { cellPrefix, type Diagnostic } from "./tslab.js";

/** An error as Jupyter shows it. */
export interface Failure {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** A cell's code by the name that it has in stack traces: what V8 ran, and what its author wrote. */
export interface CellCode {
  compiled: string[];
  source: string[];
}

// Frames of Node, of tslab, and of the code here that runs a cell say nothing to a notebook's reader.
const internal = /^node:|[\\/]tslab[\\/]dist[\\/]|[\\/]notebook[\\/](?:session|runner-process|kernel-process)\.js$/;

/** What a cell threw. Frames inside cells name the cell and show its line; the compiler's line numbers are left out. */
export function describeThrown(thrown: unknown, cells: ReadonlyMap<string, CellCode>): Failure {
  if (!(thrown instanceof Error)) {
    const shown = inspect(thrown);
    return { ename: "Thrown", evalue: shown, traceback: [`Thrown: ${shown}`] };
  }
  const traceback = [`${thrown.name}: ${thrown.message}`, ...frames(thrown, cells)];
  const seen = new Set<unknown>([thrown]);
  for (let cause = thrown.cause; cause !== undefined && !seen.has(cause); cause = (cause as Error | null)?.cause) {
    seen.add(cause);
    traceback.push(
      `Caused by: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : inspect(cause)}`,
      ...frames(cause, cells),
    );
  }
  return { ename: thrown.name, evalue: thrown.message, traceback };
}

function frames(error: unknown, cells: ReadonlyMap<string, CellCode>): string[] {
  if (!(error instanceof Error)) return [];
  const stack = String(error.stack ?? "").split("\n");
  return stack.flatMap((line) => {
    const place = /^ +at (?:async )?(?:(.*) \()?(.*?)(?::(\d+):\d+)?\)?$/.exec(line);
    if (place === null) return [];
    const [, caller, file = "", at] = place;
    const cell = cells.get(file);
    if (cell === undefined) return internal.test(file) ? [] : [line];
    const compiled = cell.compiled[Number(at) - 1];
    // The last line is the call of the function that tslab wraps a cell in.
    if (compiled === undefined || Number(at) === cell.compiled.length) return [];
    // "Proxy." is tslab's holder of what earlier cells declared.
    const from = caller === undefined ? file : `${caller.replace(/^Proxy\./, "")} (${file})`;
    return [`    at ${from}${quote(compiled, cell.source)}`];
  });
}

/** The line of the cell that a compiled line came from, with its number where exactly one line of the cell holds it. */
function quote(compiled: string, source: readonly string[]): string {
  const code = compiled
    .replace(cellPrefix, "")
    .replace(/\(0, (?:\w+\.)?(\w+)\)/g, "$1")
    .replace(/\bexports\.(?:tsLastExpr\d* = )?/g, "")
    .trim();
  const bare = (line: string) =>
    line
      .replace(/\/\/.*$/, "")
      .replace(/[\s;]/g, "")
      .replaceAll("'", '"');
  const same = source.flatMap((line, index) => (code !== "" && bare(line).includes(bare(code)) ? [index] : []));
  if (same.length !== 1) return code === "" ? "" : `: ${code}`;
  return `, line ${same[0]! + 1}: ${source[same[0]!]!.trim()}`;
}

/** Why a cell did not compile. */
export function describeDiagnostics(all: readonly Diagnostic[], source: readonly string[]): Failure {
  // Below the cell's last line is what tslab adds to it.
  const own = all.filter(({ fileName, start }) => fileName !== undefined || start.line < source.length);
  const diagnostics = own.length > 0 ? own : all;
  const traceback = diagnostics.flatMap((diagnostic, index) => {
    const { start, messageText, fileName } = diagnostic;
    const before = diagnostics[index - 1];
    // tslab flattens the compiler's "because" into further diagnostics at the same place.
    if (before?.start.offset === start.offset && index > 0) return [`  ${messageText}`];
    const line = fileName === undefined ? source[start.line] : undefined;
    const shown = line === undefined ? [] : [`  ${line}`, `  ${" ".repeat(start.character)}^`];
    return [`${place(diagnostic)}: ${messageText}`, ...shown];
  });
  const [first] = diagnostics;
  return {
    ename: "TypeScriptError",
    evalue: first === undefined ? "" : `${place(first)}: ${first.messageText}`,
    traceback,
  };
}

function place({ fileName, start }: Diagnostic): string {
  const at = `line ${start.line + 1}, column ${start.character + 1}`;
  return fileName === undefined ? at : `${fileName}, ${at}`;
}

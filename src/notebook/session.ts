import { StringDecoder } from "node:string_decoder";
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import vm from "node:vm";
import { portablePaths } from "./portable.js";
import { type CellCode, describeDiagnostics, describeThrown, type Failure } from "./traceback.js";
import {
  type CellMetadata,
  type Converter,
  cellPrefix,
  createExecutor,
  type Diagnostic,
  type Executor,
  importFunction,
  loadJupyter,
} from "./tslab.js";

/** What comes out of a cell, in the order in which it does. */
export type CellOutput =
  | { kind: "stream"; name: "stdout" | "stderr"; text: string }
  | {
      kind: "display";
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      /** Names a display that a later one, whose `update` is true, takes the place of. */
      displayId: string | undefined;
      update: boolean;
    }
  | { kind: "result"; text: string }
  | ({ kind: "error" } & Failure);

/** One notebook's cells running in this process. */
export interface Session {
  /** Run a cell; `count` is its number in the notebook. Resolves to whether it went well; if not, it wrote an error. */
  execute(count: number, source: string): Promise<boolean>;
  readonly executor: Executor;
}

/**
 * Make this process a notebook's: its standard streams and what tslab displays now belong to the cells, whose imports
 * start from the working directory. There is one session a process. The Jupyter kernel and the headless runner both run
 * cells through this, so that a cell puts out the same under either.
 */
export function openSession(converter: Converter, write: (output: CellOutput) => void): Session {
  const directory = process.cwd();
  const portable = portablePaths(directory);
  const cells = new Map<string, CellCode>();
  let running: { name: string; source: string } | undefined;
  let thrown: unknown[] = [];
  let diagnostics: Diagnostic[] = [];

  const stream = (name: "stdout" | "stderr") => {
    const decoder = new StringDecoder("utf8");
    process[name].write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      const text = typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk));
      if (text !== "") write({ kind: "stream", name, text: portable(text) });
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") process.nextTick(done as () => void);
      return true;
    };
  };
  stream("stdout");
  stream("stderr");
  loadJupyter().lastWriteDisplayData = ({ data, metadata, transient }, update) => {
    const texts = Object.entries(data).map(([mime, value]) => [
      mime,
      typeof value === "string" && mime.startsWith("text/") ? portable(value) : value,
    ]);
    const displayId = transient?.display_id;
    write({ kind: "display", data: Object.fromEntries(texts), metadata, displayId, update: update === true });
  };

  const executor = createExecutor(
    directory,
    // What else the converter can do, such as completing names, stays as it is.
    Object.assign(Object.create(converter) as Converter, {
      convert(declarations: string, source: string) {
        const converted = converter.convert(declarations, source);
        diagnostics = converted.diagnostics;
        return converted;
      },
      addModule(name: string, source: string, metadata: CellMetadata) {
        diagnostics = converter.addModule(name, source, metadata);
        return diagnostics;
      },
    }),
    {
      log: (value) => write({ kind: "result", text: portable(format(value)) }),
      error: (value) => thrown.push(value),
    },
  );

  // What goes wrong between a cell's own statements, such as in a timer or a promise that nobody awaits.
  const inBackground = (value: unknown) => {
    if (running === undefined) {
      write({
        kind: "stream",
        name: "stderr",
        text: portable(`${describeThrown(value, cells).traceback.join("\n")}\n`),
      });
      return;
    }
    thrown.push(value);
    executor.interrupt();
  };
  process.on("uncaughtException", inBackground);
  process.on("unhandledRejection", inBackground);

  nameCellsInStackTraces((compiled) => {
    if (running === undefined) return "cell";
    cells.set(running.name, { compiled: compiled.split("\n"), source: running.source.split("\n") });
    return running.name;
  });
  Object.defineProperty(globalThis, importFunction, { value: nativeImport(directory) });

  return {
    executor,
    async execute(count, source) {
      running = { name: `cell [${count}]`, source };
      thrown = [];
      diagnostics = [];
      let ok = await executor.execute(source).catch((error: unknown) => {
        thrown.push(error);
        return false;
      });
      // A promise that the cell let fail is reported only after the cell's own microtasks.
      await new Promise((resolve) => setImmediate(resolve));
      running = undefined;
      ok &&= thrown.length === 0 && diagnostics.length === 0;
      if (ok) return true;
      const failure =
        diagnostics.length > 0
          ? describeDiagnostics(diagnostics, source.split("\n"))
          : isInterrupt(thrown[0])
            ? { ename: "Interrupted", evalue: "the cell was interrupted", traceback: ["Interrupted"] }
            : describeThrown(thrown[0], cells);
      write({
        kind: "error",
        ename: failure.ename,
        evalue: portable(failure.evalue),
        traceback: failure.traceback.map(portable),
      });
      return false;
    },
  };
}

function isInterrupt(value: unknown): boolean {
  if (!(value instanceof Error)) return false;
  const { code } = value as NodeJS.ErrnoException;
  return code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || value.message === "Interrupted asynchronously";
}

/** tslab runs every cell as "evalmachine.<anonymous>"; give each its own name. */
function nameCellsInStackTraces(nameOf: (compiled: string) => string): void {
  const run = vm.runInThisContext;
  vm.runInThisContext = (code, options) =>
    cellPrefix.test(code)
      ? run(code, { ...(options as vm.RunningCodeOptions), filename: nameOf(code) })
      : run(code, options);
}

/** `import()` as it would be in a module that lies in `directory`. */
function nativeImport(directory: string): (specifier: string) => Promise<unknown> {
  return vm.runInThisContext("(specifier) => import(specifier)", {
    filename: pathToFileURL(`${directory}/cell`).href,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<unknown>;
}

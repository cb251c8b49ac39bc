import { createRequire, Module } from "node:module";
import type ts from "typescript";
import { languageInfo } from "./notebook.js";

// tslab has no `exports` map and its own types do not compile under ours, so this file says what we use of its
// internals. No other file imports them. The version is pinned in package.json; execute.test.ts and
// kernel-process.test.ts fail if an update moves any of it.

const require = createRequire(import.meta.url);
// The TypeScript inside tslab, wherever npm has put it.
const requireFromTslab = createRequire(require.resolve("tslab/dist/converter.js"));

/** A complaint of the compiler. Lines and characters count from 0. */
export interface Diagnostic {
  start: { line: number; character: number; offset: number };
  messageText: string;
  /** Relative to the working directory; absent for the cell itself. */
  fileName?: string;
}

/** A compiled cell: what tslab's `convert` returns. Plain data, and a function of its arguments and of files alone. */
export interface Converted {
  diagnostics: Diagnostic[];
  output?: string;
  /** The declarations that later cells see: the next cell's first argument. */
  declOutput?: string;
  hasToplevelAwait?: boolean;
  lastExpressionVar?: string;
  /** JavaScript of the .ts files that the cell imports. */
  sideOutputs?: { path: string; data: string }[];
}

export interface Converter {
  convert(declarations: string, source: string): Converted;
  /** Takes a cell that begins with a `@module name` comment; later cells import it as "./name". */
  addModule(name: string, source: string, metadata: CellMetadata): Diagnostic[];
  close(): void;
}

/** What a cell's leading doc comment asks of tslab. */
export interface CellMetadata {
  module?: string;
  jsx?: boolean;
  mode?: "node" | "browser";
}

export interface Executor {
  execute(source: string): Promise<boolean>;
  /** Rejects what the running cell awaits. A loop that never awaits is broken by SIGINT instead. */
  interrupt(): void;
  close(): void;
}

/** Where the executor puts the value of a cell's last expression, and what goes wrong. */
interface ExecutorConsole {
  log(value: unknown): void;
  error(...values: unknown[]): void;
}

export interface DisplayData {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient?: { display_id?: string };
}

type WriteDisplayData = (data: DisplayData, update?: boolean) => void;

export interface Message {
  header: { msg_type: string; date: string };
  content: Record<string, unknown>;
  createReply(): Message;
  signAndSend(key: string, socket: unknown): void;
}

export declare class JupyterHandler {
  constructor(executor: Executor, isJs: boolean);
  handleKernel(): Record<string, unknown>;
  close(): void;
}

export declare class ZmqServer {
  constructor(handler: JupyterHandler, connectionFile: string);
  readonly handler: JupyterHandler;
  readonly connInfo: { key: string };
  readonly iopub: unknown;
  init(): Promise<void>;
  close(): void;
  handleShellMessage(socket: unknown, ...frames: Buffer[]): Promise<void>;
  handleExecute(socket: unknown, message: Message): Promise<void>;
  handleKernelInfo(socket: unknown, message: Message): void;
  handleCommInfoRequest(socket: unknown, message: Message): void;
  handleShutdown(socket: unknown, message: Message): void;
}

/** How a compiled cell begins when it runs: tslab wraps it in a function. */
export const cellPrefix = /^\((?:async )?function\(exports, require\) \{ /;

/** tslab's executor: runs compiled cells in this process, each seeing what the earlier ones declared. */
export function createExecutor(directory: string, converter: Converter, console: ExecutorConsole): Executor {
  const { createExecutor } = require("tslab/dist/executor.js");
  const converters = { node: converter, browser: converter, close: () => converter.close() };
  return createExecutor(directory, converters, console);
}

/**
 * tslab's compiler of cells, for the current working directory. Starting it takes about 2 s.
 * `watch` has it notice when a file that a cell imports changes on disk.
 */
export function createConverter({ watch }: { watch: boolean }): Converter {
  const typescript = requireFromTslab("@tslab/typescript-for-tslab") as typeof ts;
  if (!watch) {
    const unwatched = () => ({ close() {} });
    typescript.sys.watchFile = unwatched;
    typescript.sys.watchDirectory = unwatched;
  }
  replaceTypeScript(typescript, {
    transpileModule: (source, options) =>
      typescript.transpileModule(source, { ...options, transformers: { before: [nativeImports(typescript)] } }),
  });
  const { createConverter } = require("tslab/dist/converter.js");
  const converter = createConverter({ isJS: false, isBrowser: false }) as Converter;
  return Object.assign(Object.create(converter), {
    convert(declarations: string, source: string): Converted {
      const { expanded, original } = expandShorthands(typescript, source);
      const converted = converter.convert(declarations, expanded);
      const diagnostics = converted.diagnostics.map((diagnostic) =>
        diagnostic.fileName === undefined ? { ...diagnostic, start: original(diagnostic.start) } : diagnostic,
      );
      // tslab notices `await` outside of functions, but not `for await`.
      const hasToplevelAwait = converted.hasToplevelAwait === true || /\bfor\s+await\b/.test(source);
      return { ...converted, diagnostics, hasToplevelAwait };
    },
  });
}

/**
 * The source with every `{ x }` written as `{ x: x }`, and a function from places in it to places in the original.
 * tslab 1.0.22 does not see that the former means the `x` of an earlier cell, and the cell fails with
 * "x is not defined".
 */
function expandShorthands(typescript: typeof ts, source: string) {
  const file = typescript.createSourceFile("cell.ts", source, typescript.ScriptTarget.Latest);
  const names: { text: string; end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (typescript.isShorthandPropertyAssignment(node)) {
      names.push({ text: source.slice(node.name.getStart(file), node.name.end), end: node.name.end });
    }
    typescript.forEachChild(node, visit);
  };
  visit(file);
  names.sort((a, b) => a.end - b.end);
  let expanded = "";
  let end = 0;
  for (const name of names) {
    expanded += `${source.slice(end, name.end)}: ${name.text}`;
    end = name.end;
  }
  return {
    expanded: expanded + source.slice(end),
    original({ line, offset }: Diagnostic["start"]): Diagnostic["start"] {
      let at = offset;
      for (const { text, end } of names) {
        if (at <= end) break;
        const added = text.length + 2;
        // A complaint about the added name is about the one that it repeats.
        at = at < end + added ? end - text.length : at - added;
      }
      // No line ends were added, so the line is the same.
      return { line, character: at - source.lastIndexOf("\n", at - 1) - 1, offset: at };
    },
  };
}

/**
 * For a process whose cells are compiled elsewhere: tslab's modules load without TypeScript, which takes 0.3 s and
 * 50 MB. `metadataOf` stands in for {@link getCellMetadata}, all that they need it for.
 */
export function leaveOutTypeScript(metadataOf: (source: string) => CellMetadata): void {
  const path = requireFromTslab.resolve("@tslab/typescript-for-tslab");
  const module = new Module(path);
  module.exports = { __esModule: true, sys: {}, version: languageInfo.version };
  module.loaded = true;
  requireFromTslab.cache[path] = module;
  require("tslab/dist/metadata.js").getCodeMetadata = metadataOf;
}

export function getCellMetadata(source: string): CellMetadata {
  return require("tslab/dist/metadata.js").getCodeMetadata(source);
}

/** tslab's Jupyter module, which holds the function that `tslab.display` writes through. */
export function loadJupyter() {
  return require("tslab/dist/jupyter.js") as {
    lastWriteDisplayData: WriteDisplayData | null;
    ZmqServer: typeof ZmqServer;
    JupyterHandlerImpl: typeof JupyterHandler;
  };
}

/** Where `tslab.display` writes to, or null if no cell is running. Loads nothing that isn't loaded. */
export function currentDisplay(): WriteDisplayData | null {
  const jupyter = require.cache[require.resolve("tslab/dist/jupyter.js")];
  return (jupyter?.exports as ReturnType<typeof loadJupyter> | undefined)?.lastWriteDisplayData ?? null;
}

/** The global function that stands for `import()` in a compiled cell. */
export const importFunction = "__import";

/**
 * tslab compiles `import()` to `require()`, which cannot load a module that awaits at its top level. Rename it before
 * that step, so that it stays a real import.
 */
function nativeImports(typescript: typeof ts): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      const visited = typescript.visitEachChild(node, visit, context);
      if (!typescript.isCallExpression(visited)) return visited;
      if (visited.expression.kind !== typescript.SyntaxKind.ImportKeyword) return visited;
      const { factory } = context;
      return factory.updateCallExpression(
        visited,
        factory.createIdentifier(importFunction),
        undefined,
        visited.arguments,
      );
    };
    return typescript.visitEachChild(file, visit, context);
  };
}

/** Lets tslab's modules, if loaded after this, see other functions than TypeScript exports; its exports are read-only. */
function replaceTypeScript(typescript: typeof ts, functions: Partial<typeof ts>): void {
  const module = requireFromTslab.cache[requireFromTslab.resolve("@tslab/typescript-for-tslab")]!;
  const replaced = Object.entries(functions).map(([name, value]) => [name, { value, enumerable: true }]);
  // `__esModule` keeps tslab from copying the exports one by one.
  module.exports = Object.create(typescript, { __esModule: { value: true }, ...Object.fromEntries(replaced) });
}

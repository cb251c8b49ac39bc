import { type CellMetadata, type Converted, createConverter, type Diagnostic, getCellMetadata } from "./tslab.js";

// A process that compiles the cells of one notebook after another. Compiling depends on the cells and on files alone,
// so notebooks may share the seconds that the compiler takes to start and to read its libraries, while each runs in a
// process of its own.

/** The sources of a notebook's code cells, in their order. Ends what is left of the request before it. */
export interface CompileRequest {
  job: number;
  sources: string[];
}

/** One a cell, in order; after a cell that does not compile come no more. */
export interface CompileReply {
  job: number;
  cell: CompiledCell;
}

export type CompiledCell =
  | { kind: "code"; metadata: CellMetadata; converted: Converted }
  /** A cell that defines a module for later cells. */
  | { kind: "module"; metadata: CellMetadata; diagnostics: Diagnostic[] }
  | { kind: "failed"; message: string };

const converter = createConverter({ watch: false });

// Compiled .ts files that cells import. The converter hands out each only once, and every notebook needs them.
const sideOutputs = new Map<string, string>();

/** Cells compiled before, by what they depend on: the same notebook often runs on several datasets. */
const known = new Map<string, Converted>();

let latest = 0;

async function compile({ job, sources }: CompileRequest): Promise<void> {
  latest = job;
  let declarations = "";
  for (const source of sources) {
    if (job !== latest) return;
    const cell = compileCell(declarations, source);
    process.send!({ job, cell } satisfies CompileReply);
    if (cell.kind === "failed") return;
    if (cell.kind === "code") {
      if (cell.converted.diagnostics.length > 0) return;
      declarations = cell.converted.declOutput ?? "";
    }
    // Lets messages out and in before the next cell keeps the thread busy.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function compileCell(declarations: string, source: string): CompiledCell {
  try {
    const metadata = getCellMetadata(source);
    if (metadata.module !== undefined) {
      return { kind: "module", metadata, diagnostics: converter.addModule(metadata.module, source, metadata) };
    }
    const key = JSON.stringify([declarations, source]);
    const converted = known.get(key) ?? converter.convert(declarations, source);
    known.set(key, converted);
    for (const { path, data } of converted.sideOutputs ?? []) sideOutputs.set(path, data);
    return {
      kind: "code",
      metadata,
      converted: { ...converted, sideOutputs: [...sideOutputs].map(([path, data]) => ({ path, data })) },
    };
  } catch (error) {
    return { kind: "failed", message: (error as Error).message };
  }
}

process.on("disconnect", () => process.exit());
process.on("message", (request: CompileRequest) => void compile(request));

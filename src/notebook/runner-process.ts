import type { CompiledCell } from "./converter-process.js";
import { endWithParent } from "./end-with-parent.js";
import type { Output } from "./notebook.js";
import { gatherOutputs } from "./outputs.js";
import { openSession } from "./session.js";
import { type Converter, leaveOutTypeScript } from "./tslab.js";

// A process that runs one notebook's compiled cells, one after another, as they come.

export interface RunRequest {
  count: number;
  source: string;
  cell: CompiledCell;
}

/** How a cell went, and the outputs, by cell, that changed meanwhile. */
export interface RunReply {
  ok: boolean;
  outputs: [count: number, outputs: Output[]][];
}

endWithParent();
process.on("disconnect", () => process.exit());

let compiled: CompiledCell | undefined;
leaveOutTypeScript(() => (compiled === undefined || compiled.kind === "failed" ? {} : compiled.metadata));
const converter: Converter = {
  convert() {
    if (compiled?.kind !== "code") throw new Error(compiled?.kind === "failed" ? compiled.message : "no compiled cell");
    return compiled.converted;
  },
  addModule() {
    return compiled?.kind === "module" ? compiled.diagnostics : [];
  },
  close() {},
};

const outputs = gatherOutputs();
let current = 0;
const session = openSession(converter, (output) => outputs.add(current, output));

process.on("message", async ({ count, source, cell }: RunRequest) => {
  current = count;
  compiled = cell;
  const ok = await session.execute(count, source);
  process.send!({ ok, outputs: [...outputs.takeChanged()] } satisfies RunReply);
});

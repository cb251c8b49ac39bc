import { type Json, type MimeBundle, type Output, toDiskBundle, toLines } from "./notebook.js";
import type { CellOutput } from "./session.js";

/** Gathers what cells put out into the outputs of notebook cells. */
export interface Outputs {
  add(count: number, output: CellOutput): void;
  /** The cells, by count, whose outputs have changed since the last call, with all their outputs. */
  takeChanged(): Map<number, Output[]>;
}

/**
 * Outputs as nbformat has them: neighbouring pieces of a stream become one, and a display that updates an earlier one
 * takes its place. The ids of updatable displays, which are random, are not kept.
 */
export function gatherOutputs(): Outputs {
  const cells = new Map<number, Output[]>();
  const changed = new Set<number>();
  const shown = new Map<string, { count: number; output: Extract<Output, { output_type: "display_data" }> }[]>();

  const update = (displayId: string, data: MimeBundle, metadata: { [key: string]: Json }) => {
    for (const { count, output } of shown.get(displayId) ?? []) {
      Object.assign(output, { data, metadata });
      changed.add(count);
    }
  };

  return {
    add(count, output) {
      const outputs = cells.get(count) ?? [];
      cells.set(count, outputs);
      changed.add(count);
      if (output.kind === "stream") {
        const last = outputs.at(-1);
        if (last?.output_type === "stream" && last.name === output.name) {
          last.text = toLines(last.text.join("") + output.text);
        } else {
          outputs.push({ output_type: "stream", name: output.name, text: toLines(output.text) });
        }
      } else if (output.kind === "display") {
        const { displayId } = output;
        // By way of JSON, as it would go over the wire to Jupyter.
        const data = toDiskBundle(JSON.parse(JSON.stringify(output.data)) as MimeBundle);
        const metadata = JSON.parse(JSON.stringify(output.metadata)) as { [key: string]: Json };
        if (output.update && displayId !== undefined) return update(displayId, data, metadata);
        const display = { output_type: "display_data", data, metadata } as const;
        outputs.push(display);
        if (displayId !== undefined)
          shown.set(displayId, [...(shown.get(displayId) ?? []), { count, output: display }]);
      } else if (output.kind === "result") {
        const data = { "text/plain": toLines(output.text) };
        outputs.push({ output_type: "execute_result", execution_count: count, data, metadata: {} });
      } else {
        const { ename, evalue, traceback } = output;
        outputs.push({ output_type: "error", ename, evalue, traceback });
      }
    },
    takeChanged() {
      const taken = new Map([...changed].map((count) => [count, cells.get(count)!]));
      changed.clear();
      return taken;
    },
  };
}

import { EvenkeelError } from "../errors.js";
import { stringify } from "./notebook.js";
import { notebooksOf, runNotebooks } from "./run.js";

/** Runs every notebook that needs no server, on the world that it opens: the text of each .ipynb by its name. @throws EvenkeelError if one fails */
export async function executeCommitted(onCell?: (name: string, cell: string) => void): Promise<Record<string, string>> {
  const names = await notebooksOf("world", "results");
  const executions = await runNotebooks(
    names.map((name) => ({ name, figures: "png" as const })),
    onCell ? { onCell: ({ name }, cell) => onCell(name, cell) } : {},
  );
  return Object.fromEntries(
    names.map((name, i) => {
      const execution = executions[i]!;
      if (!execution.ok) throw new EvenkeelError(`notebooks/${name}.ts: ${execution.failure.message}`, 1);
      return [name, stringify(execution.notebook)];
    }),
  );
}

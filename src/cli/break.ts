import { breakDataset } from "../faults/break.js";
import { faults } from "../faults/index.js";
import { list } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { textTable } from "./text-table.js";

export interface BreakFlags {
  readonly fault: readonly string[];
  readonly out: string;
  readonly replace?: boolean;
}

/** `evenkeel break --list`: one line each. */
export function listFaults(): void {
  console.log(
    textTable(
      ["fault", "checks", "the join", "what happens"],
      faults.map(({ name, fails, notes, join, field }) => [
        name,
        [...fails.map((check) => `${check} fails`), ...notes.map((check) => `${check} notes it`)].join(", ") || "none",
        join,
        field,
      ]),
    ),
  );
  console.log("\nAll about them: docs/faults.md");
}

/** `evenkeel break`: a broken copy of a dataset. */
export async function breakCommand(folder: string, { fault, out, ...options }: BreakFlags): Promise<void> {
  ifInterrupted(`nothing was written to ${out}`);
  const progress = new Progress();
  const onTable = (table: string, name: string) => progress.step(`${name}: writing ${table}`);
  const manifest = await breakDataset({ from: folder, out, faults: fault, onTable, ...options });
  ifInterrupted(undefined);
  progress.clear();
  console.log(`${out}: ${folder} with ${list(fault)}`);
  console.log(`dataset ${manifest.digest}`);
  console.log(`See what the checks say: npx evenkeel verify ${out}`);
}

import { readFile } from "node:fs/promises";
import { EvenkeelError } from "../errors.js";
import { joined } from "../plan/what-if.js";
import { faultsOf } from "../schema-faults.js";
import { type Trial, trial } from "./rows.js";

/** Reads what `evenkeel whatif --notebook` wrote. @throws EvenkeelError if it is not there, or was not written by that */
export async function readTrial(file: string): Promise<Trial> {
  const wrong = (what: string, cause?: unknown) =>
    new EvenkeelError(`${file}: ${what}; evenkeel whatif --notebook writes such a file`, 2, { cause });
  const text = await readFile(file, "utf8").catch((cause) => {
    throw wrong(`cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  });
  const data = parsed(text);
  if (data === undefined) throw wrong("found no JSON");
  const found = trial.safeParse(data);
  if (!found.success) throw wrong(faultsOf(trial, data, found.error, "file")[0]!);
  const { rows, seeds, simulations } = found.data;
  const bare = simulations.find(
    ({ actions }) => actions.length > 0 && !MEASURES.every((one) => hasRow(rows, joined(actions), one)),
  );
  if (bare) throw wrong(`rows: found none of ${MEASURES.join(" and ")} for "${joined(bare.actions)}"`);
  for (const action of new Set(["", ...rows.map((row) => row.action)])) {
    const done = simulations.filter((one) => joined(one.actions) === action).map(({ seed }) => seed);
    const missing = seeds.filter((seed) => !done.includes(seed));
    if (missing.length > 0)
      throw wrong(`simulations: found none of seed ${missing[0]} with ${action === "" ? "nothing" : `"${action}"`}`);
  }
  return found.data;
}

/** Of the whole cluster, what is told of every option. */
const MEASURES = ["unmet_gpu_hours", "wait_p95_seconds"];

const hasRow = (rows: Trial["rows"], action: string, measure: string) =>
  rows.some((row) => row.action === action && row.measure === measure && row.local_queue === null);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

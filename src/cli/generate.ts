import { generate } from "../api.js";
import { plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { replayed } from "./replayed.js";

export interface GenerateFlags {
  readonly scenario: string;
  readonly seed: number;
  readonly out: string;
  readonly days?: number;
  readonly interval?: number;
  readonly replace?: boolean;
  readonly threads?: number;
}

/** `evenkeel generate`. */
export async function generateCommand({
  scenario,
  seed,
  out,
  days,
  interval,
  replace,
  threads,
}: GenerateFlags): Promise<void> {
  const progress = new Progress();
  ifInterrupted(`nothing was written to ${out}`);
  const manifest = await generate({
    scenario,
    seed,
    out,
    ...(days === undefined ? {} : { days }),
    ...(interval === undefined ? {} : { intervalSeconds: interval }),
    ...(replace === undefined ? {} : { replace }),
    ...(threads === undefined ? {} : { threads }),
    onReplay: (replay) => progress.done(replayed(replay)),
    onDay: (day, of) => progress.step(`simulating ${scenario}, seed ${seed}: ${plural(day, "day")} of ${of}`),
    onTable: (name, position, of) => progress.step(`writing table ${position + 1} of ${of}: ${name}`),
  });
  ifInterrupted(undefined);
  progress.clear();
  const rows = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
  const megabytes = Object.values(manifest.tables).reduce((sum, table) => sum + table.bytes, 0) / 1e6;
  console.log(
    `${out}: ${plural(Object.keys(manifest.tables).length, "table")}, ${plural(rows, "row")}, ${megabytes.toFixed(1)} MB, ${manifest.start} to ${manifest.end}`,
  );
  console.log(`dataset ${manifest.digest}`);
  console.log(`Check it with: npx evenkeel verify ${out}`);
}

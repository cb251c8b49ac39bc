import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { boardFolder, openBoard } from "../api.js";
import { effect } from "../board/effect.js";
import { readBoard } from "../board/read.js";
import type { Board } from "../board/rows.js";
import { withPart } from "../docs/parts.js";
import { EvenkeelError } from "../errors.js";
import { defaultMetric, metrics } from "../metrics/index.js";
import { packageRoot } from "../notebook/root.js";
import { boardOf } from "../score/board.js";
import { list } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { jobsOf, measure, mustBe } from "./score.js";

export interface RfcFlags {
  readonly metric?: string;
  readonly before?: string;
  readonly board?: string;
  readonly seeds?: number;
}

/** `evenkeel rfc`: writes an RFC's measured effect, the metric as it is here against what the committed board has. */
export async function rfcCommand(number: string, flags: RfcFlags, folder = join(packageRoot, "rfcs")): Promise<void> {
  const file = await rfcFile(number, folder);
  const metric = chosenMetric(number, flags.metric);
  const committed = await openBoard();
  const known = [...new Set(committed.levels.map((row) => row.metric))];
  const before = flags.before ?? (known.includes(metric) ? metric : defaultMetric.name);
  mustBe("--before", before, known);

  ifInterrupted(`${file} is as it was`);
  const text = await readFile(file, "utf8");
  // Whether it has a place for it, before anything long is begun.
  withPart(text, file, PART, "");
  const board = flags.board === undefined ? await scored(committed, metric, flags.seeds) : await readBoard(flags.board);
  if (!board.levels.some((row) => row.metric === metric))
    throw new EvenkeelError(
      `--board ${flags.board}: found no row of ${metric}; write it again with npx evenkeel score`,
    );
  const part = effect({ metric: before, board: committed }, { metric, board });
  await writeFile(`${file}.partial`, withPart(text, file, PART, part));
  await rename(`${file}.partial`, file);
  ifInterrupted(undefined);
  console.log(`${part}\n\n${file}`);
}

const PART = "measured effect";

async function rfcFile(number: string, folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((file) => /^(?!0000)\d{4}-.*\.md$/.test(file)).sort();
  const found = files.find((file) => file.startsWith(`${number}-`));
  if (found === undefined)
    throw new EvenkeelError(
      `rfc: found "${number}"; allowed: ${list(files.map((file) => file.slice(0, 4)))}. Copy rfcs/0000-template.md to begin one`,
    );
  return join(folder, found);
}

function chosenMetric(number: string, asked: string | undefined): string {
  const names = metrics.filter(({ rfc }) => rfc === number).map(({ name }) => name);
  if (asked !== undefined) {
    mustBe("--metric", asked, names);
    return asked;
  }
  const [only, ...others] = names;
  if (only === undefined)
    throw new EvenkeelError(`rfc: found no metric that names RFC ${number}; add rfc: "${number}" to the metric's file`);
  if (others.length > 0) throw new EvenkeelError(`rfc: found ${list(names)} of RFC ${number}; name one by --metric`);
  return only;
}

/** The metric as it is here, in the committed board's worlds. */
async function scored(committed: Board, metric: string, count: number | undefined): Promise<Board> {
  const seeds = [...new Set(committed.levels.map(({ seed }) => seed))].sort((a, b) => a - b);
  if (seeds.length === 0) throw new EvenkeelError(`${boardFolder}: found no rows; write it again with npm run score`);
  const jobs = await jobsOf({
    metric: [metric],
    seeds: seeds.slice(0, count),
    days: 1,
    random: 0,
    faults: false,
    plans: false,
  });
  return boardOf((await measure(jobs)).worlds);
}

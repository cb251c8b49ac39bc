import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { didYouMean, EvenkeelError } from "../errors.js";
import { type Execution, executeMany } from "./execute.js";
import { parse, toNotebook } from "./percent.js";
import { packageRoot } from "./root.js";

/** Where the sources and the committed executions lie. */
export const notebookFolder = join(packageRoot, "notebooks");

/** Names of all notebooks, in order, such as "01-overview". */
export async function notebookNames(): Promise<string[]> {
  const files = await readdir(notebookFolder);
  return files
    .filter((file) => /^\d\d-.*\.ts$/.test(file))
    .map((file) => file.replace(/\.ts$/, ""))
    .sort();
}

/** What a notebook reads: a dataset of any world, results that are committed, or a server that has to be there. */
export type Reads = "world" | "results" | "server";

/** Names of the notebooks that read one of these, in order. */
export async function notebooksOf(...kinds: readonly Reads[]): Promise<string[]> {
  const names = await notebookNames();
  const sources = await Promise.all(names.map((name) => readFile(join(notebookFolder, `${name}.ts`), "utf8")));
  const readBy = (source: string): Reads =>
    /\baskServer\(/.test(source) ? "server" : /\bopen\(/.test(source) ? "world" : "results";
  return names.filter((_, i) => kinds.includes(readBy(sources[i]!)));
}

/** Names that were asked for, in order; all that read a dataset where none was. @throws EvenkeelError for a name that there is not */
export async function chosenNotebooks(names: readonly string[]): Promise<string[]> {
  const all = await notebookNames();
  for (const name of names)
    if (!all.includes(name))
      throw new EvenkeelError(`notebook: found ${JSON.stringify(name)}. ${didYouMean(name, all)}`);
  return names.length > 0 ? all.filter((name) => names.includes(name)) : notebooksOf("world");
}

/** A notebook to run on a dataset. */
export interface NotebookRun {
  readonly name: string;
  /** Dataset folder; without it, the one that the notebook opens. */
  readonly dataset?: string;
  /** What `evenkeel whatif --notebook` wrote; without it, what is committed. */
  readonly trial?: string;
  /** Figures as PNG, for a notebook, or as HTML, for a page. */
  readonly figures: "png" | "html";
}

/** Runs notebooks from their sources; the executions come in the order of the runs. */
export async function runNotebooks(
  runs: readonly NotebookRun[],
  options: {
    readonly concurrency?: number;
    /** Called when a notebook is about to run its first cell. */
    readonly onStart?: (run: NotebookRun) => void;
    readonly onCell?: (run: NotebookRun, cell: string) => void;
  } = {},
): Promise<Execution[]> {
  const jobs = await Promise.all(
    runs.map(async (run) => {
      const file = `${run.name}.ts`;
      const source = await readFile(join(notebookFolder, file), "utf8");
      return {
        name: run.name,
        notebook: toNotebook(parse(source, `notebooks/${file}`)),
        env: {
          EVENKEEL_DATASET: run.dataset,
          EVENKEEL_SCENARIO: undefined,
          EVENKEEL_SEED: undefined,
          EVENKEEL_WHAT_IF: run.trial,
          EVENKEEL_FIGURES: run.figures,
        },
        onCell: ({ slug, count }: { slug: string; count: number }) => {
          if (count === 1) options.onStart?.(run);
          options.onCell?.(run, slug);
        },
      };
    }),
  );
  return executeMany(jobs, options.concurrency === undefined ? {} : { concurrency: options.concurrency });
}

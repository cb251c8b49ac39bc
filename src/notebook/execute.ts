import { availableParallelism } from "node:os";
import { EvenkeelError, shown } from "../errors.js";
import { type Child, ChildEnded, startChild } from "./child.js";
import type { CompiledCell, CompileReply, CompileRequest } from "./converter-process.js";
import type { CodeCell, Notebook } from "./notebook.js";
import { packageRoot } from "./root.js";
import type { RunReply, RunRequest } from "./runner-process.js";

export interface ExecuteOptions {
  /** Environment variables that the cells see besides ours; `undefined` takes one away. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Time for the whole notebook from when its first cell is compiled; 300 unless said. */
  timeoutSeconds?: number;
  /** Called when a cell is about to run. */
  onCell?: (cell: { slug: string; count: number; of: number }) => void;
  /** The cells' working directory, which their imports start from; the package's root unless said. */
  directory?: string;
}

/** A notebook to run; `name` is for messages. */
export interface Job extends ExecuteOptions {
  name: string;
  notebook: Notebook;
}

/** The notebook with the outputs that it got, and how far it came. */
export type Execution =
  | { ok: true; notebook: Notebook; seconds: number }
  | { ok: false; notebook: Notebook; seconds: number; failure: ExecutionFailure };

export interface ExecutionFailure {
  /** `error`: the cell did not compile, or threw; `time-limit`: it was stopped; `ended`: its process went away. */
  kind: "error" | "time-limit" | "ended";
  /** The slug of the cell. */
  cell: string;
  /** Names the notebook and the cell, and says what happened. */
  message: string;
}

/**
 * Run a notebook's code cells in order, in a process of their own, and return the notebook with their outputs. The
 * given notebook stays as it is. Stops at the first cell that fails: the cells after it have no outputs.
 *
 * The outputs are the same, byte for byte, wherever the checkout lies and whatever ran before.
 */
export async function execute(
  notebook: Notebook,
  options: ExecuteOptions & { name?: string } = {},
): Promise<Execution> {
  const [execution] = await executeMany([{ name: "notebook", ...options, notebook }]);
  return execution!;
}

/**
 * Run several notebooks, `concurrency` at a time (one a processor unless said), and return their executions in the
 * order of the jobs. Notebooks share the compiler, which takes seconds to start, and nothing else: each runs in a fresh
 * process.
 */
export async function executeMany(
  jobs: readonly Job[],
  { concurrency = availableParallelism() }: { concurrency?: number } = {},
): Promise<Execution[]> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new EvenkeelError(`executeMany: concurrency: found ${shown(concurrency)}; give a whole number from 1.`);
  }
  const executions: Execution[] = [];
  const queue = jobs.entries();
  const compilers = new Set<Compiler>();
  let stopped = false;
  const work = async () => {
    let compiler: Compiler | undefined;
    for (const [index, job] of queue) {
      if (stopped) return;
      const directory = job.directory ?? packageRoot;
      if (compiler?.directory !== directory || compiler.spent) {
        compiler?.kill();
        compiler = new Compiler(directory);
        compilers.add(compiler);
      }
      executions[index] = await run(job, directory, compiler);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, work));
  } finally {
    stopped = true;
    for (const compiler of compilers) compiler.kill();
  }
  return executions;
}

/** Time for the first cell to be compiled: seconds on an idle machine, and not the notebook's fault if it is more. */
const compilerStartSeconds = 120;

/** A warm compiler of cells, for one notebook at a time. */
class Compiler {
  /** It cannot take another notebook. */
  spent = false;
  readonly #child: Child<CompileRequest, CompileReply>;
  #job = 0;

  constructor(readonly directory: string) {
    // A tenth faster than with the default of 16 MB, for less garbage collection.
    const execArgv = ["--max-semi-space-size=32"];
    this.#child = startChild("./converter-process.js", { cwd: directory, env: process.env, execArgv });
  }

  start(sources: string[]): void {
    this.#child.send({ job: ++this.#job, sources });
  }

  async next(): Promise<CompiledCell> {
    let reply: CompileReply;
    do reply = await this.#child.receive();
    while (reply.job !== this.#job);
    // A module that a cell defines would be there for the next notebook too.
    if (reply.cell.kind === "module") this.spent = true;
    return reply.cell;
  }

  kill(): void {
    this.spent = true;
    this.#child.kill();
  }
}

async function run(job: Job, directory: string, compiler: Compiler): Promise<Execution> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const limit = job.timeoutSeconds ?? 300;
  if (!(limit > 0 && Number.isFinite(limit))) {
    throw new EvenkeelError(`${job.name}: timeoutSeconds: found ${String(limit)}; give a number above 0.`);
  }
  const notebook: Notebook = { ...job.notebook, cells: job.notebook.cells.map(withoutOutputs) };
  // Like Jupyter, pass over empty cells.
  const cells = notebook.cells.filter(
    (cell) => cell.cell_type === "code" && cell.source.join("").trim() !== "",
  ) as CodeCell[];
  const runner = startChild<RunRequest, RunReply>("./runner-process.js", {
    cwd: directory,
    env: cellEnvironment(job.env),
  });
  const clock = startClock(compilerStartSeconds);
  let begun = false;
  const fail = (cell: CodeCell, count: number, kind: ExecutionFailure["kind"], what: string): Execution => {
    const message = `${job.name}: cell "${cell.id}" [${count}]: ${what}`;
    return { ok: false, notebook, seconds: seconds(), failure: { kind, cell: cell.id, message } };
  };

  try {
    compiler.start(cells.map((cell) => cell.source.join("")));
    for (const [index, cell] of cells.entries()) {
      const count = index + 1;
      const cellStarted = seconds();
      cell.execution_count = count;
      try {
        const compiled = await clock.limit(compiler.next());
        if (!begun) clock.restart(limit);
        begun = true;
        job.onCell?.({ slug: cell.id, count, of: cells.length });
        runner.send({ count, source: cell.source.join(""), cell: compiled });
        const { ok, outputs } = await clock.limit(runner.receive());
        for (const [count, changed] of outputs) cells[count - 1]!.outputs = changed;
        if (!ok) return fail(cell, count, "error", errorText(cell));
      } catch (error) {
        // Perhaps the compiler is what hangs, or has ended.
        compiler.spent = true;
        if (error instanceof TimeLimit) {
          const what = begun
            ? `still running after ${(seconds() - cellStarted).toFixed(1)} s, when the notebook's time limit of ${limit} s was over; its process was stopped. Make the cell faster, or raise the limit (timeoutSeconds).`
            : `not compiled after ${compilerStartSeconds} s. Try again when the machine is less busy.`;
          return fail(cell, count, "time-limit", what);
        }
        if (error instanceof ChildEnded) {
          return fail(
            cell,
            count,
            "ended",
            `the process that ran it ended (${error.message}). A cell must not call process.exit(); if it did not, look for a crash in a native package or for too little memory.`,
          );
        }
        throw error;
      }
    }
    await runner.end();
    return { ok: true, notebook, seconds: seconds() };
  } finally {
    clock.stop();
    runner.kill();
    if (compiler.spent) compiler.kill();
  }
}

function withoutOutputs(cell: Notebook["cells"][number]): Notebook["cells"][number] {
  return cell.cell_type === "code" ? { ...cell, execution_count: null, outputs: [] } : { ...cell };
}

function errorText(cell: CodeCell): string {
  return cell.outputs.flatMap((output) => (output.output_type === "error" ? output.traceback : [])).join("\n");
}

/** Ours, less what would show in outputs: colours, the time zone, the language. */
function cellEnvironment(env: ExecuteOptions["env"] = {}): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...rest } = process.env;
  return { ...rest, NO_COLOR: "1", TZ: "UTC", LC_ALL: "en_US.UTF-8", ...env };
}

class TimeLimit extends Error {}

/** Rejects whatever is awaited through it once the time since its start, or its last restart, is over. */
function startClock(limitSeconds: number) {
  let timer: NodeJS.Timeout | undefined;
  let restart = (_: number): void => {};
  const over = new Promise<never>((_, reject) => {
    restart = (seconds) => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(new TimeLimit()), seconds * 1000);
    };
  });
  over.catch(() => {});
  restart(limitSeconds);
  return {
    limit: <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, over]),
    restart,
    stop: () => clearTimeout(timer),
  };
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { EvenkeelError, type ExitCode } from "../errors.js";
import { beforeInterruption } from "./interrupt.js";

/** What a process says of its job. */
export type Reply<Result> =
  | { readonly progress: string }
  | { readonly done: Result }
  | { readonly failed: string; readonly exitCode: number };

export interface Apart<Job> {
  /** Module of the process: it calls `serveJobs`. */
  readonly module: URL;
  /** What a job is called in errors. */
  readonly nameOf: (job: Job) => string;
  /** Whether each job gets a new process, so that its memory is given back. */
  readonly fresh?: boolean;
}

/** Does jobs in processes of their own, one a processor at a time. The results come in the order of the jobs. */
export async function doApart<Job, Result>(
  jobs: readonly Job[],
  { module, nameOf, fresh = false }: Apart<Job>,
  {
    onProgress,
    onDone,
  }: {
    readonly onProgress?: (job: number, text: string) => void;
    /** What it rejects with ends all. */
    readonly onDone?: (job: number, result: Result) => void | Promise<void>;
  },
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = jobs.entries();
  const workers: Worker[] = [];
  const work = async () => {
    let worker: Worker | undefined;
    for (const [i, job] of queue) {
      if (fresh) worker?.end();
      if (fresh || worker === undefined) {
        worker = new Worker(module);
        workers.push(worker);
      }
      const result = await worker.do<Result>(job as object, nameOf(job), (text) => onProgress?.(i, text));
      results[i] = result;
      await onDone?.(i, result);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  } finally {
    for (const worker of workers) worker.end();
  }
  return results;
}

class Worker {
  readonly #child: ChildProcess;

  constructor(module: URL) {
    const child = fork(module, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // Less garbage collection than with the default of 16 MB.
      execArgv: ["--max-semi-space-size=64"],
      // In a process group of its own, so that Ctrl-C reaches only us, who end it and wait until it has cleaned up.
      detached: process.platform !== "win32",
    });
    const takeBack = beforeInterruption(async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    });
    child.on("exit", takeBack);
    this.#child = child;
  }

  do<Result>(job: object, name: string, onProgress: (text: string) => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        this.#child.off("message", hear);
        this.#child.off("exit", ended);
        how();
      };
      const hear = (reply: Reply<Result>) => {
        if ("progress" in reply) onProgress(reply.progress);
        else if ("done" in reply) settle(() => resolve(reply.done));
        else settle(() => reject(new EvenkeelError(`${name}: ${reply.failed}`, reply.exitCode as ExitCode)));
      };
      const ended = (code: number | null, signal: string | null) => {
        const how = signal ?? `exit code ${code}`;
        settle(() =>
          reject(new EvenkeelError(`${name}: the process that worked on it ended (${how}); run this again`, 3)),
        );
      };
      this.#child.on("message", hear);
      this.#child.on("exit", ended);
      // One that ended between two jobs is told of here; unheard, that would end us.
      this.#child.send(job, (error) => {
        if (error) ended(this.#child.exitCode, this.#child.signalCode);
      });
    });
  }

  /** Lets the process end: it does so once it is told nothing more. */
  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** What such a process does: jobs as its parent sends them, until that is gone. */
export function serveJobs<Job, Result>(work: (job: Job, onProgress: (text: string) => void) => Promise<Result>): void {
  // A parent that is gone is told nothing: "disconnect" comes next.
  const send = (reply: Reply<Result>) => process.send!(reply, () => {});
  process.once("disconnect", () => process.exit());
  // So that what a job must clear away when it ends is cleared away.
  process.on("SIGTERM", () => process.exit(143));
  process.on("message", async (job: Job) => {
    try {
      send({ done: await work(job, (progress) => send({ progress })) });
    } catch (error) {
      const failed = error instanceof EvenkeelError ? error.message : String((error as Error).stack ?? error);
      send({ failed, exitCode: error instanceof EvenkeelError ? error.exitCode : 70 });
    }
  });
}

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A process of ours that answers messages, and that cannot outlive this one. */
export interface Child<Request, Reply> {
  send(request: Request): void;
  /** The next message from it. Rejects with {@link ChildEnded} once it has ended and its messages are read. */
  receive(): Promise<Reply>;
  /** Let it exit by itself; if it doesn't within two seconds, end it. */
  end(): Promise<void>;
  /** End it at once, with all that it has started. */
  kill(): void;
}

/** The process is gone, and nobody here ended it. */
export class ChildEnded extends Error {
  override name = "ChildEnded";
}

const running = new Set<() => void>();

/**
 * Start a process from a compiled file of this folder. It leads a process group of its own, so that Ctrl-C reaches only
 * us and we can end it with its offspring; `endWithParent` on its side sees to the case that we are killed outright.
 */
export function startChild<Request, Reply>(
  file: string,
  options: { execArgv?: string[]; env: NodeJS.ProcessEnv; cwd: string },
): Child<Request, Reply> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    cwd: options.cwd,
    env: options.env,
    execArgv: ["--no-warnings", ...(options.execArgv ?? [])],
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const kill = () => {
    // Once only: later, the system may have given the id to a process that isn't ours.
    if (forget(kill)) killGroup(child);
  };
  remember(kill);

  let complaints = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });

  const replies: Reply[] = [];
  let ended: ChildEnded | undefined;
  let wake: (() => void) | undefined;
  child.on("message", (reply) => {
    replies.push(reply as Reply);
    wake?.();
  });
  const end = (how: string) => {
    kill();
    ended ??= new ChildEnded(`${how}${complaints.trim() === "" ? "" : `; its last words:\n${complaints.trim()}`}`);
    wake?.();
  };
  child.on("error", (error) => end(`could not start: ${error.message}`));
  // Not "exit", after which messages may still arrive.
  child.on("close", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));

  return {
    kill,
    async end() {
      const timer = setTimeout(kill, 2000);
      // Not "close", which does not come after a disconnect on our side.
      const exited = new Promise((resolve) => child.once("exit", resolve));
      // Ours exit on "disconnect".
      if (child.connected) {
        child.disconnect();
        await exited;
      }
      clearTimeout(timer);
      kill();
    },
    // Sending to a process that has just ended fails; receive() tells.
    send: (request) => void child.send(request as object, () => {}),
    async receive() {
      while (replies.length === 0 && ended === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (replies.length === 0) throw ended;
      return replies.shift()!;
    },
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function killAll(): void {
  for (const kill of running) kill();
}

function killAllAndPassOn(signal: NodeJS.Signals): void {
  killAll();
  // With our listener gone, the signal does what it would have done without us.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function remember(kill: () => void): void {
  if (running.size === 0) {
    process.on("exit", killAll);
    for (const signal of signals) process.on(signal, killAllAndPassOn);
  }
  running.add(kill);
}

/** Whether it was still remembered. */
function forget(kill: () => void): boolean {
  if (!running.delete(kill)) return false;
  if (running.size === 0) {
    process.off("exit", killAll);
    for (const signal of signals) process.off(signal, killAllAndPassOn);
  }
  return true;
}

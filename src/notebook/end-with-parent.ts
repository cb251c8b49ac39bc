import { Worker } from "node:worker_threads";

/**
 * End this process, by force, soon after its parent is gone. From a thread of its own, because the main one may be in
 * a loop that never ends.
 */
export function endWithParent(): void {
  const watch = `
    const { ppid } = process;
    setInterval(() => {
      if (process.ppid !== ppid) process.kill(process.pid, "SIGKILL");
    }, 500);
  `;
  new Worker(watch, { eval: true, stdin: false }).unref();
}

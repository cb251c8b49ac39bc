/** Exit codes by which a shell tells that a signal has ended a command. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

let outcome: string | undefined;
let ending = false;
const endings = new Set<() => Promise<unknown>>();

/** Ends the process on Ctrl-C and SIGTERM: with the exit code that says so, and a line that says what became of the files. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES))
    process.on(signal, () => {
      // Asked twice, it does not wait.
      if (ending || endings.size === 0) process.exit(code);
      ending = true;
      void Promise.allSettled([...endings].map((end) => end())).then(() => process.exit(code));
    });
  process.on("exit", (code) => {
    if (!Object.values<unknown>(EXIT_CODES).includes(code)) return;
    const clear = process.stderr.isTTY ? "\r\x1b[2K" : "";
    process.stderr.write(`${clear}Interrupted${outcome === undefined ? "" : `; ${outcome}`}\n`);
  });
}

/** What an interruption from now on leaves behind, as in "nothing was written to DIR"; undefined: nothing to say. */
export function ifInterrupted(text: string | undefined): void {
  outcome = text;
}

/** Has an interruption wait for something. @returns what takes that back */
export function beforeInterruption(end: () => Promise<unknown>): () => void {
  endings.add(end);
  return () => endings.delete(end);
}

/** Whether the process is about to end, so that what fails now is no failure. */
export const isEnding = (): boolean => ending;

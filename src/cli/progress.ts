/** Lines of progress on stderr: rewritten in place on a terminal, one after the other elsewhere. */
export class Progress {
  readonly #terminal = process.stderr.isTTY === true;
  #shown = false;

  /** What is being done now; on a terminal it is replaced by whatever comes next. */
  step(text: string): void {
    if (this.#terminal) {
      process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      this.#shown = true;
    }
  }

  /** What has been done, to stay. */
  done(text: string): void {
    this.clear();
    process.stderr.write(`${text}\n`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write("\r\x1b[2K");
    this.#shown = false;
  }
}

/** Where progress is written: a terminal, or anything else that keeps lines, such as a log. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  /** 0 where it does not say. */
  readonly columns?: number;
  write(text: string): unknown;
}

/** In a log, a line of progress comes this often at most, ms. */
const LOG_EVERY_MS = 5000;

/**
 * Lines of progress on stderr: rewritten in place on a terminal; elsewhere one after the other, with those left out that
 * come soon after another, so that short work says little and long work goes on saying how far it is.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #shown = false;
  #loggedMs = Number.NEGATIVE_INFINITY;

  constructor(stream: ProgressStream = process.stderr, now: () => number = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  /** What is being done now; on a terminal it is replaced by whatever comes next. */
  step(text: string): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns || 80) - 1)}`);
      this.#shown = true;
    } else if (this.#now() - this.#loggedMs >= LOG_EVERY_MS) this.#log(text);
  }

  /** What has been done, to stay. */
  done(text: string): void {
    this.clear();
    this.#log(text);
  }

  clear(): void {
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }

  #log(text: string): void {
    this.#stream.write(`${text}\n`);
    this.#loggedMs = this.#now();
  }
}

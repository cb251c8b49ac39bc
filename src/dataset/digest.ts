import { createHash, type Hash } from "node:crypto";

/** A run of equal values as text: `length` rows that hold `value`, null where it is missing. */
const runLine = (value: string | null, length: number) => `${length} ${JSON.stringify(value)}\n`;

/**
 * A digest of one column's content that does not depend on how Parquet encodes it. It can be fed in pieces of any size.
 * Strings are hashed as their maximal runs, numbers as little-endian 64-bit floats with missing values as NaN.
 */
export class ColumnDigest {
  readonly #hash: Hash = createHash("sha256");
  #run: { value: string | null; length: number } | undefined;
  #text = "";

  /** `length` more rows that all hold this string. */
  strings(value: string | null, length: number): void {
    if (length === 0) return;
    if (this.#run && this.#run.value === value) {
      this.#run.length += length;
      return;
    }
    this.#flushRun();
    this.#run = { value, length };
  }

  /** More rows of numbers; timestamps are Unix ms. NaNs are made the same one in place, and so are both zeros. */
  numbers(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) values[i] = 0;
      else if (Number.isNaN(values[i])) values[i] = Number.NaN;
    }
    this.#hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  hex(): string {
    this.#flushRun();
    this.#hash.update(this.#text);
    return this.#hash.digest("hex");
  }

  #flushRun(): void {
    if (!this.#run) return;
    this.#text += runLine(this.#run.value, this.#run.length);
    this.#run = undefined;
    if (this.#text.length < 65_536) return;
    this.#hash.update(this.#text);
    this.#text = "";
  }
}

/** The digest of a table: of its columns' names and digests, in their order. */
export function tableDigest(columns: Iterable<readonly [name: string, digest: string]>): string {
  const hash = createHash("sha256");
  for (const [name, digest] of columns) hash.update(`${name} ${digest}\n`);
  return hash.digest("hex");
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

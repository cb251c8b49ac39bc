/** GPU-hours by what they are put down to. */
export type Shares = ReadonlyMap<string, number>;

/** What stands for waiting that the other side does not see. */
export const NOTHING = "nothing";

/**
 * How two accounts of the same waiting agree, as GPU-hours by truth and verdict. What both put down to the same is
 * right. What is left over on both sides is confused in proportion; what one side has more of, the other calls nothing.
 */
export class Confusion {
  readonly #cells = new Map<string, { truth: string; verdict: string; gpuHours: number }>();

  /** Adds one window of one queue: the smaller the windows, the less can be right by chance. */
  add(truth: Shares, verdict: Shares): void {
    const left = { truth: new Map(truth), verdict: new Map(verdict) };
    for (const [cause, hours] of truth) {
      const agreed = Math.min(hours, verdict.get(cause) ?? 0);
      this.#book(cause, cause, agreed);
      left.truth.set(cause, hours - agreed);
      left.verdict.set(cause, (verdict.get(cause) ?? 0) - agreed);
    }
    const total = (shares: Shares) => [...shares.values()].reduce((sum, hours) => sum + hours, 0);
    const [t, v] = [total(left.truth), total(left.verdict)];
    const both = Math.min(t, v);
    for (const [cause, hours] of left.truth) {
      if (both > 0)
        for (const [other, theirs] of left.verdict) this.#book(cause, other, (both * hours * theirs) / (t * v));
      if (t > both) this.#book(cause, NOTHING, (hours * (t - both)) / t);
    }
    if (v > both) for (const [other, hours] of left.verdict) this.#book(NOTHING, other, (hours * (v - both)) / v);
  }

  /** The cells that are not empty, by truth and verdict. */
  cells(): { readonly truth: string; readonly verdict: string; readonly gpuHours: number }[] {
    return [...this.#cells.values()]
      .filter(({ gpuHours }) => gpuHours > 0)
      .sort((a, b) => (a.truth < b.truth ? -1 : a.truth > b.truth ? 1 : a.verdict < b.verdict ? -1 : 1));
  }

  #book(truth: string, verdict: string, gpuHours: number): void {
    if (gpuHours <= 0) return;
    const key = `${truth}/${verdict}`;
    const cell = this.#cells.get(key);
    if (cell) cell.gpuHours += gpuHours;
    else this.#cells.set(key, { truth, verdict, gpuHours });
  }
}

/** A quantity that changes by jumps: how many wait, how many GPUs are held. Jumps may be added in any order. */
export class Steps {
  readonly #jumps: { at: number; by: number }[] = [];

  add(at: number, by: number): void {
    this.#jumps.push({ at, by });
  }

  /** Its value at each of the rising times; a jump at the very time counts. */
  at(times: ArrayLike<number>): Float64Array {
    const jumps = [...this.#jumps].sort((a, b) => a.at - b.at);
    const values = new Float64Array(times.length);
    let [value, next] = [0, 0];
    for (let i = 0; i < times.length; i++) {
      while (next < jumps.length && jumps[next]!.at <= times[i]!) value += jumps[next++]!.by;
      values[i] = value;
    }
    return values;
  }
}

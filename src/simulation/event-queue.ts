/**
 * A calendar of future events: a binary heap over typed arrays, ordered by time (whole ms), then by kind, then by the
 * order in which events were added, so that equal times never depend on the heap's shape.
 */
export class EventQueue {
  #times = new Float64Array(1024);
  /** kind x 2^40 + order of adding: breaks ties. */
  #ranks = new Float64Array(1024);
  #subjects = new Int32Array(1024);
  #size = 0;
  #added = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the next event, Infinity if there is none. */
  get nextTime(): number {
    return this.#size > 0 ? this.#times[0]! : Number.POSITIVE_INFINITY;
  }

  get nextKind(): number {
    return Math.floor(this.#ranks[0]! / 2 ** 40);
  }

  get nextSubject(): number {
    return this.#subjects[0]!;
  }

  add(time: number, kind: number, subject: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const rank = kind * 2 ** 40 + this.#added++;
    let i = this.#size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(time, rank, parent)) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#put(i, time, rank, subject);
  }

  /** Drops the next event. */
  pop(): void {
    const last = --this.#size;
    if (last === 0) return;
    const [time, rank, subject] = [this.#times[last]!, this.#ranks[last]!, this.#subjects[last]!];
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#before(this.#times[child + 1]!, this.#ranks[child + 1]!, child)) child++;
      if (this.#before(time, rank, child)) break;
      this.#move(child, i);
      i = child;
    }
    this.#put(i, time, rank, subject);
  }

  #before(time: number, rank: number, j: number): boolean {
    const other = this.#times[j]!;
    return time < other || (time === other && rank < this.#ranks[j]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#ranks[from]!, this.#subjects[from]!);
  }

  #put(i: number, time: number, rank: number, subject: number): void {
    this.#times[i] = time;
    this.#ranks[i] = rank;
    this.#subjects[i] = subject;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const copy = <T extends Float64Array | Int32Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#times = copy(new Float64Array(capacity), this.#times);
    this.#ranks = copy(new Float64Array(capacity), this.#ranks);
    this.#subjects = copy(new Int32Array(capacity), this.#subjects);
  }
}

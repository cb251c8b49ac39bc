/**
 * A binary heap of what is running: ends in ascending order, each with what it holds until then.
 * Times and handles lie in two typed arrays, because gangQueue spends most of its time here.
 */
export class EndHeap {
  size = 0;
  private readonly times: number[] = [];
  private readonly handles: number[] = [];

  /** Infinity when nothing runs. */
  earliest(): number {
    return this.size > 0 ? this.times[0]! : Infinity;
  }

  push(time: number, handle: number): void {
    const { times, handles } = this;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (times[parent]! <= time) break;
      times[hole] = times[parent]!;
      handles[hole] = handles[parent]!;
      hole = parent;
    }
    times[hole] = time;
    handles[hole] = handle;
  }

  /** Takes the earliest end out and returns its handle; there must be one. */
  pop(): number {
    const { times, handles } = this;
    const earliest = handles[0]!;
    const size = --this.size;
    const time = times[size]!;
    let hole = 0;
    for (let child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[hole] = times[child]!;
      handles[hole] = handles[child]!;
      hole = child;
    }
    times[hole] = time;
    handles[hole] = handles[size]!;
    return earliest;
  }
}

import type { WorkloadHistory } from "./history.js";

/** Admitted workloads whose pods no node has room for, in the order in which the scheduler tries them. */
export class Unplaced {
  readonly #waiting: WorkloadHistory[] = [];
  #changed = false;

  add(history: WorkloadHistory): void {
    const before = (other: WorkloadHistory) =>
      other.workload.priority > history.workload.priority ||
      (other.workload.priority === history.workload.priority &&
        other.holds.at(-1)!.reservedMs <= history.holds.at(-1)!.reservedMs);
    let at = this.#waiting.length;
    while (at > 0 && !before(this.#waiting[at - 1]!)) at--;
    this.#waiting.splice(at, 0, history);
  }

  remove(history: WorkloadHistory): void {
    this.#waiting.splice(this.#waiting.indexOf(history), 1);
  }

  /** Room was given back or taken away: the next call of placeWhatFits tries again. */
  roomChanged(): void {
    this.#changed = true;
  }

  placeWhatFits(now: number, place: (history: WorkloadHistory, now: number) => boolean): void {
    if (!this.#changed) return;
    this.#changed = false;
    let kept = 0;
    for (const history of this.#waiting) if (!place(history, now)) this.#waiting[kept++] = history;
    this.#waiting.length = kept;
  }
}

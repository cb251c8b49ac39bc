import type { Simulation } from "../simulation/simulate.js";

/** Windows of equal length from the start of the telemetry to its end; the last may be shorter. Times are ms. */
export class TruthWindows {
  readonly count: number;
  readonly #fromMs: number;
  readonly #toMs: number;
  readonly #lengthMs: number;

  constructor({ telemetryStartMs, endMs }: Pick<Simulation, "telemetryStartMs" | "endMs">, lengthMs: number) {
    this.#fromMs = telemetryStartMs;
    this.#toMs = endMs;
    this.#lengthMs = lengthMs;
    this.count = Math.ceil((endMs - telemetryStartMs) / lengthMs);
  }

  /** Since the simulation started. */
  startMs(window: number): number {
    return this.#fromMs + window * this.#lengthMs;
  }

  lengthMs(window: number): number {
    return Math.min(this.#toMs - this.startMs(window), this.#lengthMs);
  }

  /** Cuts a stretch of time at the windows' borders: each window that it touches, with the ms that it is within it. */
  *cut(fromMs: number, toMs: number): Generator<[window: number, ms: number]> {
    let at = Math.max(fromMs, this.#fromMs);
    const end = Math.min(toMs, this.#toMs);
    while (at < end) {
      const window = Math.floor((at - this.#fromMs) / this.#lengthMs);
      const next = Math.min(end, this.startMs(window + 1));
      yield [window, next - at];
      at = next;
    }
  }
}

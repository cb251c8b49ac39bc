import { exponential } from "../random/draw.js";
import { type Random, random } from "../random/random.js";
import type { Activity } from "../scenario/schema.js";
import { MINUTE_MS, SECOND_MS } from "../units/time.js";

/** A stretch without computing, ms since the work started running. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When work computes and when it pauses, all its GPUs together: an alternating renewal process with exponential turns,
 * after a first phase of loading. Times are ms since it started running.
 */
export class Rhythm {
  /** Ends of the turns, ms since loading was over: computing, pausing, computing … */
  readonly #switches: number[] = [0];
  readonly #next: Random;
  readonly #activity: Activity;

  /** @param name of the workload, or of a pod that has none: all attempts of one share a rhythm */
  constructor(activity: Activity, seed: number, name: string) {
    this.#activity = activity;
    this.#next = random(seed, `telemetry/rhythm/${name}`);
  }

  computes(sinceMs: number): boolean {
    const at = sinceMs - this.#loadMs;
    const { dutyShare } = this.#activity;
    if (at < 0 || dutyShare === 0) return false;
    if (dutyShare === 1) return true;
    this.#drawUntil(at);
    let turn = this.#switches.length - 1;
    while (this.#switches[turn]! > at) turn--;
    return turn % 2 === 0;
  }

  /** The pauses that begin before `untilMs`, in order, cut there. Loading is none. */
  pauses(untilMs: number): Pause[] {
    const until = untilMs - this.#loadMs;
    const { dutyShare } = this.#activity;
    if (until <= 0 || dutyShare === 1) return [];
    if (dutyShare === 0) return [{ fromMs: this.#loadMs, toMs: untilMs }];
    this.#drawUntil(until);
    const found: Pause[] = [];
    for (let turn = 1; this.#switches[turn]! < until; turn += 2)
      found.push({
        fromMs: this.#loadMs + this.#switches[turn]!,
        toMs: this.#loadMs + Math.min(until, this.#switches[turn + 1]!),
      });
    return found;
  }

  get #loadMs(): number {
    return this.#activity.loadMinutes * MINUTE_MS;
  }

  #drawUntil(at: number): void {
    const { dutyShare, cycleMinutes } = this.#activity;
    while (this.#switches.at(-1)! <= at) {
      const computing = this.#switches.length % 2 === 1;
      const mean = cycleMinutes * MINUTE_MS * (computing ? dutyShare : 1 - dutyShare);
      this.#switches.push(this.#switches.at(-1)! + Math.max(SECOND_MS, exponential(this.#next, mean)));
    }
  }
}

import type { Workload } from "../demand/workload.js";
import type { Scenario, WorkloadClass } from "../scenario/schema.js";
import { MINUTE_MS } from "../units/time.js";
import { Rhythm } from "./rhythm.js";

/** Ends work whose GPUs have not computed for as long as its class allows. */
export class Reaper {
  readonly #classes: ReadonlyMap<string, WorkloadClass>;
  readonly #seed: number;

  constructor({ workloadClasses }: Scenario, seed: number) {
    this.#classes = new Map(
      workloadClasses.filter((one) => one.reapedAfterIdleMinutes !== undefined).map((one) => [one.name, one]),
    );
    this.#seed = seed;
  }

  /** How long after it started running an attempt is ended, ms; undefined if it never idles for so long. */
  endsAfter(workload: Workload, durationMs: number): number | undefined {
    const found = this.#classes.get(workload.workloadClass);
    if (!found) return undefined;
    const graceMs = Math.round(found.reapedAfterIdleMinutes! * MINUTE_MS);
    const idle = new Rhythm(found.activity, this.#seed, workload.name)
      .pauses(durationMs)
      .find(({ fromMs, toMs }) => toMs - fromMs > graceMs);
    return idle && Math.ceil(idle.fromMs) + graceMs;
  }
}

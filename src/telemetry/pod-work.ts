import type { Activity, Scenario } from "../scenario/schema.js";
import { Rhythm } from "../simulation/rhythm.js";
import type { Pod } from "./pods.js";

/** One pod's work, as a GPU under it feels it. */
export class PodWork {
  readonly pod: Pod;
  readonly activity: Activity;
  readonly #rhythm: () => Rhythm;

  constructor(pod: Pod, activity: Activity, rhythm: () => Rhythm) {
    this.pod = pod;
    this.activity = activity;
    this.#rhythm = rhythm;
  }

  get rhythm(): Rhythm {
    return this.#rhythm();
  }

  state(nowMs: number): "no context" | "idle" | "computing" {
    if (nowMs < this.pod.runningMs) return "no context";
    return this.rhythm.computes(nowMs - this.pod.runningMs) ? "computing" : "idle";
  }
}

/** Finds the work of a pod: its class's activity, or what all of a replay has, in a rhythm that all pods of its workload share. */
export function podWork(scenario: Scenario, seed: number): (pod: Pod) => PodWork {
  const classes = new Map(scenario.workloadClasses.map((c) => [c.name, c.activity]));
  const activityOf = (workloadClass: string) => scenario.demand?.activity ?? classes.get(workloadClass)!;
  const standalone = new Map(scenario.standalone.map((s) => [s.name, s.activity]));
  const rhythms = new Map<string, Rhythm>();
  return (pod) => {
    const activity = pod.history ? activityOf(pod.history.workload.workloadClass) : standalone.get(pod.ownerName!)!;
    const name = pod.history?.workload.name ?? pod.name;
    return new PodWork(pod, activity, () => {
      let rhythm = rhythms.get(name);
      if (!rhythm) {
        rhythm = new Rhythm(activity, seed, name);
        rhythms.set(name, rhythm);
      }
      return rhythm;
    });
  };
}

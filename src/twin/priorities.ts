import type { ScenarioInput } from "../scenario/schema.js";
import type { Job } from "./jobs.js";

/** Overtakings of one class by another, one way and the other, from which on a priority is told. */
const FEWEST = 5;
/** Share of them that go one way. */
const ONE_WAY = 0.8;
/** Jobs of a queue that are looked at: more tell no more. */
const MOST_JOBS = 3_000;

/**
 * Priority classes in an order that their overtakings imply. No series says a class's value: one is above another where
 * its jobs, no smaller, came later to the same queue and were scheduled earlier, and hardly ever the other way round.
 * Classes of which that cannot be told have the same value.
 */
export function fitPriorities(
  jobs: readonly Job[],
  clusterQueueOf: (localQueue: string) => string | undefined,
): NonNullable<ScenarioInput["priorityClasses"]> {
  const names = [...new Set(jobs.map(({ priorityClass }) => priorityClass))].filter((name) => name !== "").sort();
  const overtook = new Map<string, number>();
  const times = (winner: string, loser: string) => overtook.get(`${winner}\n${loser}`) ?? 0;
  for (const queue of new Set(jobs.map(({ localQueue }) => clusterQueueOf(localQueue)))) {
    const waited = jobs
      .filter(({ localQueue }) => clusterQueueOf(localQueue) === queue)
      .filter(({ createdHours, scheduledHours }) => (scheduledHours ?? Number.POSITIVE_INFINITY) > createdHours)
      .slice(0, MOST_JOBS);
    waited.forEach((early, i) => {
      const until = early.scheduledHours ?? Number.POSITIVE_INFINITY;
      for (let k = i + 1; k < waited.length && waited[k]!.createdHours < until; k++) {
        const late = waited[k]!;
        if (late.priorityClass === early.priorityClass || !(late.scheduledHours! < until)) continue;
        if (late.pods * late.gpusPerPod < early.pods * early.gpusPerPod) continue;
        const key = `${late.priorityClass}\n${early.priorityClass}`;
        overtook.set(key, (overtook.get(key) ?? 0) + 1);
      }
    });
  }
  const above = (a: string, b: string) => {
    const all = times(a, b) + times(b, a);
    return all >= FEWEST && times(a, b) >= ONE_WAY * all;
  };
  // How many classes it is above, at most one step for each.
  const rank = (name: string, under = new Set<string>()): number => {
    const below = names.filter((other) => other !== name && !under.has(other) && above(name, other));
    return below.length === 0 ? 0 : 1 + Math.max(...below.map((other) => rank(other, new Set([...under, name]))));
  };
  return names.map((name) => ({ name, value: 100 * rank(name) }));
}

/**
 * Queueing: closed forms for equal, independent jobs (Erlang's formulas, M/M/c), and a small fast replay of gangs for
 * everything that has no closed form. Pure functions; they know nothing of Kueue.
 *
 * Nothing here tolerates a missing value: an argument that isn't a number in its range throws a RangeError that names
 * it, what was found and what is allowed. Times may be in any unit, as long as it is one; rates are per that unit.
 */
export { erlangB } from "./erlang-b.js";
export { erlangC } from "./erlang-c.js";
export type { Discipline, GangJob } from "./gang-job.js";
export { type GangQueueInput, type GangQueueResult, gangQueue } from "./gang-queue.js";
export { type MarkovQueue, meanWait } from "./mean-wait.js";
export { waitQuantile } from "./wait-quantile.js";

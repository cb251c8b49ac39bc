import type { Simulation } from "./simulate.js";

/**
 * A simulation of which only a part of the telemetry is kept: all before it is warm-up, and of what comes after it only
 * how it went on is known. Times are ms since the simulation started.
 */
export function excerpt(simulation: Simulation, fromMs: number, toMs: number): Simulation {
  const { telemetryStartMs, endMs, workloads, waits } = simulation;
  if (!(telemetryStartMs <= fromMs && fromMs < toMs && toMs <= endMs))
    throw new RangeError(`found ${fromMs} to ${toMs}; allowed: a part of ${telemetryStartMs} to ${endMs}`);
  const created = workloads.findIndex(({ workload }) => workload.createdMs >= toMs);
  const count = created < 0 ? workloads.length : created;
  return {
    ...simulation,
    telemetryStartMs: fromMs,
    endMs: toMs,
    workloads: workloads.slice(0, count),
    waits: waits.slice(0, count),
  };
}

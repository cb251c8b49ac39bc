import { originOf } from "../scenario/origin.js";
import type { Scenario } from "../scenario/schema.js";
import { lostWork } from "../simulation/lost-work.js";
import { runSimulation } from "../simulation/simulate.js";
import type { Cause } from "../simulation/truth.js";
import { supplyTruth } from "../telemetry/supply-truth.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { waitingTruth } from "../telemetry/waiting-truth.js";
import { HOUR_MS } from "../units/time.js";

/** GPU-hours of one nodegroup within the telemetry, as the simulator knows them. */
export interface TrueHours {
  readonly nodegroup: string;
  readonly paid: number;
  /** Held by pods, whatever they did with them. */
  readonly held: number;
  readonly idle: number;
  readonly stalled: number;
  /** By pods that do not run yet. */
  readonly starting: number;
  /** Of what was held: done in vain. */
  readonly lost: number;
  readonly waited: ReadonlyMap<Cause, number>;
}

/** Simulates a scenario without telemetry, and adds up what its truth says by nodegroup. */
export function trueWeek(scenario: Scenario, seed: number): TrueHours[] {
  const simulation = runSimulation({ scenario, seed });
  const windows = new TruthWindows(simulation, simulation.endMs - simulation.telemetryStartMs);
  const waiting = waitingTruth(simulation, windows);
  const lost = lostWork(simulation);
  return supplyTruth(simulation, windows, originOf(scenario)).map(({ nodegroup, gpuMs }) => {
    const waited = new Map<Cause, number>();
    for (const entry of waiting.filter((one) => one.nodegroup === nodegroup))
      for (const [cause, ms] of Object.entries(entry.gpuMs) as [Cause, number][])
        waited.set(cause, (waited.get(cause) ?? 0) + ms / HOUR_MS);
    const { useful, starting, stalled, idle } = gpuMs;
    return {
      nodegroup,
      paid: Object.values(gpuMs).reduce((sum, ms) => sum + ms, 0) / HOUR_MS,
      held: (useful + starting + stalled + idle) / HOUR_MS,
      idle: idle / HOUR_MS,
      stalled: stalled / HOUR_MS,
      starting: starting / HOUR_MS,
      lost: lost.get(nodegroup)! / HOUR_MS,
      waited,
    };
  });
}

import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";

/** A span in which a ClusterQueue admits nothing; if it drains, what it has admitted is evicted at the start. */
export interface StopSpan {
  readonly clusterQueue: string;
  readonly drains: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every span in which a ClusterQueue is stopped, ms since the simulation started. */
export function listStops(scenario: Scenario, telemetryStartMs: number, endMs: number): StopSpan[] {
  return scenario.clusterQueues.flatMap(({ name, stops = [] }) =>
    stops.map(({ policy, fromHour, toHour }) => ({
      clusterQueue: name,
      drains: policy === "HoldAndDrain",
      fromMs: Math.max(0, Math.round(telemetryStartMs + fromHour * HOUR_MS)),
      toMs: toHour === undefined ? endMs : Math.round(telemetryStartMs + toHour * HOUR_MS),
    })),
  );
}

export const isStopped = (stops: readonly StopSpan[], clusterQueue: string, atMs: number): boolean =>
  stops.some((stop) => stop.clusterQueue === clusterQueue && stop.fromMs <= atMs && atMs < stop.toMs);

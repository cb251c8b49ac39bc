import { localQueueOf, type Workload } from "../demand/workload.js";
import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";

/** A span in which a queue lets nothing be admitted; if it drains, what it has admitted is evicted at the start. */
export interface StopSpan {
  readonly kind: "ClusterQueue" | "LocalQueue";
  /** Its name; namespace/name of a LocalQueue. */
  readonly queue: string;
  readonly drains: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every span in which a queue is stopped, ms since the simulation started. */
export function listStops(scenario: Scenario, telemetryStartMs: number, endMs: number): StopSpan[] {
  const spans = (kind: StopSpan["kind"], queue: string, stops: Scenario["clusterQueues"][number]["stops"] = []) =>
    stops.map(({ policy, fromHour, toHour }) => ({
      kind,
      queue,
      drains: policy === "HoldAndDrain",
      fromMs: Math.max(0, Math.round(telemetryStartMs + fromHour * HOUR_MS)),
      toMs: toHour === undefined ? endMs : Math.round(telemetryStartMs + toHour * HOUR_MS),
    }));
  return [
    ...scenario.clusterQueues.flatMap(({ name, stops }) => spans("ClusterQueue", name, stops)),
    ...scenario.localQueues.flatMap(({ namespace, name, stops }) =>
      spans("LocalQueue", localQueueOf({ namespace, localQueue: name }), stops),
    ),
  ];
}

/** Whether a queue, by its name or namespace/name, is stopped at a moment. */
export const isStopped = (stops: readonly StopSpan[], queue: string, atMs: number): boolean =>
  stops.some((stop) => stop.queue === queue && stop.fromMs <= atMs && atMs < stop.toMs);

/** The parts of a span in which a queue is not stopped. */
export function* whileOpen(
  stops: readonly StopSpan[],
  queue: string,
  fromMs: number,
  toMs: number,
): Generator<{ readonly fromMs: number; readonly toMs: number }> {
  let openMs = fromMs;
  for (const stop of stops.filter((one) => one.queue === queue).sort((a, b) => a.fromMs - b.fromMs)) {
    if (stop.toMs <= openMs || stop.fromMs >= toMs) continue;
    if (stop.fromMs > openMs) yield { fromMs: openMs, toMs: stop.fromMs };
    openMs = stop.toMs;
  }
  if (openMs < toMs) yield { fromMs: openMs, toMs };
}

/** Whether a workload is one of the queue that is stopped. */
export const belongsTo = (workload: Workload, { kind, queue }: StopSpan): boolean =>
  queue === (kind === "ClusterQueue" ? workload.clusterQueue : localQueueOf(workload));

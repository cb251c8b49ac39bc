import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { Observed, StartedGang } from "./observed.js";

/** A gang as the scheduler sees it. */
export interface Shape {
  readonly pods: number;
  readonly gpusPerPod: number;
}

/** A shape and the GPUs that ask for it. */
export interface WeightedShape extends Shape {
  readonly gpus: number;
}

/** Queued shapes are exported by nobody: what a queue admitted in this time stands for what waits in it. */
export const TRAILING_HOURS = 24;

/**
 * The shapes that a ClusterQueue's gangs had, looking back from a tick; what it started later where nothing came before.
 * Weighted by GPUs, most first.
 */
export class TrailingShapes {
  readonly #observed: Observed;
  readonly #byQueue = new Map<string, StartedGang[]>();
  readonly #memo = new Map<string, { hour: number; shapes: readonly WeightedShape[] }>();

  constructor(observed: Observed) {
    this.#observed = observed;
    for (const gang of observed.started) {
      if (gang.clusterQueue === undefined) continue;
      const list = this.#byQueue.get(gang.clusterQueue);
      if (list) list.push(gang);
      else this.#byQueue.set(gang.clusterQueue, [gang]);
    }
  }

  /** Looked up anew every hour of the data: shapes change slowly. */
  of(clusterQueue: string, tick: number): readonly WeightedShape[] {
    const nowMs = this.#observed.startMs + tick * this.#observed.stepMs;
    const hour = Math.floor(nowMs / HOUR_MS);
    const known = this.#memo.get(clusterQueue);
    if (known?.hour === hour) return known.shapes;
    const gangs = this.#byQueue.get(clusterQueue) ?? [];
    const until = hour * HOUR_MS;
    const trailing = gangs.filter(({ scheduledSeconds }) => {
      const at = scheduledSeconds * SECOND_MS;
      return at <= until && at > until - TRAILING_HOURS * HOUR_MS;
    });
    const shapes = weigh(trailing.length > 0 ? trailing : gangs);
    this.#memo.set(clusterQueue, { hour, shapes });
    return shapes;
  }
}

function weigh(gangs: readonly StartedGang[]): WeightedShape[] {
  const byShape = new Map<string, { pods: number; gpusPerPod: number; gpus: number }>();
  for (const { pods, gpusPerPod } of gangs) {
    const key = `${pods}x${gpusPerPod}`;
    const shape = byShape.get(key) ?? { pods, gpusPerPod, gpus: 0 };
    shape.gpus += pods * gpusPerPod;
    byShape.set(key, shape);
  }
  return [...byShape.values()].sort((a, b) => b.gpus - a.gpus || b.gpusPerPod - a.gpusPerPod || b.pods - a.pods);
}

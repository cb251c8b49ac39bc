import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { ClusterQueueSeries, Observed, StartedGang } from "./observed.js";

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

/** Pending work so many times as large as the largest shape that started is of another shape. Field convention. */
const OUTGROWN = 1.5;

/**
 * The shape that stands for what a queue has pending, `gpus` GPUs each on average: the nearest in size of those that it
 * started of late, the most usual of equals. Of a queue that never started anything, or nothing near as large, pods of a
 * whole node at most.
 */
export function typicalShape(
  trailing: TrailingShapes,
  { contract }: Pick<Observed, "contract">,
  queue: Pick<ClusterQueueSeries, "name" | "eligible">,
  tick: number,
  gpus: number,
): Shape {
  let best: Shape | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const shape of trailing.of(queue.name, tick)) {
    const distance = Math.abs(gpusOf(shape) - gpus);
    if (distance < bestDistance) [best, bestDistance] = [shape, distance];
  }
  if (best && gpus <= OUTGROWN * gpusOf(best)) return best;
  const home = contract.nodegroups.find(({ name }) => name === queue.eligible[0]);
  const gpusPerPod = Math.min(home?.gpusPerNode ?? Number.POSITIVE_INFINITY, Math.max(1, Math.round(gpus)));
  return { pods: Math.max(1, Math.round(gpus / gpusPerPod)), gpusPerPod };
}

/** GPUs of all its pods together. */
export const gpusOf = ({ pods, gpusPerPod }: Shape): number => pods * gpusPerPod;

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

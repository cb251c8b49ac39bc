import { type GpuModel, knownGpuModel } from "../hardware/gpu-models.js";
import { activities } from "../scenario/activities.js";
import { MOST_DAYS, type ScenarioInput } from "../scenario/schema.js";
import { DAY_MS, SECOND_MS } from "../units/time.js";
import type { Names } from "./names.js";
import type { Asked } from "./workloads.js";

/** A scenario as it is given, of which a replay may leave out what its lists say. */
export type Sketch = Partial<ScenarioInput> & { readonly demand: NonNullable<ScenarioInput["demand"]> };

/** The queue of workloads of which the list says none. */
export const ONLY_QUEUE = "replay";

/** A board of which nothing is known: it takes part in no question but which work can run on it. */
const unknownBoard = (product: string): GpuModel => ({
  product,
  memoryMiB: 81_920,
  tdpWatts: 400,
  idleWatts: 50,
  idleWithContextWatts: 80,
});

/**
 * A scenario with what it leaves out filled in from its lists: one flavor over all nodes; a ClusterQueue for each queue
 * of the list, with quota for all that ever asks; priority classes for the list's values; a time in which everything
 * could end, if nothing waited.
 *
 * @param listed the nodegroups of its list of nodes, if it has one
 * @param times whether arrivals are Unix seconds
 * @param queueNames gives the ClusterQueues that are made here their names
 */
export function filledIn(
  sketch: Sketch,
  listed: ScenarioInput["nodegroups"] | undefined,
  asked: readonly Asked[],
  times: boolean,
  queueNames: Names,
): Sketch {
  const nodegroups = listed ?? sketch.nodegroups ?? [];
  const flavors = sketch.resourceFlavors ?? [{ name: "all", nodeLabels: {} }];
  const gpus = asked.reduce((sum, { pods, gpusPerPod }) => sum + pods * gpusPerPod, 0);
  const clusterQueues =
    sketch.clusterQueues ??
    [...new Set(asked.map(({ queue }) => queue ?? ONLY_QUEUE))].map((queue) => ({
      name: queueNames.of(queue),
      flavors: flavors.map(({ name }) => ({ name, nominalQuota: Math.ceil(gpus) })),
    }));
  return {
    ...sketch,
    ...spanOf(sketch, asked, times),
    demand: { activity: activities.pretraining, ...sketch.demand },
    nodegroups: [...nodegroups],
    gpuModels: {
      ...Object.fromEntries(
        nodegroups.flatMap(({ gpuModel }) => (knownGpuModel(gpuModel) ? [] : [[gpuModel, unknownBoard(gpuModel)]])),
      ),
      ...sketch.gpuModels,
    },
    resourceFlavors: flavors,
    clusterQueues,
    localQueues: sketch.localQueues ?? clusterQueues.map(({ name }) => ({ namespace: name, name, clusterQueue: name })),
    priorityClasses: sketch.priorityClasses ?? priorityClassesOf(asked),
    workloadClasses: sketch.workloadClasses ?? [],
  };
}

function priorityClassesOf(asked: readonly Asked[]): ScenarioInput["priorityClasses"] {
  const values = new Set(asked.flatMap(({ priority }) => (priority === undefined ? [] : Number(priority))));
  return [...values]
    .filter((value) => Number.isSafeInteger(value) && value !== 0)
    .sort((a, b) => a - b)
    .map((value) => ({ name: value < 0 ? `minus-${-value}` : `priority-${value}`, value }));
}

/** When it starts and how long it lasts: from the first day on, until all would have ended had nothing waited. */
function spanOf(
  { start, days, warmupDays = 0 }: Sketch,
  asked: readonly Asked[],
  times: boolean,
): Pick<Sketch, "start" | "days" | "warmupDays"> {
  const first = asked.reduce((least, { arrivalSeconds }) => Math.min(least, arrivalSeconds), Number.POSITIVE_INFINITY);
  const last = asked.reduce((most, one) => Math.max(most, one.arrivalSeconds + one.durationSeconds), 0);
  const firstDayMs = Math.floor((first * SECOND_MS) / DAY_MS) * DAY_MS;
  const from = start ?? (times ? new Date(firstDayMs).toISOString() : undefined);
  const originMs = times ? Date.parse(from!) - warmupDays * DAY_MS : 0;
  const needed = Math.ceil((last * SECOND_MS + 1 - originMs) / DAY_MS) - warmupDays;
  return {
    ...(from === undefined ? {} : { start: from }),
    warmupDays,
    // What arrives later still is left out, and counted.
    days: days ?? Math.min(MOST_DAYS, Math.max(1, needed)),
  };
}

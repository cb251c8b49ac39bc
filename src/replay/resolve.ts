import { gpus, type Workload } from "../demand/workload.js";
import { didYouMean, shown } from "../errors.js";
import { flavorNodegroups, podsPerNode } from "../scenario/nodes.js";
import { originOf } from "../scenario/origin.js";
import type { LocalQueue, Scenario } from "../scenario/schema.js";
import { gpus as gpuCount, plural } from "../units/format.js";
import { DAY_MS, SECOND_MS } from "../units/time.js";
import { ONLY_QUEUE } from "./fill.js";
import type { Names } from "./names.js";
import type { Asked, Unusable } from "./workloads.js";

/** What a list comes to in a cluster. */
export interface Resolved {
  /** In order of arrival, with ids 0, 1, 2 … */
  readonly workloads: readonly Workload[];
  readonly unusable: readonly Unusable[];
  /** How many arrive before the simulation starts or after it ends. */
  readonly outside: number;
}

/**
 * Finds the queue, the priority and the GPU models of all that a list asks for.
 *
 * @param times whether arrivals are Unix seconds
 * @param queueNames what ClusterQueues are called that were made for queues of the list; undefined if the scenario's own are used
 */
export function resolved(
  scenario: Scenario,
  asked: readonly Asked[],
  times: boolean,
  queueNames: Names | undefined,
): Resolved {
  const cluster = new Cluster(scenario, queueNames);
  const originMs = times ? originOf(scenario) : 0;
  const lengthMs = Math.round((scenario.warmupDays + scenario.days) * DAY_MS);
  const startupMs = Math.round((scenario.demand?.startupSeconds ?? 0) * SECOND_MS);
  const unusable: Unusable[] = [];
  const found: (Omit<Workload, "id"> & { row: number })[] = [];
  let outside = 0;
  for (const one of asked) {
    const createdMs = Math.round(one.arrivalSeconds * SECOND_MS - originMs);
    if (createdMs < 0 || createdMs >= lengthMs) {
      outside++;
      continue;
    }
    const place = cluster.placeOf(one);
    if (typeof place === "string") {
      unusable.push({ row: one.row, why: place });
      continue;
    }
    const { namespace, name: localQueue, clusterQueue } = place.localQueue;
    found.push({
      row: one.row,
      name: one.name,
      workloadClass: one.workloadClass ?? one.queue ?? clusterQueue,
      namespace,
      localQueue,
      clusterQueue,
      createdMs,
      pods: one.pods,
      gpusPerPod: one.gpusPerPod,
      cpusPerPod: one.cpusPerPod,
      memoryGiBPerPod: one.memoryGiBPerPod,
      priorityClass: place.priorityClass,
      priority: place.priority,
      gpuModels: place.gpuModels,
      kind: "Job",
      startupMs,
      attempts: [{ durationMs: Math.max(1, Math.round(one.durationSeconds * SECOND_MS)), fails: false }],
    });
  }
  found.sort((a, b) => a.createdMs - b.createdMs || a.row - b.row);
  return { workloads: found.map(({ row: _, ...workload }, id) => ({ id, ...workload })), unusable, outside };
}

interface Place {
  readonly localQueue: LocalQueue;
  readonly priorityClass: string;
  readonly priority: number;
  readonly gpuModels: readonly string[];
}

/** What of a scenario's names a list may mean. */
class Cluster {
  readonly #scenario: Scenario;
  readonly #queueNames: Names | undefined;
  /** By what the list says of queue, priority, GPU types and size. */
  readonly #places = new Map<string, Place | string>();
  /** One array for each set of models, which the simulation tells apart by identity. */
  readonly #models = new Map<string, readonly string[]>();

  constructor(scenario: Scenario, queueNames: Names | undefined) {
    this.#scenario = scenario;
    this.#queueNames = queueNames;
  }

  /** Where one goes, or why it cannot. */
  placeOf(one: Asked): Place | string {
    const { queue, priority, gpuTypes, pods, gpusPerPod, cpusPerPod, memoryGiBPerPod } = one;
    const key = JSON.stringify([queue, priority, gpuTypes, pods, gpusPerPod, cpusPerPod, memoryGiBPerPod]);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#find(one);
      this.#places.set(key, place);
    }
    return place;
  }

  #find(one: Asked): Place | string {
    const localQueue = this.#queue(one.queue);
    if (typeof localQueue === "string") return localQueue;
    const gpuModels = this.#modelsOf(one.gpuTypes);
    if (typeof gpuModels === "string") return gpuModels;
    const priority = this.#priority(one.priority);
    if (typeof priority === "string") return priority;
    if (!this.#fits(one, localQueue.clusterQueue, gpuModels))
      return `asks for ${plural(one.pods, "pod")} of ${gpuCount(one.gpusPerPod)}, ${plural(one.cpusPerPod, "core")} and ${one.memoryGiBPerPod} GiB each (${gpuCount(gpus(one))} in all), which the nodes that its queue reaches cannot hold even when empty`;
    return { localQueue, gpuModels, ...priority };
  }

  #queue(queue: string | undefined): LocalQueue | string {
    const { localQueues } = this.#scenario;
    const called = this.#queueNames ? this.#queueNames.of(queue ?? ONLY_QUEUE) : queue;
    if (called === undefined) return localQueues.length === 1 ? localQueues[0]! : "has no queue";
    const found =
      localQueues.find(({ namespace, name }) => `${namespace}/${name}` === called) ??
      localQueues.find(({ clusterQueue }) => clusterQueue === called);
    const names = localQueues.map(({ namespace, name }) => `${namespace}/${name}`);
    return found ?? `has queue ${shown(called)}. ${didYouMean(called, names)}`;
  }

  #modelsOf(gpuTypes: readonly string[]): readonly string[] | string {
    const there = [...new Set(this.#scenario.nodegroups.map(({ gpuModel }) => gpuModel))];
    const models = gpuTypes.length === 0 ? there : there.filter((model) => gpuTypes.includes(model));
    if (models.length === 0) return `has gpu_type ${gpuTypes.join("|")}. ${didYouMean(gpuTypes[0]!, there)}`;
    const key = models.join("|");
    const known = this.#models.get(key) ?? models;
    this.#models.set(key, known);
    return known;
  }

  #priority(priority: string | undefined): { priorityClass: string; priority: number } | string {
    const { priorityClasses } = this.#scenario;
    if (priority === undefined) return { priorityClass: "", priority: 0 };
    const value = Number(priority);
    const found = priorityClasses.find((one) => one.name === priority || one.value === value);
    if (found) return { priorityClass: found.name, priority: found.value };
    if (Number.isSafeInteger(value)) return { priorityClass: "", priority: value };
    const names = priorityClasses.map(({ name }) => name);
    return `has priority ${shown(priority)}; allowed: a whole number or a priority class. ${didYouMean(priority, names)}`;
  }

  #fits(one: Asked, clusterQueue: string, gpuModels: readonly string[]): boolean {
    const { flavors } = this.#scenario.clusterQueues.find(({ name }) => name === clusterQueue)!;
    return flavors.some(({ name }) => {
      const able = flavorNodegroups(this.#scenario, name).filter(({ gpuModel }) => gpuModels.includes(gpuModel));
      return able.reduce((pods, group) => pods + group.nodes * podsPerNode(group, one), 0) >= one.pods;
    });
  }
}

import type { Workload } from "../demand/workload.js";
import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
import { random } from "../random/random.js";
import { arrivalsPerHour, simulatedHours } from "../scenario/rate.js";
import type { Scenario } from "../scenario/schema.js";
import type { FreeRoom, PlacementPolicy, Room, Score } from "./free-room.js";
import { isShare, milliOf, WHOLE } from "./gpu-shares.js";
import type { SimulatedNode } from "./history.js";

/** Cores of a node stay far below: among nodes with equally many GPUs left, these decide. */
const CORES = 2 ** 20;

/** How the scheduler of a scenario chooses among the nodes that fit a pod. */
export function placementOf(
  scenario: Scenario,
  seed: number,
  nodes: readonly SimulatedNode[],
  room: FreeRoom,
  demand: readonly Workload[],
): PlacementPolicy {
  switch (scenario.placement) {
    case "spread":
    case "pack":
      return scenario.placement;
    case "best-fit":
      return ({ gpusPerPod, cpusPerPod }, node) =>
        (room.freeGpus(node) - gpusPerPod) * CORES + room.cpus[node]! - cpusPerPod;
    case "random": {
      // The least of equal draws is any of the nodes, all as likely.
      const next = random(seed, "placement");
      return () => next();
    }
    case "fgd":
      return addedFragmentation(scenario, nodes, room, demand);
  }
}

/**
 * Fragmentation gradient descent (Weng et al., USENIX ATC 2023): the GPUs that become fragments to what the scenario's
 * classes submit, by size and rate. Memory does not count.
 */
function addedFragmentation(
  scenario: Scenario,
  nodes: readonly SimulatedNode[],
  room: FreeRoom,
  demand: readonly Workload[],
): Score {
  const modelOf = new Map(scenario.nodegroups.map(({ name, gpuModel }) => [name, gpuModel]));
  const models = nodes.map(({ nodegroup }) => modelOf.get(nodegroup)!);
  const shapes = new Map([...new Set(models)].map((model) => [model, targetWorkload(scenario, demand, model)]));
  const known = new Map<string, number>();
  const fragments = (model: string, gpuMilli: readonly number[], cpus: number) => {
    const cpuMilli = Math.max(0, Math.round(cpus * 1000));
    const key = `${model}/${gpuMilli}/${cpuMilli}`;
    let found = known.get(key);
    if (found === undefined) {
      found = fragmentation([{ cpuMilli, gpuMilli, gpuType: model }], shapes.get(model)!).fragmentedGpuMilli;
      known.set(key, found);
    }
    return found;
  };
  /** By the size of a pod: what it would add on each node, and when that was worked out. */
  const scores = new Map<string, { readonly added: Float64Array; readonly asOf: Int32Array }>();
  return ({ gpusPerPod, cpusPerPod }, node) => {
    const size = `${gpusPerPod}/${cpusPerPod}`;
    let score = scores.get(size);
    if (!score) {
      score = { added: new Float64Array(nodes.length), asOf: new Int32Array(nodes.length).fill(-1) };
      scores.set(size, score);
    }
    if (score.asOf[node] !== room.changes[node]) {
      const before = freeMilli(room, node);
      const cpus = room.cpus[node]!;
      const model = models[node]!;
      score.added[node] =
        fragments(model, without(before, gpusPerPod), cpus - cpusPerPod) - fragments(model, before, cpus);
      score.asOf[node] = room.changes[node]!;
    }
    return score.added[node]!;
  };
}

/** What is free of each GPU of a node of which anything is, in thousandths: the least first. */
export function freeMilli(room: Room, node: number): number[] {
  const shared = room.shares.left(node).filter((milli) => milli > 0);
  return [...shared.sort((a, b) => a - b), ...Array<number>(room.gpus[node]!).fill(WHOLE)];
}

/** What is left once a pod has taken its GPUs: a share goes where the least that is enough is left. */
function without(milli: readonly number[], gpusPerPod: number): number[] {
  if (!isShare(gpusPerPod)) return gpusPerPod === 0 ? [...milli] : milli.slice(0, -gpusPerPod);
  const share = milliOf(gpusPerPod);
  const at = milli.findIndex((one) => one >= share);
  const rest = milli[at]! - share;
  return [...milli.slice(0, at), ...(rest > 0 ? [rest] : []), ...milli.slice(at + 1)].sort((a, b) => a - b);
}

/** Shapes of a replay that count: more make FGD slow. A published trace of 8,152 tasks (Alibaba 2023) has 91. */
const MOST_SHAPES = 500;

/** The pods that are submitted, as popular as many come; what cannot run on a model asks for another. */
export function targetWorkload(scenario: Scenario, demand: readonly Workload[], model: string): TaskShape[] {
  const shapes = scenario.demand ? replayed(demand, model) : submitted(scenario, model);
  // Nothing may be submitted at all: then every shape counts the same.
  const silent = shapes.every(({ popularity }) => popularity === 0);
  return silent ? shapes.map((shape) => ({ ...shape, popularity: 1 })) : shapes;
}

function submitted(scenario: Scenario, model: string): TaskShape[] {
  const hours = simulatedHours(scenario);
  return scenario.workloadClasses.flatMap(({ arrivals, gang, cpusPerGpu, gpuModels }) => {
    const weight = gang.reduce((sum, shape) => sum + shape.weight, 0);
    return gang.map((shape) => ({
      ...taskShape(shape.gpusPerPod, shape.gpusPerPod * cpusPerGpu, gpuModels, model),
      popularity: (arrivalsPerHour(arrivals, hours) * shape.pods * shape.weight) / weight,
    }));
  });
}

/** The shapes of what is replayed, the most popular first. */
function replayed(demand: readonly Workload[], model: string): TaskShape[] {
  const shapes = new Map<string, TaskShape & { popularity: number }>();
  for (const { gpusPerPod, cpusPerPod, gpuModels, pods: size } of demand) {
    const key = `${gpusPerPod}/${cpusPerPod}/${gpuModels}`;
    const shape = shapes.get(key) ?? { ...taskShape(gpusPerPod, cpusPerPod, gpuModels, model), popularity: 0 };
    shape.popularity += size;
    shapes.set(key, shape);
  }
  return [...shapes.values()].sort((a, b) => b.popularity - a.popularity).slice(0, MOST_SHAPES);
}

function taskShape(gpusPerPod: number, cpusPerPod: number, gpuModels: readonly string[], model: string) {
  return {
    cpuMilli: Math.round(cpusPerPod * 1000),
    gpuMilli: isShare(gpusPerPod) ? milliOf(gpusPerPod) : WHOLE,
    gpuCount: Math.ceil(gpusPerPod),
    gpuType: gpuModels.includes(model) ? model : gpuModels[0],
  };
}

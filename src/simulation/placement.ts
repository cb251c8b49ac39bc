import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
import { random } from "../random/random.js";
import type { Scenario, WorkloadClass } from "../scenario/schema.js";
import type { FreeRoom, PlacementPolicy, Score } from "./free-room.js";
import type { SimulatedNode } from "./history.js";

/** Cores of a node stay far below: among nodes with equally many GPUs left, these decide. */
const CORES = 2 ** 20;

/** How the scheduler of a scenario chooses among the nodes that fit a pod. */
export function placementOf(
  scenario: Scenario,
  seed: number,
  nodes: readonly SimulatedNode[],
  room: FreeRoom,
): PlacementPolicy {
  switch (scenario.placement) {
    case "spread":
    case "pack":
      return scenario.placement;
    case "best-fit":
      return ({ gpusPerPod, cpusPerPod }, node) =>
        (room.gpus[node]! - gpusPerPod) * CORES + room.cpus[node]! - cpusPerPod;
    case "random": {
      // The least of equal draws is any of the nodes, all as likely.
      const next = random(seed, "placement");
      return () => next();
    }
    case "fgd":
      return addedFragmentation(scenario, nodes, room);
  }
}

/**
 * Fragmentation gradient descent (Weng et al., USENIX ATC 2023): the GPUs that become fragments to what the scenario's
 * classes submit, by size and rate. Memory does not count.
 */
function addedFragmentation(scenario: Scenario, nodes: readonly SimulatedNode[], room: FreeRoom): Score {
  const modelOf = new Map(scenario.nodegroups.map(({ name, gpuModel }) => [name, gpuModel]));
  const models = nodes.map(({ nodegroup }) => modelOf.get(nodegroup)!);
  const shapes = new Map([...new Set(models)].map((model) => [model, targetWorkload(scenario, model)]));
  const known = new Map<string, number>();
  const fragments = (model: string, gpus: number, cpus: number) => {
    const cpuMilli = Math.max(0, Math.round(cpus * 1000));
    const key = `${model}/${gpus}/${cpuMilli}`;
    let found = known.get(key);
    if (found === undefined) {
      const node = { cpuMilli, gpuMilli: Array<number>(gpus).fill(1000), gpuType: model };
      found = fragmentation([node], shapes.get(model)!).fragmentedGpuMilli;
      known.set(key, found);
    }
    return found;
  };
  return ({ gpusPerPod, cpusPerPod }, node) => {
    const [gpus, cpus] = [room.gpus[node]!, room.cpus[node]!];
    return fragments(models[node]!, gpus - gpusPerPod, cpus - cpusPerPod) - fragments(models[node]!, gpus, cpus);
  };
}

/** The pods that the classes submit, as popular as many come in an hour; what cannot run on a model asks for another. */
export function targetWorkload({ workloadClasses }: Scenario, model: string): TaskShape[] {
  const shapes = workloadClasses.flatMap(({ arrivals, gang, cpusPerGpu, gpuModels }) => {
    const weight = gang.reduce((sum, shape) => sum + shape.weight, 0);
    return gang.map((shape) => ({
      cpuMilli: Math.round(shape.gpusPerPod * cpusPerGpu * 1000),
      gpuMilli: 1000,
      gpuCount: shape.gpusPerPod,
      popularity: (perHour(arrivals) * shape.pods * shape.weight) / weight,
      gpuType: gpuModels.includes(model) ? model : gpuModels[0],
    }));
  });
  // Nothing may be submitted at all: then every shape counts the same.
  const silent = shapes.every(({ popularity }) => popularity === 0);
  return silent ? shapes.map((shape) => ({ ...shape, popularity: 1 })) : shapes;
}

const perHour = (arrivals: WorkloadClass["arrivals"]) =>
  arrivals.kind === "poisson" ? arrivals.perHour : 1 / arrivals.everyHours;

import type { Workload } from "../demand/workload.js";
import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";
import { listNodes } from "./cluster.js";
import type { FreeRoom, PodRequest } from "./free-room.js";
import { WHOLE } from "./gpu-shares.js";
import { freeMilli, targetWorkload } from "./placement.js";
import { type Instant, type SimulateOptions, type Simulation, simulationByHours } from "./simulate.js";

/** How full a nodegroup is at a moment, GPUs. Allocated, free and out of service add up to all that it has. */
export interface Occupancy {
  /** Since the simulation started. */
  readonly nowMs: number;
  readonly nodegroup: string;
  readonly allocated: number;
  readonly free: number;
  /** Free on nodes that take nothing new, or that are none of the cluster. */
  readonly outOfService: number;
  /** Of what is free: what the scenario's classes, as often as they come, cannot be expected to use (FGD). */
  readonly fragmented: number;
  /**
   * Of what is free: what is left over once nodes are filled with the pods of a class that could run there, on average
   * over what these ask for. All that is free where none could.
   */
  readonly stranded: number;
}

/**
 * Simulates a scenario and looks at every full hour how full it is, from the start of the warm-up on.
 *
 * @returns a generator like simulationByHours: it yields how many hours are over
 */
export function* occupancyByHours(
  options: SimulateOptions,
): Generator<number, { simulation: Simulation; occupancy: Occupancy[] }> {
  const { scenario, workloads = [] } = options;
  const nodegroups = scenario.nodegroups.map(({ name, gpuModel }) => new Gauge(name, gpuModel, scenario, workloads));
  const occupancy: Occupancy[] = [];
  let last: Instant | undefined;
  const hours = simulationByHours({
    ...options,
    onSettled(instant) {
      last = instant;
      options.onSettled?.(instant);
    },
  });
  for (;;) {
    const { done, value } = hours.next();
    if (done) return { simulation: value, occupancy };
    // Nothing has happened since it last settled: events of this hour's end come after.
    if (last) for (const nodegroup of nodegroups) occupancy.push(nodegroup.read(value * HOUR_MS, last.free));
    yield value;
  }
}

/** Reads how full one nodegroup is. */
class Gauge {
  readonly #nodegroup: string;
  readonly #gpuModel: string;
  readonly #nodes: readonly { readonly index: number; readonly gpus: number }[];
  readonly #shapes: readonly TaskShape[];
  /** Shapes that could run here and ask for GPUs, by the GPUs that they ask for. */
  readonly #able: readonly { readonly pod: PodRequest; readonly weight: number }[];
  readonly #known = new Map<number, NodeRoom>();

  constructor(nodegroup: string, gpuModel: string, scenario: Scenario, workloads: readonly Workload[]) {
    this.#nodegroup = nodegroup;
    this.#gpuModel = gpuModel;
    this.#nodes = listNodes(scenario).flatMap((node, index) =>
      node.nodegroup === nodegroup ? [{ index, gpus: node.gpus }] : [],
    );
    this.#shapes = targetWorkload(scenario, workloads, gpuModel);
    const able = this.#shapes.flatMap((shape) => {
      const gpusPerPod = (shape.gpuCount * shape.gpuMilli) / WHOLE;
      if (shape.gpuType !== gpuModel || gpusPerPod === 0) return [];
      const pod: PodRequest = { gpusPerPod, cpusPerPod: shape.cpuMilli / 1000, memoryGiBPerPod: 0 };
      return [{ pod, weight: gpusPerPod * shape.popularity }];
    });
    const all = able.reduce((sum, { weight }) => sum + weight, 0);
    this.#able = able.map((one) => ({ ...one, weight: one.weight / all }));
  }

  read(nowMs: number, room: FreeRoom): Occupancy {
    let [allocated, free, outOfService, fragmented, stranded] = [0, 0, 0, 0, 0];
    for (const { index, gpus } of this.#nodes) {
      const unheld = room.freeGpus(index);
      allocated += gpus - unheld;
      if (room.schedulable[index] === 0) outOfService += unheld;
      else {
        const of = this.#roomOf(index, room);
        free += unheld;
        fragmented += of.fragmented;
        stranded += of.stranded;
      }
    }
    return { nowMs, nodegroup: this.#nodegroup, allocated, free, outOfService, fragmented, stranded };
  }

  #roomOf(node: number, room: FreeRoom): NodeRoom {
    const change = room.changes[node]!;
    let known = this.#known.get(node);
    if (known?.change !== change) {
      const cpuMilli = Math.max(0, Math.round(room.cpus[node]! * 1000));
      const gpuMilli = freeMilli(room, node);
      const { fragmentedGpuMilli } = fragmentation([{ cpuMilli, gpuMilli, gpuType: this.#gpuModel }], this.#shapes);
      const free = room.freeGpus(node);
      const used = this.#able.reduce(
        (sum, { pod, weight }) => sum + weight * pod.gpusPerPod * room.fitting(pod, node),
        0,
      );
      known = { change, fragmented: fragmentedGpuMilli / WHOLE, stranded: free - used };
      this.#known.set(node, known);
    }
    return known;
  }
}

/** What was found of a node's free GPUs, as of a change of what is free there. */
interface NodeRoom {
  readonly change: number;
  readonly fragmented: number;
  readonly stranded: number;
}

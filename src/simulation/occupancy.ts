import type { Workload } from "../demand/workload.js";
import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";
import { listNodes } from "./cluster.js";
import type { FreeRoom } from "./free-room.js";
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
  /** By node: thousandths of GPUs that are fragments, as of a change of what is free there. */
  readonly #known = new Map<number, { readonly change: number; readonly fragmentedGpuMilli: number }>();

  constructor(nodegroup: string, gpuModel: string, scenario: Scenario, workloads: readonly Workload[]) {
    this.#nodegroup = nodegroup;
    this.#gpuModel = gpuModel;
    this.#nodes = listNodes(scenario).flatMap((node, index) =>
      node.nodegroup === nodegroup ? [{ index, gpus: node.gpus }] : [],
    );
    this.#shapes = targetWorkload(scenario, workloads, gpuModel);
  }

  read(nowMs: number, room: FreeRoom): Occupancy {
    let [allocated, free, outOfService, fragmentedGpuMilli] = [0, 0, 0, 0];
    for (const { index, gpus } of this.#nodes) {
      const unheld = room.freeGpus(index);
      allocated += gpus - unheld;
      if (room.schedulable[index] === 0) outOfService += unheld;
      else {
        free += unheld;
        fragmentedGpuMilli += this.#fragments(index, room);
      }
    }
    const fragmented = fragmentedGpuMilli / 1000;
    return { nowMs, nodegroup: this.#nodegroup, allocated, free, outOfService, fragmented };
  }

  #fragments(node: number, room: FreeRoom): number {
    const change = room.changes[node]!;
    let known = this.#known.get(node);
    if (known?.change !== change) {
      const cpuMilli = Math.max(0, Math.round(room.cpus[node]! * 1000));
      const open = { cpuMilli, gpuMilli: freeMilli(room, node), gpuType: this.#gpuModel };
      const { fragmentedGpuMilli } = fragmentation([open], this.#shapes);
      known = { change, fragmentedGpuMilli };
      this.#known.set(node, known);
    }
    return known.fragmentedGpuMilli;
  }
}

import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";
import type { Room } from "./free-room.js";
import { targetWorkload } from "./placement.js";
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
  const rooms: { nowMs: number; room: Room }[] = [];
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
    if (done) return { simulation: value, occupancy: rooms.flatMap((one) => occupancyOf(value, one)) };
    // Nothing has happened since it last settled: events of this hour's end come after.
    if (last) rooms.push({ nowMs: value * HOUR_MS, room: last.free.snapshot() });
    yield value;
  }
}

function occupancyOf(simulation: Simulation, { nowMs, room }: { nowMs: number; room: Room }): Occupancy[] {
  const { scenario, nodes } = simulation;
  return scenario.nodegroups.map(({ name, gpuModel }) => {
    let [allocated, free, outOfService] = [0, 0, 0];
    const open: { cpuMilli: number; gpuMilli: number[]; gpuType: string }[] = [];
    nodes.forEach((node, i) => {
      if (node.nodegroup !== name) return;
      const gpus = room.gpus[i]!;
      allocated += node.gpus - gpus;
      if (room.schedulable[i] === 0) outOfService += gpus;
      else {
        free += gpus;
        const cpuMilli = Math.max(0, Math.round(room.cpus[i]! * 1000));
        open.push({ cpuMilli, gpuMilli: Array<number>(gpus).fill(1000), gpuType: gpuModel });
      }
    });
    const { fragmentedGpuMilli } = fragmentation(open, shapesFor(scenario, gpuModel));
    return { nowMs, nodegroup: name, allocated, free, outOfService, fragmented: fragmentedGpuMilli / 1000 };
  });
}

const known = new WeakMap<Scenario, Map<string, readonly TaskShape[]>>();

function shapesFor(scenario: Scenario, model: string): readonly TaskShape[] {
  const byModel = known.get(scenario) ?? new Map<string, readonly TaskShape[]>();
  known.set(scenario, byModel);
  const shapes = byModel.get(model) ?? targetWorkload(scenario, model);
  byModel.set(model, shapes);
  return shapes;
}

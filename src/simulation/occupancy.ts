import { fragmentation, type TaskShape } from "../packing/fragmentation.js";
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
    if (done) {
      const shapes = new Map(
        value.scenario.nodegroups.map(({ name, gpuModel }) => [name, targetWorkload(value.scenario, gpuModel)]),
      );
      return { simulation: value, occupancy: rooms.flatMap((one) => occupancyOf(value, one, shapes)) };
    }
    // Nothing has happened since it last settled: events of this hour's end come after.
    if (last) rooms.push({ nowMs: value * HOUR_MS, room: last.free.snapshot() });
    yield value;
  }
}

/** @param shapes what the classes submit, by nodegroup */
function occupancyOf(
  { scenario, nodes }: Simulation,
  { nowMs, room }: { readonly nowMs: number; readonly room: Room },
  shapes: ReadonlyMap<string, readonly TaskShape[]>,
): Occupancy[] {
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
    const { fragmentedGpuMilli } = fragmentation(open, shapes.get(name)!);
    return { nowMs, nodegroup: name, allocated, free, outOfService, fragmented: fragmentedGpuMilli / 1000 };
  });
}

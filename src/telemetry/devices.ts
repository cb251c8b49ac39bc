import { random } from "../random/random.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Pod } from "./pods.js";

/** A GPU and the pods that held it, in order. */
export interface Device {
  /** Position in Simulation.nodes. */
  readonly nodeIndex: number;
  /** Index of the GPU on its node. */
  readonly index: number;
  readonly uuid: string;
  readonly pods: Pod[];
}

/** Gives every bound pod GPUs of its node, the lowest free indices first, as a device plugin does. */
export function assignDevices(simulation: Simulation, pods: readonly Pod[]): Device[] {
  const next = random(simulation.seed, "telemetry/gpu-uuid");
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(next() * 16).toString(16)).join("");
  const byNode = simulation.nodes.map((node, nodeIndex) =>
    Array.from({ length: node.gpus }, (_, index): Device & { freeFromMs: number } => ({
      nodeIndex,
      index,
      uuid: `GPU-${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
      pods: [],
      freeFromMs: Number.NEGATIVE_INFINITY,
    })),
  );
  const until = (pod: Pod) => Math.min(pod.endedMs, pod.deletedMs);
  // Who was preempted in the instant in which it was bound held nothing.
  const bound = pods.filter((pod) => pod.nodeIndex >= 0 && until(pod) > pod.boundMs);
  for (const pod of bound.sort((a, b) => a.boundMs - b.boundMs)) {
    let wanted = pod.gpus;
    for (const device of byNode[pod.nodeIndex]!) {
      if (wanted === 0) break;
      if (device.freeFromMs > pod.boundMs) continue;
      device.pods.push(pod);
      device.freeFromMs = until(pod);
      wanted--;
    }
    if (wanted > 0)
      throw new Error(`pod ${pod.name} got ${pod.gpus - wanted} of its ${pod.gpus} GPUs on ${pod.node?.name}`);
  }
  return byNode.flat();
}

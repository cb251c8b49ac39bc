import { nodeTimelines } from "../simulation/outages.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Block, TableRows } from "../tables/block.js";
import { gauge, label, table, timestamp } from "../tables/table.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { podWork } from "./pod-work.js";
import { listPods, type Pod } from "./pods.js";
import { TruthWindows } from "./truth-windows.js";

/** What a paid GPU does at an instant: exactly one of these. */
export const supplyStates = [
  "useful",
  "starting",
  "stalled",
  "idle",
  "unallocated",
  "out-of-service",
  "absent",
] as const;
export type SupplyState = (typeof supplyStates)[number];

/** A pause this long is idleness; a shorter one belongs to the work. The definition of allocated-idle, in continuous time. */
export const IDLE_PAUSE_MINUTES = 60;

/** What a nodegroup's GPUs did in one window, GPU-ms by state: whole numbers that add up to what is paid for. */
export interface SupplyTruth {
  readonly window: number;
  readonly nodegroup: string;
  readonly gpuMs: Readonly<Record<SupplyState, number>>;
  /** Those that were idle, by the namespace that held them. */
  readonly idleGpuMs: ReadonlyMap<string, number>;
}

/**
 * What the GPUs did while telemetry lasted, window by window in the scenario's order of nodegroups. GPUs that a pod
 * holds are starting until it runs; then useful, or stalled where its activity is starved, but for pauses of
 * IDLE_PAUSE_MINUTES and more. What nobody holds is absent where the node is none of the cluster, out of service where
 * it takes nothing new, and unallocated on any other.
 */
export function supplyTruth(simulation: Simulation, windows: TruthWindows, originMs: number): SupplyTruth[] {
  const { scenario, nodes } = simulation;
  const names = scenario.nodegroups.map(({ name }) => name);
  const nodegroupOf = nodes.map((node) => names.indexOf(node.nodegroup));
  const book = Array.from({ length: windows.count * names.length }, (_, i) => ({
    window: Math.floor(i / names.length),
    nodegroup: names[i % names.length]!,
    gpuMs: Object.fromEntries(supplyStates.map((state) => [state, 0])) as Record<SupplyState, number>,
    idleGpuMs: new Map<string, number>(),
  }));
  const add = (nodegroup: number, state: SupplyState, gpus: number, fromMs: number, toMs: number) => {
    for (const [window, ms] of windows.cut(fromMs, toMs))
      book[window * names.length + nodegroup]!.gpuMs[state] += gpus * ms;
  };

  const addIdle = (nodegroup: number, { namespace, gpus }: Pod, fromMs: number, toMs: number) => {
    add(nodegroup, "idle", gpus, fromMs, toMs);
    for (const [window, ms] of windows.cut(fromMs, toMs)) {
      const { idleGpuMs } = book[window * names.length + nodegroup]!;
      idleGpuMs.set(namespace, (idleGpuMs.get(namespace) ?? 0) + gpus * ms);
    }
  };

  const held: Held[][] = nodes.map(() => []);
  const workOf = podWork(scenario, simulation.seed);
  for (const pod of listPods(simulation, originMs)) {
    if (pod.nodeIndex < 0) continue;
    const nodegroup = nodegroupOf[pod.nodeIndex]!;
    const [boundMs, endMs] = [pod.boundMs - originMs, holdsUntil(pod) - originMs];
    const runningMs = Math.min(pod.runningMs - originMs, endMs);
    held[pod.nodeIndex]!.push({ gpus: pod.gpus, fromMs: boundMs, toMs: endMs });
    add(nodegroup, "starting", pod.gpus, boundMs, runningMs);
    const work = workOf(pod);
    const busy = work.activity.starved ? "stalled" : "useful";
    const lastMs = Math.min(endMs, simulation.endMs);
    let at = runningMs;
    // What does not run for that long cannot pause for that long.
    const mayIdle = lastMs - runningMs >= IDLE_PAUSE_MINUTES * MINUTE_MS;
    for (const pause of mayIdle ? work.rhythm.pauses(lastMs - runningMs) : []) {
      if (pause.toMs - pause.fromMs < IDLE_PAUSE_MINUTES * MINUTE_MS) continue;
      add(nodegroup, busy, pod.gpus, at, runningMs + pause.fromMs);
      addIdle(nodegroup, pod, runningMs + pause.fromMs, runningMs + pause.toMs);
      at = runningMs + pause.toMs;
    }
    add(nodegroup, busy, pod.gpus, at, lastMs);
  }

  const timelines = nodeTimelines(simulation.outages, nodes.length, simulation.endMs);
  nodes.forEach((node, index) => {
    const changes = new Map<number, number>();
    const change = (at: number, by: number) => changes.set(at, (changes.get(at) ?? 0) + by);
    for (const { gpus, fromMs, toMs } of held[index]!) {
      change(fromMs, -gpus);
      change(toMs, gpus);
    }
    for (const { fromMs } of timelines[index]!) change(fromMs, 0);
    const times = [...changes.keys()].sort((a, b) => a - b);
    const standing = timelines[index]!.values();
    let span = standing.next().value!;
    let free = node.gpus;
    times.forEach((fromMs, i) => {
      free += changes.get(fromMs)!;
      while (fromMs >= span.toMs) {
        const next = standing.next();
        if (next.done) break;
        span = next.value;
      }
      const state = span.absent ? "absent" : span.cordoned || span.failed ? "out-of-service" : "unallocated";
      add(nodegroupOf[index]!, state, free, fromMs, times[i + 1] ?? simulation.endMs);
    });
  });
  return book;
}

interface Held {
  readonly gpus: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** When a bound pod gives its GPUs back, Unix ms. */
const holdsUntil = (pod: Pod) => Math.min(pod.endedMs, pod.deletedMs);

const columnOf = (state: SupplyState) => `gpu_seconds_${state.replaceAll("-", "_")}`;

const meanings: Record<SupplyState, string> = {
  useful: "Held by work that computes, or pauses for less than an hour",
  starting: "Held by pods that do not run yet",
  stalled: "Held by work that looks busy and waits for its input",
  idle: "Held by work that pauses for an hour or longer",
  unallocated: "Free on nodes in service",
  "out-of-service": "Free on nodes out of service: cordoned, drained or failed",
  absent: "Of nodes that are none of the cluster",
};

/** What the GPUs did, hour by hour. The reading half never opens it. */
export const supplyTruthTable = table({
  name: "supply_truth",
  source: "evenkeel",
  doc: "What the GPUs that are paid for did, by hour and nodegroup: GPU-seconds that add up to all that is paid for",
  key: ["nodegroup"],
  columns: {
    timestamp: { ...timestamp, doc: "Start of the hour" },
    nodegroup: label("Nodegroup"),
    ...Object.fromEntries(supplyStates.map((state) => [columnOf(state), gauge("GPU s", meanings[state])])),
  },
});

export function supplyTruthRows(simulation: Simulation, originMs: number): TableRows {
  const windows = new TruthWindows(simulation, HOUR_MS);
  const truth = supplyTruth(simulation, windows, originMs);
  return {
    table: supplyTruthTable,
    openLabels: [],
    *blocks() {
      for (const { window, nodegroup, gpuMs } of truth)
        yield {
          timestamps: Float64Array.of(originMs + windows.startMs(window)),
          strings: { nodegroup },
          constants: Object.fromEntries(supplyStates.map((state) => [columnOf(state), gpuMs[state] / SECOND_MS])),
        } satisfies Block;
    },
  };
}

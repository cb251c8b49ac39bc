import { keptUntil } from "./checkpoint.js";
import type { Simulation } from "./simulate.js";

/**
 * GPU-ms of work that came to nothing while telemetry lasted, by nodegroup: of runs that failed, were evicted or lost a
 * node, what they did since their last checkpoint, or without one since they got their nodes; of pods that waited for the
 * others of their gang and left before, all the time on their node.
 */
export function lostWork({ scenario, nodes, workloads, telemetryStartMs, endMs }: Simulation): Map<string, number> {
  const lost = new Map(scenario.nodegroups.map(({ name }) => [name, 0]));
  const add = (node: number, gpuCount: number, fromMs: number, toMs: number) => {
    const ms = Math.min(toMs, endMs) - Math.max(fromMs, telemetryStartMs);
    const { nodegroup } = nodes[node]!;
    if (ms > 0) lost.set(nodegroup, lost.get(nodegroup)! + ms * gpuCount);
  };
  for (const { workload, runs, early = [] } of workloads) {
    for (const pod of early) if (pod.endMs !== undefined) add(pod.node, workload.gpusPerPod, pod.boundMs, pod.endMs);
    for (const run of runs) {
      if (run.endMs === undefined || run.outcome === "succeeded" || run.outcome === "reaped") continue;
      const keptMs = keptUntil(workload, run, run.endMs);
      // A checkpoint keeps what was done first.
      const keptUntilMs = keptMs > 0 ? run.runningMs + keptMs : undefined;
      for (const [pod, node] of run.nodes.entries())
        add(node, workload.gpusPerPod, keptUntilMs ?? run.boundMs?.[pod] ?? run.placedMs, run.endMs);
    }
  }
  return lost;
}

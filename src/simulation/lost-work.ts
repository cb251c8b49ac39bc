import { keptUntil } from "./checkpoint.js";
import type { Simulation } from "./simulate.js";

/**
 * GPU-ms of work that came to nothing while telemetry lasted, by nodegroup: of runs that failed, were evicted or lost a
 * node, what they did since their last checkpoint, or without one since they got their nodes.
 */
export function lostWork({ scenario, nodes, workloads, telemetryStartMs, endMs }: Simulation): Map<string, number> {
  const lost = new Map(scenario.nodegroups.map(({ name }) => [name, 0]));
  for (const { workload, runs } of workloads) {
    for (const run of runs) {
      if (run.endMs === undefined || run.outcome === "succeeded") continue;
      const keptMs = keptUntil(workload, run, run.endMs);
      // A checkpoint keeps what was done first.
      const fromMs = keptMs > 0 ? run.runningMs + keptMs : run.placedMs;
      const ms = Math.min(run.endMs, endMs) - Math.max(fromMs, telemetryStartMs);
      const { nodegroup } = nodes[run.nodes[0]!]!;
      if (ms > 0) lost.set(nodegroup, lost.get(nodegroup)! + ms * run.nodes.length * workload.gpusPerPod);
    }
  }
  return lost;
}

import { gpus } from "../demand/workload.js";
import { savedAfter } from "./checkpoint.js";
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
      const savedHere = savedAfter(workload, run, run.endMs) - (run.savedMs ?? 0);
      // A checkpoint keeps what was done first.
      const fromMs = savedHere > 0 ? run.runningMs + savedHere : run.placedMs;
      const ms = Math.min(run.endMs, endMs) - Math.max(fromMs, telemetryStartMs);
      const { nodegroup } = nodes[run.nodes[0]!]!;
      if (ms > 0) lost.set(nodegroup, lost.get(nodegroup)! + ms * gpus(workload));
    }
  }
  return lost;
}

import { gpus } from "../demand/workload.js";
import type { Observed } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { nodegroupDemand } from "../plan/demand.js";
import { gpuWeightedP95 } from "../plan/replay.js";
import type { Simulation } from "../simulation/simulate.js";
import { isDemand } from "../simulation/truth.js";
import { whereItCouldRun } from "../telemetry/waiting-truth.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** What the capacity plan of a nodegroup is made from, in truth and as it is rebuilt from telemetry. */
export interface PlanInput {
  readonly nodegroup: string;
  readonly truth: Demand;
  readonly verdict: Demand;
}

export interface Demand {
  /** Attempts that asked for GPUs on the days looked at: those that started here, and those that still waited at the end. */
  readonly jobs: number;
  /** What these take or would take, to their end. */
  readonly gpuHours: number;
  /** Of those that started for the first time: the wait within which 95 % of the GPUs asked for had nodes, s. */
  readonly waitP95Seconds: number | null;
}

export function planInputs(simulation: Simulation, observed: Observed): PlanInput[] {
  const truth = trueDemand(simulation);
  return observed.nodegroups.map(({ name }) => {
    const { arriving, observed: waited } = nodegroupDemand(observed, name);
    const waits = waited.map(({ wait }) => wait);
    return {
      nodegroup: name,
      truth: truth.get(name)!,
      verdict: {
        jobs: arriving.length,
        gpuHours: arriving.reduce((sum, job) => sum + gpusOf(job) * job.duration, 0) / 3600,
        waitP95Seconds: gpuWeightedP95(waits, waited) ?? null,
      },
    };
  });
}

/** What was asked for on the days of an excerpt, by nodegroup; how it went on after them is known. */
function trueDemand(simulation: Simulation): Map<string, Demand> {
  const { scenario, nodes, workloads, waits, telemetryStartMs, endMs } = simulation;
  const couldRun = whereItCouldRun(scenario);
  const sums = new Map(
    scenario.nodegroups.map(({ name }) => [
      name,
      { jobs: 0, gpuMs: 0, waited: [] as { pods: number; gpusPerPod: number; wait: number }[] },
    ]),
  );
  for (const { workload, runs } of workloads) {
    const lasts = (attempt: number, pods: number) =>
      workload.startupMs + ((workload.attempts[attempt]?.durationMs ?? 0) * workload.pods) / pods;
    runs.forEach((run, i) => {
      const askedMs = runs[i - 1]?.endMs ?? workload.createdMs;
      if (askedMs < telemetryStartMs || run.placedMs < telemetryStartMs || run.placedMs >= endMs) return;
      const here = sums.get(nodes[run.nodes[0]!]!.nodegroup)!;
      const pods = run.nodes.length;
      here.jobs++;
      here.gpuMs +=
        pods * workload.gpusPerPod * (run.endMs === undefined ? lasts(run.attempt, pods) : run.endMs - run.placedMs);
      if (i === 0) here.waited.push({ ...workload, pods, wait: (run.placedMs - workload.createdMs) / SECOND_MS });
    });
    const waiting = waits[workload.id]!.find(
      ({ cause, fromMs, toMs }) => isDemand(cause) && fromMs < endMs && endMs <= toMs,
    );
    if (waiting === undefined) continue;
    const home = sums.get(couldRun(workload, waiting.flavor)[0]!)!;
    home.jobs++;
    home.gpuMs += gpus(workload) * lasts(runs.filter(({ placedMs }) => placedMs < endMs).length, workload.pods);
  }
  return new Map(
    [...sums].map(([name, { jobs, gpuMs, waited }]) => {
      const waitP95Seconds =
        gpuWeightedP95(
          waited.map(({ wait }) => wait),
          waited,
        ) ?? null;
      return [name, { jobs, gpuHours: gpuMs / HOUR_MS, waitP95Seconds }];
    }),
  );
}

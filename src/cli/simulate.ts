import { checkSeed } from "../api.js";
import { loadWorld } from "../replay/world.js";
import { writeSimulation } from "../simulated.js";
import type { SimulationSummary } from "../telemetry/simulation-summary.js";
import { duration, gpuHours, number, percent, plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { replayed } from "./replayed.js";
import { textTable } from "./text-table.js";

export interface SimulateFlags {
  readonly scenario: string;
  readonly seed: number;
  readonly out: string;
  readonly days?: number;
  readonly replace?: boolean;
}

/** `evenkeel simulate`: what the simulator knows of a scenario, without telemetry, and a summary on stdout. */
export async function simulateCommand({ scenario, seed, out, days, replace }: SimulateFlags): Promise<void> {
  const progress = new Progress();
  ifInterrupted(`nothing was written to ${out}`);
  const world = await loadWorld(scenario, { days });
  if (world.replay) progress.done(replayed(world.replay));
  const summary = await writeSimulation(world.scenario, checkSeed(seed), out, {
    replay: world.replay,
    ...(replace === undefined ? {} : { replace }),
    onDay: (day, of) => progress.step(`simulating ${scenario}, seed ${seed}: ${plural(day, "day")} of ${of}`),
  });
  ifInterrupted(undefined);
  progress.clear();
  console.log(text(summary));
  console.log(`\n${out}: workloads, waiting, supply and occupancy as Parquet, scenario.yaml, summary.json`);
}

function text({ nodegroups, classes, waitingAtEnd, waitedGpuHours, evictions }: SimulationSummary): string {
  const wait = (seconds: number | null) => (seconds === null ? "-" : duration(seconds));
  const counts = (amounts: Readonly<Record<string, number>>, shown: (amount: number) => string) =>
    Object.entries(amounts)
      .map(([name, amount]) => `${name} ${shown(amount)}`)
      .join(", ") || "none";
  return [
    textTable(
      ["nodegroup", "GPUs", "allocated", "free", "stranded", "fragmentation", "GPU-hours lost"],
      nodegroups.map((row) => [
        row.nodegroup,
        number(row.gpus),
        percent(row.allocatedShare),
        number(row.freeGpus),
        number(row.strandedGpus),
        percent(row.fragmentationRate),
        number(row.lostGpuHours),
      ]),
    ),
    textTable(
      ["class", "workloads", "GPUs asked for", "started", "p50 wait", "p95 wait"],
      classes.map((row) => [
        row.workloadClass,
        number(row.workloads),
        number(row.gpus),
        number(row.started),
        wait(row.waitP50Seconds),
        wait(row.waitP95Seconds),
      ]),
    ),
    `waited: ${counts(waitedGpuHours, gpuHours)}\nevictions: ${counts(evictions, number)}`,
    ...(waitingAtEnd > 0
      ? [`${plural(waitingAtEnd, "workload")} had no nodes at the end; waits are of those that started`]
      : []),
  ].join("\n\n");
}

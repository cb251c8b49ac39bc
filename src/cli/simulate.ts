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

function text(summary: SimulationSummary): string {
  const { nodegroups, classes, waitingAtEnd, shortOfQuota, evictions } = summary;
  const wait = (seconds: number | null) => (seconds === null ? "-" : duration(seconds));
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
    `waited: ${waited(summary)}\nevictions: ${counts(evictions, number) || "none"}`,
    // What was lacking needs no saying where it was never anything but GPUs.
    ...(shortOfQuota.some(({ resources }) => `${resources}` !== "gpus")
      ? [
          textTable(
            ["ClusterQueue", "had no quota on", "GPU-hours waited", "hours waited without GPUs"],
            shortOfQuota.map((row) => [
              row.clusterQueue,
              row.resources.join(", "),
              number(row.gpuHours),
              number(row.hoursWithoutGpus),
            ]),
          ),
        ]
      : []),
    ...(waitingAtEnd > 0
      ? [`${plural(waitingAtEnd, "workload")} had no nodes at the end; waits are of those that started`]
      : []),
  ].join("\n\n");
}

/** What waited, by cause. Work without GPUs has no GPU-hours, and is told by itself. */
function waited({ waitedGpuHours, waitedHoursWithoutGpus }: SimulationSummary): string {
  const withGpus = counts(waitedGpuHours, gpuHours);
  const without = counts(waitedHoursWithoutGpus, (hours) => plural(hours, "hour"));
  return without ? `${withGpus || "no GPU-hours"}; work without GPUs: ${without}` : withGpus || "none";
}

const counts = (amounts: Readonly<Record<string, number>>, shown: (amount: number) => string) =>
  Object.entries(amounts)
    .map(([name, amount]) => `${name} ${shown(amount)}`)
    .join(", ");

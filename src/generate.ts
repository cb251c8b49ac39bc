import { setImmediate } from "node:timers/promises";
import { stringify } from "yaml";
import type { Manifest } from "./dataset/manifest.js";
import { type DatasetContent, type WriteOptions, writeDataset } from "./dataset/write.js";
import type { Workload } from "./demand/workload.js";
import { EvenkeelError } from "./errors.js";
import { applyFaults } from "./faults/apply.js";
import { strikesOf } from "./faults/request.js";
import { replayRows } from "./replay/rows.js";
import { MOST_TELEMETRY_DAYS } from "./scenario/check.js";
import { originOf } from "./scenario/origin.js";
import type { Scenario } from "./scenario/schema.js";
import { type Simulation, simulationByHours } from "./simulation/simulate.js";
import type { TableRows } from "./tables/block.js";
import { contractOf } from "./telemetry/contract.js";
import { supplyTruthRows } from "./telemetry/supply-truth.js";
import { telemetry } from "./telemetry/telemetry.js";
import { waitingTruthRows } from "./telemetry/waiting-truth.js";
import { workloadTruthRows } from "./telemetry/workload-truth.js";
import { DAY_MS } from "./units/time.js";

/** Called with how many days of warm-up and telemetry have been simulated: with 0 at the start, then after each. */
export type OnDay = (day: number, of: number) => void;

export interface GenerateDatasetOptions extends WriteOptions {
  /** What a scenario that replays a list replays. */
  readonly workloads?: readonly Workload[] | undefined;
  readonly onDay?: OnDay;
}

/** Simulates a scenario and writes what Prometheus would have scraped, with the truth beside it. */
export function generateDataset(
  scenario: Scenario,
  seed: number,
  folder: string,
  { workloads, onDay, ...options }: GenerateDatasetOptions = {},
): Promise<Manifest> {
  const { faults } = scenario;
  const source = (i: number) => `scenario ${scenario.name}, faults[${i}]`;
  return writeDataset(
    folder,
    async () => {
      // Before anything is simulated for nothing.
      const startMs = Date.parse(scenario.start);
      const endMs = startMs + Math.round(scenario.days * DAY_MS);
      strikesOf(faults ?? [], { contract: contractOf(scenario, workloads), startMs, endMs }, source);
      refuseWithoutSeries(scenario, workloads);
      return datasetContent(await dayByDay(scenario, simulationByHours({ scenario, seed, workloads }), onDay));
    },
    { ...options, ...(faults && { finish: (staging: string) => applyFaults(staging, faults, source) }) },
  );
}

/** What a dataset of a simulation holds: the telemetry, and the truth beside it. */
export function datasetContent(simulation: Simulation): DatasetContent {
  const { scenario, seed, telemetryStartMs, endMs } = simulation;
  const originMs = originOf(scenario);
  return {
    synthetic: true,
    scenario: scenario.name,
    seed,
    startMs: originMs + telemetryStartMs,
    endMs: originMs + endMs,
    contract: contractOf(scenario, scenario.demand && simulation.workloads.map(({ workload }) => workload)),
    tables: telemetry(simulation),
    truthTables: Object.entries(truthTables(simulation)).map(([name, rows]) => ({ file: `${name}.parquet`, rows })),
    truthTexts: { "scenario.yaml": scenarioTruth(scenario, seed) },
  };
}

/** The file beside scenario.yaml that holds what was replayed. */
const REPLAY_TABLE = "replay";

/** What scenario.yaml says: with what is replayed beside it, all that a dataset is made from. */
export function scenarioTruth({ demand, ...scenario }: Scenario, seed: number): string {
  const replay = demand && {
    replay: `${REPLAY_TABLE}.parquet`,
    startupSeconds: demand.startupSeconds,
    activity: demand.activity,
  };
  return stringify({ seed, scenario: { ...scenario, ...(replay && { demand: replay }) } }, { lineWidth: 0 });
}

/** What the simulator knows, table by table, and what it replayed. */
export function truthTables(simulation: Simulation): Readonly<Record<string, TableRows>> {
  const originMs = originOf(simulation.scenario);
  return {
    workloads: workloadTruthRows(simulation, originMs),
    waiting: waitingTruthRows(simulation, originMs),
    supply: supplyTruthRows(simulation, originMs),
    ...(simulation.scenario.demand && {
      [REPLAY_TABLE]: replayRows(
        simulation.workloads.map(({ workload }) => workload),
        originMs,
      ),
    }),
  };
}

/** @throws EvenkeelError for worlds of which no exporter's series can tell what a dataset is to hold */
function refuseWithoutSeries(scenario: Scenario, workloads: readonly Workload[] | undefined): void {
  const shared =
    scenario.workloadClasses.find(({ gang }) => gang.some(({ gpusPerPod }) => gpusPerPod < 1))?.name ??
    workloads?.find(({ gpusPerPod }) => !Number.isInteger(gpusPerPod) || gpusPerPod === 0)?.name;
  const bare = scenario.nodegroups.find(({ gpusPerNode }) => gpusPerNode === 0)?.name;
  const found =
    shared !== undefined
      ? `"${shared}", whose pods ask for no GPU or a share of one; allowed: whole GPUs`
      : bare !== undefined
        ? `nodegroup "${bare}", whose nodes have no GPUs; allowed: nodegroups with GPUs`
        : scenario.days > MOST_TELEMETRY_DAYS
          ? `${scenario.days} days; allowed: at most ${MOST_TELEMETRY_DAYS}`
          : undefined;
  if (found !== undefined)
    throw new EvenkeelError(
      `scenario ${scenario.name}: found ${found} in telemetry; npx evenkeel simulate runs it without telemetry`,
    );
}

/** Runs a simulation that yields its hours, with a pause after each, in which signals are heard. */
export async function dayByDay<T>(
  { warmupDays, days }: Scenario,
  hours: Generator<number, T>,
  onDay: OnDay | undefined,
): Promise<T> {
  const all = Math.ceil(warmupDays + days);
  onDay?.(0, all);
  for (;;) {
    const { done, value } = hours.next();
    if (done) return value;
    if (value % 24 === 0) onDay?.(value / 24, all);
    await setImmediate();
  }
}

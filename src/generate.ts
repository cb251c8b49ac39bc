import { setImmediate } from "node:timers/promises";
import { stringify } from "yaml";
import type { Manifest } from "./dataset/manifest.js";
import { type DatasetContent, type WriteOptions, writeDataset } from "./dataset/write.js";
import { applyFaults } from "./faults/apply.js";
import { strikesOf } from "./faults/request.js";
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
  readonly onDay?: OnDay;
}

/** Simulates a scenario and writes what Prometheus would have scraped, with the truth beside it. */
export function generateDataset(
  scenario: Scenario,
  seed: number,
  folder: string,
  options: GenerateDatasetOptions = {},
): Promise<Manifest> {
  const { faults } = scenario;
  const source = (i: number) => `scenario ${scenario.name}, faults[${i}]`;
  return writeDataset(
    folder,
    async () => {
      // Before anything is simulated for nothing.
      const startMs = Date.parse(scenario.start);
      const endMs = startMs + Math.round(scenario.days * DAY_MS);
      strikesOf(faults ?? [], { contract: contractOf(scenario), startMs, endMs }, source);
      return datasetContent(await dayByDay(scenario, simulationByHours({ scenario, seed }), options.onDay));
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
    contract: contractOf(scenario),
    tables: telemetry(simulation),
    truthTables: Object.entries(truthTables(simulation)).map(([name, rows]) => ({ file: `${name}.parquet`, rows })),
    truthTexts: { "scenario.yaml": scenarioTruth(scenario, seed) },
  };
}

/** What truth/scenario.yaml says: all that a dataset is made from. */
export const scenarioTruth = (scenario: Scenario, seed: number): string =>
  stringify({ seed, scenario }, { lineWidth: 0 });

/** What the simulator knows, table by table. */
export function truthTables(simulation: Simulation): Record<"workloads" | "waiting" | "supply", TableRows> {
  const originMs = originOf(simulation.scenario);
  return {
    workloads: workloadTruthRows(simulation, originMs),
    waiting: waitingTruthRows(simulation, originMs),
    supply: supplyTruthRows(simulation, originMs),
  };
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

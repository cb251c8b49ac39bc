import { stringify } from "yaml";
import type { Manifest } from "./dataset/manifest.js";
import { type WriteOptions, writeDataset } from "./dataset/write.js";
import type { Scenario } from "./scenario/schema.js";
import { runSimulation } from "./simulation/simulate.js";
import { contractOf } from "./telemetry/contract.js";
import { telemetry } from "./telemetry/telemetry.js";
import { workloadTruthRows } from "./telemetry/truth.js";
import { DAY_MS } from "./units/time.js";

/** Simulates a scenario and writes what Prometheus would have scraped, with the truth beside it. */
export function generateDataset(
  scenario: Scenario,
  seed: number,
  folder: string,
  options: WriteOptions = {},
): Promise<Manifest> {
  const simulation = runSimulation({ scenario, seed });
  const startMs = Date.parse(scenario.start);
  const originMs = startMs - simulation.telemetryStartMs;
  return writeDataset(
    folder,
    {
      synthetic: true,
      scenario: scenario.name,
      seed,
      startMs,
      endMs: startMs + Math.round(scenario.days * DAY_MS),
      contract: contractOf(scenario),
      tables: telemetry(simulation),
      truthTables: [{ file: "workloads.parquet", rows: workloadTruthRows(simulation, originMs) }],
      truthTexts: { "scenario.yaml": stringify({ seed, scenario }, { lineWidth: 0 }) },
    },
    options,
  );
}

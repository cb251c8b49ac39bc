import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { withSession } from "./dataset/session.js";
import { fillFolder, type StagingOptions } from "./dataset/staging.js";
import { writeTable } from "./dataset/table-writer.js";
import { scenarioTruth } from "./generate.js";
import { originOf } from "./scenario/origin.js";
import type { Scenario } from "./scenario/schema.js";
import { occupancyByHours } from "./simulation/occupancy.js";
import { occupancyRows } from "./telemetry/occupancy-rows.js";
import { type SimulationSummary, summariseSimulation } from "./telemetry/simulation-summary.js";
import { supplyTruthRows } from "./telemetry/supply-truth.js";
import { waitingTruthRows } from "./telemetry/waiting-truth.js";
import { workloadTruthRows } from "./telemetry/workload-truth.js";

const SUMMARY_FILE = "summary.json";

export interface WriteSimulationOptions extends StagingOptions {
  /** Called with how many days of warm-up and telemetry have been simulated: with 0 at the start, then after each. */
  readonly onDay?: (day: number, of: number) => void;
}

/**
 * Simulates a scenario and writes what the simulator knows, without telemetry: the truth of a dataset, how full the
 * nodegroups are hour by hour, and a summary. The folder appears whole or not at all.
 */
export function writeSimulation(
  scenario: Scenario,
  seed: number,
  folder: string,
  { onDay, ...staging }: WriteSimulationOptions = {},
): Promise<SimulationSummary> {
  return fillFolder(
    folder,
    staging,
    async (path) => {
      const days = Math.ceil(scenario.warmupDays + scenario.days);
      const hours = occupancyByHours({ scenario, seed });
      onDay?.(0, days);
      let result = hours.next();
      for (; !result.done; result = hours.next()) {
        if (result.value % 24 === 0) onDay?.(result.value / 24, days);
        await setImmediate();
      }
      const { simulation, occupancy } = result.value;
      const originMs = originOf(scenario);
      const tables = {
        workloads: workloadTruthRows(simulation, originMs),
        waiting: waitingTruthRows(simulation, originMs),
        supply: supplyTruthRows(simulation, originMs),
        occupancy: occupancyRows(simulation, occupancy, originMs),
      };
      await withSession({ spillFolder: join(path, ".spill") }, async (connection) => {
        for (const [name, rows] of Object.entries(tables))
          await writeTable(connection, rows, join(path, `${name}.parquet`));
      });
      const summary = summariseSimulation(simulation);
      await writeFile(join(path, "scenario.yaml"), scenarioTruth(scenario, seed));
      await writeFile(join(path, SUMMARY_FILE), `${JSON.stringify(summary, null, 2)}\n`);
      return summary;
    },
    {
      name: "simulation",
      isIn: (path) =>
        readFile(join(path, SUMMARY_FILE), "utf8").then(
          (text) => text.includes('"waitedGpuHours"'),
          () => false,
        ),
    },
  );
}

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withSession } from "./dataset/session.js";
import { fillFolder, type StagingOptions } from "./dataset/staging.js";
import { writeTable } from "./dataset/table-writer.js";
import { dayByDay, type OnDay, scenarioTruth, truthTables } from "./generate.js";
import type { Replay } from "./replay/world.js";
import { originOf } from "./scenario/origin.js";
import type { Scenario } from "./scenario/schema.js";
import { occupancyByHours } from "./simulation/occupancy.js";
import { occupancyRows } from "./telemetry/occupancy-rows.js";
import { type SimulationSummary, summariseSimulation } from "./telemetry/simulation-summary.js";

const SUMMARY_FILE = "summary.json";

export interface WriteSimulationOptions extends StagingOptions {
  /** What a scenario that replays a list replays. */
  readonly replay?: Replay | undefined;
  readonly onDay?: OnDay;
}

/**
 * Simulates a scenario and writes what the simulator knows, without telemetry: the truth of a dataset, how full the
 * nodegroups are hour by hour, and a summary. The folder appears whole or not at all.
 */
export function writeSimulation(
  scenario: Scenario,
  seed: number,
  folder: string,
  { replay, onDay, ...staging }: WriteSimulationOptions = {},
): Promise<SimulationSummary> {
  return fillFolder(
    folder,
    staging,
    async (path) => {
      const { simulation, occupancy } = await dayByDay(
        scenario,
        occupancyByHours({ scenario, seed, workloads: replay?.workloads }),
        onDay,
      );
      const tables = {
        ...truthTables(simulation),
        occupancy: occupancyRows(simulation, occupancy, originOf(scenario)),
      };
      await withSession({ spillFolder: join(path, ".spill") }, async (connection) => {
        for (const [name, rows] of Object.entries(tables))
          await writeTable(connection, rows, join(path, `${name}.parquet`));
      });
      const summary = {
        ...summariseSimulation(simulation, occupancy),
        ...(replay && { replay: { ...replay, workloads: replay.workloads.length } }),
      };
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

import { describe, expect, test } from "vitest";
import { telemetry } from "../telemetry/telemetry.js";
import { rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { hours } from "../testing/scenario.js";
import { excerpt } from "./excerpt.js";
import { runSimulation } from "./simulate.js";

const START = Date.UTC(2026, 0, 5);
const simulation = runSimulation({ scenario: sample(), seed: SAMPLE_SEED });
const { telemetryStartMs } = simulation;
const [fromMs, toMs] = [telemetryStartMs + hours(1), telemetryStartMs + hours(2)];

describe("an excerpt of a simulation", () => {
  const part = excerpt(simulation, fromMs, toMs);

  test("shows in telemetry what the whole shows then, and nothing else", () => {
    const tables = ["kube_node", "kueue_cluster_queue_resource", "kueue_local_queue"];
    const of = (one: typeof simulation, table: string) =>
      rowsOf(telemetry(one).find(({ table: { name } }) => name === table)!).map((row) => {
        const { timestamp, ...rest } = row;
        return { hour: Math.floor((timestamp - START) / hours(1)), ...rest };
      });
    for (const table of tables) {
      const found = of(part, table);
      expect(found.length).toBeGreaterThan(0);
      expect(new Set(found.map(({ hour }) => hour))).toEqual(new Set([1]));
      expect(found).toEqual(of(simulation, table).filter(({ hour }) => hour === 1));
    }
  });

  test("knows how what it shows went on, and nothing of what came later", () => {
    expect(part.workloads).toEqual(simulation.workloads.filter(({ workload }) => workload.createdMs < toMs));
    expect(part.waits).toHaveLength(part.workloads.length);
    const later = part.workloads.flatMap(({ runs }) => runs).filter(({ endMs }) => endMs !== undefined && endMs > toMs);
    expect(later.length).toBeGreaterThan(0);
  });

  test("lies within the telemetry, and has a length", () => {
    expect(() => excerpt(simulation, telemetryStartMs - 1, toMs)).toThrow(RangeError);
    expect(() => excerpt(simulation, toMs, toMs)).toThrow(RangeError);
    expect(() => excerpt(simulation, fromMs, simulation.endMs + 1)).toThrow(RangeError);
    expect(excerpt(simulation, telemetryStartMs, simulation.endMs)).toEqual(simulation);
  });
});

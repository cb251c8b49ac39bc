import fc from "fast-check";
import { expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { anyScenario } from "../testing/any-scenario.js";
import { rowsOf } from "../testing/rows.js";
import { telemetry } from "./telemetry.js";

test("whatever the scenario: every cell is written, no row stands twice, and a series' samples stand together in order", () => {
  fc.assert(
    fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
      const simulation = runSimulation({ scenario: { ...scenario, intervalSeconds: 300 }, seed, truth: false });
      for (const one of telemetry(simulation)) {
        const { table } = one;
        const seen = new Set<string>();
        let [last, before] = ["", 0];
        for (const row of rowsOf(one)) {
          const series = table.key.map((column) => row[column]).join("|");
          if (series === last) expect(row.timestamp).toBeGreaterThan(before);
          else expect(seen.has(series)).toBe(false);
          seen.add(series);
          [last, before] = [series, row.timestamp];
        }
      }
    }),
    { numRuns: 25 },
  );
});

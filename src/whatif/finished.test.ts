import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../testing/dataset.js";
import { small } from "../testing/scenario.js";
import { keepFinished } from "./finished.js";
import { type Outcome, simulateOutcome } from "./outcome.js";
import type { SimulationJob } from "./whatif.js";

const jobs: readonly SimulationJob[] = [1, 2, 3].map((seed) => ({
  scenario: small({ workloadClasses: [{ name: "work", arrivals: { kind: "poisson", perHour: 10 } }] }),
  seed,
}));

/** Simulates here, and counts. */
function counted() {
  const simulated: number[] = [];
  const simulate = async (
    some: readonly SimulationJob[],
    onOutcome: (job: number, outcome: Outcome) => Promise<void>,
  ) => {
    for (const [i, { scenario, seed }] of some.entries()) {
      simulated.push(seed);
      await onOutcome(i, simulateOutcome(scenario, seed));
    }
  };
  return { simulated, simulate };
}

test("a damaged file counts as none: whole JSON of another shape, another number, or half of it", async () => {
  const folder = await tempFolder();
  const first = counted();
  const outcomes = await keepFinished(folder, first.simulate)(jobs);
  const files = (await readdir(folder)).map((name) => join(folder, name));
  expect(files).toHaveLength(3);
  const text = await readFile(files[1]!, "utf8");
  await writeFile(files[0]!, "null");
  await writeFile(files[1]!, text.replace('"hours":24', '"hours":25'));
  await writeFile(files[2]!, (await readFile(files[2]!, "utf8")).slice(0, 100));
  const again = counted();
  expect(await keepFinished(folder, again.simulate)(jobs)).toEqual(outcomes);
  expect(again.simulated).toEqual([1, 2, 3]);
  const known = counted();
  expect(await keepFinished(folder, known.simulate)(jobs)).toEqual(outcomes);
  expect(known.simulated).toEqual([]);
});

test("a folder that cannot be written is refused before anything is simulated", async () => {
  const file = join(await tempFolder(), "file");
  await writeFile(file, "");
  const { simulated, simulate } = counted();
  await expect(keepFinished(file, simulate)(jobs)).rejects.toThrow(
    `--finished ${file}: cannot be written (EEXIST); name another folder`,
  );
  expect(simulated).toEqual([]);
});

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDataset } from "../dataset/write.js";
import { datasetContent } from "../generate.js";
import type { Scenario } from "../scenario/schema.js";
import { excerpt } from "../simulation/excerpt.js";
import type { Simulation } from "../simulation/simulate.js";
import { DAY_MS } from "../units/time.js";
import { type Moment, simulateWithMoments } from "./labels.js";

/** Some days of a scenario. */
export interface WorldChoice {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Days of telemetry that are looked at; which days of the scenario follows from the seed. */
  readonly days: number;
}

/** A world that is simulated, and what Prometheus would have scraped of it. */
export interface WrittenWorld {
  readonly simulation: Simulation;
  readonly moments: readonly Moment[];
  /** A dataset. */
  readonly folder: string;
  /** A folder beside it for what else is written. */
  readonly scratch: string;
}

/** Simulates a world and writes its telemetry, without the truth, into a folder that is gone afterwards. */
export async function withWrittenWorld<T>(
  { scenario, seed, days }: WorldChoice,
  work: (world: WrittenWorld) => Promise<T>,
): Promise<T> {
  const [fromMs, toMs] = chosenDays(scenario, seed, days);
  const { simulation: whole, moments } = simulateWithMoments(scenario, seed, fromMs, toMs);
  const simulation = excerpt(whole, fromMs, toMs);
  const scratch = await mkdtemp(join(tmpdir(), "evenkeel-score-"));
  const onExit = () => rmSync(scratch, { recursive: true, force: true });
  process.once("exit", onExit);
  try {
    const folder = join(scratch, "dataset");
    await writeDataset(folder, { ...datasetContent(simulation), truthTables: [] }, { threads: 1 });
    return await work({ simulation, moments, folder, scratch });
  } finally {
    process.off("exit", onExit);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Which days of a scenario a seed looks at, ms since the simulation starts: so that seeds see all days of the week. */
function chosenDays({ days: all, warmupDays }: Scenario, seed: number, days: number): [fromMs: number, toMs: number] {
  const count = Math.min(days, all);
  const first = seed % (Math.floor(all - count) + 1);
  const ms = (day: number) => Math.round(warmupDays * DAY_MS) + Math.round(day * DAY_MS);
  return [ms(first), ms(first + count)];
}

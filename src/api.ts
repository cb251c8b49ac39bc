import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readBoard } from "./board/read.js";
import type { Board } from "./board/rows.js";
import type { Manifest } from "./dataset/manifest.js";
import { type Dataset, openDataset } from "./dataset/open.js";
import { didYouMean, EvenkeelError, shown } from "./errors.js";
import { generateDataset } from "./generate.js";
import { observe } from "./join/observe.js";
import type { Dropped, Observed } from "./join/observed.js";
import { rollUp } from "./join/roll-up.js";
import { packageRoot } from "./notebook/root.js";
import { type SimulatedPlan, simulatedPlan as simulatedPlanSchema } from "./plan/simulated.js";
import { loadWorld, type Replay } from "./replay/world.js";
import { runSimulation, type Simulation } from "./simulation/simulate.js";
import type { NodegroupWindow } from "./tables/nodegroup-window.js";
import { readTrial } from "./trial/read.js";
import type { Trial } from "./trial/rows.js";
import { SECOND_MS } from "./units/time.js";

/** Where a dataset of a named world lies unless told otherwise. */
export const datasetFolder = (scenario: string, seed: number): string =>
  join(packageRoot, "data", `${scenario}-${seed}`);

/** A dataset by the world that it shows, or by its folder. */
export type DatasetChoice = string | { readonly path: string } | { readonly scenario: string; readonly seed: number };

/**
 * Opens a dataset: `open({ scenario: "balanced", seed: 42 })`, `open({ path: "DIR" })` or `open("DIR")`.
 * EVENKEEL_DATASET in the environment (a folder) goes before what the call says, so that one notebook can be run on
 * another world; EVENKEEL_SCENARIO and EVENKEEL_SEED go before scenario and seed.
 *
 * @throws EvenkeelError if there is no dataset, or none that this version can read
 */
export function open(choice: DatasetChoice): Promise<Dataset> {
  const { EVENKEEL_DATASET: folder, EVENKEEL_SCENARIO: scenario, EVENKEEL_SEED: seed } = process.env;
  if (folder) return openDataset(folder);
  if (typeof choice === "string") return openDataset(choice);
  if ("path" in choice) return openDataset(choice.path);
  return openDataset(datasetFolder(scenario || choice.scenario, checkSeed(seed ? Number(seed) : choice.seed)));
}

export interface GenerateOptions {
  /** Name of a scenario, a JSON or YAML file, or a scenario as data. */
  readonly scenario: string | object;
  readonly seed: number;
  /** Folder to write; there must be nothing in it yet. */
  readonly out: string;
  readonly days?: number;
  readonly intervalSeconds?: number;
  /** Whether a dataset that is already there may be replaced. */
  readonly replace?: boolean;
  readonly threads?: number;
  /** Called with how many days, warm-up included, have been simulated: with 0 at the start, then after each. */
  readonly onDay?: (day: number, of: number) => void;
  /** Called with what is replayed, of a scenario that replays a list, before it is simulated. */
  readonly onReplay?: (replay: Replay) => void;
  /** Called before each table is written. */
  readonly onTable?: (name: string, position: number, of: number) => void;
}

/** Simulates a scenario and writes the dataset folder; returns its manifest. */
export async function generate({
  scenario,
  seed,
  out,
  days,
  intervalSeconds,
  onReplay,
  ...options
}: GenerateOptions): Promise<Manifest> {
  const world = await loadWorld(scenario, { days, intervalSeconds });
  if (world.replay) onReplay?.(world.replay);
  return generateDataset(world.scenario, checkSeed(seed), out, { ...options, workloads: world.replay?.workloads });
}

/** Runs a scenario's simulation and returns what happened; nothing is written. */
export async function simulate({
  scenario,
  seed,
  ...rest
}: {
  readonly scenario: string | object;
  readonly seed: number;
  readonly days?: number;
}): Promise<Simulation> {
  const world = await loadWorld(scenario, rest);
  return runSimulation({ scenario: world.scenario, seed: checkSeed(seed), workloads: world.replay?.workloads });
}

/** Where the committed score board lies. */
export const boardFolder = join(packageRoot, "data", "score");

/** The committed score board: how right every metric and the diagnosis are, held against the simulator's truth. */
export const openBoard = (): Promise<Board> => readBoard(boardFolder);

/** What `evenkeel plan` finds, beside the dataset. */
export const SIMULATED_PLAN_FILE = "simulated-plan.json";

/** What the plans of the named scenarios come to: `npm run plans` writes it. */
export const committedPlans = join(packageRoot, "data", "what-if", "plans.json");

/**
 * What a simulator found of the plan of a dataset: what `evenkeel plan` wrote beside it, or what is committed of the very
 * same data. Null where nobody has simulated it.
 *
 * @throws EvenkeelError for a file that is no simulated plan
 */
export async function simulatedPlan({
  folder,
  manifest,
}: Pick<Dataset, "folder" | "manifest">): Promise<SimulatedPlan | null> {
  for (const file of [join(folder, SIMULATED_PLAN_FILE), committedPlans]) {
    const found = (await readSimulatedPlans(file)).find(({ dataset }) => dataset === manifest.digest);
    if (found) return found;
  }
  return null;
}

async function readSimulatedPlans(file: string): Promise<readonly SimulatedPlan[]> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return [];
  try {
    return z.array(simulatedPlanSchema).parse([JSON.parse(text)].flat());
  } catch (cause) {
    throw new EvenkeelError(
      `${file}: found no simulated plan of this version; delete it, or write it again with npx evenkeel plan DIR`,
      2,
      { cause },
    );
  }
}

/** Where what was tried is kept, a file a scenario. */
export const trialFile = (scenario: string): string => join(packageRoot, "data", "what-if", `${scenario}.json`);

/**
 * What was tried on a named scenario, as it is committed. EVENKEEL_WHAT_IF in the environment, a file that `evenkeel
 * whatif --notebook` wrote, goes before it.
 *
 * @throws EvenkeelError if there is none
 */
export const openTrial = (scenario: string): Promise<Trial> =>
  readTrial(process.env["EVENKEEL_WHAT_IF"] || trialFile(scenario));

/** A seed is a whole number that a double can hold. @throws EvenkeelError */
export function checkSeed(seed: unknown): number {
  if (Number.isSafeInteger(seed) && (seed as number) >= 0) return seed as number;
  throw new EvenkeelError(
    `seed: found ${typeof seed === "number" ? seed : shown(seed)}; allowed: a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
  );
}

/** The joined table, with what the join could not use. */
export interface Joined {
  /** One row a nodegroup and window. */
  readonly rows: readonly NodegroupWindow[];
  readonly windowSeconds: number;
  readonly dropped: readonly Dropped[];
  readonly observed: Observed;
}

/**
 * Joins Kueue, kube-state-metrics and DCGM: one row a nodegroup and window, with coverage, and the reasons for what was
 * dropped. Windows are at least as long as the slowest scrape interval; 5 minutes unless told.
 */
export async function joinByNodegroup(
  dataset: Dataset,
  { windowSeconds = 300 }: { readonly windowSeconds?: number } = {},
): Promise<Joined> {
  const observed = await observe(dataset);
  const step = observed.stepMs / SECOND_MS;
  if (!(windowSeconds >= step && Number.isFinite(windowSeconds)))
    throw new EvenkeelError(
      `windowSeconds: found ${windowSeconds}; allowed: ${step} or more, since that is the slowest scrape interval`,
    );
  return { rows: rollUp(observed, windowSeconds), windowSeconds, dropped: observed.dropped, observed };
}

/** A name out of a list. @throws EvenkeelError with a suggestion */
export function oneOf(what: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  throw new EvenkeelError(`${what}: found ${shown(name)}. ${didYouMean(name, names)}`);
}

import { boardFolder } from "../api.js";
import { leaderboard } from "../board/leaderboard.js";
import { readBoard } from "../board/read.js";
import { type Board, boardTables, CALM, tasks } from "../board/rows.js";
import { writeBoard } from "../board/write.js";
import { didYouMean, EvenkeelError } from "../errors.js";
import { faults as allFaults } from "../faults/index.js";
import { metrics } from "../metrics/index.js";
import { scenarios } from "../scenario/index.js";
import { loadScenario } from "../scenario/load.js";
import { boardOf } from "../score/board.js";
import type { FaultEffect, FaultJob } from "../score/fault-effects.js";
import type { PromiseJob, Promises } from "../score/promises.js";
import type { World, WorldJob } from "../score/world.js";
import { duration, plural } from "../units/format.js";
import { doApart } from "./apart.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { textTable } from "./text-table.js";

export interface ScoreFlags {
  readonly metric?: readonly string[];
  readonly scenario?: readonly string[];
  readonly seeds: number;
  readonly days: number;
  readonly random: number;
  readonly faults: boolean;
  readonly plans: boolean;
  readonly out?: string;
  readonly replace?: boolean;
  readonly check?: number | true;
}

/** `evenkeel score`: the leaderboard on stdout, all its rows as Parquet where that is asked for. */
export async function scoreCommand(flags: ScoreFlags): Promise<void> {
  if (flags.check !== undefined) return check(flags.check);
  const names = metrics.map(({ name }) => name);
  const known = scenarios.map(({ name }) => name);
  for (const name of flags.metric ?? []) mustBe("--metric", name, names);
  for (const name of flags.scenario ?? []) mustBe("--scenario", name, known);
  ifInterrupted(flags.out === undefined ? undefined : `nothing was written to ${flags.out}`);
  const seeds = Array.from({ length: flags.seeds }, (_, i) => i + 1);
  const jobs = await jobsOf({ ...flags, seeds });
  const make = async () => {
    const { worlds, ...rest } = await measure(jobs);
    return boardOf(worlds, rest);
  };
  const board =
    flags.out === undefined ? await make() : await writeBoard(flags.out, make, { replace: flags.replace === true });
  ifInterrupted(undefined);
  console.log(standings(board));
  if (flags.out !== undefined) console.log(`\n${flags.out}: ${boardSize(board)}`);
}

export function mustBe(option: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new EvenkeelError(`${option}: found ${JSON.stringify(name)}. ${didYouMean(name, names)}`);
}

export interface Choice {
  readonly metric?: readonly string[];
  readonly scenario?: readonly string[];
  readonly seeds: readonly number[];
  readonly days: number;
  readonly random: number;
  /** Whether faults of the telemetry are tried. */
  readonly faults: boolean;
  /** Whether what capacity plans promise is tried. */
  readonly plans: boolean;
}

/** The worlds of some seeds. */
export async function jobsOf({ metric, scenario, seeds, days, random, faults, plans }: Choice): Promise<ScoreJob[]> {
  const all = scenarios.map(({ name }) => name);
  // What is quiet can be told only beside the balanced world.
  const chosen = scenario === undefined ? all : all.filter((name) => name === CALM || scenario.includes(name));
  const jobs: ScoreJob[] = [];
  const only = metric === undefined ? {} : { metrics: metric };
  // They take longest: first.
  if (faults && seeds.includes(FAULT_SEED) && chosen.includes(FAULT_SCENARIO)) {
    const names = allFaults.map(({ name }) => name);
    for (let i = 0; i < names.length; i += FAULTS_A_JOB)
      jobs.push({
        scenario: await loadScenario(FAULT_SCENARIO),
        seed: FAULT_SEED,
        days,
        faults: names.slice(i, i + FAULTS_A_JOB),
        ...only,
      });
  }
  if (plans)
    for (const seed of seeds)
      for (const name of chosen.filter((one) => all.indexOf(one) % PLANS_EVERY === seed % PLANS_EVERY))
        jobs.push({ scenario: await loadScenario(name), seed, promises: true });
  for (const seed of seeds) {
    for (const name of chosen) jobs.push({ scenario: await loadScenario(name), random: false, seed, days, ...only });
    for (let i = 1; i <= random; i++)
      jobs.push({ scenario: await loadScenario(randomName(seed, i)), random: true, seed, days, ...only });
  }
  return jobs;
}

type ScoreJob = WorldJob | FaultJob | PromiseJob;

/**
 * A plan needs all days of a scenario, which take as long as several worlds: each seed tries those of every sixth scenario,
 * so that six seeds have tried them all.
 */
const PLANS_EVERY = 6;

/** The world on whose telemetry faults are tried: one in which much waits where they strike. */
const FAULT_SCENARIO = "demand-constrained";
const FAULT_SEED = 1;
/** Each job has to simulate and write the world first. */
const FAULTS_A_JOB = 8;

/** Each seed has random worlds of its own, so that more seeds or more worlds a seed leave those of fewer as they are. */
const randomName = (seed: number, i: number) => `random-${seed * MOST_RANDOM + i}`;
const MOST_RANDOM = 1000;

/** Worlds, what faults do to one and what plans promise, as processes of their own measured them. */
interface Measured {
  readonly worlds: World[];
  readonly effects: FaultEffect[];
  readonly promises: Promises[];
}

/** About how long a job takes, in worlds: each fault is as much work again as a world. */
const costOf = (job: ScoreJob) => ("faults" in job ? 1 + job.faults.length : "promises" in job ? 7 : 1);

/** Measures worlds in processes of their own. */
export async function measure(jobs: readonly ScoreJob[]): Promise<Measured> {
  const progress = new Progress();
  const began = Date.now();
  const costs = jobs.map(costOf);
  const all = costs.reduce((sum, cost) => sum + cost, 0);
  let [done, spent] = [0, 0];
  progress.step(`scoring ${plural(jobs.length, "world")}`);
  const results = await doApart<ScoreJob, World | FaultEffect[] | Promises>(
    jobs,
    {
      module: new URL("./score-process.js", import.meta.url),
      nameOf: ({ scenario, seed }) => `${scenario.name}, seed ${seed}`,
    },
    {
      onDone(i) {
        done++;
        spent += costs[i]!;
        const { scenario, seed } = jobs[i]!;
        const left = ((Date.now() - began) / spent / 1000) * (all - spent);
        progress.step(
          `${done} of ${plural(jobs.length, "world")} scored, ${scenario.name}, seed ${seed} last; about ${duration(Math.round(left))} left`,
        );
      },
    },
  );
  progress.clear();
  return {
    worlds: results.filter((result) => "measured" in result),
    effects: results.flatMap((result) => (Array.isArray(result) ? result : [])),
    promises: results.filter((result) => "actions" in result),
  };
}

/** The leaderboard as text: what a metric scored in each task, and where it does worst. */
function standings({ scores }: Board): string {
  const board = leaderboard(scores);
  if (board.length === 0) return "No world was out of balance: there is nothing to rank by.";
  const cells = board.map(({ metric, tasks: byTask, meanRank }) => [
    metric,
    meanRank.toFixed(2),
    ...tasks.map((task) => {
      const one = byTask[task];
      return one === undefined
        ? "-"
        : `${one.precision.estimate.toFixed(3)} (${one.precision.lower.toFixed(3)} to ${one.precision.upper.toFixed(3)})`;
    }),
    byTask.shortage === undefined
      ? "-"
      : `${byTask.shortage.worst.scenario} ${byTask.shortage.worst.precision.toFixed(2)}`,
  ]);
  return textTable(["metric", "mean rank", ...tasks.map((task) => `${task} AP`), "worst at shortage"], cells);
}

const boardSize = (board: Board) =>
  Object.entries(board)
    .map(([name, rows]) => `${name} ${plural(rows.length, "row")}`)
    .join(", ");

/** Does one seed of the committed board again, and holds every row of it against what is committed. */
async function check(seed: number | true): Promise<void> {
  const committed = await readBoard(boardFolder);
  const seeds = [...new Set(committed.states.map((row) => row.seed))].sort((a, b) => a - b);
  const chosen = seed === true ? seeds[Math.floor(Math.random() * seeds.length)]! : seed;
  if (!seeds.includes(chosen))
    throw new EvenkeelError(
      `--check: found ${chosen}; allowed: a seed of ${boardFolder}, ${seeds[0]} to ${seeds.at(-1)}`,
    );
  const thresholds = new Map(committed.alarms.map(({ metric, threshold }) => [metric, threshold]));
  const jobs = await jobsOf({ seeds: [chosen], ...committedChoice(committed) });
  const { worlds, ...rest } = await measure(jobs);
  const again = boardOf(worlds, rest, thresholds);
  const wrong: string[] = [];
  for (const name of Object.keys(boardTables) as (keyof Board)[]) {
    const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();
    const [expected, found] = [lines(committed[name].filter((row) => row.seed === chosen)), lines(again[name])];
    const missing = expected.filter((line) => !found.includes(line));
    if (missing.length > 0 || expected.length !== found.length)
      wrong.push(`${name}: ${plural(missing.length, "row")} of ${expected.length} differ, for instance ${missing[0]}`);
  }
  if (wrong.length > 0)
    throw new EvenkeelError(
      `${boardFolder} is not what seed ${chosen} comes to:\n  ${wrong.join("\n  ")}\nWrite it again: npm run score`,
      1,
    );
  console.log(`Seed ${chosen} comes to what is committed in ${boardFolder}: ${boardSize(again)}`);
}

/** How the committed board was made. */
function committedChoice({ states, faults, promises }: Board): Pick<Choice, "days" | "random" | "faults" | "plans"> {
  const random = new Set(states.filter((row) => row.random).map(({ scenario }) => scenario)).size;
  const seeds = new Set(states.map(({ seed }) => seed)).size;
  return { days: 1, random: random / seeds, faults: faults.length > 0, plans: promises.length > 0 };
}

import { defaultMetric } from "../metrics/index.js";
import { type Interval, mean, meanInterval } from "../statistics/index.js";
import { type ScoreRow, type Task, tasks } from "./rows.js";

/** How a metric did one task over all worlds. */
export interface TaskStanding {
  /** Mean over scenarios of the average precision, then over seeds, with its 95 % interval, cut at 0 and 1. */
  readonly precision: Interval;
  /** The same of the area under the ROC curve. */
  readonly auc: Interval;
  /** What chance would give: the share of positives. */
  readonly chance: number;
  /** The scenario in which it does worst, by its mean average precision over seeds. */
  readonly worst: { readonly scenario: string; readonly precision: number };
  /** 1 is best, by average precision; metrics that tie share the mean of their ranks. */
  readonly rank: number;
}

export interface Standing {
  readonly metric: string;
  readonly tasks: Readonly<Partial<Record<Task, TaskStanding>>>;
  /** Over the tasks. */
  readonly meanRank: number;
}

type Value = "average_precision" | "roc_auc";

/** The metrics, best mean rank first and of equals the default, over the rows of named scenarios or of random worlds: RFC 0001. */
export function leaderboard(rows: readonly ScoreRow[], random = false): Standing[] {
  const mine = rows.filter((row) => row.random === random);
  const names = [...new Set(mine.map(({ metric }) => metric))];
  const standings = new Map(names.map((metric) => [metric, {} as Partial<Record<Task, TaskStanding>>]));
  for (const task of tasks) {
    const ofTask = mine.filter((row) => row.task === task);
    if (ofTask.length === 0) continue;
    const found = names.map((metric) => ({ metric, ...standing(ofTask.filter((row) => row.metric === metric)) }));
    for (const { metric, ...one } of found)
      standings.get(metric)![task] = { ...one, rank: rankOf(one.precision.estimate, found) };
  }
  return names
    .map((metric) => {
      const byTask = standings.get(metric)!;
      return { metric, tasks: byTask, meanRank: mean(Object.values(byTask).map(({ rank }) => rank)) ?? Number.NaN };
    })
    .sort((a, b) => a.meanRank - b.meanRank || isDefault(b) - isDefault(a));
}

const isDefault = ({ metric }: Standing) => Number(metric === defaultMetric.name);

/** By how much one metric does a task better than another: the difference of their average precision, paired by seed. */
export function lead(rows: readonly ScoreRow[], task: Task, metric: string, over: string): Interval | undefined {
  const bySeed = (name: string) =>
    meansBySeed(rows.filter((row) => !row.random && row.task === task && row.metric === name));
  const [ours, theirs] = [bySeed(metric), bySeed(over)];
  return meanInterval([...ours].map(([seed, value]) => value - (theirs.get(seed) ?? Number.NaN)));
}

/** A mean over scenarios for each seed, in order of the seeds. */
export function meansBySeed(rows: readonly ScoreRow[], value: Value = "average_precision"): Map<number, number> {
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b);
  return new Map(seeds.map((seed) => [seed, mean(rows.filter((row) => row.seed === seed).map((row) => row[value]))!]));
}

function standing(rows: readonly ScoreRow[]): Omit<TaskStanding, "rank"> {
  const overSeeds = (value: Value): Interval => {
    const means = [...meansBySeed(rows, value).values()];
    const estimate = mean(means)!;
    const { lower, upper } = meanInterval(means) ?? { lower: estimate, upper: estimate };
    return { estimate, lower: Math.max(0, lower), upper: Math.min(1, upper) };
  };
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))].map((scenario) => ({
    scenario,
    precision: mean(rows.filter((row) => row.scenario === scenario).map((row) => row.average_precision))!,
  }));
  return {
    precision: overSeeds("average_precision"),
    auc: overSeeds("roc_auc"),
    chance: mean(rows.map(({ positives, cases }) => positives / cases))!,
    worst: scenarios.reduce((worst, one) => (one.precision < worst.precision ? one : worst)),
  };
}

function rankOf(estimate: number, all: readonly { precision: Interval }[]): number {
  const better = all.filter(({ precision }) => precision.estimate > estimate).length;
  const equal = all.filter(({ precision }) => precision.estimate === estimate).length;
  return better + (equal + 1) / 2;
}

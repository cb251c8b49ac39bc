import { mean, meanInterval } from "../statistics/index.js";
import { fixed, list, plural } from "../units/format.js";
import { meansBySeed } from "./leaderboard.js";
import { type Board, type ScoreRow, type Task, tasks } from "./rows.js";

/** A metric on a board: as it was before a change, or as it is after. */
export interface Side {
  readonly metric: string;
  readonly board: Pick<Board, "scores" | "levels">;
}

/** What a change of a metric does to what it finds and to whom it calls worst, in Markdown: an RFC's "measured effect". */
export function effect(before: Side, after: Side): string {
  const seeds = commonSeeds(before, after);
  if (seeds.length === 0) return "Nothing was measured: the two boards have no seed in common.";
  const scenarios = commonScenarios(before, after);
  const [was, is] = [rowsOf(before, seeds, scenarios), rowsOf(after, seeds, scenarios)];
  const names = before.metric === after.metric ? ["before", "after"] : [before.metric, after.metric];
  const change =
    before.metric === after.metric
      ? `\`${after.metric}\`, before and after`
      : `\`${after.metric}\` against \`${before.metric}\``;
  return [
    `Measured: ${change}, on ${plural(scenarios.length, "named scenario")}, ${plural(seeds.length, "seed")} (${seeds[0]} to ${seeds.at(-1)}).`,
    "",
    ...table(
      ["task", `average precision, ${names[0]}`, names[1]!, "difference, paired by seed (95 % interval)"],
      tasks.flatMap((task) => taskRow(task, was, is)),
    ),
    "",
    "By scenario, for shortage here:",
    "",
    ...table(
      ["scenario", names[0]!, names[1]!, "nodegroups that change rank"],
      scenarios.map((scenario) => [
        scenario,
        precisionIn(scenario, was),
        precisionIn(scenario, is),
        changedRanks(scenario, before, after, seeds),
      ]),
    ),
    "",
    "A rank is the place of a nodegroup among those of its scenario by the metric's mean, the highest first.",
  ].join("\n");
}

const named = ({ random }: { readonly random: boolean }) => !random;

function commonSeeds(before: Side, after: Side): number[] {
  const seedsOf = ({ board, metric }: Side) =>
    new Set(board.levels.filter((row) => named(row) && row.metric === metric).map(({ seed }) => seed));
  const [was, is] = [seedsOf(before), seedsOf(after)];
  return [...was].filter((seed) => is.has(seed)).sort((a, b) => a - b);
}

/** What only one side was scored on is left out of both. */
function commonScenarios(before: Side, after: Side): string[] {
  const scenariosOf = ({ board, metric }: Side) =>
    new Set(board.levels.filter((row) => named(row) && row.metric === metric).map(({ scenario }) => scenario));
  const [was, is] = [scenariosOf(before), scenariosOf(after)];
  return [...was].filter((scenario) => is.has(scenario));
}

function rowsOf({ metric, board }: Side, seeds: readonly number[], scenarios: readonly string[]): ScoreRow[] {
  return board.scores.filter(
    (row) => named(row) && row.metric === metric && seeds.includes(row.seed) && scenarios.includes(row.scenario),
  );
}

function taskRow(task: Task, was: readonly ScoreRow[], is: readonly ScoreRow[]): string[][] {
  const bySeed = (rows: readonly ScoreRow[]) => meansBySeed(rows.filter((row) => row.task === task));
  const [old, now] = [bySeed(was), bySeed(is)];
  if (old.size === 0 && now.size === 0) return [];
  const differences = [...now].flatMap(([seed, value]) => (old.has(seed) ? [value - old.get(seed)!] : []));
  const interval = meanInterval(differences);
  const difference =
    interval === undefined
      ? signed(differences[0])
      : `${signed(interval.estimate)} (${signed(Math.max(-1, interval.lower))} to ${signed(Math.min(1, interval.upper))})`;
  return [[task, fixed(mean([...old.values()]), 3), fixed(mean([...now.values()]), 3), difference]];
}

const signed = (value: number | undefined) =>
  value === undefined ? "unknown" : `${value > 0 ? "+" : ""}${value.toFixed(3)}`;

function precisionIn(scenario: string, rows: readonly ScoreRow[]): string {
  const mine = rows.filter((row) => row.scenario === scenario && row.task === "shortage");
  return mine.length === 0 ? "nothing to find" : fixed(mean(mine.map((row) => row.average_precision)), 3);
}

/** "a100: 3 to 1 and h100: 1 to 2"; "none". */
function changedRanks(scenario: string, before: Side, after: Side, seeds: readonly number[]): string {
  const [was, is] = [ranksIn(scenario, before, seeds), ranksIn(scenario, after, seeds)];
  const changed = [...is].filter(([nodegroup, rank]) => was.get(nodegroup) !== rank);
  return list(changed.map(([nodegroup, rank]) => `${nodegroup}: ${was.get(nodegroup) ?? "unknown"} to ${rank}`));
}

/** 1 is the nodegroup with the highest mean; those that tie share the best of their places. */
function ranksIn(scenario: string, { metric, board }: Side, seeds: readonly number[]): Map<string, number> {
  const rows = board.levels.filter(
    (row) => named(row) && row.scenario === scenario && row.metric === metric && seeds.includes(row.seed),
  );
  const means = [...new Set(rows.map(({ nodegroup }) => nodegroup))].map((nodegroup) => ({
    nodegroup,
    level: mean(rows.filter((row) => row.nodegroup === nodegroup).map((row) => row.mean)) ?? Number.NEGATIVE_INFINITY,
  }));
  return new Map(
    means
      .sort((a, b) => b.level - a.level)
      .map(({ nodegroup, level }) => [nodegroup, 1 + means.filter((other) => other.level > level).length]),
  );
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

import { defaultMetric } from "../metrics/index.js";
import { fixed, plural, range } from "../units/format.js";
import { version } from "../version.js";
import { leaderboard } from "./leaderboard.js";
import type { Board } from "./rows.js";

/** Where a board's numbers come from, for the foot of a figure. */
export function boardSource({ states: rows }: Board): string {
  const count = (random: boolean) => new Set(rows.filter((row) => row.random === random).map(worldOf)).size;
  const seeds = rows.map(({ seed }) => seed);
  const [first, last] = [Math.min(...seeds), Math.max(...seeds)];
  const scenarios = new Set(rows.filter(({ random }) => !random).map(({ scenario }) => scenario)).size;
  const random = count(true);
  return `synthetic: ${plural(scenarios, "scenario")}, seeds ${range(first, last)}, ${plural(count(false), "world")}${random > 0 ? `, and ${plural(random, "random world")}` : ""}; evenkeel ${version}`;
}

const worldOf = ({ scenario, seed }: { readonly scenario: string; readonly seed: number }) => `${scenario}/${seed}`;

/** Which metric ranks first, and where the default stands, in a sentence. */
export function standingText({ scores }: Pick<Board, "scores">, random = false): string {
  const where = random ? "random worlds" : "the named scenarios";
  const board = leaderboard(scores, random);
  const [first] = board;
  if (first === undefined) return `In ${where} there was nothing to find.`;
  const place = board.findIndex(({ metric }) => metric === defaultMetric.name);
  const rank = (at: number) => `mean rank ${fixed(board[at]!.meanRank, 1)}`;
  if (place === 0) return `In ${where}, too, nothing ranks before ${first.metric}, the default (${rank(0)}).`;
  const own = place < 0 ? "" : `; ${defaultMetric.name}, the default, has place ${place + 1} (${rank(place)})`;
  return `In ${where} ${first.metric} ranks first (${rank(0)})${own}.`;
}

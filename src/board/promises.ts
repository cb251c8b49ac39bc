import type { Sheet } from "../analysis/tables.js";
import { MATERIAL_GPU_HOURS } from "../plan/actions.js";
import { weightedQuantile } from "../statistics/index.js";
import { duration, fixed, list, number, percent, plural } from "../units/format.js";
import type { Board, PromiseRow, RemovalRow } from "./rows.js";

/** Waits that differ by less are the same: a minute is a scrape. */
export const WAIT_GRAIN_SECONDS = 60;

/** A simulated wait by the promised one, each a minute longer, so that one of nothing divides; Infinity if it has no end. */
export function waitRatio({ promised_p95_seconds: promised, simulated_p95_seconds: simulated }: PromiseRow): number {
  if (simulated === null) return promised === null ? 1 : Number.POSITIVE_INFINITY;
  if (promised === null) return 0;
  return (simulated + WAIT_GRAIN_SECONDS) / (promised + WAIT_GRAIN_SECONDS);
}

/** Whether a simulated wait lies within the promise's interval, or less than a minute beside it. */
export function isWithin(row: PromiseRow): boolean {
  const [lower, upper, simulated] = [
    row.promised_lower_seconds,
    row.promised_upper_seconds,
    row.simulated_p95_seconds,
  ].map((value) => value ?? Number.POSITIVE_INFINITY) as [number, number, number];
  return simulated >= lower - WAIT_GRAIN_SECONDS && simulated <= upper + WAIT_GRAIN_SECONDS;
}

export const isMet = ({ simulated_p95_seconds: simulated, target_seconds: target }: PromiseRow): boolean =>
  simulated !== null && simulated <= target;

/** Whether the capacity plan keeps its promises, by what it does with the nodes, then by scenario. */
export function promiseSheet({ promises }: Pick<Board, "promises">): Sheet {
  const groups: [string, readonly PromiseRow[]][] = [
    ["all", promises],
    ["nodes added", promises.filter((row) => row.nodes_to_add > 0)],
    ["nodes freed", promises.filter((row) => row.nodes_to_add < 0)],
    ["nodes as they are", promises.filter((row) => row.nodes_to_add === 0)],
    ...[...new Set(promises.map(({ scenario }) => scenario))]
      .sort()
      .map((scenario): [string, readonly PromiseRow[]] => [
        scenario,
        promises.filter((row) => row.scenario === scenario),
      ]),
  ];
  return {
    columns: [
      "plans",
      "nodegroups",
      "target met",
      "within its 90 % interval",
      "simulated by promised p95, median (10 to 90 %)",
      "furthest off",
    ],
    rows: groups.flatMap(([name, rows]) => {
      if (rows.length === 0) return [];
      const worst = rows.reduce((most, row) => (offBy(row) > offBy(most) ? row : most));
      return [
        [
          name,
          number(rows.length),
          shareText(rows, isMet),
          shareText(rows, isWithin),
          quantilesText(rows.map(waitRatio)),
          `${worst.nodegroup}${name === worst.scenario ? "" : ` of ${worst.scenario}`}, seed ${worst.seed}: ${secondsText(worst.promised_p95_seconds)} promised, ${secondsText(worst.simulated_p95_seconds)} simulated`,
        ],
      ];
    }),
  };
}

/** How many times as long or as short. */
const offBy = (row: PromiseRow) => Math.max(waitRatio(row), 1 / waitRatio(row));

const shareText = <T>(rows: readonly T[], is: (row: T) => boolean) => {
  const count = rows.filter(is).length;
  return `${number(count)} (${percent(count / rows.length)})`;
};

const secondsText = (value: number | null) => (value === null ? "no end" : duration(value));

/** "1.10 (0.90 to 2.40)": the median, and from 10 to 90 %. Values themselves, none between two, so that what has no end is one of them. */
function quantilesText(values: readonly number[]): string {
  const at = (p: number) => {
    const value = weightedQuantile(
      values,
      values.map(() => 1),
      p,
    );
    return value === Number.POSITIVE_INFINITY ? "no end" : fixed(value, 2);
  };
  return `${at(0.5)} (${at(0.1)} to ${at(0.9)})`;
}

/** What actions remove, against what waited behind them, by kind. */
export function removalSheet({ removals }: Pick<Board, "removals">): Sheet {
  const kinds = [...new Set(removals.map(({ action }) => action))].sort();
  return {
    columns: [
      "action",
      "proposed",
      "tried",
      "GPU-hours behind",
      "GPU-hours removed",
      "removed by behind, median (10 to 90 %)",
      `removes ${MATERIAL_GPU_HOURS} or more`,
      `adds ${MATERIAL_GPU_HOURS} or more`,
    ],
    rows: kinds.map((kind) => {
      const rows = removals.filter(({ action }) => action === kind);
      const tried = rows.filter(({ removed_gpu_hours: removed }) => removed !== null);
      const both = tried.filter(isComparable);
      const sum = (of: (row: RemovalRow) => number) => number(Math.round(tried.reduce((all, row) => all + of(row), 0)));
      const none = (text: string) => (tried.length === 0 ? "unknown" : text);
      return [
        kind,
        number(rows.length),
        number(tried.length),
        both.length === 0 ? "none" : sum((row) => row.behind_gpu_hours ?? 0),
        none(sum((row) => row.removed_gpu_hours!)),
        both.length === 0 ? "unknown" : quantilesText(both.map((row) => row.removed_gpu_hours / row.behind_gpu_hours)),
        none(number(tried.filter((row) => row.removed_gpu_hours! >= MATERIAL_GPU_HOURS).length)),
        none(number(tried.filter((row) => row.removed_gpu_hours! <= -MATERIAL_GPU_HOURS).length)),
      ];
    }),
  };
}

/** An action that was tried, behind which something waited. */
type Comparable = RemovalRow & { readonly behind_gpu_hours: number; readonly removed_gpu_hours: number };

function isComparable(row: RemovalRow): row is Comparable {
  return row.removed_gpu_hours !== null && (row.behind_gpu_hours ?? 0) > 0;
}

/** Whether the action behind which most waited removes most, and how often of two the one behind which more waited does. */
export function removalOrder({ removals }: Pick<Board, "removals">) {
  const worlds = new Map<string, Comparable[]>();
  for (const row of removals.filter(isComparable)) {
    const world = `${row.scenario}, seed ${row.seed}`;
    worlds.set(world, [...(worlds.get(world) ?? []), row]);
  }
  let [choices, right, byChance, pairs, concordant] = [0, 0, 0, 0, 0];
  for (const rows of worlds.values()) {
    if (rows.length < 2) continue;
    choices++;
    byChance += 1 / rows.length;
    const most = (of: (row: Comparable) => number) => rows.reduce((best, row) => (of(row) > of(best) ? row : best));
    if (most((row) => row.behind_gpu_hours) === most((row) => row.removed_gpu_hours)) right++;
    for (const [i, a] of rows.entries())
      for (const b of rows.slice(0, i)) {
        const order = (a.behind_gpu_hours - b.behind_gpu_hours) * (a.removed_gpu_hours - b.removed_gpu_hours);
        if (order !== 0) pairs++;
        if (order > 0) concordant++;
      }
  }
  return { choices, right, byChance, pairs, concordant };
}

/** What the two tables come to. */
export function promiseText({ promises, removals }: Pick<Board, "promises" | "removals">): string {
  if (promises.length === 0) return "No plan was tried.";
  const missed = promises.filter((row) => !isMet(row));
  const ratios = quantilesText(promises.map(waitRatio));
  const where = [...new Set(missed.map(({ scenario }) => scenario))].sort();
  const first = `With the nodes that the plan has, ${plural(promises.length - missed.length, "nodegroup")} of ${number(promises.length)} meet the target when simulated; the simulated p95 is ${ratios} times the promised one, in the median and from 10 to 90 %${missed.length === 0 ? "" : `; the target is missed in ${list(where)}`}.`;
  const { choices, right, byChance, pairs, concordant } = removalOrder({ removals });
  if (choices === 0) return first;
  return `${first} Of actions, the one with most GPU-hours behind it removes most in ${number(right)} of ${plural(choices, "world")} with a choice, against ${fixed(byChance, 1)} by chance; of two, the one with more behind it removes more in ${percent(concordant / pairs)} of ${plural(pairs, "pair")}.`;
}

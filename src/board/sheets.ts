import type { Sheet } from "../analysis/tables.js";
import { mean, meanInterval, quantile } from "../statistics/index.js";
import { fixed, list, number, percent } from "../units/format.js";
import { WEEK_HOURS } from "../units/time.js";
import { leaderboard } from "./leaderboard.js";
import { type AlarmRow, type Board, CALM, type NamedRow, type PlanRow, tasks } from "./rows.js";

const RANDOM = "all random worlds";

/** The metrics with their average precision in each task, of the named scenarios or of random worlds. */
export function leaderboardSheet({ scores }: Pick<Board, "scores">, random = false): Sheet {
  return {
    columns: [
      "metric",
      "mean rank",
      ...tasks.flatMap((task) => [`${task}: average precision (95 % interval)`, `${task}: ROC AUC`]),
      "worst at shortage",
    ],
    rows: leaderboard(scores, random).map(({ metric, meanRank, tasks: done }) => [
      metric,
      fixed(meanRank, 2),
      ...tasks.flatMap((task) => {
        const one = done[task];
        if (one === undefined) return ["unknown", "unknown"];
        const { estimate, lower, upper } = one.precision;
        return [`${fixed(estimate, 2)} (${fixed(lower, 2)} to ${fixed(upper, 2)})`, fixed(one.auc.estimate, 2)];
      }),
      done.shortage === undefined
        ? "unknown"
        : `${done.shortage.worst.scenario}, ${fixed(done.shortage.worst.precision, 2)}`,
    ]),
  };
}

/** What the alarms of a metric at one cut come to, over worlds. */
export interface AlarmSummary {
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly f1: number | undefined;
  /** False alarms a nodegroup-week, by seed. */
  readonly falseAlarmsAWeek: readonly number[];
  readonly caughtShare: number | undefined;
  readonly leadHours: number | undefined;
}

/** @param rows of one metric */
export function alarmSummary(rows: readonly AlarmRow[]): AlarmSummary {
  const sum = (of: (row: AlarmRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : undefined);
  const hit = sum((row) => row.true_hours);
  const precision = share(hit, hit + sum((row) => row.false_hours));
  const recall = share(hit, hit + sum((row) => row.missed_hours));
  const caught = sum((row) => row.caught);
  return {
    precision,
    recall,
    f1: precision === undefined || recall === undefined ? undefined : share(2 * precision * recall, precision + recall),
    falseAlarmsAWeek: rows
      .filter(({ scenario }) => scenario === CALM)
      .map((row) => row.false_alarms / (row.nodegroup_hours / WEEK_HOURS)),
    caughtShare: share(
      caught,
      sum((row) => row.shortages),
    ),
    leadHours: share(
      sum((row) => row.lead_hours),
      caught,
    ),
  };
}

/** What each metric's alarms are worth at the cut tuned on odd seeds, on the even ones, over the named scenarios. */
export function alarmSheet({ alarms, levels, scores }: Pick<Board, "alarms" | "levels" | "scores">): Sheet {
  return {
    columns: [
      "metric",
      "cut",
      "precision",
      "recall",
      "F1",
      "false alarms a nodegroup-week on balanced (95 % interval)",
      "shortages caught in time",
      "lead before the peak, hours",
      "hours at its concern anchor or above, on balanced",
    ],
    rows: leaderboard(scores).flatMap(({ metric }) => {
      const calm = levels.filter((row) => row.metric === metric && row.scenario === CALM && row.seed % 2 === 0);
      const rows = alarms.filter((row) => row.metric === metric && !row.random);
      if (rows.length === 0) return [];
      const { precision, recall, f1, falseAlarmsAWeek, caughtShare, leadHours } = alarmSummary(rows);
      const interval = meanInterval(falseAlarmsAWeek);
      return [
        [
          metric,
          number(rows[0]!.threshold),
          percent(precision),
          percent(recall),
          fixed(f1, 2),
          interval === undefined
            ? number(falseAlarmsAWeek[0])
            : `${fixed(interval.estimate, 1)} (${fixed(Math.max(0, interval.lower), 1)} to ${fixed(interval.upper, 1)})`,
          percent(caughtShare),
          fixed(leadHours, 1),
          percent(mean(calm.map(({ concern_share }) => concern_share))),
        ],
      ];
    }),
  };
}

/** Whether what a scenario puts out of balance is named, on the days on which it is there. */
export function namedSheet({ named }: Pick<Board, "named">): Sheet {
  const scenarios = [...new Set(named.filter(({ random }) => !random).map(({ scenario }) => scenario))];
  const groups: [string, readonly NamedRow[]][] = [
    ...scenarios.map((scenario): [string, readonly NamedRow[]] => [
      scenario,
      named.filter((row) => !row.random && row.scenario === scenario),
    ]),
    [RANDOM, named.filter(({ random }) => random)],
  ];
  return {
    columns: ["scenario", "injected", "there, by the truth", "named rightly", "cannot tell", "called something else"],
    rows: groups.flatMap(([scenario, rows]) => {
      if (rows.length === 0) return [];
      // Days on which what is injected is not the main thing are not held against the diagnosis.
      const there = rows.filter(({ injected, truth }) => injected === truth);
      const right = there.filter(({ truth, verdict }) => truth === verdict);
      const unknown = there.filter(({ verdict }) => verdict === "unknown");
      const other = there.filter((row) => !right.includes(row) && !unknown.includes(row));
      return [
        [
          scenario,
          list([...new Set(rows.map(({ injected }) => injected))].sort()),
          `${there.length} of ${rows.length}`,
          `${right.length} of ${there.length}`,
          unknown.length,
          other.length === 0
            ? "0"
            : `${other.length}: ${list([...new Set(other.map(({ truth, verdict }) => `${truth} called ${verdict}`))].sort())}`,
        ],
      ];
    }),
  };
}

/** How far what the capacity plan is made from is off, by scenario. */
export function planInputSheet({ plan }: Pick<Board, "plan">): Sheet {
  const groups = [...new Set(plan.map(({ scenario, random }) => (random ? RANDOM : scenario)))];
  return {
    columns: [
      "scenario",
      "jobs in truth",
      "jobs seen or estimated",
      "GPU-hours asked for in truth",
      "GPU-hours estimated",
      "difference",
      "median error of the p95 wait, min",
      "largest, min",
    ],
    rows: groups.map((group) => {
      const rows = plan.filter(({ scenario, random }) => (random ? RANDOM : scenario) === group);
      const sum = (of: (row: PlanRow) => number) => rows.reduce((total, row) => total + of(row), 0);
      const [truth, verdict] = [sum((row) => row.truth_gpu_hours), sum((row) => row.verdict_gpu_hours)];
      const errors = rows.flatMap(({ truth_wait_p95_seconds: was, verdict_wait_p95_seconds: seen }) =>
        was === null || seen === null ? [] : [Math.abs(seen - was) / 60],
      );
      return [
        group,
        number(sum((row) => row.truth_jobs)),
        number(sum((row) => row.verdict_jobs)),
        number(Math.round(truth)),
        number(Math.round(verdict)),
        truth > 0 ? percent((verdict - truth) / truth) : "unknown",
        fixed(quantile(errors, 0.5), 1),
        fixed(quantile(errors, 1), 1),
      ];
    }),
  };
}

/** From where on a metric has moved, as a share of its severe anchor. */
const MOVED_SHARE = 0.1;

/** How each metric stands faults of the telemetry: whether it moves, and whether a check says so. */
export function faultSheet({ faults }: Pick<Board, "faults">): Sheet {
  return {
    columns: [
      "metric",
      "faults tried",
      "unmoved",
      "moved or silenced, and a check fails",
      "moved because the world is so, as a fault that the join reports",
      "moved unsaid",
      "moves most under",
    ],
    rows: [...new Set(faults.map(({ metric }) => metric))].map((metric) => {
      const rows = faults.filter((row) => row.metric === metric);
      const moved = rows.filter(({ moved: by, changed }) => by > MOVED_SHARE || changed > 0);
      const said = moved.filter(({ failing }) => failing !== "");
      const real = moved.filter(({ failing, join }) => failing === "" && join === "reports");
      const unsaid = moved.filter((row) => !said.includes(row) && !real.includes(row));
      const worst = rows.reduce((most, row) => (row.moved > most.moved ? row : most));
      return [
        metric,
        rows.length,
        rows.length - moved.length,
        said.length,
        real.length,
        unsaid.length === 0 ? "0" : `${unsaid.length}: ${list(unsaid.map(({ fault }) => fault))}`,
        worst.moved > MOVED_SHARE ? `${worst.fault}, by ${fixed(worst.moved, 1)} of its severe anchor` : "none",
      ];
    }),
  };
}

/** What the GPUs did, as the simulator knows it and as the diagnosis says, over all worlds. */
export function stateSheet({ states }: Pick<Board, "states">): Sheet {
  const names = [...new Set(states.map(({ state }) => state))];
  return {
    columns: ["state", "GPU-hours in truth", "GPU-hours diagnosed", "difference", "most off in"],
    rows: names.map((state) => {
      const rows = states.filter((row) => row.state === state);
      const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
      const truth = sum((row) => row.truth_gpu_hours);
      const verdict = sum((row) => row.verdict_gpu_hours);
      const worst = rows.reduce((most, row) =>
        Math.abs(row.verdict_gpu_hours - row.truth_gpu_hours) > Math.abs(most.verdict_gpu_hours - most.truth_gpu_hours)
          ? row
          : most,
      );
      return [
        state,
        number(Math.round(truth)),
        number(Math.round(verdict)),
        truth > 0 ? percent((verdict - truth) / truth) : number(Math.round(verdict)),
        Math.abs(worst.verdict_gpu_hours - worst.truth_gpu_hours) < 0.05
          ? "none"
          : `${worst.scenario}, seed ${worst.seed}: ${fixed(worst.verdict_gpu_hours, 1)} for ${fixed(worst.truth_gpu_hours, 1)}`,
      ];
    }),
  };
}

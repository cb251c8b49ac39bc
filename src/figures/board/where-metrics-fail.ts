import { boardSource } from "../../board/board-text.js";
import { leaderboard } from "../../board/leaderboard.js";
import type { Board } from "../../board/rows.js";
import { mean } from "../../statistics/index.js";
import { list, plural } from "../../units/format.js";
import { type Figure, type FigureSpec, figure } from "../figure.js";
import { noData } from "../layout.js";
import { matrix } from "../marks/matrix.js";
import { BACKGROUND, mix } from "../palette.js";
import { score } from "./task-words.js";

/** Below this average precision a metric fails in a scenario: more than half of what it names is wrong. Field convention. */
export const FAILS_BELOW = 0.5;

const FAILED = "#c24a00";

/** A metric by scenario: its average precision for shortage, mean over seeds. */
interface Grid {
  readonly metrics: readonly string[];
  readonly scenarios: readonly string[];
  value(scenario: string, metric: string): number | undefined;
}

function gridOf({ scores }: Pick<Board, "scores">): Grid {
  const rows = scores.filter(({ random, task }) => !random && task === "shortage");
  return {
    metrics: leaderboard(scores).map(({ metric }) => metric),
    scenarios: [...new Set(rows.map(({ scenario }) => scenario))],
    value: (scenario, metric) =>
      mean(
        rows.filter((row) => row.scenario === scenario && row.metric === metric).map((row) => row.average_precision),
      ),
  };
}

export type FailFinding =
  | {
      readonly kind: "told";
      readonly leader: string;
      /** Where the leader does worst. */
      readonly worst: { readonly scenario: string; readonly precision: number };
      readonly leaderFails: readonly string[];
      /** The metrics that fail in no scenario. */
      readonly neverFail: readonly string[];
      /** The scenario in which most metrics fail. */
      readonly hardest: { readonly scenario: string; readonly failing: number; readonly of: number };
    }
  | { readonly kind: "no-data" };

export function failFinding(board: Pick<Board, "scores">): FailFinding {
  const { metrics, scenarios, value } = gridOf(board);
  const [leader] = metrics;
  if (leader === undefined || scenarios.length === 0) return { kind: "no-data" };
  const fails = (scenario: string, metric: string) => (value(scenario, metric) ?? 1) < FAILS_BELOW;
  const byScenario = scenarios.map((scenario) => ({
    scenario,
    failing: metrics.filter((metric) => fails(scenario, metric)).length,
    of: metrics.length,
  }));
  const own = scenarios.map((scenario) => ({ scenario, precision: value(scenario, leader)! }));
  return {
    kind: "told",
    leader,
    worst: own.reduce((worst, one) => (one.precision < worst.precision ? one : worst)),
    leaderFails: scenarios.filter((scenario) => fails(scenario, leader)),
    neverFail: metrics.filter((metric) => !scenarios.some((scenario) => fails(scenario, metric))),
    hardest: byScenario.reduce((most, one) => (one.failing > most.failing ? one : most)),
  };
}

/** Where does each metric fail? Average precision for shortage, by scenario. */
export function whereMetricsFail(board: Board): Figure {
  const finding = failFinding(board);
  const { metrics, scenarios, value } = gridOf(board);
  const said = words(finding);
  return figure({
    id: "06-where-metrics-fail",
    ...said,
    subtitle: "Average precision for shortage here, ratio, by named scenario and metric: mean over seeds",
    note: `Metrics from the best mean rank to the worst. A metric fails below ${score(FAILS_BELOW)}: more than half of what it ranks high is wrong. Chance gives the share of short hours, which is small where little waits.`,
    source: boardSource(board),
    alt: `Matrix of average precision by scenario and metric, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "scenario", label: "Scenario", unit: null },
        ...metrics.map((metric) => ({ name: metric, label: metric, unit: "ratio", digits: 3 })),
      ],
      rows: scenarios.map((scenario) => ({
        scenario,
        ...Object.fromEntries(metrics.map((metric) => [metric, value(scenario, metric)])),
      })),
    },
    width: 900,
    height: finding.kind === "no-data" ? 160 : 110 + 28 * scenarios.length,
    axes: { x: { label: "Metric", unit: null }, y: { label: "Scenario", unit: null } },
    draw: (drawing) =>
      finding.kind === "no-data"
        ? noData(drawing, "No scenario had anything to find")
        : matrix(drawing, {
            rows: scenarios,
            columns: metrics,
            cell(scenario, metric) {
              const found = value(scenario, metric);
              if (found === undefined) return undefined;
              return { text: score(found), color: mix(BACKGROUND, FAILED, Math.round(8 * (1 - found)) / 8) };
            },
          }),
  });
}

function words(finding: FailFinding): Pick<FigureSpec, "title" | "takeaway"> {
  if (finding.kind === "no-data")
    return {
      title: "No scenario had anything to find",
      takeaway: "No named scenario that was scored was short of anything. Score other scenarios or more seeds.",
    };
  const { leader, worst, leaderFails, neverFail, hardest } = finding;
  const others = leaderFails.filter((scenario) => scenario !== worst.scenario);
  const hard =
    hardest.failing === 0
      ? "No metric fails anywhere."
      : `${hardest.scenario} is hardest: ${plural(hardest.failing, "metric")} of ${hardest.of} fail there.`;
  return {
    title:
      leaderFails.length > 0
        ? `Even ${leader} fails in ${leaderFails.length === 1 ? leaderFails[0] : plural(leaderFails.length, "scenario")}`
        : `${leader} fails nowhere; its worst is ${worst.scenario} at ${score(worst.precision)}`,
    takeaway:
      `${leader}, before which none ranks, is worst in ${worst.scenario} at ${score(worst.precision)}${others.length > 0 ? `, and below ${score(FAILS_BELOW)} in ${list(others)} too` : ""}. ${hard} ` +
      `${neverFail.length > 0 ? `${list(neverFail)} ${neverFail.length === 1 ? "fails" : "fail"} in none` : "No metric can be trusted alone"}: look at a second one where the first is weak.`,
  };
}

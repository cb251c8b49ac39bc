import { boardSource } from "../../board/board-text.js";
import { leaderboard } from "../../board/leaderboard.js";
import { type Board, precisionColumn, recallLevels, type Task, tasks } from "../../board/rows.js";
import { compositeScore } from "../../metrics/composite-score.js";
import { defaultMetric } from "../../metrics/index.js";
import { pendingRatio } from "../../metrics/pending-ratio.js";
import { mean } from "../../statistics/index.js";
import { percent, plural } from "../../units/format.js";
import { type Figure, type FigureSpec, figure } from "../figure.js";
import { key, noData, stack } from "../layout.js";
import { smallMultiples } from "../marks/small-multiples.js";
import { GREY, OKABE_ITO } from "../palette.js";
import { plotLibrary } from "../plot.js";
import { taskWords } from "./task-words.js";

/** Precision of one metric in one task at every level of recall, percent to ratio: mean over the named scenarios and seeds. */
export interface Curve {
  readonly task: Task;
  readonly metric: string;
  readonly points: readonly { readonly recall: number; readonly precision: number }[];
}

export function curves({ scores }: Pick<Board, "scores">): Curve[] {
  const named = scores.filter(({ random }) => !random);
  const names = [...new Set(named.map(({ metric }) => metric))];
  return tasks.flatMap((task) =>
    names.flatMap((metric) => {
      const rows = named.filter((row) => row.task === task && row.metric === metric);
      if (rows.length === 0) return [];
      const points = recallLevels.map((recall) => ({
        recall,
        precision: mean(rows.map((row) => row[precisionColumn(recall)] / 100))!,
      }));
      return [{ task, metric, points }];
    }),
  );
}

/** The level of recall at which precision is told: to miss one hour in ten is what an operator might accept. */
export const TOLD_RECALL = 90;

interface Told {
  readonly metric: string;
  readonly precision: number;
}

/** What it costs, in false hours, to find most of the short ones. */
export type CurveFinding =
  | {
      readonly kind: "told";
      readonly best: string;
      readonly precision: number;
      /** Precision of the others that are named, where they are there. */
      readonly against: readonly Told[];
    }
  | { readonly kind: "no-data" };

export function curveFinding(board: Pick<Board, "scores">): CurveFinding {
  const told = curves(board)
    .filter(({ task }) => task === "shortage")
    .map(({ metric, points }) => ({
      metric,
      precision: points.find(({ recall }) => recall === TOLD_RECALL)!.precision,
    }));
  if (told.length === 0) return { kind: "no-data" };
  const best = told.reduce((most, one) => (one.precision > most.precision ? one : most));
  const against = [defaultMetric.name, compositeScore.name, pendingRatio.name].flatMap((name) =>
    told.filter(({ metric }) => metric === name && metric !== best.metric),
  );
  return { kind: "told", best: best.metric, precision: best.precision, against };
}

/** What does it cost to find most of the hours? Precision against recall, by task. */
export function precisionRecallFigure(board: Board): Figure {
  const finding = curveFinding(board);
  const all = curves(board);
  const leader = leaderboard(board.scores)[0]?.metric;
  const named = [...new Set([leader, defaultMetric.name, compositeScore.name, pendingRatio.name])].filter(
    (name): name is string => all.some(({ metric }) => metric === name),
  );
  const color = (metric: string) => (named.includes(metric) ? OKABE_ITO[named.indexOf(metric)]! : GREY);
  const said = words(finding);
  const panels = tasks.filter((task) => all.some((curve) => curve.task === task));
  return figure({
    id: "06-precision-recall",
    ...said,
    subtitle: "Highest precision at each recall, by task: mean over named scenarios and seeds, nodegroup-hours",
    note: "Averaged world by world, so that each counts the same; pooled over hours, as alarms are told elsewhere, large shortages count more. Recall: share of the hours sought that are found. Precision: share of the hours found that are sought. Grey: all other metrics; the table has them by name.",
    source: boardSource(board),
    alt: `Line charts of precision against recall for ${plural(panels.length, "task")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "task", label: "Task", unit: null },
        { name: "metric", label: "Metric", unit: null },
        ...recallLevels.map((level) => ({
          name: `recall_${level}`,
          label: `Precision at recall ${level}%`,
          unit: "ratio",
          digits: 2,
        })),
      ],
      rows: all.map(({ task, metric, points }) => ({
        task: taskWords[task].title,
        metric,
        ...Object.fromEntries(points.map(({ recall, precision }) => [`recall_${recall}`, precision])),
      })),
    },
    width: 900,
    height: finding.kind === "no-data" ? 160 : 340,
    axes: { x: { label: "Recall", unit: "%" }, y: { label: "Precision", unit: "ratio" } },
    draw: (drawing) => {
      if (finding.kind === "no-data") return noData(drawing, "No world was out of balance: there is nothing to find");
      const legend = key(
        [
          ...named.map((name) => ({ label: name, color: color(name), shape: "line" as const })),
          { label: "Other metrics", color: GREY, shape: "line" as const },
        ],
        drawing.width,
      );
      const body = smallMultiples(
        { ...drawing, height: drawing.height - legend.height - 10 },
        {
          items: panels,
          columns: panels.length,
          title: (task) => taskWords[task].title,
          badness: (task) => -panels.indexOf(task),
          x: { domain: [0, 100], ticks: [0, 25, 50, 75, 100] },
          y: { domain: [0, 1], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], tickFormat: (value: number) => value.toFixed(1) },
          marks: (task) =>
            all
              .filter((curve) => curve.task === task)
              // What is named lies on top.
              .sort((a, b) => named.indexOf(a.metric) - named.indexOf(b.metric))
              .map(({ metric, points }) =>
                plotLibrary().lineY(points, {
                  x: "recall",
                  y: "precision",
                  stroke: color(metric),
                  strokeWidth: named.includes(metric) ? 2.5 : 1,
                }),
              ),
        },
      );
      return stack([legend, body], 10);
    },
  });
}

function words(finding: CurveFinding): Pick<FigureSpec, "title" | "takeaway"> {
  if (finding.kind === "no-data")
    return {
      title: "There was nothing to find",
      takeaway: "No world that was scored was short of anything. Score other scenarios or more seeds.",
    };
  const { best, precision, against } = finding;
  const falseHours = (share: number) => (share > 0 ? (1 - share) / share : Number.POSITIVE_INFINITY);
  const compared = against.map((one) => `${one.metric} in ${percent(one.precision)}`);
  const perTrue = falseHours(precision);
  const worst = against.reduce<Told | undefined>(
    (most, one) => (one.precision < (most?.precision ?? precision) ? one : most),
    undefined,
  );
  return {
    title: `To find ${TOLD_RECALL}% of short hours, ${best} is right in ${percent(precision)} of alarms`,
    takeaway:
      `At the cut that finds ${TOLD_RECALL}% of the hours in which work waits, ${best} is right in ${percent(precision)} of those it names${compared.length > 0 ? `, ${compared.join(", ")}` : ""}. ` +
      `For each hour rightly named that is ${perTrue.toFixed(1)} hours of false alarm${worst === undefined || worst.precision === 0 ? "" : `, and ${falseHours(worst.precision).toFixed(1)} with ${worst.metric}`}: what somebody on call would be woken for.`,
  };
}

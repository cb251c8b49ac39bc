import { boardSource } from "../../board/board-text.js";
import { lead, leaderboard, type Standing } from "../../board/leaderboard.js";
import { type Board, type Task, tasks } from "../../board/rows.js";
import { compositeScore } from "../../metrics/composite-score.js";
import { defaultMetric, metrics } from "../../metrics/index.js";
import { pendingRatio } from "../../metrics/pending-ratio.js";
import type { Interval } from "../../statistics/index.js";
import { list, plural } from "../../units/format.js";
import { type Figure, type FigureSpec, figure } from "../figure.js";
import { key, label, noData, rowRoom, stack, xLabel, yLabel } from "../layout.js";
import { GREY, GRID, INK, MUTED, OKABE_ITO } from "../palette.js";
import { FONT_SIZE } from "../plot.js";
import { type Drawn, type SvgNode, svg } from "../svg.js";
import { shortenName, widest } from "../text.js";
import { score, taskWords } from "./task-words.js";

/** Which metric has the best mean rank over the tasks of RFC 0001. */
export type LeaderFinding =
  | {
      readonly kind: "default" | "baseline" | "other";
      readonly leader: Standing;
      /** Those that rank as high. */
      readonly beside: readonly string[];
      readonly of: number;
      /** The best metrics of each task; several where they tie. */
      readonly best: readonly {
        readonly task: Task;
        readonly metrics: readonly string[];
        readonly precision: number;
      }[];
      /** How far it leads over the composite score in the first task, paired by seed. */
      readonly overComposite: Interval | undefined;
      readonly gauge: Standing | undefined;
    }
  | { readonly kind: "no-data" };

export function leaderFinding({ scores }: Pick<Board, "scores">): LeaderFinding {
  const board = leaderboard(scores);
  const [leader] = board;
  if (leader === undefined) return { kind: "no-data" };
  const metric = metrics.find(({ name }) => name === leader.metric);
  const best = tasks.flatMap((task) => {
    const first = board.filter(({ tasks: done }) => done[task] !== undefined);
    const precision = Math.max(...first.map(({ tasks: done }) => done[task]!.precision.estimate));
    const names = first
      .filter(({ tasks: done }) => done[task]!.precision.estimate === precision)
      .map((one) => one.metric);
    return names.length > 0 ? [{ task, metrics: names, precision }] : [];
  });
  return {
    kind: leader.metric === defaultMetric.name ? "default" : metric?.kind === "baseline" ? "baseline" : "other",
    leader,
    beside: board.slice(1).flatMap(({ metric: name, meanRank }) => (meanRank === leader.meanRank ? name : [])),
    of: board.length,
    best,
    overComposite:
      leader.metric === compositeScore.name
        ? undefined
        : lead(scores, best[0]!.task, leader.metric, compositeScore.name),
    gauge: board.find((one) => one.metric === pendingRatio.name),
  };
}

const OURS = OKABE_ITO[0];
const BASELINE = OKABE_ITO[1];
const ROW = 26;
const GAP = 34;

/** Which metric is right? Average precision of every metric in every task, best mean rank first. */
export function leaderboardFigure(board: Board): Figure {
  const finding = leaderFinding(board);
  const standings = leaderboard(board.scores);
  const said = words(finding);
  return figure({
    id: "06-leaderboard",
    ...said,
    subtitle:
      "Average precision by task: mean over named scenarios, then over seeds, with its 95% interval; best mean rank first",
    note:
      "Shortage here: 1 GPU and more of work that waits 10 min or longer could run here. Recoverable mismatch: free nodes of other nodegroups would hold it. " +
      "Quiet on balanced: short hours elsewhere against all hours of balanced. Windows are hours. A metric that says nothing ranks last.",
    source: boardSource(board),
    alt: `Dot plot of average precision by metric for ${plural(tasks.length, "task")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "metric", label: "Metric", unit: null },
        { name: "rank", label: "Mean rank", unit: null, digits: 2 },
        ...tasks.flatMap((task) => [
          { name: `${task}_ap`, label: `${taskWords[task].title}, average precision`, unit: "ratio", digits: 3 },
          { name: `${task}_auc`, label: `${taskWords[task].title}, ROC AUC`, unit: "ratio", digits: 3 },
          { name: `${task}_worst`, label: `${taskWords[task].title}, worst scenario`, unit: null },
        ]),
      ],
      rows: standings.map(({ metric, meanRank, tasks: done }) => ({
        metric,
        rank: meanRank,
        ...Object.fromEntries(
          tasks.flatMap((task) => {
            const one = done[task];
            return [
              [`${task}_ap`, one?.precision.estimate],
              [`${task}_auc`, one?.auc.estimate],
              [`${task}_worst`, one && `${one.worst.scenario} (${score(one.worst.precision)})`],
            ];
          }),
        ),
      })),
    },
    width: 900,
    height: finding.kind === "no-data" ? 160 : 116 + ROW * standings.length,
    axes: { x: { label: "Average precision", unit: "ratio" }, y: { label: "Metric", unit: null } },
    draw: (drawing) => {
      if (finding.kind === "no-data")
        return noData(drawing, "No world was out of balance: there is nothing to rank by");
      const legend = key(
        [
          { label: "Metric", color: OURS },
          { label: "Baseline", color: BASELINE },
          { label: "95% interval over seeds", color: MUTED, shape: "line" },
          { label: "Chance", color: GREY, shape: "dash" },
        ],
        drawing.width,
      );
      return stack([legend, dots({ ...drawing, height: drawing.height - legend.height - 8 }, standings)], 8);
    },
  });
}

function dots(
  { width, height, axes }: { width: number; height: number; axes: { readonly x: string; readonly y: string } },
  standings: readonly Standing[],
): Drawn {
  const names = standings.map(({ metric }) => metric);
  const left = Math.ceil(widest(names, FONT_SIZE, 500)) + 16;
  const [top, bottom] = [26, 40];
  const row = rowRoom(standings.length, height - top - bottom, 18);
  const shown = tasks.filter((task) => standings.some(({ tasks: done }) => done[task] !== undefined));
  const panel = (width - left - 12 - GAP * (shown.length - 1)) / shown.length;
  const nodes: SvgNode[] = [yLabel(axes.y), xLabel(axes.x, width, height)];
  standings.forEach(({ metric }, i) => {
    const fill = metric === defaultMetric.name ? OURS : INK;
    nodes.push(
      label(shortenName(metric, left, FONT_SIZE, 500), left - 14, top + row * (i + 0.5), {
        weight: 500,
        anchor: "end",
        fill,
      }),
    );
  });
  shown.forEach((task, j) => {
    const from = left + j * (panel + GAP);
    const x = (value: number) => from + Math.min(1, Math.max(0, value)) * panel;
    const end = top + row * standings.length;
    nodes.push(label(taskWords[task].title, from, 8, { size: 13, weight: 600 }));
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      nodes.push(svg("line", { x1: x(tick), x2: x(tick), y1: top, y2: end, stroke: GRID }));
      nodes.push(label(String(tick), x(tick), end + 12, { fill: MUTED, anchor: "middle" }));
    }
    const chance = standings.find(({ tasks: done }) => done[task] !== undefined)!.tasks[task]!.chance;
    nodes.push(
      svg("line", {
        x1: x(chance),
        x2: x(chance),
        y1: top,
        y2: end,
        stroke: GREY,
        "stroke-width": 2,
        "stroke-dasharray": "3,2",
      }),
    );
    standings.forEach(({ metric, tasks: done }, i) => {
      const one = done[task];
      if (one === undefined) return;
      const y = top + row * (i + 0.5);
      const { estimate, lower, upper } = one.precision;
      const isBaseline = metrics.find(({ name }) => name === metric)?.kind === "baseline";
      const color = isBaseline ? BASELINE : OURS;
      nodes.push(
        svg("line", {
          x1: x(lower),
          x2: x(upper),
          y1: y,
          y2: y,
          stroke: color,
          "stroke-width": 2,
          "stroke-opacity": 0.5,
        }),
      );
      nodes.push(svg("circle", { cx: x(estimate), cy: y, r: 5, fill: color }));
    });
  });
  return { width, height, node: svg("g", {}, ...nodes) };
}

function words(finding: LeaderFinding): Pick<FigureSpec, "title" | "takeaway"> {
  if (finding.kind === "no-data")
    return {
      title: "No metric can be ranked",
      takeaway:
        "No world that was scored was out of balance, so that there is nothing to find. Score other scenarios or more seeds.",
    };
  const { leader, beside, of, best, overComposite, gauge } = finding;
  const first = best[0]!;
  const own = leader.tasks[first.task]!;
  const others = best
    .slice(1)
    .map(
      ({ task, metrics: names, precision }) =>
        `${taskWords[task].asked} ${list(names)} ${names.length > 1 ? "are" : "is"} best (${score(precision)})`,
    );
  const ahead =
    overComposite === undefined
      ? ""
      : `, ${difference(overComposite)} than ${compositeScore.name}, the default of the project that this one grew out of`;
  const bare =
    gauge === undefined || gauge === leader
      ? ""
      : ` The bare gauge, ${gauge.metric}, reaches ${list(tasks.flatMap((task) => (gauge.tasks[task] ? [score(gauge.tasks[task]!.precision.estimate)] : [])))}.`;
  const verdict = `${leader.metric} reaches ${score(own.precision.estimate)} ${taskWords[first.task].asked}${ahead}.`;
  const wins = others.length > 0 ? ` ${capital(others.join("; "))}.` : "";
  switch (finding.kind) {
    case "default":
      return {
        title: `${list([leader.metric, ...beside])} ${beside.length > 0 ? "rank" : "ranks"} best of ${plural(of, "metric")}: mean rank ${leader.meanRank.toFixed(1)}`,
        takeaway: `${verdict}${wins}${bare}`,
      };
    case "baseline":
      return {
        title: `A baseline ranks best: ${list([leader.metric, ...beside])}, with a mean rank of ${leader.meanRank.toFixed(1)}`,
        takeaway: `${verdict}${wins} The default, ${defaultMetric.name}, has to be argued for again, or given up.`,
      };
    case "other":
      return {
        title: `${list([leader.metric, ...beside])} ${beside.length > 0 ? "rank" : "ranks"} best, not the default: mean rank ${leader.meanRank.toFixed(1)}`,
        takeaway: `${verdict}${wins} The default, ${defaultMetric.name}, has to be argued for again, or given up.`,
      };
  }
}

/** "0.32 (0.25 to 0.39 over seeds) more". */
function difference({ estimate, lower, upper }: Interval): string {
  const [low, high] = estimate < 0 ? [-upper, -lower] : [lower, upper];
  return `${score(Math.abs(estimate))} (${score(low)} to ${score(high)} over seeds) ${estimate < 0 ? "less" : "more"}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

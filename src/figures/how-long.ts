import type { Analysis } from "../analysis/analyse.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenText, leastText, podlessSentence } from "../diagnosis/hidden-words.js";
import { type QueueVerdict, queueVerdicts, type Verdict } from "../diagnosis/wait-verdicts.js";
import type { QueueWait } from "../diagnosis/waits.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import type { Observed } from "../join/observed.js";
import { duration, fixed, gpuHours, list, percent, plural } from "../units/format.js";
import { type Drawing, type Figure, type FigureSpec, figure, fittingTitle } from "./figure.js";
import { key, label, noData, stack, xLabel, yLabel } from "./layout.js";
import { GREY, GRID, INK, inkOn, MUTED, textColor } from "./palette.js";
import { FONT_SIZE } from "./plot.js";
import { type Drawn, type SvgNode, svg } from "./svg.js";
import { shortenName, textWidth, widest } from "./text.js";

/** How long it took. */
export type HowLongFinding =
  | {
      readonly kind: "missed";
      readonly worst: QueueVerdict;
      readonly missed: readonly QueueVerdict[];
      readonly known: number;
    }
  | { readonly kind: "missed-by-gpus"; readonly worst: QueueVerdict; readonly missed: readonly QueueVerdict[] }
  | {
      readonly kind: "met";
      readonly nearest: QueueVerdict;
      readonly met: number;
      readonly unknown: readonly QueueVerdict[];
      readonly hidden: Hidden;
    }
  /** Kueue told of ClusterQueues and of no LocalQueue: how many workloads were pending at the end in all of them. */
  | { readonly kind: "no-queues"; readonly waiting: number }
  /** What started is not seen, as no pod names the queue that it is of. */
  | { readonly kind: "podless"; readonly hidden: Hidden }
  /** What still waited at the end is undefined where Kueue was silent. */
  | { readonly kind: "unknown"; readonly waiting: number | undefined };

export function howLongFinding(diagnosis: Diagnosis): HowLongFinding {
  const queues = queueVerdicts(diagnosis);
  const of = (verdict: Verdict) => queues.filter((each) => each.verdict === verdict);
  const [missed, large, met, unknown] = [of("missed"), of("missed-by-gpus"), of("met"), of("unknown")];
  if (missed.length > 0)
    return { kind: "missed", worst: missed[0]!, missed, known: missed.length + large.length + met.length };
  if (large.length > 0) return { kind: "missed-by-gpus", worst: large[0]!, missed: large };
  const { observed, hidden } = diagnosis;
  if (met.length > 0) return { kind: "met", nearest: met[0]!, met: met.length, unknown, hidden };
  if (queues.length === 0 && observed.clusterQueues.length > 0) {
    const last = observed.clusterQueues.map(({ pending }) => pending.findLast((value) => !Number.isNaN(value)) ?? 0);
    return { kind: "no-queues", waiting: last.reduce((a, b) => a + b, 0) };
  }
  if (hidden.podless.length > 0) return { kind: "podless", hidden };
  const waiting = queues.reduce((sum, each) => sum + each.waitingAtEnd, 0);
  return { kind: "unknown", waiting: unseen(diagnosis).includes("Kueue") ? undefined : waiting };
}

const MOST_ROWS = 14;
const ROW = 48;

/** How long it took from creation to nodes, by LocalQueue: Kueue's buckets, the p95 with its bounds, and the target. */
export function howLong(analysis: Analysis): Figure {
  const { diagnosis, observed } = analysis;
  const finding = howLongFinding(diagnosis);
  const queues = queueVerdicts(diagnosis);
  const shown = queues
    .filter((each) => (each.started ?? 0) > 0 || each.waitingAtEnd > 0 || each.admissionP95 !== undefined)
    .slice(0, MOST_ROWS);
  const left = queues.filter((each) => !shown.includes(each)).map(({ queue }) => queue);
  const said = words(finding);
  return figure({
    id: "04-how-long",
    ...said,
    subtitle: `Share of workloads by wait, in Kueue’s buckets, and p95 against target, by LocalQueue, worst first; ${analysis.period}`,
    note:
      "Kueue’s clock runs from creation to admission and its histogram knows only buckets; from creation to scheduled is " +
      "rebuilt from pods, with distribution-free bounds, each at 95%, the upper only from 59 starts on. Workloads that still waited at the end are in " +
      `neither; where they are more than 5%, the p95 is “at least”.${left.length > 0 ? ` Not drawn: ${list(left)}.` : ""}`,
    source: analysis.source,
    alt: `Histograms of waits of ${plural(shown.length, "LocalQueue")} with p95 and target, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "queue", label: "LocalQueue", unit: null },
        { name: "started", label: "Started", unit: "workloads", digits: 0 },
        { name: "waiting", label: "Still waiting", unit: "workloads", digits: 0 },
        { name: "admission", label: "p95 until admission", unit: null },
        { name: "p95", label: "p95 from creation to scheduled", unit: null },
        { name: "byGpus", label: "The same over GPUs asked for", unit: null },
        { name: "target", label: "Target", unit: null },
        { name: "over", label: "Waited beyond target", unit: "GPU-hours", digits: 1 },
      ],
      rows: queues.map((each) => ({
        queue: each.queue,
        started: each.started,
        waiting: each.waitingAtEnd,
        admission: each.admissionP95 && interval(each.admissionP95.lower, each.admissionP95.upper),
        p95: each.p95 === undefined ? undefined : `${p95Text(each)} (${interval(each.p95Lower, each.p95Upper)})`,
        byGpus: each.p95ByGpus === undefined ? undefined : duration(each.p95ByGpus),
        target: duration(each.targetSeconds),
        over: each.started === undefined ? null : each.gpuHoursOverTarget,
      })),
    },
    width: 900,
    height: shown.length === 0 ? 180 : 122 + shown.length * ROW,
    axes: { x: { label: "Wait", unit: "log scale" }, y: { label: "LocalQueue", unit: null } },
    draw: (drawing) =>
      shown.length === 0
        ? noData(drawing, "No workload is known to have started or to wait")
        : drawRows(drawing, shown, observed),
  });
}

const p95Text = ({ p95, atLeast }: QueueWait) => `${atLeast ? "at least " : ""}${duration(p95)}`;

function interval(lower: number | undefined, upper: number | undefined): string {
  if (lower === undefined && upper === undefined) return "no bounds";
  if (upper === undefined || upper === Number.POSITIVE_INFINITY) return `at least ${duration(lower)}`;
  return lower === undefined ? `at most ${duration(upper)}` : `${duration(lower)} to ${duration(upper)}`;
}

function words(finding: HowLongFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "missed": {
      const { worst, missed, known } = finding;
      const over = overText(missed);
      const { queue, targetSeconds, p95, admissionP95 } = worst;
      const clock =
        admissionP95 !== undefined && admissionP95.upper < targetSeconds
          ? ` Kueue’s own clock stops at admission and puts it at ${interval(admissionP95.lower, admissionP95.upper)}: the wait is for nodes, after that.`
          : "";
      const verb = missed.length === 1 ? "misses its" : "miss their";
      const how =
        p95 !== undefined && p95 > targetSeconds
          ? `p95 ${p95Text(worst)} against ${duration(targetSeconds)}`
          : `${plural(worst.overdue, "workload")} still ${worst.overdue === 1 ? "waits" : "wait"} beyond ${duration(targetSeconds)}`;
      return {
        title:
          missed.length === 1
            ? fittingTitle(
                `${queue} ${verb} wait target: ${how}`,
                `${queue} ${verb} wait target of ${duration(targetSeconds)}`,
              )
            : `${missed.length} of ${known} LocalQueues ${verb} wait target, ${queue} by most`,
        takeaway: `${missedText(worst)}; the target is ${duration(targetSeconds)}.${clock} ${over.charAt(0).toUpperCase() + over.slice(1)} waited beyond target${remedy(worst)}.`,
      };
    }
    case "missed-by-gpus": {
      const { worst, missed } = finding;
      const { queue, p95ByGpus, targetSeconds, missedShare } = worst;
      const over = overText(missed);
      return {
        title: `Large gangs of ${queue} wait longer than the target of ${duration(targetSeconds)}`,
        takeaway:
          `By gangs the queue’s p95 of ${p95Text(worst)} meets the target; by GPUs asked for, so that a gang counts for its size, it is ${duration(p95ByGpus)}. ` +
          `${percent(missedShare)} of its gangs waited longer than their own target, ${over} beyond it${remedy(worst)}.`,
      };
    }
    case "met": {
      const { nearest, met, unknown, hidden } = finding;
      const least = nearest.p95! / nearest.targetSeconds;
      const others =
        unknown.length === 0
          ? ""
          : `; of ${plural(unknown.length, "other")} too little is known (${list(unknown.map(({ queue }) => queue))})`;
      return {
        title:
          unknown.length === 0
            ? "Every LocalQueue met its wait target"
            : met === 1
              ? "The one LocalQueue that can be judged met its wait target"
              : `All ${met} LocalQueues that can be judged met their wait target`,
        takeaway:
          `The nearest to its target is ${nearest.queue}, with a p95 of ${p95Text(nearest)}: ${percent(least)} of the ${duration(nearest.targetSeconds)} that it may take${others}. ` +
          (isHidden(hidden)
            ? `That says how long work waited, not how much did: ${hiddenText(hidden)}. ${hiddenMend(hidden)}.`
            : unknown.length > 0
              ? "Those that can be judged call for no action."
              : "No action is called for."),
      };
    }
    case "no-queues":
      return {
        title: "Whether wait targets were met is not known: no LocalQueue is seen",
        takeaway:
          `Kueue exports series of LocalQueues from 0.17 on, or with its feature gate LocalQueueMetrics, and none are here; ${plural(finding.waiting, "workload")} still waited at the end in the ClusterQueues. ` +
          "Have Kueue export them, and pods carry the labels of their queues.",
      };
    case "podless":
      return {
        title: "Whether wait targets were met is not known",
        takeaway: `${podlessSentence(finding.hidden)}. ${hiddenMend(finding.hidden)}.`,
      };
    case "unknown":
      return {
        title: "Whether wait targets were met is not known",
        takeaway:
          `Too few workloads got nodes to tell; ${finding.waiting === undefined ? "how many still waited at the end was not seen" : `${plural(finding.waiting, "workload")} still waited at the end`}. ` +
          "Longer data, or the scrape of pods where it is missing, would tell.",
      };
  }
}

function overText(missed: readonly QueueWait[]): string {
  const over = missed.reduce((sum, each) => sum + each.gpuHoursOverTarget, 0);
  return `${leastText(missed.some(({ overIsLeast }) => overIsLeast))}${gpuHours(over)}`;
}

function remedy({ cause }: QueueVerdict): string {
  if (cause === undefined || cause === "mixed" || cause === "unknown") return "";
  const { remedy: what, free } = causeWords(cause);
  return `; ${what.charAt(0).toLowerCase() + what.slice(1)} would help${free ? " at no cost" : ""}`;
}

/** How a queue missed its target: by what started, by what still waits, or by both. */
function missedText(queue: QueueWait & { readonly queue: string }): string {
  const { started, waitingAtEnd, overdue, p95, p95Lower, targetSeconds } = queue;
  const still = `${plural(waitingAtEnd, "workload")} of ${queue.queue} still waited at the end, at least ${fixed(overdue, 0)} of them beyond target`;
  if (p95 === undefined) return `Nothing of ${queue.queue} started, and ${still.replace(` of ${queue.queue}`, "")}`;
  const within = `95% of ${plural(started, "gang")} of ${queue.queue} that started had nodes within ${duration(p95)}`;
  if (p95 <= targetSeconds) return `${within}, but ${still.replace(` of ${queue.queue}`, "")}`;
  // One start is enough for a lower bound at 95 %: it lies below the p95 with that probability.
  const bound =
    p95Lower! > targetSeconds
      ? `the p95 is at least ${duration(p95Lower)}`
      : `the p95 could be as low as ${duration(p95Lower)}`;
  if (!queue.atLeast) return `${within}, and ${bound}`.replace(" that started", "");
  return `${within}, and ${plural(waitingAtEnd, "workload")} still waited at the end: ${bound}`;
}

const MISSED = "#d55e00";
const MET = "#0072b2";
const NAME_ROOM = 210;
const CELL = 40;
const TICKS = [1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600];
const VERDICT_COLOR: Readonly<Record<Verdict, string>> = {
  missed: MISSED,
  "missed-by-gpus": MISSED,
  met: MET,
  unknown: MUTED,
  unused: MUTED,
};

/** Shades of a bucket, by the share of workloads in it. */
const SHADES = [
  { from: 0.5, color: "#6f7f90", label: "over 50%" },
  { from: 0.2, color: "#9aa7b4", label: "over 20%" },
  { from: 0.05, color: "#c0c9d2", label: "over 5%" },
  { from: 0, color: "#e3e8ed", label: "up to 5%" },
] as const;
/** From here on a bucket's share is written into it. */
const SAID_SHARE = 0.0095;
const CELL_HIGH = 16;
const CELL_TEXT = 10.5;

/** A row a queue: its histogram as a strip, and below it the p95 as the interval it is known by. */
function drawRows(drawing: Drawing, rows: readonly QueueVerdict[], observed: Observed): Drawn {
  const { width, axes } = drawing;
  const legend = stack([
    key(
      [
        ...[...SHADES].reverse().map(({ color, label: words }, i) => ({
          label: i === 0 ? `Share of workloads so long until admission: ${words}` : words,
          color,
        })),
        { label: "p95 in this bucket", color: INK, shape: "hollow" },
      ],
      width,
    ),
    key(
      [
        { label: "p95 until scheduled, with its bounds", color: MET, shape: "line" },
        { label: "p95 over target", color: MISSED, shape: "line" },
        { label: "The same by GPUs asked for", color: MET, shape: "hollow" },
        { label: "Target", color: INK, shape: "dash" },
      ],
      width,
    ),
  ]);
  const texts = rows.map(p95Label);
  const left =
    Math.min(
      NAME_ROOM,
      Math.ceil(
        widest(
          rows.map(({ queue }) => queue),
          FONT_SIZE,
          500,
        ),
      ),
    ) + 12;
  const right = width - Math.ceil(widest(texts, FONT_SIZE, 500)) - 12;
  const histograms = rows.map((row) => bucketsOf(observed, row));
  const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : 0);
  const last = Math.max(1, ...histograms.flat().map(({ lower }) => lower));
  const most = Math.max(
    ...rows.flatMap((row) => [row.targetSeconds, finite(row.p95), finite(row.p95Upper), finite(row.p95ByGpus)]),
  );
  const end = Math.max(last * 2, most * 1.3);
  /** The first cell is all that is up to a second; the rest is a log scale. */
  const x = (seconds: number) =>
    seconds <= 1
      ? left + (0.3 + 0.7 * Math.max(0, seconds)) * CELL
      : left + CELL + ((right - left - CELL) * Math.log(seconds)) / Math.log(end);

  const top = 26;
  const bottom = top + rows.length * ROW;
  const nodes: SvgNode[] = [];
  for (const tick of TICKS.filter((each) => each < end * 0.95)) {
    nodes.push(svg("line", { x1: x(tick), x2: x(tick), y1: top, y2: bottom, stroke: GRID }));
    nodes.push(label(duration(tick), x(tick), bottom + 11, { fill: MUTED, anchor: "middle" }));
  }
  rows.forEach((row, i) => {
    const y = top + i * ROW;
    nodes.push(
      svg("line", { x1: 0, x2: width, y1: y + ROW, y2: y + ROW, stroke: i === rows.length - 1 ? GREY : GRID }),
    );
    nodes.push(...rowNodes(row, histograms[i]!, { y, left, right, x, end }));
    nodes.push(
      label(shortenName(row.queue, NAME_ROOM, FONT_SIZE, 500), left - 12, y + ROW / 2, { weight: 500, anchor: "end" }),
    );
    const missed = row.verdict === "missed" || row.verdict === "missed-by-gpus";
    nodes.push(
      label(texts[i]!, right + 10, y + ROW / 2 - 8, { weight: 500, fill: missed ? textColor(MISSED) : MUTED }),
    );
    nodes.push(label(`target ${duration(row.targetSeconds)}`, right + 10, y + ROW / 2 + 9, { fill: MUTED }));
  });
  nodes.push(yLabel(axes.y), xLabel(axes.x, right, bottom + 40));
  return stack([legend, { width, height: bottom + 40, node: svg("g", {}, ...nodes) }], 12);
}

function p95Label(row: QueueVerdict): string {
  if (row.p95 === undefined) return row.overdue > 0 ? `none started, ${row.overdue} overdue` : "none started";
  return row.verdict === "missed-by-gpus" ? `p95 by GPUs ${duration(row.p95ByGpus)}` : `p95 ${p95Text(row)}`;
}

interface Space {
  readonly y: number;
  readonly left: number;
  readonly right: number;
  readonly end: number;
  readonly x: (seconds: number) => number;
}

function rowNodes(row: QueueVerdict, buckets: readonly BucketShare[], { y, left, right, end, x }: Space): SvgNode[] {
  const nodes: SvgNode[] = [];
  const edges = (lower: number, upper: number) =>
    [
      lower === 0 ? left : x(Math.min(lower, end)),
      upper === Number.POSITIVE_INFINITY ? right : x(Math.min(upper, end)),
    ] as const;
  const cellTop = y + 7;
  for (const { lower, upper, share } of buckets) {
    if (share === 0) continue;
    const [x0, x1] = edges(lower, upper);
    const fill = SHADES.find(({ from }) => share >= from)!.color;
    nodes.push(svg("rect", { x: x0 + 0.5, y: cellTop, width: Math.max(1, x1 - x0 - 1), height: CELL_HIGH, fill }));
    const text = percent(share);
    if (share < SAID_SHARE || textWidth(text, CELL_TEXT) > x1 - x0 - 4) continue;
    const style = { size: CELL_TEXT, anchor: "middle", fill: inkOn(fill) } as const;
    nodes.push(label(text, (x0 + x1) / 2, cellTop + CELL_HIGH / 2, style));
  }
  if (row.admissionP95 !== undefined) {
    const [x0, x1] = edges(row.admissionP95.lower, row.admissionP95.upper);
    const box = { x: x0 + 0.5, y: cellTop - 0.5, width: x1 - x0 - 1, height: CELL_HIGH + 1 };
    nodes.push(svg("rect", { ...box, fill: "none", stroke: INK, "stroke-width": 1.25 }));
  }
  const target = x(row.targetSeconds);
  const rule = { stroke: INK, "stroke-width": 1.25, "stroke-dasharray": "4,3" };
  // Not through the strip, whose numbers it would cross out.
  nodes.push(svg("line", { x1: target, x2: target, y1: y + 1, y2: cellTop - 1, ...rule }));
  nodes.push(svg("line", { x1: target, x2: target, y1: cellTop + CELL_HIGH + 2, y2: y + ROW - 1, ...rule }));

  const lane = cellTop + CELL_HIGH + 10;
  const color = VERDICT_COLOR[row.verdict === "missed-by-gpus" ? "met" : row.verdict];
  if (row.p95 !== undefined) {
    const style = { stroke: color, "stroke-width": 2 };
    const open = row.p95Upper === undefined || row.atLeast;
    const to = open ? right : x(row.p95Upper!);
    const dash = open ? { "stroke-dasharray": "2,3" } : {};
    nodes.push(svg("line", { x1: x(row.p95Lower ?? 0), x2: to, y1: lane, y2: lane, ...style, ...dash }));
    const tip = `M${right - 5},${lane - 4}L${right},${lane}L${right - 5},${lane + 4}`;
    if (open) nodes.push(svg("path", { d: tip, fill: "none", ...style }));
    nodes.push(svg("circle", { cx: x(row.p95), cy: lane, r: 3.5, fill: color }));
  }
  if (row.p95ByGpus !== undefined) {
    const stroke = row.p95ByGpus > row.targetSeconds ? MISSED : MET;
    const box = { x: x(row.p95ByGpus) - 5, y: lane - 5, width: 10, height: 10 };
    nodes.push(svg("rect", { ...box, fill: "none", stroke, "stroke-width": 1.5 }));
  }
  return nodes;
}

interface BucketShare {
  readonly lower: number;
  readonly upper: number;
  /** Of the queue's workloads. */
  readonly share: number;
}

/** The buckets of a queue, all its priority classes together, as shares. */
function bucketsOf({ waits }: Observed, { namespace, localQueue }: QueueWait): BucketShare[] {
  const counts = new Map<number, number>();
  for (const histogram of waits) {
    if (histogram.namespace !== namespace || histogram.name !== localQueue) continue;
    for (const { le, count } of histogram.buckets) counts.set(le, (counts.get(le) ?? 0) + count);
  }
  const sorted = [...counts].sort((a, b) => a[0] - b[0]);
  const total = sorted.at(-1)?.[1] ?? 0;
  return sorted.map(([upper, count], i) => {
    const [lower, before] = i === 0 ? [0, 0] : sorted[i - 1]!;
    return { lower, upper, share: total > 0 ? Math.max(0, count - before) / total : 0 };
  });
}

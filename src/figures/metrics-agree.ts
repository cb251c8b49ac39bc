import type { Analysis } from "../analysis/analyse.js";
import { alarms, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence } from "../diagnosis/hidden-words.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { defaultMetric, type Metric, metrics } from "../metrics/index.js";
import type { MetricKind } from "../metrics/metric.js";
import { recoverableMismatch } from "../metrics/recoverable-mismatch.js";
import { shareableMismatch } from "../metrics/shareable-mismatch.js";
import { list, number, percent, plural } from "../units/format.js";
import { DAY_MS } from "../units/time.js";
import { type Figure, figure, fittingTitle, sentences } from "./figure.js";
import { hatch, key, label, noData, stack, yLabel } from "./layout.js";
import { nodeMark, type Space } from "./marks/node-mark.js";
import { ticksOf, timeAxis } from "./marks/time-axis.js";
import { GREY, GRID, INK, MUTED } from "./palette.js";
import { PADDING } from "./picture.js";
import { FONT_SIZE, type Frame, plot } from "./plot.js";
import { type Drawn, round, type SvgNode, svg } from "./svg.js";
import { shorten, widest } from "./text.js";
import { coveredTime, hoursOf, type Span, silenceNote, spansByNodegroup } from "./windows.js";

/** A metric that raises so small a share of the hours is quiet. Field convention. */
export const RAISED_SHARE = 0.1;

/** These measure the part of what waits that something else could serve: zero is an answer, not a miss. */
const PARTS_OF_WAITING: ReadonlySet<string> = new Set([recoverableMismatch.name, shareableMismatch.name]);

/** A metric over the hours of one nodegroup, held against the default metric. */
interface Row {
  readonly metric: Metric;
  /** Whether it asks the question that the default metric asks: is work short of GPUs? */
  readonly rival: boolean;
  readonly cells: readonly { readonly span: Span; readonly value: number | undefined; readonly verdict: Verdict }[];
  readonly hours: number;
  readonly raised: number;
  /** Hours that the default metric raises and this one does not, and the other way round. */
  readonly missed: number;
  readonly alone: number;
}

type Verdict = "same" | "missed" | "alone" | "unknown";

export type AgreementFinding = { readonly nodegroup: string; readonly hours: number; readonly raised: number } & (
  | { readonly kind: "no-data" }
  /** The default metric is not known, since not all that waited is. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | { readonly kind: "quiet"; readonly loudest: Row; readonly hidden: Hidden }
  | { readonly kind: "other-question"; readonly loudest: Row }
  | { readonly kind: "missed"; readonly by: readonly Row[]; readonly of: number }
  | { readonly kind: "alone"; readonly by: Row }
  | { readonly kind: "agree"; readonly rivals: number }
);

export function agreementFinding(analysis: Analysis): AgreementFinding {
  const nodegroup = worstNodegroup(analysis);
  return findAgreement(analysis, nodegroup, rowsOf(analysis, nodegroup));
}

function findAgreement({ diagnosis }: Analysis, nodegroup: string, rows: readonly Row[]): AgreementFinding {
  const own = rows.find(({ metric }) => metric === defaultMetric)!;
  const common = { nodegroup, hours: own.hours, raised: own.raised };
  const { hidden } = diagnosis;
  if (own.hours === 0) {
    const silent = unseen(diagnosis).some((source) => source !== "DCGM");
    return !silent && isHidden(hidden) ? { kind: "hidden", hidden, ...common } : { kind: "no-data", ...common };
  }
  const rivals = rows.filter((row) => row.rival && row !== own && row.hours > 0);
  const alone = [...rivals].sort((a, b) => b.alone - a.alone).find((row) => row.alone >= RAISED_SHARE * row.hours);
  if (own.raised >= RAISED_SHARE * own.hours) {
    const by = rivals.filter((row) => row.missed > own.raised / 2);
    if (by.length > 0) return { kind: "missed", by, of: rivals.length, ...common };
    if (alone !== undefined) return { kind: "alone", by: alone, ...common };
    return { kind: "agree", rivals: rivals.length, ...common };
  }
  const [other] = rows
    .filter((row) => !row.rival && row.hours > 0 && row.raised >= RAISED_SHARE * row.hours)
    .sort((a, b) => b.raised - a.raised);
  if (other !== undefined) return { kind: "other-question", loudest: other, ...common };
  if (alone !== undefined) return { kind: "alone", by: alone, ...common };
  const loudest = rows.reduce((a, b) => (b.raised > a.raised ? b : a));
  return { kind: "quiet", loudest, hidden, ...common };
}

/** The nodegroup of the gravest finding; without one, that with most hours short by the default metric, where it is known. */
function worstNodegroup({ diagnosis, observed, hours }: Analysis): string {
  const [first] = alarms(diagnosis);
  if (first !== undefined) return first.kind === "shortage" ? first.nodegroups[0]! : first.nodegroup;
  const values = defaultMetric.measure(hours);
  const short = (name: string) => {
    const known = hours.flatMap((row, i) => (row.nodegroup === name && values[i] !== undefined ? [values[i]] : []));
    return known.length === 0 ? -1 : known.filter((value) => value >= defaultMetric.anchors.concern).length;
  };
  return observed.nodegroups
    .map(({ name }) => name)
    .reduce((a, b) => (short(b) > short(a) ? b : a), observed.nodegroups[0]?.name ?? "");
}

/** The default metric first, then its rivals, then the metrics that ask something else. */
function rowsOf({ observed, hours }: Analysis, nodegroup: string): Row[] {
  const spans = spansByNodegroup(observed, hours).get(nodegroup) ?? [];
  // A metric that scales itself to its sample must see all of it.
  const valuesOf = (metric: Metric) => {
    const values = metric.measure(hours);
    const byRow = new Map(hours.map((row, i) => [row, values[i]]));
    return spans.map(({ row }) => byRow.get(row));
  };
  const reference = valuesOf(defaultMetric).map((value) => isRaised(defaultMetric, value));
  const rank = (row: Row) => (row.metric === defaultMetric ? 0 : row.rival ? 1 : 2);
  return metrics
    .map((metric): Row => {
      const cells = valuesOf(metric).map((value, i) => {
        const [raised, expected] = [isRaised(metric, value), reference[i]];
        const known = raised !== undefined && expected !== undefined;
        const verdict: Verdict = !known ? "unknown" : raised === expected ? "same" : raised ? "alone" : "missed";
        return { span: spans[i]!, value, verdict };
      });
      const sum = (of: (cell: (typeof cells)[number]) => boolean) =>
        cells.reduce((added, cell) => added + (of(cell) ? cell.span.hours : 0), 0);
      return {
        metric,
        rival: (metric.kind === "imbalance" || metric.kind === "baseline") && !PARTS_OF_WAITING.has(metric.name),
        cells,
        hours: sum(({ value }) => value !== undefined),
        raised: sum(({ value }) => isRaised(metric, value) === true),
        missed: sum(({ verdict }) => verdict === "missed"),
        alone: sum(({ verdict }) => verdict === "alone"),
      };
    })
    .sort((a, b) => rank(a) - rank(b));
}

/** Whether a metric says that demand is not served; a signed one says so above zero. */
function isRaised({ anchors }: Metric, value: number | undefined): boolean | undefined {
  return value === undefined ? undefined : value >= anchors.concern;
}

/** Whether the metrics agree: a strip each for the worst nodegroup, with its own threshold and where it disagrees. */
export function metricsAgree(analysis: Analysis): Figure {
  const { observed, diagnosis, period, source } = analysis;
  const nodegroup = worstNodegroup(analysis);
  const rows = rowsOf(analysis, nodegroup);
  const found = findAgreement(analysis, nodegroup, rows);
  const isEmpty = found.kind === "no-data" || found.kind === "hidden";
  const missing = rows.some(({ cells }) => cells.some(({ value }) => value === undefined));
  const legend = key(
    [
      { label: "Below its concern", color: CALM },
      { label: "Concern", color: CONCERN },
      { label: "Severe", color: SEVERE },
      { label: `Misses what ${defaultMetric.title} raises`, color: INK, shape: "line" },
      { label: `Raises alone`, color: ALONE, shape: "line" },
      ...(missing ? [{ label: "No value", color: GREY, shape: "hatch" } as const] : []),
    ],
    WIDTH - 2 * PADDING,
  );
  const stripsHeight = TOP + rows.length * (STRIP + GAP) + GROUP + BOTTOM;
  return figure({
    id: "03-metrics-agree",
    ...wordsOf(found),
    subtitle: `All metrics in ${nodegroup}, hourly, each from zero to what it calls severe, ${period}`,
    note:
      `A metric raises an hour from its own concern on (dashed, labelled at the right). The slack side of ${defaultMetric.title} is not drawn. Disagreement is marked only where a metric asks the same question; an hour in which either has no value is not compared. DATA_DICTIONARY.md defines them all.` +
      silenceNote(observed, ["Kueue", "kube-state-metrics"]) +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Strips over time of ${rows.length} metrics in ${nodegroup}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "metric", label: "Metric", unit: null },
        { name: "kind", label: "Kind", unit: null },
        { name: "concern", label: "Concern from", unit: null },
        { name: "hours", label: "Defined", unit: "h", digits: 0 },
        { name: "raised", label: "Raised", unit: "h", digits: 0 },
        { name: "missed", label: `Missed against ${defaultMetric.title}`, unit: "h", digits: 0 },
        { name: "alone", label: "Raised alone", unit: "h", digits: 0 },
      ],
      rows: rows.map(({ metric, hours, raised, missed, alone }) => ({
        metric: metric.title,
        kind: metric.kind,
        concern: anchorText(metric, metric.anchors.concern),
        hours,
        raised,
        missed,
        alone,
      })),
    },
    width: WIDTH,
    height: isEmpty ? 180 : legend.height + 10 + stripsHeight,
    axes: { x: { label: "Hour", unit: "UTC" }, y: { label: "Metric", unit: null } },
    draw: (drawing) =>
      isEmpty
        ? noData(drawing, `${defaultMetric.title} is not known for any hour`)
        : stack([legend, strips({ ...drawing, height: stripsHeight }, analysis, rows)], 10),
  });
}

const WIDTH = 900;
const CALM = "#c3ccd4";
const CONCERN = "#f0a868";
const SEVERE = "#c24a00";
const ALONE = "#0072b2";
const TOP = 42;
const BOTTOM = 42;
const STRIP = 24;
const GAP = 13;
const GROUP = 26;
const NAME_ROOM = 200;

function anchorText({ unit }: Metric, value: number): string {
  if (unit === "ratio") return percent(value);
  return unit === "hours" ? `${number(value)} h` : number(value);
}

function strips(frame: Frame, { observed }: Analysis, rows: readonly Row[]): Drawn {
  const { from, to } = coveredTime(observed);
  const names = rows.map(({ metric }) => metric.title);
  const left = Math.min(NAME_ROOM, Math.ceil(widest(names, FONT_SIZE, 600))) + 12;
  const anchorRoom =
    Math.ceil(
      widest(
        rows.map(({ metric }) => anchorText(metric, metric.anchors.concern)),
        11,
      ),
    ) + 6;
  const hoursText = (hours: number) => number(Math.round(hours));
  const columns: { title: string[]; text: (row: Row) => string }[] = [
    { title: ["Hours", "raised"], text: (row) => (row.hours > 0 ? hoursText(row.raised) : "no value") },
    { title: ["Hours", "missed"], text: (row) => (isCompared(row) ? hoursText(row.missed) : "") },
    { title: ["Hours", "alone"], text: (row) => (isCompared(row) ? hoursText(row.alone) : "") },
  ];
  const widths = columns.map(({ title, text }) => Math.ceil(widest([...title, ...rows.map(text)], FONT_SIZE, 500)));
  const right = anchorRoom + widths.reduce((sum, width) => sum + width + 14, 0);

  const draw = ({ x, left: start, right: end, top }: Space) => {
    const nodes: SvgNode[] = [];
    const texts: SvgNode[] = [];
    const edges = widths.map(
      (_, i) => end + anchorRoom + widths.slice(0, i + 1).reduce((sum, width) => sum + width + 14, 0),
    );
    columns.forEach(({ title }, i) => {
      title.forEach((line, j) => {
        texts.push(label(line, edges[i]!, top - 30 + 15 * j, { weight: 500, anchor: "end" }));
      });
    });
    let y = top;
    rows.forEach((row, i) => {
      if (!row.rival && rows[i - 1]?.rival) {
        texts.push(label("These ask another question:", 0, y + GROUP / 2 - 4, { fill: MUTED }));
        y += GROUP;
      }
      const bottom = y + STRIP;
      const { metric, cells } = row;
      const { concern, severe } = metric.anchors;
      const high = (value: number) => bottom - STRIP * Math.max(0, Math.min(1, value / severe));
      const isOwn = metric === defaultMetric;
      const shades: [string, (value: number) => boolean][] = [
        [CALM, (value) => value > 0 && value < concern],
        [CONCERN, (value) => value >= concern && value < severe],
        [SEVERE, (value) => value >= severe],
      ];
      for (const [fill, holds] of shades) {
        const d = cells
          .filter(({ value }) => value !== undefined && holds(value) && bottom - high(value) >= 0.3)
          .map(({ span, value }) => box(x(span.start), high(value!), x(span.end), bottom))
          .join("");
        if (d !== "") nodes.push(svg("path", { d, fill, "shape-rendering": "crispEdges" }));
      }
      const undefinedAt = cells.filter(({ value }) => value === undefined);
      if (undefinedAt.length > 0) {
        const d = undefinedAt.map(({ span }) => box(x(span.start), y, x(span.end), bottom)).join("");
        nodes.push(svg("path", { d, fill: "url(#hatch)" }));
      }
      nodes.push(svg("line", { x1: start, x2: end, y1: bottom + 0.5, y2: bottom + 0.5, stroke: GREY }));
      nodes.push(
        svg("line", {
          x1: start,
          x2: end,
          y1: high(concern),
          y2: high(concern),
          stroke: INK,
          "stroke-width": 0.75,
          "stroke-dasharray": "4,3",
        }),
      );
      texts.push(label(anchorText(metric, concern), end + 5, high(concern), { size: 11, fill: MUTED }));
      if (isCompared(row)) {
        for (const [verdict, fill] of [
          ["missed", INK],
          ["alone", ALONE],
        ] as const) {
          const d = cells
            .filter((cell) => cell.verdict === verdict)
            .map(({ span }) => box(x(span.start), bottom + 2, x(span.end), bottom + 6))
            .join("");
          if (d !== "") nodes.push(svg("path", { d, fill, "shape-rendering": "crispEdges" }));
        }
      }
      const weight = isOwn ? 600 : 500;
      texts.push(
        label(shorten(metric.title, NAME_ROOM, FONT_SIZE, weight), start - 12, y + STRIP / 2, {
          weight,
          anchor: "end",
        }),
      );
      columns.forEach(({ text }, j) => {
        texts.push(label(text(row), edges[j]!, y + STRIP / 2, { weight: isOwn ? 600 : 400, anchor: "end" }));
      });
      y = bottom + GAP;
    });
    const days = ticksOf(from, to, DAY_MS)
      .filter((t) => t > from && t < to)
      .map((t) => svg("line", { x1: x(t), x2: x(t), y1: top, y2: y - GAP, stroke: GRID }));
    return svg("g", {}, hatch(), ...days, ...nodes, ...texts);
  };

  const body = plot(
    { width: frame.width, height: frame.height, axes: { x: frame.axes?.x ?? "" } },
    {
      marginTop: TOP,
      marginBottom: BOTTOM,
      marginLeft: left,
      marginRight: right,
      x: { type: "utc", domain: [new Date(from), new Date(to)], grid: false },
      marks: [nodeMark(draw), ...timeAxis(from, to, frame.width - left - right)],
    },
  );
  return { ...body, node: svg("g", {}, body.node, yLabel(frame.axes?.y ?? "")) };
}

function isCompared({ metric, rival, hours }: Row): boolean {
  return rival && metric !== defaultMetric && hours > 0;
}

function box(x0: number, y0: number, x1: number, y1: number): string {
  return `M${round(x0)},${round(y0)}H${round(x1)}V${round(y1)}H${round(x0)}Z`;
}

function firstSentence(text: string): string {
  return sentences(text)[0]!;
}

function wordsOf(found: AgreementFinding): { readonly title: string; readonly takeaway: string } {
  const { nodegroup } = found;
  const raised = number(Math.round(found.raised));
  const own = defaultMetric.title;
  const rule = `from ${anchorText(defaultMetric, defaultMetric.anchors.concern)} on`;
  switch (found.kind) {
    case "no-data":
      return {
        title: `${own} is not known for any hour, so nothing compares`,
        takeaway:
          "Without demand and capacity there is no default to hold the other metrics against. Mend the scrape of Kueue and kube-state-metrics.",
      };
    case "hidden":
      return {
        title: `${own} is not known for any hour, so nothing compares`,
        takeaway: `${hiddenSentence(found.hidden)}. ${hiddenMend(found.hidden)}: without it there is no default to hold the other metrics against.`,
      };
    case "quiet": {
      const { loudest, hidden } = found;
      return {
        title:
          Math.round(loudest.raised) === 0
            ? `No metric raises ${nodegroup} in any of ${plural(Math.round(found.hours), "hour")}${isHidden(hidden) ? " that are known" : ""}`
            : `No metric raises ${nodegroup} in more than ${hoursOf(loudest.raised, found.hours)}`,
        takeaway:
          `${own} raises ${Math.round(found.raised) === 0 ? "none" : raised} of them (${rule}), and none of the others reaches ${percent(RAISED_SHARE)} of the hours either. ` +
          (isHidden(hidden)
            ? "That says nothing of hours that are not known: not all that waited is counted."
            : "Where nothing is raised the choice of metric does not matter; no shortage calls for action."),
      };
    }
    case "other-question": {
      const { metric, raised: loud } = found.loudest;
      return {
        title: fittingTitle(
          `${metric.title} raises ${nodegroup} in ${hoursOf(loud, found.hours)}, ${own} in ${raised}`,
          `${metric.title} raises ${nodegroup} in ${plural(Math.round(loud), "hour")}, ${own} in ${raised}`,
        ),
        takeaway:
          `That is no contradiction: ${own} asks whether work waits (${rule}), ${metric.title} ${questionOf(metric)} (from ${anchorText(metric, metric.anchors.concern)} on). ` +
          `Little is short here. ${firstSentence(metric.action)}`,
      };
    }
    case "missed": {
      const { by, of } = found;
      const [first] = by;
      return {
        title: `${number(by.length)} of ${number(of)} other metrics missed most hours of waiting in ${nodegroup}`,
        takeaway:
          `${own} raises ${hoursOf(found.raised, found.hours)} (${rule}); ${missedText(by)}. ` +
          `DATA_DICTIONARY.md on ${first!.metric.title}: “${firstSentence(first!.metric.failureModes)}” ` +
          `Decide by ${own}, and read the others as hints at the cause.`,
      };
    }
    case "alone": {
      const { metric, alone } = found.by;
      return {
        title: `${metric.title} raises ${nodegroup} in ${plural(Math.round(alone), "hour")} that ${own} calls quiet`,
        takeaway:
          `${own} raises ${hoursOf(found.raised, found.hours)} (${rule}), ${metric.title} many more from ${anchorText(metric, metric.anchors.concern)} on. ` +
          `DATA_DICTIONARY.md on its false alarms: “${firstSentence(metric.falsePositives)}” Look at what waits in those hours before acting on it.`,
      };
    }
    case "agree":
      return {
        title: `The metrics agree: ${nodegroup} was short in ${hoursOf(found.raised, found.hours)}`,
        takeaway:
          `${own} raises these hours ${rule}, and none of the ${plural(found.rivals, "other metric")} of the same question missed most of them or raised ${percent(RAISED_SHARE)} of the hours alone. ` +
          "Whichever is read, the same hours call for action.",
      };
  }
}

const QUESTIONS: Readonly<Record<MetricKind, string>> = {
  imbalance: "how much of it could be served elsewhere",
  stranding: "whether free GPUs fit the shapes in demand",
  waste: "what held GPUs are worth",
  baseline: "what a dashboard would show",
};

function questionOf({ kind }: Metric): string {
  return QUESTIONS[kind];
}

const NAMED = 3;

function missedText(by: readonly Row[]): string {
  const named = by.slice(0, NAMED).map(({ metric, missed }) => `${metric.title} missed ${number(Math.round(missed))}`);
  return list(by.length > NAMED ? [...named, `${number(by.length - NAMED)} more missed most`] : named);
}

function reasonOf(found: AgreementFinding): string {
  switch (found.kind) {
    case "no-data":
    case "hidden":
      return "nothing is known";
    case "quiet":
      return "all are quiet";
    case "other-question":
      return `${found.loudest.metric.title} is raised and ${defaultMetric.title} is not`;
    case "missed":
      return `${number(found.by.length)} of them missed most of the hours that ${defaultMetric.title} raises`;
    case "alone":
      return `${found.by.metric.title} is raised alone`;
    case "agree":
      return "they raise the same hours";
  }
}

import type { Analysis } from "../analysis/analyse.js";
import { hiddenNote, hiddenText } from "../diagnosis/hidden-words.js";
import { STALE_INTERVALS } from "../join/grid.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import type { Dropped, Observed, Series } from "../join/observed.js";
import { duration, list, number, percent, plural, timestamp } from "../units/format.js";
import { DAY_MS } from "../units/time.js";
import { type Figure, figure } from "./figure.js";
import { CRISP, hatch, key, label, stack, yLabel } from "./layout.js";
import { nodeMark, type Space } from "./marks/node-mark.js";
import { ticksOf, timeAxis } from "./marks/time-axis.js";
import { BACKGROUND, GREY, MUTED } from "./palette.js";
import { FONT_SIZE, type Frame, plot } from "./plot.js";
import { type Drawn, type SvgNode, svg } from "./svg.js";
import { shortenName, widest } from "./text.js";
import { coveredTime } from "./windows.js";

/** A source that was seen for this share of the time is as good as whole: what is missing changes no finding. Field convention. */
export const WHOLE_SHARE = 0.99;

/** One source as it was seen over time: cluster-wide, or for the GPUs of one nodegroup. */
export interface Seen {
  readonly source: "Kueue" | "kube-state-metrics" | "dcgm-exporter";
  readonly nodegroup: string | undefined;
  readonly series: Series;
  /** Share of the time (and of the GPUs) that was seen. */
  readonly share: number;
  /** For how long nothing of it was seen, and for how long only a part. */
  readonly silentSeconds: number;
  readonly partialSeconds: number;
  /** The longest stretch without any of it. */
  readonly longest: { readonly startMs: number; readonly endMs: number } | undefined;
}

export type CoverageFinding = { readonly dropped: readonly Dropped[] } & (
  | { readonly kind: "no-data" }
  | { readonly kind: "never"; readonly rows: readonly Seen[] }
  | { readonly kind: "gaps"; readonly worst: Seen; readonly others: number }
  | { readonly kind: "nearly-whole"; readonly worst: Seen; readonly others: number }
  | { readonly kind: "whole"; readonly sources: number }
);

export function coverageFinding(observed: Observed): CoverageFinding {
  return findCoverage(rowsOf(observed), observed.dropped);
}

function findCoverage(rows: readonly Seen[], dropped: readonly Dropped[]): CoverageFinding {
  if (rows.every(({ share }) => share === 0)) return { kind: "no-data", dropped };
  const never = rows.filter(({ share }) => share === 0);
  if (never.length > 0) return { kind: "never", rows: never, dropped };
  const incomplete = rows
    .filter(({ silentSeconds, partialSeconds }) => silentSeconds + partialSeconds > 0)
    .sort((a, b) => a.share - b.share);
  const [worst] = incomplete;
  if (worst === undefined) return { kind: "whole", sources: rows.length, dropped };
  const gaps = incomplete.filter(({ share }) => share < WHOLE_SHARE);
  if (gaps.length > 0) return { kind: "gaps", worst, others: gaps.length - 1, dropped };
  return { kind: "nearly-whole", worst, others: incomplete.length - 1, dropped };
}

function rowsOf(observed: Observed): Seen[] {
  const { coverage, nodegroups } = observed;
  return [
    seenOf(observed, "Kueue", undefined, coverage.kueue),
    seenOf(observed, "kube-state-metrics", undefined, coverage.kubeState),
    ...nodegroups.map(({ name }) =>
      seenOf(observed, "dcgm-exporter", name, coverage.dcgm[name] ?? new Float64Array(observed.ticks)),
    ),
  ];
}

function seenOf(
  { startMs, stepMs, ticks }: Observed,
  source: Seen["source"],
  nodegroup: string | undefined,
  given: Series,
): Seen {
  const series = given.map((share) => (share > 0 ? Math.min(1, share) : 0));
  const seconds = stepMs / 1000;
  let longest: Seen["longest"];
  for (const { from, to, state } of runsOf(series)) {
    if (state !== "silent" || to - from <= (longest === undefined ? 0 : (longest.endMs - longest.startMs) / stepMs))
      continue;
    longest = { startMs: startMs + from * stepMs, endMs: startMs + to * stepMs };
  }
  return {
    source,
    nodegroup,
    series,
    share: series.reduce((sum, share) => sum + share, 0) / Math.max(1, ticks),
    silentSeconds: series.filter((share) => share === 0).length * seconds,
    partialSeconds: series.filter((share) => share > 0 && share < 1).length * seconds,
    longest,
  };
}

type State = "whole" | "partial" | "silent";

/** Stretches of ticks in one state; `to` is exclusive. */
function runsOf(series: Series): { readonly from: number; readonly to: number; readonly state: State }[] {
  const runs: { from: number; to: number; state: State }[] = [];
  series.forEach((share, tick) => {
    const state = share >= 1 ? "whole" : share > 0 ? "partial" : "silent";
    const last = runs.at(-1);
    if (last?.state === state) last.to = tick + 1;
    else runs.push({ from: tick, to: tick + 1, state });
  });
  return runs;
}

/** Whether the data are whole: a strip for each source, and for DCGM for each nodegroup, with gaps where it was silent. */
export function coverage({ observed, diagnosis, period, source }: Analysis): Figure {
  const rows = rowsOf(observed);
  const found = findCoverage(rows, observed.dropped);
  const steps = STALE_INTERVALS;
  const kubeStateGaps = rows.some((row) => row.source === "kube-state-metrics" && row.silentSeconds > 0);
  return figure({
    id: "02-coverage",
    ...wordsOf(found, diagnosis.hidden),
    subtitle: `Whether each source was seen, by steps of ${duration(observed.stepMs / 1000)}, cluster-wide and by nodegroup, ${period}`,
    note:
      `A sample counts for ${number(steps)} of its source’s scrape intervals; after that the source is unknown. DCGM is whole where every GPU that Kubernetes reports was seen. Gaps are widened where they would be too thin to see.` +
      (kubeStateGaps
        ? " While kube-state-metrics is silent it is not known which GPUs there are, so DCGM is not counted."
        : "") +
      ` ${droppedText(observed.dropped)}` +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Strips over time for ${plural(rows.length, "source")}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "source", label: "Source", unit: null },
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "share", label: "Seen", unit: "%", digits: 3 },
        { name: "silent", label: "Silent", unit: "min", digits: 0 },
        { name: "partial", label: "Seen in part", unit: "min", digits: 0 },
      ],
      rows: rows.map((row) => ({
        source: row.source,
        nodegroup: row.nodegroup ?? "all",
        share: row.share * 100,
        silent: row.silentSeconds / 60,
        partial: row.partialSeconds / 60,
      })),
    },
    width: 900,
    height: 20 + 10 + ABOVE + heightOf(rows) + BELOW,
    axes: { x: { label: "Time", unit: "UTC" }, y: { label: "Source", unit: null } },
    draw: (drawing) => {
      const legend = key(
        [
          { label: "Seen", color: SEEN },
          { label: "Seen in part", color: PARTIAL },
          { label: "Silent", color: GREY, shape: "hatch" },
        ],
        drawing.width,
      );
      return stack([legend, strips({ ...drawing, height: drawing.height - legend.height - 10 }, observed, rows)], 10);
    },
  });
}

const SEEN = "#86a7bd";
const PARTIAL = "#e69f00";
const ABOVE = 30;
const BELOW = 42;
const STRIP = 18;
const GAP = 6;
const BETWEEN = 26;
const NAME_ROOM = 170;
const LEAST_WIDTH = 2;

function heightOf(rows: readonly Seen[]): number {
  return rows.length * (STRIP + GAP) + BETWEEN;
}

function strips(frame: Frame, observed: Observed, rows: readonly Seen[]): Drawn {
  const { from, to } = coveredTime(observed);
  const names = rows.map((row) => row.nodegroup ?? row.source);
  const left =
    Math.min(NAME_ROOM, Math.ceil(Math.max(widest(names, FONT_SIZE, 500), widest([DCGM_HEADING], FONT_SIZE)))) + 10;
  const shares = rows.map(({ share }) => percent(share));
  const missing = rows.map(missingText);
  const shareRoom = Math.ceil(widest(["Seen", ...shares], FONT_SIZE, 500));
  const right = shareRoom + Math.ceil(widest(["Not whole", ...missing], FONT_SIZE, 500)) + 36;

  const draw = ({ x, left: start, right: end, top }: Space) => {
    const [fills, gaps, texts]: SvgNode[][] = [[], [], []];
    const at = (tick: number) => x(Math.min(to, observed.startMs + tick * observed.stepMs));
    texts!.push(label("Seen", end + 12 + shareRoom, top - 22, { weight: 500, anchor: "end" }));
    texts!.push(label("Not whole", frame.width, top - 22, { weight: 500, anchor: "end" }));
    let y = top;
    rows.forEach((row, i) => {
      if (row.nodegroup !== undefined && rows[i - 1]?.nodegroup === undefined) {
        texts!.push(label(DCGM_HEADING, start - 10, y + BETWEEN / 2 - 1, { fill: MUTED, anchor: "end" }));
        y += BETWEEN;
      }
      const middle = y + STRIP / 2;
      for (const run of runsOf(row.series)) {
        const [x0, x1] = [at(run.from), at(run.to)];
        if (run.state === "whole") {
          fills!.push(svg("rect", { x: x0, y, width: x1 - x0, height: STRIP, fill: SEEN, ...CRISP }));
          continue;
        }
        const width = Math.max(LEAST_WIDTH, x1 - x0);
        const box = { x: Math.min(x0, end - width), y, width, height: STRIP };
        const fill = run.state === "partial" ? PARTIAL : width < 6 ? BACKGROUND : "url(#hatch)";
        gaps!.push(svg("rect", { ...box, fill, ...CRISP }));
      }
      texts!.push(
        label(shortenName(names[i]!, NAME_ROOM, FONT_SIZE, 500), start - 10, middle, { weight: 500, anchor: "end" }),
      );
      texts!.push(label(shares[i]!, end + 12 + shareRoom, middle, { anchor: "end" }));
      texts!.push(label(missing[i]!, frame.width, middle, { anchor: "end", fill: MUTED }));
      y += STRIP + GAP;
    });
    const rules = ticksOf(from, to, DAY_MS)
      .filter((t) => t > from && t < to)
      .map((t) => svg("line", { x1: x(t), x2: x(t), y1: top, y2: y, stroke: BACKGROUND, "stroke-width": 1 }));
    return svg("g", {}, hatch(), ...fills!, ...rules, ...gaps!, ...texts!);
  };

  const body = plot(
    { width: frame.width, height: frame.height, axes: { x: frame.axes?.x ?? "" } },
    {
      marginTop: ABOVE,
      marginBottom: BELOW,
      marginLeft: left,
      marginRight: right,
      x: { type: "utc", domain: [new Date(from), new Date(to)], grid: false },
      marks: [nodeMark(draw), ...timeAxis(from, to, frame.width - left - right)],
    },
  );
  return { ...body, node: svg("g", {}, body.node, yLabel(frame.axes?.y ?? "")) };
}

const DCGM_HEADING = "dcgm-exporter on";

function missingText({ silentSeconds, partialSeconds }: Seen): string {
  return silentSeconds + partialSeconds === 0 ? "none" : duration(silentSeconds + partialSeconds);
}

function nameOf({ source, nodegroup }: Seen): string {
  return nodegroup === undefined ? source : `${source} in ${nodegroup}`;
}

function droppedText(dropped: readonly Dropped[]): string {
  if (dropped.length === 0) return "The join dropped nothing.";
  return `The join dropped ${list(dropped.map((each) => `${amountOf(each)} (${each.reason})`))}.`;
}

const amountOf = ({ count, unit }: Dropped) => `${number(count)} ${count === 1 ? unit.replace(/s$/, "") : unit}`;

function wordsOf(found: CoverageFinding, hidden: Hidden): { readonly title: string; readonly takeaway: string } {
  const { dropped } = found;
  const join =
    dropped.length === 0
      ? "The join found a partner for every row"
      : `The join dropped ${list(dropped.map(amountOf))}, see the note`;
  const trust = isHidden(hidden)
    ? `Yet they do not say all: ${hiddenText(hidden)}`
    : "The numbers can be trusted as far as their sources can";
  switch (found.kind) {
    case "no-data":
      return {
        title: "No source was ever seen",
        takeaway:
          "Neither Kueue nor kube-state-metrics nor dcgm-exporter answered a single scrape in this time. Check Prometheus and its targets; nothing else in these notebooks can be read.",
      };
    case "never": {
      const names = [...new Set(found.rows.map(({ source }) => source))];
      const [first] = found.rows;
      const every = found.rows.length === 1 && first!.nodegroup !== undefined ? [nameOf(first!)] : names;
      return {
        title: `${list(every)} ${every.length === 1 ? "was" : "were"} never seen`,
        takeaway:
          `What only ${list(every)} can tell is unknown throughout, which is not the same as zero: ${list([...new Set(found.rows.map(({ source }) => ONLY[source]))])}. ` +
          "Mend the scrape before drawing conclusions that need it.",
      };
    }
    case "gaps": {
      const { worst, others } = found;
      const { longest } = worst;
      const seconds = worst.silentSeconds + worst.partialSeconds;
      const most = longest === undefined ? 0 : (longest.endMs - longest.startMs) / 1000;
      const when =
        longest === undefined
          ? "though never all of it at once"
          : `${most === seconds ? "all of it" : `${duration(most)} of it`} on end from ${timestamp(longest.startMs)}`;
      const also = others === 0 ? "" : `; ${plural(others, "other strip")} missed more than that too`;
      return {
        title: `${nameOf(worst)} was missing for ${percent(1 - worst.share)} of the time`,
        takeaway:
          `It was silent or incomplete for ${duration(seconds)}, ${when}, where up to ${percent(1 - WHOLE_SHARE)} would do no harm${also}. ` +
          `In that time ${ONLY[worst.source]} are unknown, not zero; mend the scrape before comparing those hours with others. ${join}.`,
      };
    }
    case "nearly-whole": {
      const { worst, others } = found;
      return {
        title: `Every source was seen for over ${percent(WHOLE_SHARE)} of the time`,
        takeaway:
          `${nameOf(worst)} was incomplete for ${duration(worst.silentSeconds + worst.partialSeconds)}${others === 0 ? ", all others never" : `, ${plural(others, "other")} for less`}; up to ${percent(1 - WHOLE_SHARE)} of the time does no harm. ` +
          `${join}. ${trust}.`,
      };
    }
    case "whole":
      return {
        title: "Every source was seen all the time",
        takeaway: `None of the ${number(found.sources)} strips has a gap. ${join}. ${trust}.`,
      };
  }
}

const ONLY: Readonly<Record<Seen["source"], string>> = {
  Kueue: "pending work and quota",
  "kube-state-metrics": "nodes, pods and what they hold",
  "dcgm-exporter": "what held GPUs do",
};

function reasonOf(found: CoverageFinding): string {
  switch (found.kind) {
    case "no-data":
      return "all are empty";
    case "never":
      return `${list(found.rows.map(nameOf))} ${found.rows.length === 1 ? "is" : "are"} empty`;
    case "gaps":
      return `${nameOf(found.worst)} has the largest gaps`;
    case "nearly-whole":
      return "all are as good as whole";
    case "whole":
      return "none has a gap";
  }
}

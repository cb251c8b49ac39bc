import type { Analysis } from "../analysis/analyse.js";
import { alarms, material, type Shortage, type Source, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { whenText } from "../diagnosis/when.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { WAITING_GPUS } from "../metrics/imbalance.js";
import { gpuHours, gpus, list, number, percent, plural, timestamp } from "../units/format.js";
import { DAY_MS } from "../units/time.js";
import { type Figure, figure } from "./figure.js";
import { hatch, key, label, noData, stack, yLabel } from "./layout.js";
import { nodeMark, type Space } from "./marks/node-mark.js";
import { ticksOf, timeAxis } from "./marks/time-axis.js";
import { nodegroupColor } from "./nodegroup-color.js";
import { GREY, GRID, INK, MUTED } from "./palette.js";
import { type Frame, plot } from "./plot.js";
import { alsoShort, remedySentence } from "./remedy.js";
import { type Drawn, round, type SvgNode, svg } from "./svg.js";
import { shortenName, widest } from "./text.js";
import { coveredTime, hoursOf, type Span, silenceNote, spansByNodegroup } from "./windows.js";

/** Above capacity for so many of the hours, demand is not within it, alarm or none. Field convention. */
const PASSING_SHARE = 0.1;

/** A nodegroup's demand against its capacity, over the hours in which both are known. */
interface Row {
  readonly name: string;
  readonly paid: number;
  readonly spans: readonly Span[];
  readonly hours: number;
  /** Hours in which demand was above capacity by a GPU or more. */
  readonly hoursShort: number;
  /** Hours in which a GPU or more waited. */
  readonly hoursWaiting: number;
  /** GPU-hours: all that is paid for, capacity, and demand by its lower bound. */
  readonly paidHours: number;
  readonly capacityHours: number;
  readonly demandHours: number;
  /** GPU-hours of demand above capacity, and of waiting below it. */
  readonly above: number;
  readonly below: number;
  readonly peak: { readonly gpus: number; readonly capacity: number; readonly at: number } | undefined;
  /** Means over the hours in which a GPU or more waited. */
  readonly whileWaiting: { readonly waiting: number; readonly free: number; readonly capacity: number } | undefined;
}

export type DemandFinding =
  | { readonly kind: "no-data"; readonly missing: readonly Source[] }
  /** No hour has both, since not all that waited is known. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | { readonly kind: "above"; readonly row: Row; readonly alarm: Shortage; readonly others: readonly Shortage[] }
  | { readonly kind: "beside-free"; readonly row: Row; readonly alarm: Shortage; readonly others: readonly Shortage[] }
  | { readonly kind: "shared"; readonly alarm: Shortage; readonly others: readonly Shortage[] }
  /** Above capacity for many hours, though no queue lasted or was large enough for an alarm. */
  | { readonly kind: "passing"; readonly row: Row; readonly hidden: Hidden }
  | {
      readonly kind: "within";
      readonly ratio: number;
      readonly highest: Row;
      readonly shortest: Row;
      /** Where work waited longest beside free GPUs, if for many hours. */
      readonly waited: Row | undefined;
      readonly hidden: Hidden;
      /** Nodegroups of which not all hours are known, with their hours. */
      readonly partial: { readonly names: readonly string[]; readonly hours: number; readonly of: number };
    };

export function demandFinding(analysis: Analysis): DemandFinding {
  return findDemand(analysis, rowsOf(analysis));
}

function findDemand({ diagnosis }: Analysis, rows: readonly Row[]): DemandFinding {
  const [alarm, ...others] = alarms(diagnosis).filter((each): each is Shortage => each.kind === "shortage");
  if (alarm !== undefined) {
    const row = rows.find(({ name }) => alarm.nodegroups.length === 1 && name === alarm.nodegroups[0]);
    if (row?.peak === undefined || row.whileWaiting === undefined) return { kind: "shared", alarm, others };
    return { kind: row.above >= row.below ? "above" : "beside-free", row, alarm, others };
  }
  const missing = unseen(diagnosis).filter((source) => source !== "DCGM");
  const known = rows.filter((row) => row.capacityHours > 0);
  const { hidden } = diagnosis;
  const lasted = ({ spans }: Row) => spans.reduce((added, span) => added + span.hours, 0);
  const partly = rows.filter((row) => row.hours < lasted(row));
  if (missing.length === 0 && known.length === 0 && isHidden(hidden)) return { kind: "hidden", hidden };
  if (missing.length > 0 || known.length === 0) return { kind: "no-data", missing };
  const sum = (of: (row: Row) => number) => known.reduce((added, row) => added + of(row), 0);
  const most = (of: (row: Row) => number) => known.reduce((a, b) => (of(b) > of(a) ? b : a));
  const shortest = most((row) => row.hoursShort);
  if (shortest.hoursShort >= PASSING_SHARE * shortest.hours) return { kind: "passing", row: shortest, hidden };
  const waited = most((row) => row.hoursWaiting);
  return {
    kind: "within",
    ratio: sum((row) => row.demandHours) / sum((row) => row.capacityHours),
    highest: most((row) => row.demandHours / row.capacityHours),
    shortest,
    waited: waited.hoursWaiting >= PASSING_SHARE * waited.hours ? waited : undefined,
    hidden,
    partial: {
      names: partly.map(({ name }) => name),
      hours: partly.reduce((added, { hours }) => added + hours, 0),
      of: partly.reduce((added, row) => added + lasted(row), 0),
    },
  };
}

/** Most waiting for the GPUs paid for first. */
function rowsOf({ observed, diagnosis, hours }: Analysis): Row[] {
  const spans = spansByNodegroup(observed, hours);
  const waited = (row: Row) => (row.above + row.below) / Math.max(1, row.paidHours);
  return diagnosis.supply
    .map(({ nodegroup, paid }) => rowOf(nodegroup, paid, spans.get(nodegroup) ?? []))
    .sort((a, b) => waited(b) - waited(a) || (a.name < b.name ? -1 : 1));
}

function rowOf(name: string, paidHours: number, spans: readonly Span[]): Row {
  const paid = spans[0]?.row.gpus_paid ?? 0;
  const known = spans.flatMap((span) => {
    const { gpus_capacity: capacity, gpus_held: held, gpus_free: free, gpus_demand_lower: demand } = span.row;
    if (capacity === null || held === null || free === null || demand === null) return [];
    return [{ span, capacity, held, free, demand, above: Math.max(0, demand - Math.max(capacity, held)) }];
  });
  const sum = (of: (one: (typeof known)[number]) => number, some = known) =>
    some.reduce((added, one) => added + of(one) * one.span.hours, 0);
  const waiting = known.filter(({ demand, held }) => demand - held >= WAITING_GPUS);
  const hoursWaiting = sum(() => 1, waiting);
  let peak: Row["peak"];
  for (const { span, capacity, demand } of known) {
    if (peak === undefined || demand - capacity > peak.gpus - peak.capacity) {
      peak = { gpus: demand, capacity, at: span.start };
    }
  }
  const mean = (of: (one: (typeof known)[number]) => number) => sum(of, waiting) / hoursWaiting;
  return {
    name,
    paid,
    spans,
    hours: sum(() => 1),
    hoursShort: sum(
      () => 1,
      known.filter(({ above }) => above >= WAITING_GPUS),
    ),
    hoursWaiting,
    paidHours,
    capacityHours: sum(({ capacity }) => capacity),
    demandHours: sum(({ demand }) => demand),
    above: sum(({ above }) => above),
    below: sum(({ demand, held, above }) => demand - held - above),
    peak,
    whileWaiting:
      hoursWaiting > 0
        ? {
            waiting: mean((one) => one.demand - one.held),
            free: mean((one) => one.free),
            capacity: mean((one) => one.capacity),
          }
        : undefined,
  };
}

/** Where and when demand was above capacity: a panel for each nodegroup, on one scale. */
export function demandAndCapacity(analysis: Analysis): Figure {
  const { observed, diagnosis, period, source } = analysis;
  const rows = rowsOf(analysis);
  const found = findDemand(analysis, rows);
  const panels = layOut(rows);
  const band = rows.some(({ spans }) =>
    spans.some(({ row }) => (row.gpus_demand_upper ?? 0) - (row.gpus_demand_lower ?? 0) >= WAITING_GPUS),
  );
  const isEmpty = found.kind === "no-data" || found.kind === "hidden";
  const missing = !isEmpty && rows.some(({ spans }) => spans.some(({ row }) => !isKnown(row)));
  const legend = key(
    [
      { label: "Held", color: HELD },
      { label: "Healthy capacity", color: INK, shape: "line" },
      { label: "Waiting below capacity: GPUs were free", color: BESIDE },
      { label: "Waiting above capacity", color: ABOVE_CAPACITY },
      ...(band ? [{ label: "Could wait here or elsewhere", color: BAND }] : []),
      ...(missing ? [{ label: "No data", color: GREY, shape: "hatch" } as const] : []),
    ],
    WIDTH - 56,
  );
  const last = panels.at(-1);
  const panelsHeight = TOP + (last === undefined ? 100 : last.top + last.height) + BOTTOM;
  return figure({
    id: "03-demand-and-capacity",
    ...wordsOf(found),
    subtitle: `GPUs asked for (held and waiting), held and healthy, % of those paid for, hourly means, ${period}`,
    note:
      `One scale for all panels; most waiting first. Demand is held, unplaced and pending GPUs, lower bound: what can run only here. Short are hours with demand at least ${gpus(WAITING_GPUS)} above capacity; within an hour means can hide shorter queues.` +
      silenceNote(observed, ["Kueue", "kube-state-metrics"]) +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Step areas over time of held and waiting GPUs against capacity in ${plural(rows.length, "nodegroup")}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "name", label: "Nodegroup", unit: null },
        { name: "paid", label: "Paid", unit: "GPUs" },
        { name: "hours", label: "Hours known", unit: "h", digits: 0 },
        { name: "hoursShort", label: "Short of capacity", unit: "h", digits: 0 },
        { name: "above", label: "Waited above capacity", unit: "GPU-hours", digits: 1 },
        { name: "below", label: "Waited below capacity", unit: "GPU-hours", digits: 1 },
        { name: "peak", label: "Highest demand over capacity", unit: "GPUs", digits: 1 },
        { name: "at", label: "In the hour from", unit: "UTC" },
      ],
      rows: rows.map(({ name, paid, hours, hoursShort, above, below, peak }) => ({
        name,
        paid,
        hours,
        ...(hours > 0 ? { hoursShort, above, below } : { hoursShort: null, above: null, below: null }),
        peak: peak?.gpus,
        at: peak === undefined ? undefined : new Date(peak.at),
      })),
    },
    width: WIDTH,
    height: legend.height + 10 + panelsHeight,
    axes: { x: { label: "Time", unit: "UTC" }, y: { label: "GPUs", unit: "% of those paid for" } },
    draw: (drawing) =>
      isEmpty
        ? noData(drawing, found.kind === "hidden" ? "Demand is not known" : "Demand or capacity was not seen")
        : stack([legend, draw({ ...drawing, height: panelsHeight }, analysis, panels)], 10),
  });
}

const WIDTH = 900;
const HELD = "#b4c8d8";
const BESIDE = "#e69f00";
const ABOVE_CAPACITY = "#d55e00";
const BAND = "#f2d8c9";
const TOP = 34;
const BOTTOM = 44;
const BETWEEN = 16;
const NAME_ROOM = 150;
/** Height of all panels together that one aims at, of one GPU-for-one-paid, and of a panel at least. */
const ALL = 400;
const UNIT = { least: 30, most: 60 };
/** Demand beyond this multiple of what is paid for is cut. */
const CUT = 5;

interface Panel {
  readonly row: Row;
  /** Multiple of what is paid for at its top edge. */
  readonly upTo: number;
  /** Pixels of one times what is paid for. */
  readonly unit: number;
  readonly top: number;
  readonly height: number;
}

/** Panels on one scale, each only as high as its own demand. */
function layOut(rows: readonly Row[]): Panel[] {
  const upTo = rows.map(({ paid, spans }) => {
    const most = Math.max(
      0,
      ...spans.flatMap(({ row }) => [row.gpus_capacity ?? 0, row.gpus_held ?? 0, row.gpus_demand_upper ?? 0]),
    );
    return Math.min(CUT, Math.max(1.08, paid > 0 ? most / paid : 1));
  });
  const unit = Math.max(
    UNIT.least,
    Math.min(
      UNIT.most,
      ALL /
        Math.max(
          1,
          upTo.reduce((a, b) => a + b, 0),
        ),
    ),
  );
  let top = 0;
  return rows.map((row, i) => {
    const panel = { row, upTo: upTo[i]!, unit, top, height: Math.ceil(upTo[i]! * unit) };
    top += panel.height + BETWEEN;
    return panel;
  });
}

function isKnown(row: Span["row"]): boolean {
  return row.gpus_capacity !== null && row.gpus_held !== null && row.gpus_demand_lower !== null;
}

function draw(frame: Frame, { observed }: Analysis, panels: readonly Panel[]): Drawn {
  const color = nodegroupColor(observed);
  const { from, to } = coveredTime(observed);
  const names = widest(
    panels.map(({ row }) => row.name),
    13,
    600,
  );
  const sizes = widest(
    panels.map(({ row }) => gpus(row.paid)),
    11,
  );
  const left = Math.min(NAME_ROOM, Math.ceil(Math.max(names, sizes))) + 58;
  const whereKnown = (of: (row: Row) => number) => {
    return ({ row }: Panel) => (row.hours > 0 ? number(Math.round(of(row))) : "unknown");
  };
  const columns = [
    { title: ["Hours", "short"], text: whereKnown((row) => row.hoursShort) },
    { title: ["GPU-hours", "waited"], text: whereKnown((row) => row.above + row.below) },
  ];
  const widths = columns.map(({ title, text }) => Math.ceil(widest([...title, ...panels.map(text)], 12, 500)));
  const right = widths.reduce((a, b) => a + b + 18, 0);

  const drawPanels = ({ x, left: start, right: end, top: origin }: Space) => {
    const nodes: SvgNode[] = [hatch()];
    const texts: SvgNode[] = [];
    let edge = end;
    columns.forEach(({ title }, i) => {
      edge += 18 + widths[i]!;
      title.forEach((line, j) => {
        texts.push(label(line, edge, origin - 27 + 15 * j, { weight: 500, anchor: "end" }));
      });
    });
    for (const panel of panels) {
      const { row, upTo, unit, height } = panel;
      const bottom = origin + panel.top + height;
      const y = (share: number) => bottom - Math.min(upTo, share) * unit;
      const of = (value: number | null) => y((value ?? 0) / Math.max(1, row.paid));
      for (let share = 1; share <= upTo; share++) {
        nodes.push(svg("line", { x1: start, x2: end, y1: y(share), y2: y(share), stroke: GRID }));
        texts.push(label(percent(share), start - 8, y(share), { size: 11, fill: MUTED, anchor: "end" }));
      }
      texts.push(label("0%", start - 8, bottom, { size: 11, fill: MUTED, anchor: "end" }));

      const spans = row.spans;
      const known = spans.filter((span) => isKnown(span.row));
      const area = (low: (r: Span["row"]) => number, high: (r: Span["row"]) => number, fill: string) => {
        const d = stepPath(
          known,
          x,
          (s) => of(low(s.row)),
          (s) => of(high(s.row)),
        );
        if (d !== "") nodes.push(svg("path", { d, fill, "shape-rendering": "crispEdges" }));
      };
      area(
        () => 0,
        (r) => r.gpus_held!,
        HELD,
      );
      const ceiling = (r: Span["row"]) => Math.max(r.gpus_held!, r.gpus_capacity!);
      area(
        (r) => r.gpus_demand_lower!,
        (r) => r.gpus_demand_upper ?? r.gpus_demand_lower!,
        BAND,
      );
      area(
        (r) => r.gpus_held!,
        (r) => Math.min(r.gpus_demand_lower!, ceiling(r)),
        BESIDE,
      );
      area(ceiling, (r) => Math.max(ceiling(r), r.gpus_demand_lower!), ABOVE_CAPACITY);
      const holes = stepPath(
        spans.filter((span) => !isKnown(span.row)),
        x,
        () => y(0),
        () => y(1),
      );
      if (holes !== "") nodes.push(svg("path", { d: holes, fill: "url(#hatch)" }));
      const line = stepLine(known, x, (s) => of(s.row.gpus_capacity));
      if (line !== "") nodes.push(svg("path", { d: line, fill: "none", stroke: INK, "stroke-width": 1.5 }));
      nodes.push(svg("line", { x1: start, x2: end, y1: bottom + 0.5, y2: bottom + 0.5, stroke: GREY }));
      if (row.peak !== undefined && row.peak.gpus > CUT * row.paid) {
        texts.push(
          label(`up to ${gpus(Math.round(row.peak.gpus))}`, (start + end) / 2, y(upTo) + 8, {
            anchor: "middle",
            halo: true,
          }),
        );
      }

      const middle = y(Math.min(1, upTo) / 2);
      nodes.push(svg("rect", { x: 0, y: middle - 14, width: 4, height: 28, fill: color(row.name) }));
      texts.push(label(shortenName(row.name, NAME_ROOM, 13, 600), 10, middle - 7, { size: 13, weight: 600 }));
      texts.push(label(gpus(row.paid), 10, middle + 9, { size: 11, fill: MUTED }));
      edge = end;
      columns.forEach(({ text }, i) => {
        edge += 18 + widths[i]!;
        texts.push(label(text(panel), edge, middle, { anchor: "end" }));
      });
    }
    const last = panels.at(-1);
    const days = ticksOf(from, to, DAY_MS)
      .filter((t) => t > from && t < to)
      .map((t) => {
        const y2 = origin + (last === undefined ? 0 : last.top + last.height);
        return svg("line", { x1: x(t), x2: x(t), y1: origin - 8, y2, stroke: GRID });
      });
    return svg("g", {}, nodes[0]!, ...days, ...nodes.slice(1), ...texts);
  };

  const body = plot(
    { width: frame.width, height: frame.height, axes: { x: frame.axes?.x ?? "" } },
    {
      marginTop: TOP,
      marginBottom: BOTTOM,
      marginLeft: left,
      marginRight: right,
      x: { type: "utc", domain: [new Date(from), new Date(to)], grid: false },
      marks: [nodeMark(drawPanels), ...timeAxis(from, to, frame.width - left - right)],
    },
  );
  return { ...body, node: svg("g", {}, body.node, yLabel(frame.axes?.y ?? "")) };
}

/** Neighbouring windows together. */
function stretches(spans: readonly Span[]): Span[][] {
  const runs: Span[][] = [];
  for (const span of spans) {
    const last = runs.at(-1);
    if (last?.at(-1)?.end === span.start) last.push(span);
    else runs.push([span]);
  }
  return runs;
}

/** A closed step area between two heights, in pixels; stretches in which it is empty are left out. */
function stepPath(
  spans: readonly Span[],
  x: (t: number) => number,
  low: (span: Span) => number,
  high: (span: Span) => number,
): string {
  const filled = spans.filter((span) => Math.abs(low(span) - high(span)) >= 0.25);
  return stretches(filled)
    .map((run) => {
      const there = run.map((span) => `V${round(high(span))}H${round(x(span.end))}`);
      const back = [...run].reverse().map((span) => `V${round(low(span))}H${round(x(span.start))}`);
      return `M${round(x(run[0]!.start))},${round(low(run[0]!))}${there.join("")}${back.join("")}Z`;
    })
    .join("");
}

/** A step line with gaps. */
function stepLine(spans: readonly Span[], x: (t: number) => number, y: (span: Span) => number): string {
  return stretches(spans)
    .map((run) => {
      const steps = run.map((span) => `V${round(y(span))}H${round(x(span.end))}`);
      return `M${round(x(run[0]!.start))},${round(y(run[0]!))}${steps.join("")}`;
    })
    .join("");
}

function wordsOf(found: DemandFinding): { readonly title: string; readonly takeaway: string } {
  const look = percent(material.waitedShare);
  switch (found.kind) {
    case "no-data":
      return {
        title: "Demand and capacity cannot be compared",
        takeaway: `${found.missing.length === 0 ? "No hour has both" : `${list(found.missing)} answered for less than ${percent(material.seenShare)} of the time, so too few hours have both`} demand and capacity. Mend the scrape before reading on.`,
      };
    case "hidden":
      return {
        title: "Demand is not known in any hour, so nothing compares with capacity",
        takeaway: `${hiddenSentence(found.hidden)}. ${hiddenMend(found.hidden)}: until then held GPUs alone are no demand.`,
      };
    case "above": {
      const { row, alarm, others } = found;
      const { gpus: asked, capacity, at } = row.peak!;
      return {
        title: `${row.name} was asked for more than it has in ${hoursOf(row.hoursShort, row.hours)}`,
        takeaway:
          `At worst, ${timestamp(at)}, it was asked for ${gpus(Math.round(asked))} and had ${number(Math.round(capacity))}; ${gpuHours(Math.round(row.above))} waited above its capacity, ${whenText(alarm.when)}. ` +
          `Lasting queues came to ${percent(alarm.share)} of the GPU-hours paid for there, where ${look} calls for a look${alsoShort(others)}. ` +
          remedySentence(alarm, "would close the gap"),
      };
    }
    case "beside-free": {
      const { row, alarm, others } = found;
      const { waiting, free, capacity } = row.whileWaiting!;
      return {
        title: `Work waited in ${row.name} while ${percent(free / capacity)} of its GPUs were free`,
        takeaway:
          `In ${hoursOf(row.hoursWaiting, row.hours)} work waited there: ${gpus(waiting)} on average, beside ${number(free)} free ones. ` +
          `Lasting queues came to ${percent(alarm.share)} of the GPU-hours paid for, where ${look} calls for a look${alsoShort(others)}. ` +
          `${percent(row.below / (row.above + row.below))} of the waiting lies below the capacity line, where more GPUs would not help. `.trimEnd(),
      };
    }
    case "shared": {
      const { alarm, others } = found;
      return {
        title: `${placeText(alarm.nodegroups)} share queues in which ${gpuHours(Math.round(alarm.gpuHours))} waited`,
        takeaway:
          `These queues reach several nodegroups, so that no single one was certainly short: the pale bands show how far each may have been, ${whenText(alarm.when)}. ` +
          `Together they waited ${percent(alarm.share)} of the GPU-hours paid for there, where ${look} calls for a look${alsoShort(others)}. ` +
          remedySentence(alarm, "would help most"),
      };
    }
    case "passing": {
      const { row, hidden } = found;
      const { gpus: asked, capacity, at } = row.peak!;
      return {
        title: `${row.name} was asked for more than it has in ${hoursOf(row.hoursShort, row.hours)}`,
        takeaway:
          `At worst, ${timestamp(at)}, it was asked for ${gpus(Math.round(asked))} and had ${number(Math.round(capacity))}. ` +
          (isHidden(hidden)
            ? `Whether that is an alarm is not known, as not all that waited is counted.`
            : `Lasting queues stayed under ${look} of the GPU-hours paid for, so it is no alarm yet: watch whether it grows.`),
      };
    }
    case "within": {
      const { ratio, highest, shortest, waited, hidden, partial } = found;
      const short = Math.round(shortest.hoursShort);
      if (isHidden(hidden)) {
        return {
          title:
            short === 0
              ? "Where demand is known it stayed within capacity; not all of it is"
              : `Where demand is known it exceeded capacity in ${hoursOf(short, shortest.hours)} in ${shortest.name}`,
          takeaway:
            `Where it is known, ${percent(ratio)} of the healthy GPUs were asked for on average${partial.names.length === 0 ? "" : `; ${partial.names.length === 1 ? "" : "together "}${placeText(partial.names)} ${partial.names.length === 1 ? "is" : "are"} known in ${hoursOf(partial.hours, partial.of)}`}. ` +
            `${hiddenSentence(hidden)}. ${hiddenMend(hidden)}.`,
        };
      }
      return {
        title:
          short === 0
            ? "Demand stayed within capacity in every nodegroup"
            : `Demand stayed within capacity but for ${hoursOf(short, shortest.hours)} in ${shortest.name}`,
        takeaway:
          `On average ${percent(ratio)} of the healthy GPUs were asked for${ratio > 0 ? `, most in ${highest.name} with ${percent(highest.demandHours / highest.capacityHours)}` : ""}. ` +
          `Nowhere did lasting queues reach ${look} of the GPU-hours paid for. ` +
          (waited === undefined
            ? "There is no demand to move and nothing to buy."
            : `Some work waited in ${waited.name} all the same, in ${hoursOf(waited.hoursWaiting, waited.hours)}: where GPUs were free, more of them would not help.`),
      };
    }
  }
}

function reasonOf(found: DemandFinding): string {
  switch (found.kind) {
    case "no-data":
    case "hidden":
      return "too little is known";
    case "above":
      return `demand in ${found.row.name} is above capacity in ${number(Math.round(found.row.hoursShort))} hours`;
    case "beside-free":
      return `work waits in ${found.row.name} below its capacity`;
    case "shared":
      return `queues of ${placeText(found.alarm.nodegroups)} wait, and could run on each`;
    case "passing":
      return `demand in ${found.row.name} is often above capacity, but never for long`;
    case "within":
      return isHidden(found.hidden) ? "demand stays within capacity where it is known" : "demand stays within capacity";
  }
}

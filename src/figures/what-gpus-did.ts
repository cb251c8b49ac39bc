import type { Analysis } from "../analysis/analyse.js";
import { alarms, material, ownersText, type Quiet, type Shortage, unseen } from "../diagnosis/headline.js";
import { hiddenNote } from "../diagnosis/hidden-words.js";
import { WAITING_GPUS } from "../metrics/imbalance.js";
import type { MetricColumn } from "../metrics/metric.js";
import { gpus, number, percent, plural } from "../units/format.js";
import { type Figure, figure } from "./figure.js";
import { key, label, noData } from "./layout.js";
import { nodeMark } from "./marks/node-mark.js";
import { stackedBars } from "./marks/stacked-bars.js";
import { BACKGROUND, GREY, INK, SUPPLY_STATES, type SupplyState } from "./palette.js";
import { PADDING } from "./picture.js";
import { FONT_SIZE } from "./plot.js";
import { remedySentence } from "./remedy.js";
import { type Drawn, type SvgNode, svg, translate } from "./svg.js";
import { textWidth } from "./text.js";
import { type Span, silenceNote, spansByNodegroup } from "./windows.js";

type Part = SupplyState | "held";

const PARTS: readonly { readonly name: Part; readonly label: string; readonly color: string }[] = [
  ...SUPPLY_STATES.slice(0, 4),
  { name: "held", label: "Held, use unknown", color: "#9db4c8" },
  ...SUPPLY_STATES.slice(4),
];

/** Mean GPUs of a nodegroup over the time in which each was known. */
interface Row {
  readonly name: string;
  readonly paid: number;
  readonly gpus: Readonly<Record<Part, number>>;
  readonly held: number | undefined;
  readonly capacity: number | undefined;
  readonly quota: number | undefined;
  readonly demandLower: number | undefined;
  readonly demandUpper: number | undefined;
  /** Not the difference of the means of demand and held, which need not be known at the same times. */
  readonly waiting: number | undefined;
}

export type UseFinding =
  | { readonly kind: "no-data" }
  | { readonly kind: "unmeasured"; readonly held: number; readonly paid: number }
  | { readonly kind: "quiet"; readonly alarm: Quiet; readonly row: Row }
  | {
      readonly kind: "above";
      readonly alarm: Shortage;
      readonly row: Row;
      readonly demand: number;
      readonly capacity: number;
    }
  | {
      readonly kind: "beside-free";
      readonly alarm: Shortage;
      readonly row: Row;
      readonly waiting: number;
      readonly held: number;
    }
  | {
      readonly kind: "used";
      readonly held: number;
      readonly paid: number;
      readonly idleShare: number;
      readonly stalledShare: number;
      /** The nodegroup whose quota exceeds its healthy GPUs by most, if by a GPU or more. */
      readonly overpromised: { readonly row: Row; readonly by: number } | undefined;
      readonly quotaKnown: boolean;
      /** Where work waited all the same. */
      readonly short: readonly string[];
    };

export function useFinding(analysis: Analysis): UseFinding {
  return findUse(analysis, rowsOf(analysis));
}

function findUse({ diagnosis }: Analysis, rows: readonly Row[]): UseFinding {
  const known = rows.filter((row) => row.held !== undefined);
  if (known.length === 0) return { kind: "no-data" };
  const sum = (of: (row: Row) => number) => known.reduce((added, row) => added + of(row), 0);
  const [held, paid] = [sum((row) => row.held!), rows.reduce((added, row) => added + row.paid, 0)];
  const found = alarms(diagnosis);
  for (const alarm of found) {
    if (alarm.kind !== "shortage") {
      const row = known.find(({ name }) => name === alarm.nodegroup);
      if (row !== undefined) return { kind: "quiet", alarm, row };
      continue;
    }
    const row = known.find(({ name }) => alarm.nodegroups.length === 1 && name === alarm.nodegroups[0]);
    if (row?.demandLower === undefined || row.waiting === undefined || row.capacity === undefined) continue;
    const { demandLower: demand, waiting, capacity } = row;
    if (demand > capacity) return { kind: "above", alarm, row, demand, capacity };
    return { kind: "beside-free", alarm, row, waiting, held: row.held! };
  }
  if (unseen(diagnosis).includes("DCGM")) return { kind: "unmeasured", held, paid };
  const over = known
    .flatMap((row) =>
      row.quota === undefined || row.capacity === undefined ? [] : [{ row, by: row.quota - row.capacity }],
    )
    .sort((a, b) => b.by - a.by)[0];
  const share = (part: Part) => (held > 0 ? sum((row) => row.gpus[part]) / held : 0);
  return {
    kind: "used",
    held,
    paid,
    idleShare: share("allocated-idle"),
    stalledShare: share("stalled"),
    overpromised: over !== undefined && over.by >= 1 ? over : undefined,
    quotaKnown: over !== undefined,
    short: found.flatMap((alarm) => (alarm.kind === "shortage" ? alarm.nodegroups : [])),
  };
}

function rowsOf({ observed, windows }: Analysis): Row[] {
  const spans = spansByNodegroup(observed, windows);
  return observed.contract.nodegroups
    .map(({ name, gpusPaid }): Row => {
      const mine = spans.get(name) ?? [];
      const mean = (column: MetricColumn) => meanOf(mine, ({ row }) => row[column] as number | null);
      const unknown = meanOf(mine, ({ row }) => {
        if (row.gpus_held === null) return null;
        return row.gpus_useful === null ? row.gpus_held - (row.gpus_starting ?? 0) : 0;
      });
      const measured = meanOf(mine, ({ row }) => (row.gpus_held === null ? null : (row.gpus_useful ?? 0)));
      const quiet = (column: "gpus_idle" | "gpus_stalled") =>
        meanOf(mine, ({ row }) => (row.gpus_held === null ? null : row.gpus_useful === null ? 0 : row[column]));
      const some = (value: number | undefined) => Math.max(0, value ?? 0);
      return {
        name,
        paid: gpusPaid,
        gpus: {
          useful: some(measured),
          starting: some(mean("gpus_starting")),
          stalled: some(quiet("gpus_stalled")),
          "allocated-idle": some(quiet("gpus_idle")),
          held: some(unknown),
          unallocated: some(mean("gpus_free")),
          "out-of-service": some(mean("gpus_out_of_service")),
          absent: some(mean("gpus_absent")),
        },
        held: mean("gpus_held"),
        capacity: mean("gpus_capacity"),
        quota: mean("gpus_quota"),
        demandLower: mean("gpus_demand_lower"),
        demandUpper: mean("gpus_demand_upper"),
        waiting: mean("gpus_waiting_lower"),
      };
    })
    .sort((a, b) => b.paid - a.paid || (a.name < b.name ? -1 : 1));
}

function meanOf(spans: readonly Span[], of: (span: Span) => number | null): number | undefined {
  let [sum, hours] = [0, 0];
  for (const span of spans) {
    const value = of(span);
    if (value === null) continue;
    sum += value * span.hours;
    hours += span.hours;
  }
  return hours > 0 ? sum / hours : undefined;
}

/** What the GPUs did: quota, physical, requested and active ones of each nodegroup on one axis. */
export function whatGpusDid(analysis: Analysis): Figure {
  const { observed, diagnosis, period, source } = analysis;
  const rows = rowsOf(analysis);
  const found = findUse(analysis, rows);
  const parts = PARTS.filter(({ name }) => rows.some((row) => row.gpus[name] > 0));
  const legend = legendOf(parts, rows);
  const most = Math.max(1, ...rows.map((row) => Math.max(total(row), furthest(row))));
  return figure({
    id: "03-what-gpus-did",
    ...wordsOf(found),
    subtitle: `GPUs by what they did, with quota and demand, means over the period, by nodegroup, ${period}`,
    note:
      "Held is all but unallocated, out of service and absent. Quota is the nominal quota of the flavors that stand for the nodegroup alone. Demand is held and waiting: its lower bound counts what can run only here, its upper bound what could. Largest first." +
      silenceNote(observed, ["Kueue", "kube-state-metrics"]) +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Stacked bars of mean GPUs by state in ${plural(rows.length, "nodegroup")}, with marks for quota and demand, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "name", label: "Nodegroup", unit: null },
        { name: "paid", label: "Paid", unit: "GPUs", digits: 0 },
        ...PARTS.map(({ name, label: text }) => ({ name: `part-${name}`, label: text, unit: "GPUs", digits: 1 })),
        { name: "held", label: "Held", unit: "GPUs", digits: 1 },
        { name: "capacity", label: "Healthy capacity", unit: "GPUs", digits: 1 },
        { name: "quota", label: "Quota", unit: "GPUs", digits: 1 },
        { name: "demandLower", label: "Demand, lower bound", unit: "GPUs", digits: 1 },
        { name: "demandUpper", label: "Demand, upper bound", unit: "GPUs", digits: 1 },
      ],
      rows: rows.map(({ gpus: of, ...row }) => ({
        ...row,
        ...Object.fromEntries(Object.entries(of).map(([part, value]) => [`part-${part}`, value])),
      })),
    },
    width: WIDTH,
    height: legend.height + 10 + 72 + Math.max(2, rows.length) * 42,
    axes: { x: { label: "Mean", unit: "GPUs" }, y: { label: "Nodegroup", unit: null } },
    draw: (drawing) =>
      found.kind === "no-data"
        ? noData(drawing, "Nothing is known of what GPUs did")
        : stackedBars(drawing, {
            names: rows.map(({ name }) => name),
            parts: PARTS,
            values: rows.flatMap((row) =>
              row.held === undefined
                ? []
                : PARTS.map(({ name }) => ({ name: row.name, part: name, value: row.gpus[name] || undefined })),
            ),
            legend,
            format: whole,
            after: (name) => afterText(rows.find((row) => row.name === name)!),
            beyond: (name) => furthest(rows.find((row) => row.name === name)!),
            x: { domain: [0, most] },
            marks: [
              nodeMark(({ x, y }) =>
                svg(
                  "g",
                  {},
                  ...rows.flatMap((row) => marksOf(row, x, y(row.name), y(row.name) + (y.bandwidth?.() ?? 0))),
                ),
              ),
            ],
          }),
  });
}

const WIDTH = 900;

function total({ gpus: of }: Row): number {
  return Object.values(of).reduce((sum, value) => sum + value, 0);
}

/** The mark furthest to the right. */
function furthest(row: Row): number {
  return Math.max(row.quota ?? 0, row.demandLower ?? 0, row.demandUpper ?? 0);
}

function afterText({ held, paid, demandLower, waiting }: Row): string {
  if (held === undefined) return "";
  const waits = demandLower !== undefined && waiting !== undefined && waiting >= WAITING_GPUS;
  return `${whole(held)} of ${number(paid)} held${waits ? `, ${whole(demandLower)} asked for` : ""}`;
}

function whole(value: number): string {
  return number(Math.round(value));
}

function marksOf(row: Row, x: (gpus: number) => number, top: number, bottom: number): SvgNode[] {
  const nodes: SvgNode[] = [];
  const { quota, demandLower, demandUpper = demandLower } = row;
  if (demandLower !== undefined && demandUpper !== undefined) {
    const [low, high, end] = [x(demandLower), x(demandUpper), x(total(row))];
    const middle = (top + bottom) / 2;
    if (high > end + 2) {
      nodes.push(svg("line", { x1: end, x2: high, y1: middle, y2: middle, stroke: GREY, "stroke-dasharray": "2,2" }));
    }
    nodes.push(...demandMark(low, top, bottom, true));
    if (high - low > 4) nodes.push(...demandMark(high, top, bottom, false));
  }
  if (quota !== undefined) nodes.push(...quotaMark(x(quota), top - 3, bottom + 3));
  return nodes;
}

function quotaMark(x: number, y1: number, y2: number): SvgNode[] {
  const at = { x1: x, x2: x, y1, y2 };
  return [
    svg("line", { ...at, stroke: BACKGROUND, "stroke-width": 5 }),
    svg("line", { ...at, stroke: INK, "stroke-width": 2 }),
  ];
}

/** A triangle on a stem: filled for the lower bound, hollow for the upper. */
function demandMark(x: number, top: number, bottom: number, lower: boolean): SvgNode[] {
  const d = `M${x - 4.5},${top - 9}L${x + 4.5},${top - 9}L${x},${top - 1}Z`;
  return [
    svg("line", {
      x1: x,
      x2: x,
      y1: top - 1,
      y2: bottom,
      stroke: INK,
      ...(lower ? {} : { "stroke-dasharray": "2,2" }),
    }),
    svg("path", { d, fill: lower ? INK : BACKGROUND, stroke: INK }),
  ];
}

function legendOf(parts: readonly { readonly label: string; readonly color: string }[], rows: readonly Row[]): Drawn {
  const width = WIDTH - 2 * PADDING;
  const states = key(parts, width);
  const middle = 10;
  let x = 0;
  const nodes: SvgNode[] = [];
  const add = (text: string, mark: (at: number) => readonly SvgNode[]) => {
    nodes.push(...mark(x + 6), label(text, x + 18, middle));
    x += 18 + textWidth(text, FONT_SIZE) + 18;
  };
  if (rows.some(({ demandLower }) => demandLower !== undefined)) {
    add("Demand, lower bound", (at) => demandMark(at, middle + 2, middle + 7, true));
    add("upper bound, if higher", (at) => demandMark(at, middle + 2, middle + 7, false));
  }
  if (rows.some(({ quota }) => quota !== undefined)) add("Quota", (at) => quotaMark(at, middle - 7, middle + 7));
  return {
    width,
    height: states.height + (nodes.length > 0 ? 20 : 0),
    node: svg("g", {}, states.node, translate(0, states.height, ...nodes)),
  };
}

function wordsOf(found: UseFinding): { readonly title: string; readonly takeaway: string } {
  switch (found.kind) {
    case "no-data":
      return {
        title: "What the GPUs did is not known",
        takeaway:
          "No window says how many GPUs were held. Check that kube-state-metrics is scraped and that the contract names the nodegroup label.",
      };
    case "unmeasured": {
      const { held, paid } = found;
      return {
        title: `${whole(held)} of ${gpus(paid)} were held; what they did was not measured`,
        takeaway: `dcgm-exporter was seen for less than ${percent(material.seenShare)} of the time, so held GPUs cannot be told apart into useful, stalled and idle. Scrape DCGM before judging how well GPUs are used.`,
      };
    }
    case "quiet": {
      const { alarm, row } = found;
      const stalled = alarm.kind === "stalled";
      const look = percent(stalled ? material.stalledShare : material.idleShare);
      return {
        title: `${percent(alarm.share)} of the GPUs held in ${row.name} were ${stalled ? "busy, but starved" : "idle"}`,
        takeaway:
          `Of ${whole(row.held!)} GPUs held there on average, ${number(row.gpus[stalled ? "stalled" : "allocated-idle"])} ${stalled ? "looked busy by GPU_UTIL and did hardly any work" : "did nothing"}, in the hands of ${ownersText(alarm.owners)}; from ${look} on one should look. ` +
          (stalled
            ? "Utilisation alone would call them well used: look at data loading and network before anything is bought."
            : "Reaping idle holders after a grace gives them back and costs nothing."),
      };
    }
    case "above": {
      const { alarm, row, demand, capacity } = found;
      return {
        title: `${row.name} was asked for ${gpus(Math.round(demand))} on average and had ${whole(capacity)}`,
        takeaway:
          `Its demand lies beyond all its GPUs, held or not; lasting queues came to ${percent(alarm.share)} of the GPU-hours paid for there, where ${percent(material.waitedShare)} calls for a look. ` +
          `${quotaText(row)} ${remedySentence(alarm, "would close the gap")}`,
      };
    }
    case "beside-free": {
      const { alarm, row, waiting, held } = found;
      return {
        title: `${row.name} held ${whole(held)} of ${number(row.paid)} GPUs while work waited`,
        takeaway:
          `On average ${gpus(waiting)} waited and ${number(row.gpus.unallocated)} stood free; lasting queues came to ${percent(alarm.share)} of the GPU-hours paid for there, where ${percent(material.waitedShare)} calls for a look. ` +
          `${quotaText(row)} ${remedySentence(alarm, "would let the work in")}`,
      };
    }
    case "used": {
      const { held, paid, idleShare, stalledShare, overpromised, quotaKnown, short } = found;
      const promise =
        overpromised === undefined
          ? quotaKnown
            ? "No quota promises more GPUs than are healthy."
            : "Quota is not known."
          : `Quota promises ${gpus(overpromised.by)} more than are healthy in ${overpromised.row.name}.`;
      return {
        title: `Held GPUs were used: ${percent(idleShare)} idle, ${percent(stalledShare)} stalled`,
        takeaway:
          `On average ${whole(held)} of ${gpus(paid)} were held, and no nodegroup had ${percent(material.idleShare)} of its held GPUs idle or ${percent(material.stalledShare)} stalled. ` +
          `${promise} ${short.length === 0 ? "There is nothing to reclaim." : "What waits, waits for another reason: see 01-what-waited."}`,
      };
    }
  }
}

function quotaText({ quota, capacity }: Row): string {
  if (quota === undefined || capacity === undefined) return "No quota is known to stand for it alone.";
  const gap = quota - capacity;
  if (Math.abs(gap) < 1) return "Quota hands out as many GPUs as are healthy.";
  return `Quota hands out ${gpus(Math.abs(gap))} ${gap > 0 ? "more" : "fewer"} than are healthy.`;
}

function reasonOf(found: UseFinding): string {
  switch (found.kind) {
    case "no-data":
      return "nothing is known";
    case "unmeasured":
      return "what held GPUs did was not measured";
    case "quiet":
      return `${percent(found.alarm.share)} of the GPUs held in ${found.row.name} were ${found.alarm.kind}`;
    case "above":
      return `demand in ${found.row.name} lies beyond its GPUs`;
    case "beside-free":
      return `${found.row.name} has free GPUs although work waits`;
    case "used":
      return "what is held is used";
  }
}

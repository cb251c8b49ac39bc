import { type ColorOf, GREY, GRID, INK, MUTED } from "./palette.js";
import { FONT_FAMILY } from "./svg.js";
import { type Axis, axisText, type Cell } from "./table.js";

/** A Vega-Lite v5 specification: plain JSON with its data inside, MIME type `application/vnd.vegalite.v5+json`. */
export interface ExplorerSpec {
  readonly $schema: string;
  readonly [property: string]: unknown;
}

/** A column of the rows, with the words for its axis; `field` is the key in each row. */
export interface ExplorerField extends Axis {
  readonly field: string;
}

export interface ExplorerOptions {
  /** One a nodegroup and window. Missing values (null, undefined, NaN) are gaps; a missing row isn't seen. */
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  readonly title: string;
  /** One string a line. */
  readonly subtitle: readonly string[];
  /** Start of the window: a Date, milliseconds, or an ISO string with its zone. */
  readonly time: string;
  readonly nodegroup: string;
  readonly demand: ExplorerField;
  readonly capacity: ExplorerField;
  readonly metric: ExplorerField & { readonly threshold?: { readonly at: number; readonly label: string } };
  readonly color: ColorOf;
  /** Of each panel, in CSS pixels; 640 by default. */
  readonly width?: number;
}

/**
 * An interactive chart of demand and capacity (above) and a metric (below) by nodegroup. A click on a name in the
 * legend picks a nodegroup, with shift several; dragging over the lower panel zooms the upper one to that period.
 * All times are UTC.
 */
export function explorer(options: ExplorerOptions): ExplorerSpec {
  const { demand, capacity, metric, width = 640 } = options;
  const values = options.rows.map((row, i) => plainRow(row, i, options));
  const names = [...new Set(values.map((row) => row.nodegroup))].sort((a, b) => (a < b ? -1 : 1));
  const time = {
    field: "time",
    type: "temporal",
    scale: { type: "utc" },
    axis: { title: "Time, UTC", grid: false, format: TIME_FORMAT },
  };
  const color = {
    field: "nodegroup",
    type: "nominal",
    title: "Nodegroup (click)",
    scale: { domain: names, range: names.map(options.color) },
  };
  const opacity = { condition: { param: "nodegroup", value: 1 }, value: 0.1 };
  const quantity = (field: string, { label, unit }: Axis) => ({
    field,
    type: "quantitative",
    title: axisText({ label, unit }),
  });
  const tooltip = [
    { field: "nodegroup", type: "nominal", title: "Nodegroup" },
    { field: "when", type: "nominal", title: "From" },
    { ...quantity("demand", demand), format: ",.4~g" },
    { ...quantity("capacity", capacity), format: ",.4~g" },
    { ...quantity("metric", metric), format: ",.4~g" },
  ];
  const line = { type: "line", interpolate: "step-after", strokeWidth: 1.5 };

  const above = {
    width,
    height: 220,
    transform: [{ fold: ["demand", "capacity"], as: ["series", "amount"] }],
    mark: { ...line, clip: true },
    encoding: {
      x: { ...time, scale: { type: "utc", domain: { param: "period", encoding: "x" } } },
      y: quantity("amount", sameUnit(demand, capacity)),
      color,
      opacity,
      strokeDash: {
        field: "series",
        type: "nominal",
        title: null,
        scale: {
          domain: ["demand", "capacity"],
          range: [
            [1, 0],
            [4, 3],
          ],
        },
        axisX: { titleAnchor: "end" },
        axisY: {
          titleAngle: 0,
          titleAlign: "left",
          titleAnchor: "end",
          titleBaseline: "bottom",
          titleX: -36,
          titleY: -10,
        },
        legend: { labelExpr: `datum.label == 'demand' ? ${literal(demand.label)} : ${literal(capacity.label)}` },
      },
      tooltip,
    },
  };
  const period = { name: "period", select: { type: "interval", encodings: ["x"] } };
  const nodegroup = { name: "nodegroup", select: { type: "point", fields: ["nodegroup"] }, bind: "legend" };
  const measured = {
    params: [period, nodegroup],
    mark: line,
    encoding: { x: time, y: quantity("metric", metric), color, opacity, tooltip },
  };
  const below = { width, height: 140, layer: [measured, ...thresholdLayers(metric.threshold)] };

  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    title: { text: options.title, subtitle: options.subtitle, anchor: "start", offset: 24 },
    data: { name: "windows", values, format: { type: "json", parse: { time: "date" } } },
    transform: [{ calculate: "utcFormat(datum.time, '%a %-d %b %H:%M') + ' UTC'", as: "when" }],
    vconcat: [above, below],
    resolve: { scale: { color: "shared" }, legend: { color: "shared" } },
    config: CONFIG,
  };
}

/** Days by name whatever day they are, hours within them. */
const TIME_FORMAT = { minutes: "%H:%M", hours: "%H:%M", date: "%a %-d %b", week: "%a %-d %b", month: "%-d %b" };

const CONFIG = {
  font: FONT_FAMILY,
  background: "white",
  view: { stroke: null },
  title: { fontSize: 18, fontWeight: 600, color: INK, subtitleFontSize: 13, subtitleColor: MUTED, subtitlePadding: 6 },
  axis: {
    domainColor: GREY,
    tickColor: GREY,
    gridColor: GRID,
    labelColor: MUTED,
    labelFontSize: 12,
    titleColor: INK,
    titleFontSize: 12,
    titleFontWeight: 500,
  },
  axisX: { titleAnchor: "end" },
  axisY: { titleAngle: 0, titleAlign: "left", titleAnchor: "end", titleBaseline: "bottom", titleX: -36, titleY: -10 },
  legend: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, symbolType: "stroke" },
};

interface PlainRow {
  readonly time: string;
  readonly nodegroup: string;
  readonly demand: number | null;
  readonly capacity: number | null;
  readonly metric: number | null;
}

/** Only what is drawn, under names of our own, so that no column name can be taken for an expression. */
function plainRow(row: ExplorerOptions["rows"][number], i: number, options: ExplorerOptions): PlainRow {
  const take = (field: string): Cell => {
    if (!(field in row)) throw new Error(`row ${i} has no "${field}", only ${Object.keys(row).join(", ")}`);
    return row[field];
  };
  const amount = ({ field }: ExplorerField) => {
    const value = take(field);
    if (value === null || value === undefined || Number.isNaN(value)) return null;
    if (typeof value !== "number") throw new Error(`row ${i}: "${field}" is ${JSON.stringify(value)}, not a number`);
    // JSON has no negative zero.
    return value === 0 ? 0 : value;
  };
  return {
    time: isoTime(take(options.time), options.time, i),
    nodegroup: String(take(options.nodegroup)),
    demand: amount(options.demand),
    capacity: amount(options.capacity),
    metric: amount(options.metric),
  };
}

/** An ISO string in UTC. Without a zone a string would mean local time, which differs between machines. */
function isoTime(value: Cell, field: string, i: number): string {
  const zoned = typeof value === "string" ? /(Z|[+-]\d\d:\d\d)$/.test(value) : true;
  const date =
    value instanceof Date || typeof value === "number" || typeof value === "string" ? new Date(value) : undefined;
  if (!zoned || date === undefined || Number.isNaN(date.getTime())) {
    throw new Error(
      `row ${i}: "${field}" is ${JSON.stringify(value)}; give a Date, milliseconds or an ISO string in UTC`,
    );
  }
  return date.toISOString();
}

/** The axis that demand and capacity share. */
function sameUnit(demand: ExplorerField, capacity: ExplorerField): Axis {
  if (demand.unit !== capacity.unit) {
    throw new Error(`demand is in ${demand.unit}, capacity in ${capacity.unit}: they share an axis`);
  }
  return { label: `${demand.label} and ${capacity.label.toLowerCase()}`, unit: demand.unit };
}

function thresholdLayers(threshold: { readonly at: number; readonly label: string } | undefined): object[] {
  if (threshold === undefined) return [];
  const y = { datum: threshold.at, type: "quantitative" };
  const data = { values: [{}] };
  return [
    { data, mark: { type: "rule", color: INK, strokeDash: [4, 3] }, encoding: { y } },
    {
      data,
      mark: { type: "text", align: "left", baseline: "middle", dx: 6, text: threshold.label, color: INK, x: "width" },
      encoding: { y },
    },
  ];
}

/** A string as a literal of Vega's expression language, which reads JSON's. */
function literal(text: string): string {
  return JSON.stringify(text);
}

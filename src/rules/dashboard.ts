import { metrics } from "../metrics/index.js";
import type { Metric } from "../metrics/metric.js";
import { quoted } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { TRAILING_SECONDS } from "./queues.js";
import { recordOf } from "./recorder.js";
import { hasTwin, type MetricInPromql } from "./rules.js";

/** Version of Grafana's dashboard schema: that of Grafana 10.3 and later, which read older ones, too. */
const SCHEMA_VERSION = 39;
/** Columns of Grafana's grid, and the size of a panel on it. */
const GRID = 24;
const PANEL = { w: GRID / 2, h: 8 };

const DATASOURCE = { type: "prometheus", uid: `\${datasource}` };

/** Grafana's name of a unit. */
const units: Readonly<Record<Metric["unit"], string>> = { ratio: "percentunit", hours: "h", score: "none" };

interface Step {
  readonly color: string;
  /** From here on; null is from the least. */
  readonly value: number | null;
}

/** A panel before it has a number and a place. */
interface Panel {
  readonly type: "text" | "timeseries" | "row";
  readonly title: string;
  readonly wide?: true;
  readonly [property: string]: unknown;
}

/** A line of a panel: what is drawn, and what it is called. */
interface Line {
  readonly expr: string;
  readonly legend: string;
  /** Whether it is drawn as an area on top of those before it. */
  readonly stacked?: true;
}

/** A Grafana dashboard over the recorded series of a cluster, to be imported as JSON. */
export function dashboard(contract: Contract): object {
  const { cluster } = contract;
  const selected = (name: string) => `${recordOf(name)}{cluster=${quoted(cluster)}, nodegroup=~"$nodegroup"}`;
  const column = (name: keyof typeof nodegroupWindow.columns, legend: string): Line => ({
    expr: selected(name),
    legend,
  });
  const columnText = (...names: (keyof typeof nodegroupWindow.columns)[]) =>
    names.map((name) => `**${name}**: ${nodegroupWindow.columns[name].doc}.`).join("\n\n");

  const metricPanels = (twins: readonly MetricInPromql[]) =>
    twins.map((metric) =>
      lines(
        metric.title,
        units[metric.unit],
        metricText(metric),
        [{ expr: selected(metric.name), legend: "{{nodegroup}}" }],
        {
          thresholds: { mode: "absolute", steps: stepsOf(metric) },
          custom: { thresholdsStyle: { mode: "dashed" } },
        },
      ),
    );
  const twins = metrics.filter(hasTwin);
  const panels: Panel[] = [
    {
      type: "text",
      title: "What this can and cannot say",
      wide: true,
      options: { mode: "markdown", content: limits() },
    },
    { type: "row", title: "Metrics" },
    ...metricPanels(twins.filter(({ kind }) => kind !== "baseline")),
    { type: "row", title: "Baselines, to be beaten" },
    ...metricPanels(twins.filter(({ kind }) => kind === "baseline")),
    { type: "row", title: "Demand and capacity of $nodegroup", repeat: "nodegroup" },
    lines(
      "GPUs asked for, and healthy",
      "none",
      columnText("gpus_held", "gpus_unplaced", "gpus_pending_lower", "gpus_demand_upper", "gpus_capacity"),
      [
        { ...column("gpus_held", "held"), stacked: true },
        { ...column("gpus_unplaced", "admitted, without nodes"), stacked: true },
        { ...column("gpus_pending_lower", "pending, at least"), stacked: true },
        column("gpus_demand_upper", "asked for, at most"),
        column("gpus_capacity", "healthy"),
        column("gpus_paid", "paid for"),
      ],
      { custom: { lineInterpolation: "stepAfter" } },
    ),
    lines(
      "Quota, and healthy GPUs",
      "none",
      `Quota is set by hand and is not capacity. ${columnText("gpus_quota", "gpus_reserved", "gpus_capacity")}`,
      [column("gpus_quota", "quota"), column("gpus_reserved", "reserved"), column("gpus_capacity", "healthy")],
      { custom: { lineInterpolation: "stepAfter" } },
    ),
    lines(
      "GPU_UTIL, all GPUs",
      "percent",
      `Says that some kernel ran, not how much it did. ${columnText("gpu_util_percent_all")}`,
      [column("gpu_util_percent_all", "{{nodegroup}}")],
    ),
    lines("Power as a share of the limit, all GPUs", "percentunit", columnText("tdp_share_all"), [
      column("tdp_share_all", "{{nodegroup}}"),
    ]),
  ];
  return {
    title: `evenkeel: ${cluster}`,
    uid: `evenkeel-${cluster}`.replace(/[^\w-]/g, "-").slice(0, 40),
    tags: ["evenkeel", "kueue", "gpu"],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    timezone: "utc",
    time: { from: "now-7d", to: "now" },
    refresh: "5m",
    templating: { list: variables(cluster) },
    panels: placed(panels),
  };
}

const variables = (cluster: string) => [
  { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
  {
    name: "nodegroup",
    label: "Nodegroup",
    type: "query",
    datasource: DATASOURCE,
    query: {
      query: `label_values(${recordOf("gpus_paid")}{cluster=${quoted(cluster)}}, nodegroup)`,
      refId: "nodegroup",
    },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    current: { text: "All", value: "$__all" },
  },
];

function lines(title: string, unit: string, description: string, drawn: readonly Line[], defaults: object = {}): Panel {
  return {
    type: "timeseries",
    title,
    description,
    datasource: DATASOURCE,
    // What is missing is a gap, never a zero, and is not drawn over.
    fieldConfig: {
      defaults: { unit, noValue: "unknown", ...defaults },
      overrides: drawn.filter(({ stacked }) => stacked).map(({ legend }) => asArea(legend)),
    },
    options: {
      legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
      tooltip: { mode: "multi", sort: "none" },
    },
    targets: drawn.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

const asArea = (legend: string) => ({
  matcher: { id: "byName", options: legend },
  properties: [
    { id: "custom.stacking", value: { mode: "normal", group: "areas" } },
    { id: "custom.fillOpacity", value: 40 },
  ],
});

/** Panels with a number each, two in a row of the grid, but those that are wide. */
function placed(panels: readonly Panel[]): object[] {
  let [x, y] = [0, 0];
  return panels.map(({ wide, ...panel }, i) => {
    const isWide = wide || panel.type === "row";
    const h = panel.type === "row" ? 1 : PANEL.h;
    if (isWide && x > 0) [x, y] = [0, y + PANEL.h];
    const gridPos = { x, y, w: isWide ? GRID : PANEL.w, h };
    x += gridPos.w;
    if (x >= GRID) [x, y] = [0, y + h];
    return { id: i + 1, gridPos, ...panel, ...(panel.type === "row" ? { collapsed: false, panels: [] } : {}) };
  });
}

/** Colours by a metric's anchors: too little capacity in yellow and red, too much of it in blue. */
function stepsOf({ anchors: { concern, severe }, worse }: Metric): Step[] {
  const above: Step[] = [
    { color: "yellow", value: concern },
    { color: "red", value: severe },
  ];
  if (worse === "higher") return [{ color: "green", value: null }, ...above];
  return [
    { color: "dark-blue", value: null },
    { color: "light-blue", value: -severe },
    { color: "green", value: -concern },
    ...above,
  ];
}

const metricText = ({ definition, formula, undefinedWhen, failureModes, falsePositives, action }: Metric) =>
  [
    definition,
    `\`${formula}\``,
    `**Undefined when** ${undefinedWhen}.`,
    `**Failure modes** ${failureModes}`,
    `**False positives** ${falsePositives}`,
    `**What one would do** ${action}`,
  ].join("\n\n");

function limits(): string {
  const without = metrics.filter((metric) => !hasTwin(metric));
  return [
    "- Pending demand has no flavor: Kueue says how many GPUs wait in a ClusterQueue, not for which nodegroup. So demand has bounds. Lower bounds count what can run nowhere else; upper bounds count the same GPUs at every nodegroup that could run them, so never add them up.",
    "- Quota is not capacity: it is set by hand, and its sum may be more or less than the healthy GPUs.",
    "- Utilisation is not use: GPU_UTIL says that some kernel ran.",
    "- A gap is a source that was silent, never a zero.",
    `- Values are of the moment; admissions and waits are of the ${TRAILING_SECONDS / 60} minutes before.`,
    "- Why work waits, and what to do, is in the notebooks, and so is what PromQL cannot express:",
    ...without.map(({ title, promqlWithout }) => `  - *${title}*: ${promqlWithout}`),
  ].join("\n");
}

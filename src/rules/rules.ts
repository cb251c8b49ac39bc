import { Document, isScalar, visit } from "yaml";
import { episodeRule } from "../diagnosis/episodes.js";
import { EvenkeelError } from "../errors.js";
import { stepSecondsOf } from "../join/grid.js";
import { WAITING_GPUS } from "../metrics/imbalance.js";
import { defaultMetric, metrics } from "../metrics/index.js";
import type { Metric } from "../metrics/metric.js";
import type { Contract } from "../tables/contract.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { number, percent } from "../units/format.js";
import { MINUTE_MS, SECOND_MS } from "../units/time.js";
import { columnRecordings } from "./columns.js";
import { type Recording, recorded, recordOf } from "./recorder.js";
import { durationText } from "./series.js";

/** Minutes that nothing waits and much is free before it is told: longer than a weekend, which is no reason to give nodes back. */
const SLACK_MINUTES = 3 * 24 * 60;

/** What an alert is about, by which one knows what to do: docs/alerts.md. */
export type Matter = "demand" | "slack" | "data";

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: {
    /** `critical` wakes somebody, `warning` makes a ticket, `info` is there for those who look. */
    readonly severity: "info" | "warning" | "critical";
  };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
  readonly matter: Matter;
  /** What `expr` says, of an alert on a metric: which values of it, and of the columns that it reads, call for it. */
  readonly on?: { readonly metric: string; meets(figure: (name: string) => number | undefined): boolean };
}

/** The three groups of a rules file, in the order in which they build on each other. */
export interface Rules {
  readonly intervalSeconds: number;
  readonly columns: readonly Recording[];
  readonly metrics: readonly Recording[];
  readonly alerts: readonly Alert[];
}

export const GROUPS = ["evenkeel-columns", "evenkeel-metrics", "evenkeel-alerts"] as const;

/** A metric that has a twin in PromQL. */
export type MetricInPromql = Metric & { readonly promql: string };
export const hasTwin = (metric: Metric): metric is MetricInPromql => metric.promql !== undefined;

/** Prometheus's default lookback: a series that is scraped less often is gone between its scrapes. */
const LOOKBACK_SECONDS = 300;

function requireVisible({ scrapeIntervalSeconds }: Contract): void {
  for (const [source, seconds] of Object.entries(scrapeIntervalSeconds))
    if (seconds >= LOOKBACK_SECONDS)
      throw new EvenkeelError(
        `contract, scrapeIntervalSeconds.${source}: found ${seconds}; allowed for rules: less than ${LOOKBACK_SECONDS}, after which a sample no longer counts in Prometheus; scrape ${source} more often`,
      );
}

/** The rules of a cluster, by its contract. @throws EvenkeelError if a source is scraped too seldom, or as columnRecordings does */
export function rulesOf(contract: Contract): Rules {
  requireVisible(contract);
  const twins = metrics.filter(hasTwin);
  return {
    intervalSeconds: stepSecondsOf(contract),
    columns: columnRecordings(contract),
    metrics: twins.map((metric) => ({
      record: recordOf(metric.name),
      expr: overRecorded(metric.promql, contract),
      doc: `${metric.title}. ${metric.formula}`,
    })),
    alerts: alertsOf(contract),
  };
}

/** What of a contract the alerts depend on. */
type AlertContract = Pick<Contract, "cluster" | "waitTargets">;

/** On metrics with a twin but the baselines, and on what is left out or unknown. */
export const alertsOf = (contract: AlertContract): Alert[] => [
  ...metrics
    .filter(hasTwin)
    .filter(({ kind }) => kind !== "baseline")
    .flatMap((metric) => metricAlerts(metric, contract)),
  ...dataAlerts(contract),
];

/** PromQL over names of columns, over their recorded series. */
export function overRecorded(promql: string, contract: Contract): string {
  return promql.replace(/\b[a-z]+_[a-z_]+\b/g, (word) =>
    word in nodegroupWindow.columns ? recorded(recordOf(word), contract) : word,
  );
}

/** What all alerts say of themselves in the same way. */
const told = (
  alert: string,
  annotations: Omit<Alert["annotations"], "runbook">,
): Pick<Alert, "alert" | "annotations"> => ({
  alert: `Evenkeel${alert}`,
  annotations: { ...annotations, runbook: `docs/alerts.md#evenkeel${alert.toLowerCase()}` },
});

/**
 * From its anchors on a metric calls for a look, and for action. Only the default metric wakes anybody, and only after as
 * long as work of up to one node may wait: the other metrics say more of the same waiting.
 */
function metricAlerts(metric: MetricInPromql, contract: AlertContract): Alert[] {
  const { name, title, unit, worse, anchors, definition, falsePositives, action, alertsWith, rfc } = metric;
  const series = (of: string) => recorded(recordOf(of), contract);
  const whileWaiting = alertsWith ? ` and on (nodegroup) ${series(alertsWith)} >= ${WAITING_GPUS}` : "";
  const [shown, amount] =
    unit === "ratio"
      ? ["{{ $value | humanizePercentage }}", percent]
      : [`{{ $value | printf "%.3g" }} ${unit}`, (value: number) => `${number(value)} ${unit}`];
  const upperCamel = name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
  const alert = (
    level: "concern" | "severe",
    sign: 1 | -1,
    minutes: number,
    severity: Alert["labels"]["severity"],
  ): Alert => ({
    ...told(`${upperCamel}${sign < 0 ? "BelowZero" : ""}`, {
      summary: `${title} of {{ $labels.nodegroup }} is ${shown}, ${level === "concern" ? "a concern" : "severe"} from ${amount(sign * anchors[level])} on`,
      description: `${definition} What one would do: ${action} False positives: ${falsePositives} See RFC ${rfc}.`,
    }),
    expr: `${series(name)} ${sign < 0 ? "<=" : ">="} ${sign * anchors[level]}${whileWaiting}`,
    for: `${minutes}m`,
    labels: { severity },
    matter: sign < 0 ? "slack" : "demand",
    on: {
      metric: name,
      meets: (figure) =>
        sign * (figure(name) ?? Number.NaN) >= anchors[level] &&
        (alertsWith === undefined || (figure(alertsWith) ?? Number.NaN) >= WAITING_GPUS),
    },
  });
  const { opensAfterMinutes } = episodeRule;
  const targetMinutes = Math.ceil((contract.waitTargets.upToOneNodeSeconds * SECOND_MS) / MINUTE_MS);
  const above =
    name === defaultMetric.name
      ? [
          alert("concern", 1, opensAfterMinutes, "warning"),
          alert("severe", 1, Math.max(opensAfterMinutes, targetMinutes), "critical"),
        ]
      : [alert("concern", 1, opensAfterMinutes, "info"), alert("severe", 1, opensAfterMinutes, "warning")];
  if (worse === "higher") return above;
  return [...above, alert("concern", -1, SLACK_MINUTES, "info"), alert("severe", -1, SLACK_MINUTES, "warning")];
}

/** What cannot be joined is left out and makes sums too small, and what is unknown alerts nobody: that has to be told. */
function dataAlerts(contract: AlertContract): Alert[] {
  const select = (level: string, name: string) => recorded(recordOf(name, level), contract);
  const alert = (name: string, expr: string, summary: string, description: string): Alert => ({
    ...told(name, { summary, description }),
    expr,
    for: `${episodeRule.opensAfterMinutes}m`,
    labels: { severity: "warning" },
    matter: "data",
  });
  const dropped = (name: string, record: string, summary: string, description: string) =>
    alert(name, `${select("cluster", record)} > 0`, `{{ $value }} ${summary}`, description);
  const silent = (source: string, expr: string, summary: string, unknown: string) =>
    alert(
      `${source}Silent`,
      expr,
      summary,
      `${unknown}, and alerts that need it stay silent. Look at the state and the last error of its target in Prometheus.`,
    );
  const nodes = select("node", "gpus_allocatable");
  return [
    dropped(
      "NodesDropped",
      "nodes_dropped",
      "nodes with GPUs are left out: the contract knows no nodegroup of theirs",
      "Capacity and what is held are too low, and what waits for these nodes alerts nobody. Allow-list the node label in kube-state-metrics, or correct nodegroupLabels or nodegroups of the contract, and write the rules anew.",
    ),
    dropped(
      "GpusDropped",
      "gpus_dropped",
      "GPUs are left out: dcgm-exporter's host is no node that the contract knows",
      "What these GPUs do is unknown. Set NODE_NAME for dcgm-exporter, so that its host is the node; where nodes are left out, too, begin with these.",
    ),
    dropped(
      "WorkloadsDropped",
      "workloads_dropped",
      "pending workloads are left out: their ClusterQueue's flavors stand for no nodegroup",
      "While there are any, what waits is unknown at every nodegroup, and alerts nobody. Map the flavors to nodegroups in the contract, and write the rules anew.",
    ),
    dropped(
      "PendingGpusUntold",
      "cluster_queues_untold",
      "ClusterQueues have pending workloads and do not say how many GPUs these ask for",
      "What waits at their nodegroups is unknown, and alerts nobody. Set metrics.enableClusterQueueResources for Kueue, 0.18 or newer.",
    ),
    silent(
      "KubeStateMetrics",
      `absent(${nodes})`,
      "kube-state-metrics has no series of nodes with GPUs",
      "Capacity and what is held are unknown",
    ),
    silent(
      "Kueue",
      `absent(${select("cluster_queue", "workloads_pending")})`,
      "Kueue has no series of ClusterQueues",
      "What waits is unknown",
    ),
    silent(
      "DcgmExporter",
      `sum by (cluster, nodegroup) (${nodes}) > 0 unless on (nodegroup) ${select("gpu", "seen")}`,
      "dcgm-exporter has no series of {{ $labels.nodegroup }}, which has {{ $value }} GPUs",
      "What these GPUs do is unknown",
    ),
  ];
}

/** The rules as a file that Prometheus loads. */
export function rulesFile(contract: Contract): string {
  const { intervalSeconds, columns, metrics, alerts } = rulesOf(contract);
  const { cluster } = contract;
  const interval = durationText(intervalSeconds);
  const recordings = (of: readonly Recording[]) =>
    of.map(({ record, expr }) => ({ record, expr, labels: { cluster } }));
  const rules = [
    recordings(columns),
    recordings(metrics),
    alerts.map(({ alert, expr, for: held, labels, annotations }) => ({ alert, expr, for: held, labels, annotations })),
  ];
  const document = new Document({ groups: GROUPS.map((name, i) => ({ name, interval, rules: rules[i] })) });
  document.commentBefore = [
    ` Written by evenkeel rules for the cluster ${cluster}; write it anew when its contract changes.`,
    " Names are level:evenkeel_metric; the level is what the series are told apart by. DATA_DICTIONARY.md defines the",
    " columns and the metrics, docs/wiring.md says how to load this and where it differs from the notebooks.",
  ].join("\n");
  const docs = new Map([...columns, ...metrics].map(({ record, doc }) => [record, doc]));
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== "record" || !isScalar(value)) return;
      key.commentBefore = ` ${docs.get(String(value.value))!.replaceAll("\n", "\n ")}`;
    },
  });
  return document.toString({ lineWidth: 0 });
}

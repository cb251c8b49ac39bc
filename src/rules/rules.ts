import { Document, isScalar, visit } from "yaml";
import { episodeRule } from "../diagnosis/episodes.js";
import { stepSecondsOf } from "../join/grid.js";
import { metrics } from "../metrics/index.js";
import type { Metric } from "../metrics/metric.js";
import type { Contract } from "../tables/contract.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { columnRecordings } from "./columns.js";
import { type Recording, recorded, recordOf } from "./recorder.js";

/** Minutes that nothing waits and much is free before it is told: nights and weekends are no reason to give nodes back. */
const SLACK_MINUTES = 24 * 60;

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "info" | "warning" | "critical" };
  readonly annotations: { readonly summary: string; readonly description: string };
  /** What `expr` says, of an alert on a metric: which of its values call for it. */
  readonly on?: { readonly metric: string; meets(value: number | undefined): boolean };
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

/** The rules of a cluster, by its contract. @throws EvenkeelError as columnRecordings does */
export function rulesOf(contract: Contract): Rules {
  const twins = metrics.filter(hasTwin);
  return {
    intervalSeconds: stepSecondsOf(contract),
    columns: columnRecordings(contract),
    metrics: twins.map((metric) => ({
      record: recordOf(metric.name),
      expr: overRecorded(metric.promql, contract),
      doc: `${metric.title}. ${metric.formula}`,
    })),
    alerts: [
      ...twins.filter(({ kind }) => kind !== "baseline").flatMap((metric) => alertsOf(metric, contract)),
      ...dataAlerts(contract),
    ],
  };
}

/** PromQL over names of columns, over their recorded series. */
export function overRecorded(promql: string, contract: Contract): string {
  return promql.replace(/\b[a-z]+_[a-z_]+\b/g, (word) =>
    word in nodegroupWindow.columns ? recorded(recordOf(word), contract) : word,
  );
}

/** From its anchors on a metric calls for a look, and for action. */
function alertsOf(metric: MetricInPromql, contract: Contract): Alert[] {
  const { name, title, unit, worse, anchors, definition, falsePositives, action, rfc } = metric;
  const series = recorded(recordOf(name), contract);
  const shown = unit === "ratio" ? "{{ $value | humanizePercentage }}" : `{{ $value | printf "%.3g" }} ${unit}`;
  const upperCamel = name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
  const alert = (
    level: "concern" | "severe",
    sign: 1 | -1,
    minutes: number,
    severity: Alert["labels"]["severity"],
  ): Alert => ({
    alert: `Evenkeel${upperCamel}${sign < 0 ? "BelowZero" : ""}`,
    expr: `${series} ${sign < 0 ? "<=" : ">="} ${sign * anchors[level]}`,
    for: `${minutes}m`,
    labels: { severity },
    on: { metric: name, meets: (value) => value !== undefined && sign * value >= anchors[level] },
    annotations: {
      summary: `${title} of {{ $labels.nodegroup }} is ${shown}, ${level === "concern" ? "a concern" : "severe"} from ${sign * anchors[level]} on`,
      description: `${definition} What one would do: ${action} False positives: ${falsePositives} See RFC ${rfc}.`,
    },
  });
  const { opensAfterMinutes } = episodeRule;
  const above = [alert("concern", 1, opensAfterMinutes, "warning"), alert("severe", 1, opensAfterMinutes, "critical")];
  if (worse === "higher") return above;
  return [...above, alert("concern", -1, SLACK_MINUTES, "info"), alert("severe", -1, SLACK_MINUTES, "warning")];
}

/** What cannot be joined is left out, and makes sums too small: that has to be told. */
function dataAlerts(contract: Contract): Alert[] {
  const select = (level: string, name: string) => recorded(recordOf(name, level), contract);
  const alert = (name: string, expr: string, summary: string, action: string): Alert => ({
    alert: `Evenkeel${name}`,
    expr,
    for: `${episodeRule.opensAfterMinutes}m`,
    labels: { severity: "warning" },
    annotations: { summary, description: `${action} See docs/wiring.md.` },
  });
  const dropped = (name: string, record: string, summary: string, action: string) =>
    alert(name, `${select("cluster", record)} > 0`, `{{ $value }} ${summary}`, action);
  const silent = (name: string, series: string, source: string, unknown: string) =>
    alert(`${name}Silent`, `absent(${series})`, `${source} has no series: ${unknown} unknown`, "Look at its target.");
  return [
    dropped(
      "NodesDropped",
      "nodes_dropped",
      "nodes with GPUs are left out: the contract knows no nodegroup of theirs",
      "Allow-list the node label in kube-state-metrics, or correct nodegroupLabels or nodegroups of the contract, and write the rules anew.",
    ),
    dropped(
      "GpusDropped",
      "gpus_dropped",
      "GPUs are left out: dcgm-exporter's host is no node that the contract knows",
      "Set NODE_NAME for dcgm-exporter, so that its host is the node.",
    ),
    dropped(
      "WorkloadsDropped",
      "workloads_dropped",
      "pending workloads are left out: their ClusterQueue's flavors stand for no nodegroup",
      "Map the flavors to nodegroups in the contract, and write the rules anew.",
    ),
    dropped(
      "PendingGpusUntold",
      "cluster_queues_untold",
      "ClusterQueues have pending workloads and do not say how many GPUs these ask for",
      "Set metrics.enableClusterQueueResources for Kueue, 0.18 or newer.",
    ),
    silent(
      "KubeStateMetrics",
      select("node", "gpus_allocatable"),
      "kube-state-metrics",
      "capacity and what is held are",
    ),
    silent("Kueue", select("cluster_queue", "workloads_pending"), "Kueue", "what waits is"),
    silent("DcgmExporter", select("gpu", "seen"), "dcgm-exporter", "what GPUs do is"),
  ];
}

/** The rules as a file that Prometheus loads. */
export function rulesFile(contract: Contract): string {
  const { intervalSeconds, columns, metrics, alerts } = rulesOf(contract);
  const { cluster } = contract;
  const interval = `${intervalSeconds}s`;
  const recordings = (of: readonly Recording[]) =>
    of.map(({ record, expr }) => ({ record, expr, labels: { cluster } }));
  const rules = [recordings(columns), recordings(metrics), alerts.map(({ on, ...alert }) => alert)];
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

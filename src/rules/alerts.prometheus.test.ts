import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { metrics } from "../metrics/index.js";
import { labelText } from "../prometheus/openmetrics.js";
import { tempFolder } from "../testing/dataset.js";
import { contract } from "../testing/hand-made.js";
import { promtool } from "../testing/prometheus-server.js";
import { recordOf } from "./recorder.js";
import { type Alert, GROUPS, rulesFile, rulesOf } from "./rules.js";

// Each alert, by Prometheus's own engine: that it fires once what it is about has lasted, no sooner, and for nothing else.

const { cluster } = contract;
const { alerts } = rulesOf(contract);

/** Minutes between two evaluations: rules that last for days are not evaluated every minute. */
const STEP = 5;

/** A recorded series that stays as it is for as long as any alert takes, and longer. */
const steady = (record: string, labels: Record<string, string>, value: number) => ({
  series: record + labelText(Object.entries({ ...labels, cluster })),
  values: `${value}+0x${1000}`,
});
const figure = (name: string, nodegroup: string, value: number) => steady(recordOf(name), { nodegroup }, value);

const node = (nodegroup: string) => steady(recordOf("gpus_allocatable", "node"), { nodegroup, node: nodegroup }, 8);
const gpu = (nodegroup: string) => steady(recordOf("seen", "gpu"), { nodegroup, node: nodegroup, UUID: nodegroup }, 1);
const queue = steady(recordOf("workloads_pending", "cluster_queue"), { cluster_queue: "queue" }, 0);

interface Case {
  readonly input: readonly ReturnType<typeof steady>[];
  /** Nodegroups that the alert fires for; one without a name is the cluster. */
  readonly fires: readonly string[];
}

/** The last value on the side of an anchor that alerts nobody. */
const short = (anchor: number) => anchor - Math.sign(anchor) * 1e-9;

function metricCases({ on, labels, matter }: Alert): Case[] {
  const { name, anchors, alertsWith } = metrics.find((metric) => metric.name === on!.metric)!;
  const isSevere = labels.severity === (name === "imbalance" && matter === "demand" ? "critical" : "warning");
  const anchor = (matter === "slack" ? -1 : 1) * (isSevere ? anchors.severe : anchors.concern);
  const waiting = (nodegroup: string, gpus: number) => (alertsWith ? [figure(alertsWith, nodegroup, gpus)] : []);
  return [
    {
      input: [
        ...[figure(name, "at", anchor), ...waiting("at", 1)],
        ...[figure(name, "short of it", short(anchor)), ...waiting("short of it", 1)],
        ...[figure(name, "balanced", 0), ...waiting("balanced", 0)],
      ],
      fires: ["at"],
    },
    ...(alertsWith ? [{ input: [figure(name, "full", anchor), ...waiting("full", 0)], fires: [] }] : []),
  ];
}

const dropped = (record: string): Case[] => [
  { input: [steady(recordOf(record, "cluster"), {}, 1)], fires: [""] },
  { input: [], fires: [] },
];
const dataCases: Readonly<Record<string, Case[]>> = {
  EvenkeelNodesDropped: dropped("nodes_dropped"),
  EvenkeelGpusDropped: dropped("gpus_dropped"),
  EvenkeelWorkloadsDropped: dropped("workloads_dropped"),
  EvenkeelPendingGpusUntold: dropped("cluster_queues_untold"),
  EvenkeelKubeStateMetricsSilent: [
    { input: [queue], fires: [""] },
    { input: [node("a")], fires: [] },
  ],
  EvenkeelKueueSilent: [
    { input: [node("a")], fires: [""] },
    { input: [queue], fires: [] },
  ],
  // Where kube-state-metrics is silent nobody knows where a GPU is, and that alert is its own.
  EvenkeelDcgmExporterSilent: [
    { input: [node("a"), node("b"), gpu("b")], fires: ["a"] },
    { input: [queue], fires: [] },
  ],
};

test.each(alerts.map((alert) => [alert.alert, alert.labels.severity, alert] as const))(
  "%s, %s, fires when what it is about has lasted for its time, no sooner, and for nothing else",
  async (_, __, alert) => {
    const cases = alert.on ? metricCases(alert) : dataCases[alert.alert]!;
    const minutes = Number.parseInt(alert.for, 10);
    const { severity } = alert.labels;
    const selected = labelText(Object.entries({ alertname: alert.alert, severity, alertstate: "firing" }));
    const firing = (nodegroup: string) => ({
      labels: `ALERTS${labelText(Object.entries({ alertname: alert.alert, alertstate: "firing", cluster, nodegroup, severity }))}`,
      value: 1,
    });
    const folder = await tempFolder();
    await writeFile(join(folder, "rules.yaml"), rulesFile(contract));
    const file = {
      rule_files: ["rules.yaml"],
      evaluation_interval: `${STEP}m`,
      group_eval_order: GROUPS,
      tests: cases.map(({ input, fires }) => ({
        interval: `${STEP}m`,
        input_series: input,
        promql_expr_test: [
          { expr: `ALERTS${selected}`, eval_time: `${minutes - STEP}m`, exp_samples: [] },
          { expr: `ALERTS${selected}`, eval_time: `${minutes}m`, exp_samples: fires.map(firing) },
        ],
      })),
    };
    await writeFile(join(folder, "test.yaml"), stringify(file));
    const { code, output } = promtool("test", "rules", join(folder, "test.yaml"));
    expect(output.slice(0, 3000)).toContain("SUCCESS");
    expect(code).toBe(0);
  },
);

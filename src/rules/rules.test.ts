import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metrics } from "../metrics/index.js";
import type { Contract } from "../tables/contract.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { contract } from "../testing/hand-made.js";
import { recordOf } from "./recorder.js";
import { GROUPS, hasTwin, overRecorded, rulesFile, rulesOf } from "./rules.js";

const two: Contract = {
  ...contract,
  cluster: 'the "first"',
  scrapeIntervalSeconds: { kueue: 15, "kube-state-metrics": 60, "dcgm-exporter": 30 },
  nodegroups: ["a", "b"].map((name) => ({ ...contract.nodegroups[0]!, name })),
  flavors: { a: ["a"], both: ["a", "b"], none: [] },
};
const rules = rulesOf(two);
const recordings = [...rules.columns, ...rules.metrics];

/** Names of recorded series in an expression. */
const named = (expr: string) => [...expr.matchAll(/\b\w+:\w+/g)].map(([name]) => name);

describe("the rules of a contract", () => {
  test("name in each expression only what is recorded before it, of this cluster", () => {
    const before = new Set<string>();
    for (const { record, expr } of recordings) {
      expect(named(expr).filter((name) => !before.has(name))).toEqual([]);
      for (const selector of expr.match(/\b\w+:\w+(\{[^}]*\})?/g) ?? [])
        expect(selector).toContain('{cluster="the \\"first\\""}');
      before.add(record);
    }
    for (const { expr } of rules.alerts) expect(named(expr).filter((name) => !before.has(name))).toEqual([]);
  });

  test("record each name once, by level and what it says, with what it means", () => {
    const names = recordings.map(({ record }) => record);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*:evenkeel_[a-z]+(_[a-z]+)*$/);
    for (const { doc } of recordings) expect(doc).not.toBe("");
  });

  test("record every column that a twin reads, and no column or metric that there is not", () => {
    const recorded = new Set(rules.columns.map(({ record }) => record));
    for (const { name, columns } of metrics.filter(hasTwin))
      for (const column of columns) expect(recorded, `${column} of ${name}`).toContain(recordOf(column));
    const known = [...Object.keys(nodegroupWindow.columns), ...metrics.map(({ name }) => name)].map((name) =>
      recordOf(name),
    );
    const ofNodegroups = recordings.map(({ record }) => record).filter((record) => record.startsWith("nodegroup:"));
    expect(ofNodegroups.filter((record) => !known.includes(record))).toEqual([]);
  });

  test("name the nodegroups of the contract and no other", () => {
    const set = recordings.flatMap(({ expr }) =>
      [...expr.matchAll(/"nodegroup", "([^"]*)"/g)].map(([, value]) => value),
    );
    expect([...new Set(set)].sort()).toEqual(["$1", "a", "b"]);
    const known = recordings.flatMap(({ expr }) =>
      [...expr.matchAll(/label_nodegroup=~"([^"]*)"/g)].map(([, value]) => value),
    );
    expect([...new Set(known)]).toEqual(["a|b"]);
  });

  test("are refused where a flavor stands for a nodegroup that is not listed", () => {
    const wrong = { ...two, flavors: { a: ["a"], c: ["sea"] } };
    expect(() => rulesOf(wrong)).toThrow('contract, flavors.c: found nodegroup "sea"; allowed: a, b;');
  });

  test("are refused where a source is scraped less often than a sample counts", () => {
    const seldom = { ...two, scrapeIntervalSeconds: { ...two.scrapeIntervalSeconds, "dcgm-exporter": 300 } };
    expect(() => rulesOf(seldom)).toThrow(
      "contract, scrapeIntervalSeconds.dcgm-exporter: found 300; allowed for rules: less than 300,",
    );
  });

  test("are evaluated as often as the slowest source is scraped", () => {
    expect(rules.intervalSeconds).toBe(60);
  });
});

describe("alerts", () => {
  test("are on both anchors of every metric with a twin but the baselines, on each side where it is signed", () => {
    const expected = metrics
      .filter((metric) => hasTwin(metric) && metric.kind !== "baseline")
      .flatMap(({ name, worse, alertsWith, anchors: { concern, severe } }) => {
        const whileWaiting = alertsWith
          ? ` and on (nodegroup) ${recordOf(alertsWith)}{cluster="the \\"first\\""} >= 1`
          : "";
        const series = `${recordOf(name)}{cluster="the \\"first\\""}`;
        const above = [concern, severe].map((anchor) => `${series} >= ${anchor}${whileWaiting}`);
        return worse === "higher" ? above : [...above, `${series} <= -${concern}`, `${series} <= -${severe}`];
      });
    expect(rules.alerts.filter(({ on }) => on).map(({ expr }) => expr)).toEqual(expected);
  });

  test("are on what is left out, and on sources that are silent", () => {
    const onData = rules.alerts.filter(({ on }) => !on).map(({ expr }) => expr.replace(/\{[^}]*\}/g, ""));
    expect(onData).toEqual([
      "cluster:evenkeel_nodes_dropped > 0",
      "cluster:evenkeel_gpus_dropped > 0",
      "cluster:evenkeel_workloads_dropped > 0",
      "cluster:evenkeel_cluster_queues_untold > 0",
      "absent(node:evenkeel_gpus_allocatable)",
      "absent(cluster_queue:evenkeel_workloads_pending)",
      "sum by (cluster, nodegroup) (node:evenkeel_gpus_allocatable) > 0 unless on (nodegroup) gpu:evenkeel_seen",
    ]);
  });

  test("tell in words what is the matter, with its unit, and are told apart by name and severity", () => {
    const names = rules.alerts.map(({ alert, labels }) => `${alert} ${labels.severity}`);
    expect(new Set(names).size).toBe(names.length);
    const summaries = rules.alerts.map(({ annotations }) => annotations.summary);
    expect(summaries.slice(0, 3)).toEqual([
      "Imbalance of {{ $labels.nodegroup }} is {{ $value | humanizePercentage }}, a concern from 5% on",
      "Imbalance of {{ $labels.nodegroup }} is {{ $value | humanizePercentage }}, severe from 20% on",
      "Imbalance of {{ $labels.nodegroup }} is {{ $value | humanizePercentage }}, a concern from −5% on",
    ]);
    expect(summaries).toContain(
      'Drain time of {{ $labels.nodegroup }} is {{ $value | printf "%.3g" }} hours, a concern from 1 hours on',
    );
    for (const { annotations, on } of rules.alerts)
      if (on) expect(annotations.description).toContain(metrics.find(({ name }) => name === on.metric)!.action);
      else expect(annotations.description).toMatch(/unknown|too low/);
  });

  test("point to what one does about them", () => {
    for (const { alert, annotations } of rules.alerts)
      expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
  });

  test("wake somebody for one thing alone: a severe imbalance that outlasts what work of up to one node may wait", () => {
    const critical = (of: typeof rules) =>
      of.alerts.filter(({ labels }) => labels.severity === "critical").map((one) => [one.alert, one.for]);
    expect(critical(rules)).toEqual([["EvenkeelImbalance", "240m"]]);
    const waitTargets = { ...two.waitTargets, upToOneNodeSeconds: 3600 };
    expect(critical(rulesOf({ ...two, waitTargets }))).toEqual([["EvenkeelImbalance", "60m"]]);
  });

  test("take longer than a weekend to tell slack", () => {
    const below = rules.alerts.filter(({ matter }) => matter === "slack");
    expect(below.map(({ alert, labels, for: duration }) => [alert, labels.severity, duration])).toEqual([
      ["EvenkeelImbalanceBelowZero", "info", "4320m"],
      ["EvenkeelImbalanceBelowZero", "warning", "4320m"],
    ]);
  });

  test("know the values that call for them", () => {
    const met = (i: number, values: readonly (number | undefined)[]) =>
      values.map((value) => rules.alerts[i]!.on!.meets(() => value));
    expect(met(0, [undefined, Number.NaN, -1, 0.049, 0.05])).toEqual([false, false, false, false, true]);
    expect(met(1, [0.19, 0.2])).toEqual([false, true]);
    expect(met(2, [undefined, 1, 0, -0.04, -0.05])).toEqual([false, false, false, false, true]);
    const { meets } = rules.alerts.find(({ on }) => on?.metric === "demand_ratio")!.on!;
    const full = (waiting: number | undefined) => meets((name) => (name === "demand_ratio" ? 1 : waiting));
    expect([undefined, 0, 1].map(full)).toEqual([false, false, true]);
  });
});

test("overRecorded(promql) takes columns for what is recorded of them, and leaves functions and numbers", () => {
  expect(overRecorded("clamp_max(0.1 - gpus_free / (gpus_capacity > 0), 0)", contract)).toBe(
    'clamp_max(0.1 - nodegroup:evenkeel_gpus_free{cluster="by-hand"} / (nodegroup:evenkeel_gpus_capacity{cluster="by-hand"} > 0), 0)',
  );
});

describe("the rules file", () => {
  interface Rule {
    readonly record?: string;
    readonly expr: string;
    readonly labels: Record<string, string>;
  }
  const text = rulesFile(two);
  const { groups } = parse(text) as { groups: { name: string; interval: string; rules: Rule[] }[] };

  test("holds three groups: columns, metrics, alerts", () => {
    expect(groups.map(({ name, interval }) => [name, interval])).toEqual(GROUPS.map((name) => [name, "60s"]));
    const read = groups.slice(0, 2).flatMap((group) => group.rules);
    expect(read.map(({ record, expr }) => [record, expr])).toEqual(
      recordings.map(({ record, expr }) => [record, expr]),
    );
    expect(new Set(read.map(({ labels }) => labels["cluster"]))).toEqual(new Set([two.cluster]));
    expect(groups[2]!.rules.map((rule) => Object.keys(rule))).toEqual(
      rules.alerts.map(() => ["alert", "expr", "for", "labels", "annotations"]),
    );
  });

  test("says above each rule what it records", () => {
    for (const { doc } of recordings) expect(text).toContain(`# ${doc}`);
  });
});

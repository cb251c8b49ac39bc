import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Dataset, openDataset } from "../dataset/open.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { metrics } from "../metrics/index.js";
import { exportOpenMetrics } from "../prometheus/export.js";
import type { Contract } from "../tables/contract.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { datasetOf, tempFolder } from "../testing/dataset.js";
import {
  clusterQueue,
  contract,
  gpu,
  type HandMade,
  handMade,
  node,
  pod,
  quota,
  unboundPod,
} from "../testing/hand-made.js";
import { inlined } from "../testing/inlined.js";
import { dataOf, type PrometheusServer, promtool, queryRange, startPrometheus } from "../testing/prometheus-server.js";
import { sample } from "../testing/sample.js";
import { SECOND_MS } from "../units/time.js";
import { momentWindows } from "./moment-windows.js";
import { carriedTicks, promtoolTest } from "./promtool-test.js";
import type { Recording } from "./recorder.js";
import { hasTwin, rulesFile, rulesOf } from "./rules.js";

// The rules, held by Prometheus itself: that it accepts them, and that they say what the formulas in TypeScript say.

const { nodegroups } = contract;
const group = (name: string, gpusPaid = 16) => ({ ...nodegroups[0]!, name, gpusPaid });

/** A nodegroup beside "a", two node labels, queues of every reach, and flavors that stand for one, for both, for none. */
const twoGroups: Partial<Contract> = {
  nodegroupLabels: ["label_nodegroup", "label_pool"],
  nodegroups: [group("a"), group("b.$1|x", 8)],
  gpuModels: { ...contract.gpuModels, 'H"100': { memoryMiB: 1, tdpWatts: 350, idleWithContextWatts: 50 } },
  flavors: { a: ["a"], b: ["b.$1|x"], both: ["a", "b.$1|x"], none: [] },
  clusterQueues: [
    { name: "queue", flavors: ["a"] },
    { name: "wide", flavors: ["both"] },
    { name: "b", flavors: ["b"] },
    { name: "unquoted", flavors: ["b"] },
  ],
};

const admissions = (total: number, waited: number, rest = {}) => ({
  cluster_queue: "queue",
  priority_class: "",
  replica_role: "leader",
  kueue_admitted_workloads_total: total,
  kueue_admission_wait_time_seconds_sum: waited,
  ...rest,
});

/** Small clusters, each with what makes one of the joins hard. */
const cases: Record<string, HandMade> = {
  "nodes that are fit for use and not, of two labels, one that nobody knows": {
    minutes: 6,
    contract: twoGroups,
    rows: {
      kube_node: (minute) => [
        node("ready", { label_pool: "b.$1|x" }),
        node("not-ready", { kube_node_status_condition_ready: minute < 3 ? "unknown" : "true" }),
        node("cordoned", { kube_node_spec_unschedulable: minute % 2 }),
        node("tainted"),
        node("tolerated"),
        node("preferred"),
        node("short", { kube_node_status_allocatable_nvidia_com_gpu: 7 }),
        node("second-label", { label_nodegroup: null, label_pool: "b.$1|x" }),
        node("unknown", { label_nodegroup: "elsewhere", label_pool: "a" }),
        node("unlabelled", { label_nodegroup: null }),
        ...(minute > 3 ? [] : [node("gone")]),
      ],
      kube_node_spec_taint: () => [
        { node: "tainted", key: "maintenance", effect: "NoExecute", kube_node_spec_taint: 1 },
        { node: "tolerated", key: "nvidia.com/gpu", effect: "NoSchedule", kube_node_spec_taint: 1 },
        { node: "preferred", key: "maintenance", effect: "PreferNoSchedule", kube_node_spec_taint: 1 },
      ],
      kube_pod: () => [
        pod("overbooked", 7, { node: "short" }),
        pod("on-cordoned", 3, { node: "cordoned" }),
        pod("on-unknown", 3, { node: "unknown" }),
        pod("on-second", 2, { node: "second-label" }),
      ],
      kueue_cluster_queue: () => [clusterQueue(0, 0)],
      kueue_cluster_queue_resource: () => [quota(16, 0)],
    },
  },
  "pods in every phase, with init containers, without nodes, gated, and replicas of kube-state-metrics": {
    minutes: 8,
    contract: twoGroups,
    replicas: { "kube-state-metrics": ["one", "two"] },
    rows: {
      kube_node: () => [node("n0"), node("n1", { label_nodegroup: null, label_pool: "b.$1|x" })],
      kube_pod: (minute) => [
        pod("running", 2),
        pod("starting", 1, { kube_pod_status_phase: "Pending" }),
        pod("ended", 8, { kube_pod_status_phase: minute < 4 ? "Running" : "Succeeded" }),
        pod("failed", 8, { kube_pod_status_phase: "Failed" }),
        pod("init", 1, { node: "n1", kube_pod_init_container_resource_requests_nvidia_com_gpu: 4 }),
        pod("small-init", 2, { node: "n1", kube_pod_init_container_resource_requests_nvidia_com_gpu: 1 }),
        ...(minute < 2 ? [pod("deleted", 1)] : []),
        unboundPod("selected", 4, { nodeselector_nodegroup: "b.$1|x" }),
        unboundPod("by-queue", 2, { nodeselector_nodegroup: null }),
        unboundPod("wide", 2, { nodeselector_nodegroup: null, label_kueue_x_k8s_io_cluster_queue_name: "wide" }),
        unboundPod("elsewhere", 2, { nodeselector_nodegroup: "elsewhere" }),
        unboundPod("gated", 2, { kube_pod_status_reason: "SchedulingGated" }),
        unboundPod("outside", 2, { label_kueue_x_k8s_io_cluster_queue_name: null }),
        minute < 5 ? unboundPod("placed-late", 1) : pod("placed-late", 1),
      ],
      kueue_cluster_queue: () => [clusterQueue(0, 0)],
      kueue_cluster_queue_resource: () => [quota(16, 0)],
    },
  },
  "ClusterQueues of every reach, replicas of Kueue, a restart, and a time in which it is silent": {
    minutes: 75,
    contract: twoGroups,
    missed: { kueue: [30, 31, 32, 33] },
    rows: {
      kube_node: () => [node("n0"), node("n1", { label_nodegroup: null, label_pool: "b.$1|x" })],
      kueue_cluster_queue: (minute) => [
        clusterQueue(minute % 5, 2 * (minute % 5)),
        clusterQueue(0, 0, { replica_role: "follower" }),
        clusterQueue(3, 6, { cluster_queue: "wide", kueue_pending_workloads_active: 2 }),
        clusterQueue(1, 4, { cluster_queue: "b" }),
        clusterQueue(1, 1, { cluster_queue: "unquoted" }),
        clusterQueue(9, 9, { cluster_queue: "reaches-nothing" }),
      ],
      kueue_cluster_queue_resource: () => [
        quota(12, 4),
        quota(12, 0, { replica_role: "follower" }),
        quota(4, 0, { cluster_queue: "wide", flavor: "both" }),
        quota(6, 2, { cluster_queue: "b", flavor: "b", cohort: "x" }),
        quota(2, 2, { cluster_queue: "b", flavor: "a", resource: "nvidia_com_gpu" }),
        quota(99, 9, { cluster_queue: "reaches-nothing", flavor: "unmapped" }),
        quota(99, 9, { resource: "cpu" }),
      ],
      kueue_cluster_queue_priority: (minute) => [
        admissions(minute < 40 ? 50 + 3 * minute : minute - 40, minute < 40 ? 500 + 40 * minute : 5 * (minute - 40)),
        ...(minute > 20 ? [admissions(2, 60, { cluster_queue: "b", priority_class: "high" })] : []),
      ],
    },
  },
  "GPUs that are shared out, without the profiling fields, and on a host that is no node": {
    minutes: 5,
    contract: twoGroups,
    rows: {
      kube_node: () => [node("n0"), node("n1", { label_nodegroup: null, label_pool: "b.$1|x" })],
      kueue_cluster_queue: () => [clusterQueue(2, 3)],
      kueue_cluster_queue_resource: () => [quota(16, 0)],
      dcgm_gpu: (minute) => [
        gpu("busy", { pod: "p", namespace: "team" }),
        gpu("quiet", { ...spare, pod: "p", namespace: "team" }),
        gpu("spare", { ...spare, pod: minute === 2 ? null : "q", namespace: "team" }),
        gpu("free", spare),
        gpu("half", { ...spare, DCGM_FI_DEV_FB_USED: 40_001, DCGM_FI_DEV_FB_FREE: 39_999, pod: "p" }),
        gpu("no-model", { modelName: "nobody's" }),
        gpu("elsewhere", { Hostname: "exporter-x", pod: "p" }),
        gpu("told", {
          ...spare,
          Hostname: "n1",
          modelName: 'H"100',
          pod: "p",
          DCGM_FI_PROF_GR_ENGINE_ACTIVE: minute < 3 ? 0.1 : null,
        }),
      ],
    },
  },
  "a queue that waits for half an hour, and then none": {
    minutes: 60,
    contract: { toleratedTaints: [] },
    rows: {
      kube_node: () => [node("n0")],
      kube_pod: () => [pod("p", 8)],
      kueue_cluster_queue: (minute) => [clusterQueue(minute < 40 ? 2 : 0, minute < 30 ? 4 : minute < 40 ? 1 : 0)],
      kueue_cluster_queue_resource: () => [quota(16, 8)],
    },
  },
};
const spare = { DCGM_FI_DEV_FB_USED: 10_000, DCGM_FI_DEV_FB_FREE: 70_000, DCGM_FI_PROF_GR_ENGINE_ACTIVE: 0.3 };

interface TestFile {
  readonly tests: readonly {
    readonly input_series: { series: string; values: string }[];
    readonly promql_expr_test: {
      readonly expr: string;
      readonly eval_time: string;
      readonly exp_samples: { readonly labels: string; readonly value: number }[];
    }[];
  }[];
}

/** Runs promtool's test of a dataset, its series changed if told; returns what it expects. */
async function runTest(input: HandMade, change: (file: TestFile) => void = () => {}): Promise<TestFile> {
  const dataset = await handMade(input);
  const folder = await tempFolder();
  await mkdir(join(folder, "tests"));
  const of = { ...contract, ...input.contract };
  await writeFile(join(folder, "rules.yaml"), rulesFile(of));
  const file = parse(await promtoolTest(dataset, "../rules.yaml")) as TestFile;
  change(file);
  const path = join(folder, "tests", "rules_test.yaml");
  await writeFile(path, stringify(file));
  const { code, output } = promtool("test", "rules", path);
  expect(output.slice(0, 5000)).toContain("SUCCESS");
  expect(code).toBe(0);
  return file;
}

/** Changes the text of every series. */
const renaming = (change: (series: string) => string) => (file: TestFile) => {
  for (const one of file.tests[0]!.input_series) one.series = change(one.series);
};

describe("promtool check rules", () => {
  const wiring: Contract["prometheus"] = {
    matchers: { cluster: 'the "first"' },
    jobs: { kueue: ["kueue-a", "kueue.b"] },
    metrics: { kube_node_labels: "corp:node_labels" },
    labels: { cluster_queue: "cq" },
  };
  test.each<[string, Partial<Contract>]>([
    ["as it is", {}],
    ["with two nodegroups and odd names", twoGroups],
    ["whose series go by other names", { ...twoGroups, prometheus: wiring }],
    ["without flavors, ClusterQueues and taints", { flavors: {}, clusterQueues: [], toleratedTaints: [] }],
    [
      "whose sources are scraped apart",
      { scrapeIntervalSeconds: { kueue: 15, "kube-state-metrics": 60, "dcgm-exporter": 30 } },
    ],
  ])("accepts those of a contract %s", async (_, change) => {
    const file = join(await tempFolder(), "rules.yaml");
    await writeFile(file, rulesFile({ ...contract, ...change }));
    const { code, output } = promtool("check", "rules", file);
    expect(output).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("promtool test rules finds what the formulas in TypeScript find", () => {
  test.each(Object.entries(cases))("of %s", async (_, input) => {
    const { tests } = await runTest(input);
    const asked = tests[0]!.promql_expr_test;
    expect(asked.filter(({ exp_samples }) => exp_samples.some(({ value }) => value !== 0)).length).toBeGreaterThan(20);
  });

  test("an alert after a quarter of an hour, and no sooner", async () => {
    const { tests } = await runTest(cases["a queue that waits for half an hour, and then none"]!);
    const alerts = tests[0]!.promql_expr_test.filter(({ expr }) =>
      expr.startsWith('ALERTS{alertname="EvenkeelImbalance"'),
    );
    const firing = alerts.filter(({ exp_samples }) => exp_samples.length > 0);
    expect(firing.length).toBeGreaterThan(10);
    expect(firing.length).toBeLessThan(alerts.length);
  });

  test("a wrong expectation, which it finds", async () => {
    const wrong = (file: TestFile) => {
      const asked = file.tests[0]!.promql_expr_test.find(({ exp_samples }) => exp_samples.length > 0)!;
      Object.assign(asked.exp_samples[0]!, { value: 1234 });
    };
    await expect(runTest(Object.values(cases)[0]!, wrong)).rejects.toThrow("SUCCESS");
  });

  const gpus = cases["GPUs that are shared out, without the profiling fields, and on a host that is no node"]!;
  const pods =
    cases["pods in every phase, with init containers, without nodes, gated, and replicas of kube-state-metrics"]!;
  const queues = cases["ClusterQueues of every reach, replicas of Kueue, a restart, and a time in which it is silent"]!;

  test("what is left out, too", async () => {
    const nodes = cases["nodes that are fit for use and not, of two labels, one that nobody knows"]!;
    const asking = (record: string, value: number) => (file: TestFile) => {
      const { promql_expr_test } = file.tests[0]!;
      const exp_samples = [{ labels: `${record}{cluster="by-hand"}`, value }];
      promql_expr_test.splice(0, promql_expr_test.length, { expr: record, eval_time: "60s", exp_samples });
    };
    await runTest(nodes, asking("cluster:evenkeel_nodes_dropped", 2));
    await runTest(gpus, asking("cluster:evenkeel_gpus_dropped", 1));
    await runTest(queues, asking("cluster:evenkeel_workloads_dropped", 9));
    const untold = (file: TestFile) => {
      const { input_series } = file.tests[0]!;
      const isTold = ({ series }: { series: string }) => !series.startsWith("kueue_cluster_queue_resource_pending");
      input_series.splice(0, input_series.length, ...input_series.filter(isTold));
      asking("cluster:evenkeel_cluster_queues_untold", 5)(file);
    };
    await runTest(queues, untold);
  });

  test("whatever case the host label is in", async () => {
    await runTest(
      gpus,
      renaming((series) => series.replace("Hostname=", "hostname=")),
    );
  });

  test("where Prometheus renamed the labels that clash with the exporter's own", async () => {
    await runTest(
      gpus,
      renaming((series) =>
        series.startsWith("DCGM_")
          ? series
              .replace(/([{,])(pod|namespace)=/g, "$1exported_$2=")
              .replace("}", ',pod="dcgm-exporter-x7",namespace="monitoring"}')
          : series,
      ),
    );
    await runTest(
      pods,
      renaming((series) =>
        series.startsWith("kube_pod")
          ? series
              .replace(/([{,])(pod|namespace)=/g, "$1exported_$2=")
              .replace("}", ',pod="kube-state-metrics-x7",namespace="monitoring"}')
          : series,
      ),
    );
  });

  test("in the names and units of dcgm-exporter from 4.9 on, or half and half", async () => {
    const factors: Record<string, [string, number]> = {
      DCGM_FI_DEV_GPU_UTIL: ["DCGM_FI_DEV_GPU_UTIL_RATIO", 0.01],
      DCGM_FI_DEV_FB_USED: ["DCGM_FI_DEV_FB_USED_BYTES", 2 ** 20],
      DCGM_FI_DEV_FB_FREE: ["DCGM_FI_DEV_FB_FREE_BYTES", 2 ** 20],
      DCGM_FI_DEV_POWER_USAGE: ["DCGM_FI_DEV_BOARD_POWER_WATTS", 1],
      DCGM_FI_PROF_GR_ENGINE_ACTIVE: ["DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", 1],
    };
    const inNew = (which: (series: string) => boolean) => (file: TestFile) => {
      for (const one of file.tests[0]!.input_series) {
        const name = /^\w+/.exec(one.series)![0];
        const [renamed, factor] = factors[name] ?? [];
        if (renamed === undefined || !which(one.series)) continue;
        one.series = one.series.replace(name, renamed);
        one.values = one.values.replace(/(?<![x\d.])\d+(\.\d+)?(?=\+|\s|$)/g, (value) =>
          String(Number(value) * factor!),
        );
      }
    };
    await runTest(
      gpus,
      inNew(() => true),
    );
    await runTest(
      gpus,
      inNew((series) => /UUID="(busy|spare|half)"/.test(series)),
    );
  });

  test("where a second container asks for GPUs, and a pod's address changes", async () => {
    await runTest(pods, (file) => {
      const { input_series } = file.tests[0]!;
      for (const one of [...input_series]) {
        if (one.series.startsWith("kube_pod_info{"))
          input_series.push({ series: one.series.replace("}", ',pod_ip="10.0.0.1"}'), values: one.values });
        if (!/^kube_pod_container_resource_requests.*pod="running"/.test(one.series)) continue;
        // Two containers with one GPU each in the place of one with two.
        input_series.push({
          series: one.series.replace("}", ',container="side"}'),
          values: one.values.replace(/^2/, "1"),
        });
        one.values = one.values.replace(/^2/, "1");
        one.series = one.series.replace("}", ',container="main"}');
      }
    });
  });

  test("where the contract says that metrics, labels and jobs go by other names", async () => {
    const prometheus: Contract["prometheus"] = {
      matchers: { cluster: "first" },
      jobs: { kueue: ["kueue-a", "kueue-b"] },
      metrics: { kueue_pending_workloads: "corp_pending", kueue_admitted_workloads_total: "corp_admitted_total" },
      labels: { cluster_queue: "cq", flavor: "resource_flavor", nodegroup: "pool", node: "machine" },
    };
    const other = (file: TestFile) => {
      const { input_series } = file.tests[0]!;
      // Another cluster's series beside them.
      for (const one of [...input_series])
        input_series.push({ series: one.series.replace('cluster="first"', 'cluster="second"'), values: one.values });
    };
    await runTest({ ...queues, contract: { ...twoGroups, prometheus } }, other);
    await runTest({ ...pods, contract: { ...twoGroups, prometheus } }, other);
  });
});

describe("on a server with a day of a simulated cluster of 40 GPUs, every nodegroup and tick,", () => {
  /** The join rounds means to six digits, on the way more than once; whole GPUs and what is made of them are the same. */
  const ROUNDING = 2e-6;
  const RELATIVE = 1e-9;
  const ROUNDED = ["gpu_util_percent_all", "tdp_share_all"];

  let dataset: Dataset;
  let observed: Observed;
  let rows: NodegroupWindow[];
  let carried: ReadonlySet<number>;
  let recordings: readonly Recording[];
  let data: string;
  let server: PrometheusServer;
  const totals = { compared: 0, absent: 0, relative: 0, rounding: 0 };

  beforeAll(async () => {
    const folder = await datasetOf(
      sample({
        days: 1,
        outages: [
          { nodegroup: "b", node: 0, kind: "fail", fromHour: 3, toHour: 5 },
          { nodegroup: "c", node: 0, kind: "delete", fromHour: 8, toHour: 10 },
        ],
      }),
    );
    dataset = await openDataset(folder);
    observed = await observe(dataset);
    rows = momentWindows(observed);
    carried = await carriedTicks(dataset, observed);
    const rules = rulesOf(dataset.contract);
    recordings = [...rules.columns, ...rules.metrics];
    const text = join(await tempFolder(), "day.om");
    expect(await exportOpenMetrics(folder, text)).toMatchObject({ collisions: 0 });
    expect((await readFile(text, "utf8")).endsWith("# EOF\n")).toBe(true);
    data = await dataOf(text);
    // Just under an interval: at the end of a tick no sample of the tick before is seen.
    server = await startPrometheus(data, { lookbackSeconds: observed.stepMs / SECOND_MS - 0.001 });
  });

  afterAll(async () => {
    await server?.stop();
    dataset?.close();
    console.log(
      `${totals.compared} values compared, ${totals.absent} missing on both sides; largest difference ${totals.relative} of the value, ${totals.rounding} where the join rounds`,
    );
  });

  /** What a recorded series is on the server, by nodegroup, at the end of every tick. */
  async function recordedAt(record: string, on = server) {
    const { startMs, stepMs, ticks } = observed;
    const { expr } = recordings.find((one) => one.record === record)!;
    const range = { startMs: startMs + stepMs, endMs: startMs + ticks * stepMs, stepMs };
    const answer = await queryRange(on, inlined(expr, recordings, stepMs / SECOND_MS), range);
    expect(answer.map(({ labels }) => Object.keys(labels))).toEqual(answer.map(() => ["nodegroup"]));
    const byNodegroup = new Map(answer.map(({ labels, values }) => [labels["nodegroup"]!, values]));
    expect([...byNodegroup.keys()].filter((name) => !rows.some(({ nodegroup }) => nodegroup === name))).toEqual([]);
    return (nodegroup: string, tick: number) =>
      byNodegroup.get(nodegroup)?.get(startMs + (tick + 1) * stepMs) ?? Number.NaN;
  }

  const { columns, metrics: metricRules } = rulesOf(contract);
  const names = [...columns, ...metricRules].flatMap(
    ({ record }) => /^nodegroup:evenkeel_(.*)/.exec(record)?.[1] ?? [],
  );

  test.each(names)("%s is what the join and the formula say", async (name) => {
    const measured = metrics
      .filter(hasTwin)
      .find((metric) => metric.name === name)
      ?.measure(rows);
    const found = await recordedAt(`nodegroup:evenkeel_${name}`);
    const wrong: string[] = [];
    const seen = new Set<number>();
    rows.forEach((row, i) => {
      const tick = i % observed.ticks;
      if (carried.has(tick)) return;
      const expected = Number(measured ? measured[i] : (row[name as keyof NodegroupWindow] ?? Number.NaN));
      const is = found(row.nodegroup, tick);
      if (Number.isNaN(expected) && Number.isNaN(is)) {
        totals.absent++;
        return;
      }
      totals.compared++;
      seen.add(is);
      const off = Math.abs(is - expected);
      if (ROUNDED.includes(name)) totals.rounding = Math.max(totals.rounding, off);
      else totals.relative = Math.max(totals.relative, off / Math.max(1, Math.abs(expected)));
      const allowed = ROUNDED.includes(name) ? ROUNDING : RELATIVE * Math.max(1, Math.abs(expected));
      if (!(off <= allowed)) wrong.push(`${row.nodegroup}, tick ${tick}: ${is}, not ${expected}`);
    });
    expect(wrong).toEqual([]);
    expect(carried.size).toBeLessThan(10);
    if (!["gpus_paid", "window_seconds"].includes(name)) expect(seen.size).toBeGreaterThan(1);
  });

  test("with the lookback of five minutes series that ended count on: GPUs are held longer, never shorter", async () => {
    await server.stop();
    const usual = await startPrometheus(data);
    try {
      const found = await recordedAt("nodegroup:evenkeel_gpus_held", usual);
      let [more, less, most] = [0, 0, 0];
      rows.forEach(({ nodegroup, gpus_held }, i) => {
        const excess = found(nodegroup, i % observed.ticks) - gpus_held!;
        if (excess > 0) more++;
        if (excess < 0) less++;
        most = Math.max(most, excess);
      });
      console.log(
        `lookback of 5 min: more GPUs held at ${more} of ${rows.length} moments, ${most} at most; less at ${less}`,
      );
      expect(more).toBeGreaterThan(0);
      expect(less).toBe(0);
    } finally {
      await usual.stop();
    }
  });
});

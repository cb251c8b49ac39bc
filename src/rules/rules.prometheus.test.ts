import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { Contract } from "../tables/contract.js";
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
import { promtool, queryRange, startPrometheus } from "../testing/prometheus-server.js";
import { figuresOf, offBy, pairsOf, type Served, serve } from "../testing/rules-server.js";
import { sample } from "../testing/sample.js";
import { SECOND_MS } from "../units/time.js";
import { dashboard } from "./dashboard.js";
import { promtoolTest } from "./promtool-test.js";
import { rulesFile, rulesOf } from "./rules.js";

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
      ],
      kueue_cluster_queue_resource: () => [
        quota(12, 4),
        quota(12, 0, { replica_role: "follower" }),
        quota(4, 0, { cluster_queue: "wide", flavor: "both" }),
        quota(6, 2, { cluster_queue: "b", flavor: "b", cohort: "x" }),
        quota(2, 2, { cluster_queue: "b", flavor: "a", resource: "nvidia_com_gpu" }),
        quota(99, 9, { resource: "cpu" }),
      ],
      kueue_cluster_queue_priority: (minute) => [
        admissions(minute < 40 ? 50 + 3 * minute : minute - 40, minute < 40 ? 500 + 40 * minute : 5 * (minute - 40)),
        ...(minute > 20 ? [admissions(2, 60, { cluster_queue: "b", priority_class: "high" })] : []),
      ],
    },
  },
  "a ClusterQueue that reaches no nodegroup": {
    minutes: 5,
    contract: twoGroups,
    rows: {
      kube_node: () => [node("n0"), node("n1", { label_nodegroup: null, label_pool: "b.$1|x" })],
      kube_pod: () => [pod("p", 8)],
      kueue_cluster_queue: () => [clusterQueue(1, 4), clusterQueue(9, 9, { cluster_queue: "reaches-nothing" })],
      kueue_cluster_queue_resource: () => [
        quota(12, 4),
        quota(99, 9, { cluster_queue: "reaches-nothing", flavor: "unmapped" }),
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
  "a full nodegroup that nobody waits for, and then a queue": {
    minutes: 60,
    rows: {
      kube_node: () => [node("n0"), node("n1")],
      kube_pod: () => [pod("p", 8), pod("q", 8, { node: "n1" })],
      kueue_cluster_queue: (minute) => [minute < 30 ? clusterQueue(0, 0) : clusterQueue(1, 4)],
      kueue_cluster_queue_resource: () => [quota(16, 16)],
    },
  },
  "sources that are scraped apart, of which things change between the scrapes of the slowest": {
    minutes: 70,
    contract: { scrapeIntervalSeconds: { kueue: 15, "kube-state-metrics": 60, "dcgm-exporter": 30 } },
    scrapesPerMinute: { kueue: 4, "dcgm-exporter": 2 },
    rows: {
      kube_node: (minute) => [node("n0"), ...(minute < 40 ? [node("n1")] : [])],
      kube_pod: (minute) => [pod("p", 6), ...(minute % 7 < 4 ? [pod("q", 2)] : []), unboundPod("r", 1)],
      kueue_cluster_queue: (minute) => [clusterQueue(Math.floor(4 * minute) % 3, Math.floor(8 * minute) % 7)],
      kueue_cluster_queue_resource: () => [quota(16, 8)],
      kueue_cluster_queue_priority: (minute) => [
        admissions(Math.floor(4 * minute), Math.floor(40 * minute)),
        ...(minute > 20.5 ? [admissions(2, 60, { priority_class: "high" })] : []),
      ],
      // Each GPU goes from pod to pod, every half a minute.
      dcgm_gpu: (minute) => [
        gpu("g", { pod: `p-${2 * minute}`, namespace: "team", DCGM_FI_DEV_GPU_UTIL: 10 + minute }),
        gpu("h", { ...spare, pod: minute % 2 === 0.5 ? null : "q", namespace: "team" }),
        ...(minute % 3 < 2 ? [gpu("i", spare)] : []),
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
  evaluation_interval: string;
  readonly tests: readonly {
    readonly input_series: { series: string; values: string }[];
    promql_expr_test: {
      readonly expr: string;
      readonly eval_time: string;
      readonly exp_samples: { readonly labels: string; readonly value: number }[];
    }[];
  }[];
}

/** Runs promtool's test of a dataset, changed if told; returns what it expects. */
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
  const gpus = cases["GPUs that are shared out, without the profiling fields, and on a host that is no node"]!;
  const pods =
    cases["pods in every phase, with init containers, without nodes, gated, and replicas of kube-state-metrics"]!;
  const queues = cases["ClusterQueues of every reach, replicas of Kueue, a restart, and a time in which it is silent"]!;

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

  test("a full nodegroup, which alerts nobody before somebody waits", async () => {
    const { tests } = await runTest(cases["a full nodegroup that nobody waits for, and then a queue"]!);
    const firing = (name: string) =>
      tests[0]!.promql_expr_test
        .filter(({ expr, exp_samples }) => expr.startsWith(`ALERTS{alertname="${name}"`) && exp_samples.length > 0)
        .map(({ eval_time }) => Number.parseInt(eval_time, 10) / 60);
    const full = tests[0]!.promql_expr_test.filter(({ expr }) =>
      expr.startsWith("round(nodegroup:evenkeel_demand_ratio"),
    );
    expect(full.every(({ exp_samples }) => exp_samples[0]!.value >= 1)).toBe(true);
    for (const name of ["EvenkeelDemandRatio", "EvenkeelImbalance"]) expect(Math.min(...firing(name))).toBe(46);
  });

  test("evaluated twice as often as the file says, but for what is counted over the hour, which counts double", async () => {
    const isCounted = /evenkeel_(workloads_admitted|wait_mean_seconds|drain_time_hours)/;
    // promtool does not heed the interval of a group; Prometheus does.
    const often = (counted: boolean) => (file: TestFile) => {
      file.evaluation_interval = "30s";
      const { promql_expr_test } = file.tests[0]!;
      const kept = promql_expr_test.filter(
        ({ expr }) => !expr.startsWith("ALERTS") && isCounted.test(expr) === counted,
      );
      promql_expr_test.splice(0, promql_expr_test.length, ...kept);
    };
    await runTest(queues, often(false));
    await expect(runTest(queues, often(true))).rejects.toThrow("SUCCESS");
  });

  test("a wrong expectation, which it finds", async () => {
    const wrong = (file: TestFile) => {
      const asked = file.tests[0]!.promql_expr_test.find(({ exp_samples }) => exp_samples.length > 0)!;
      Object.assign(asked.exp_samples[0]!, { value: 1234 });
    };
    await expect(runTest(Object.values(cases)[0]!, wrong)).rejects.toThrow("SUCCESS");
  });

  test("what is left out, too", async () => {
    const nodes = cases["nodes that are fit for use and not, of two labels, one that nobody knows"]!;
    const asking = (record: string, value: number) => (file: TestFile) => {
      const { promql_expr_test } = file.tests[0]!;
      const exp_samples = [{ labels: `${record}{cluster="by-hand"}`, value }];
      promql_expr_test.splice(0, promql_expr_test.length, { expr: record, eval_time: "120s", exp_samples });
    };
    await runTest(nodes, asking("cluster:evenkeel_nodes_dropped", 2));
    await runTest(gpus, asking("cluster:evenkeel_gpus_dropped", 1));
    const placeless = cases["a ClusterQueue that reaches no nodegroup"]!;
    await runTest(placeless, asking("cluster:evenkeel_workloads_dropped", 9));
    const untold = (file: TestFile) => {
      const { input_series } = file.tests[0]!;
      const isTold = ({ series }: { series: string }) => !series.startsWith("kueue_cluster_queue_resource_pending");
      input_series.splice(0, input_series.length, ...input_series.filter(isTold));
      asking("cluster:evenkeel_cluster_queues_untold", 4)(file);
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
          values: one.values.replace("_ 2", "_ 1"),
        });
        one.values = one.values.replace("_ 2", "_ 1");
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
  let served: Served;
  const totals = { compared: 0, absent: 0, most: 0 };

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
    served = await serve(folder);
    expect(served.exported).toMatchObject({ collisions: 0 });
    expect(served.carried.size).toBeLessThan(10);
  });

  afterAll(async () => {
    await served?.server.stop();
    console.log(
      `${totals.compared} values compared, ${totals.absent} missing on both sides; largest difference ${totals.most} of what is allowed`,
    );
  });

  const { columns, metrics: metricRules } = rulesOf(contract);

  test.each(figuresOf([...columns, ...metricRules]))("%s is what the join and the formula say", async (figure) => {
    const pairs = await pairsOf(figure, served);
    const wrong = pairs.filter((pair) => offBy(figure, pair) > 1);
    expect(
      wrong.map(({ nodegroup, tick, is, expected }) => `${nodegroup}, tick ${tick}: ${is}, not ${expected}`),
    ).toEqual([]);
    const there = pairs.filter(({ is }) => !Number.isNaN(is));
    totals.compared += there.length;
    totals.absent += pairs.length - there.length;
    totals.most = Math.max(totals.most, ...pairs.map((pair) => offBy(figure, pair)));
    if (!["gpus_paid", "window_seconds"].includes(figure))
      expect(new Set(there.map(({ is }) => is)).size).toBeGreaterThan(1);
  });

  test("every line of the dashboard is accepted, and has values of every nodegroup", async () => {
    const { observed, recordings, server } = served;
    const { startMs, stepMs, ticks, contract: its } = observed;
    const board = dashboard(its) as { panels: { targets?: { expr: string }[] }[] };
    const exprs = [...new Set(board.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)))];
    const range = { startMs: startMs + (ticks - 90) * stepMs, endMs: startMs + ticks * stepMs, stepMs: 15 * stepMs };
    expect(exprs.length).toBeGreaterThan(10);
    for (const expr of exprs) {
      // A server without rules has nothing recorded; what is recorded stands in the expression's place.
      await queryRange(server, expr.replace("$nodegroup", ".+"), range);
      const answer = await queryRange(server, inlined(expr, recordings, stepMs / SECOND_MS), range);
      expect([expr, answer.map(({ labels }) => labels["nodegroup"]).sort()]).toEqual([
        expr,
        its.nodegroups.map(({ name }) => name).sort(),
      ]);
    }
  });

  test.each([
    ["gpus_held", "higher", []],
    ["gpus_capacity", "higher where a node is gone, lower where a taint was lifted", ["lower"]],
  ])("with the lookback of five minutes series that ended count on: %s is %s", async (figure, _, also) => {
    await served.server.stop();
    const usual = await startPrometheus(served.data);
    try {
      const pairs = await pairsOf(figure, served, { server: usual });
      const off = pairs.map(({ is, expected }) => is - expected);
      const [more, less] = [off.filter((by) => by > 0), off.filter((by) => by < 0)];
      console.log(
        `lookback of 5 min: ${figure} higher at ${more.length} of ${off.length} moments, by ${Math.max(...off)} at most, lower at ${less.length}`,
      );
      expect(more.length).toBeGreaterThan(0);
      expect(less.length > 0 ? ["lower"] : []).toEqual(also);
    } finally {
      await usual.stop();
    }
  });
});

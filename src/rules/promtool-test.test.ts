import { expect, test } from "vitest";
import { parse } from "yaml";
import { openDataset } from "../dataset/open.js";
import { gridOf } from "../join/grid.js";
import { clusterQueue, gpu, handMade, node, pod, quota } from "../testing/hand-made.js";
import { carriedTicks, MOST_TICKS, promtoolTest } from "./promtool-test.js";

const rows = {
  kube_node: () => [node("n0")],
  kube_pod: (minute: number) => (minute === 1 || minute > 3 ? [] : [pod("p", 3)]),
  dcgm_gpu: () => [gpu("g")],
  kueue_cluster_queue: () => [clusterQueue(1, 5)],
  kueue_cluster_queue_resource: () => [quota(8, 3)],
};

interface File {
  readonly rule_files: readonly string[];
  readonly group_eval_order: readonly string[];
  readonly tests: readonly {
    readonly interval: string;
    readonly input_series: readonly { readonly series: string; readonly values: string }[];
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly eval_time: string;
      readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
    }[];
  }[];
}

test("a test holds the series that the rules read, and ends them where they end", async () => {
  const file = parse(await promtoolTest(await handMade({ minutes: 6, rows }), "../rules.yaml")) as File;
  expect(file).toMatchObject({
    rule_files: ["../rules.yaml"],
    group_eval_order: ["evenkeel-columns", "evenkeel-metrics", "evenkeel-alerts"],
  });
  const { interval, input_series } = file.tests[0]!;
  expect(interval).toBe("60s");
  const values = (start: string) =>
    input_series.filter(({ series }) => series.startsWith(start)).map((one) => one.values);
  expect(values("kube_pod_container_resource_requests{")[0]).toBe("_ 3 stale 3+0x1 stale _");
  expect(
    values(
      'kube_node_status_allocatable{job="kube-state-metrics",instance="kube-state-metrics",node="n0",resource="nvidia_com_gpu"',
    ),
  ).toEqual(["_ 8+0x5"]);
  expect(values("kube_job")).toEqual([]);
  expect(values("DCGM_FI_DEV_GPU_TEMP")).toEqual([]);
});

test("where sources are scraped apart, each series has its samples where they are, and ends with the scrape that is without it", async () => {
  const scrapeIntervalSeconds = { kueue: 20, "kube-state-metrics": 60, "dcgm-exporter": 30 };
  const folder = await handMade({
    minutes: 3,
    contract: { scrapeIntervalSeconds },
    scrapesPerMinute: { kueue: 3, "dcgm-exporter": 2 },
    rows: { ...rows, dcgm_gpu: (minute) => (minute < 1 ? [gpu("g")] : []) },
  });
  const { interval, input_series } = (parse(await promtoolTest(folder, "rules.yaml")) as File).tests[0]!;
  expect(interval).toBe("10s");
  const first = (start: string) => input_series.find(({ series }) => series.startsWith(start))!.values;
  // Scraped at 0 and 20 s, 10 and 40 s, and 40 s of each minute; slots begin 10 s early.
  expect(first("kueue_pending_workloads{")).toMatch(/^_ 0 _ 0 _ 0 _ 0/);
  expect(first("DCGM_FI_DEV_GPU_UTIL{")).toMatch(/^_x2 90 _x2 90 _x2 stale _x10$/);
  expect(first("kube_pod_container_resource_requests{")).toMatch(/^_x5 3 _x5 stale _x5 3 _/);
});

test("a test asks at moments of the grid for what the formulas find", async () => {
  const file = parse(await promtoolTest(await handMade({ minutes: 6, rows }), "rules.yaml")) as File;
  const asked = file.tests[0]!.promql_expr_test.filter(({ expr }) =>
    expr.startsWith("round(nodegroup:evenkeel_imbalance{"),
  );
  expect(asked.map(({ eval_time }) => eval_time)).toEqual(["60s", "120s", "180s", "240s", "300s", "360s"]);
  const labels = '{cluster="by-hand",nodegroup="a"}';
  expect(asked[0]!.exp_samples).toEqual([{ labels, value: 0.625 }]);
  expect(asked[1]!.exp_samples).toEqual([{ labels, value: 1 }]);
});

test("a dataset that is too long is refused", async () => {
  const long = await handMade({ minutes: MOST_TICKS + 1, rows: { kube_node: () => [node("n0")] } });
  await expect(promtoolTest(long, "rules.yaml")).rejects.toThrow(
    `${long}: found 241 intervals; allowed for a test: 240;`,
  );
});

test("carriedTicks are those at which the join goes on with a scrape of before", async () => {
  const folder = await handMade({ minutes: 12, rows, missed: { kueue: [2], "kube-state-metrics": [5, 6, 7, 8] } });
  const dataset = await openDataset(folder);
  expect([...(await carriedTicks(dataset, gridOf(dataset)))].sort((a, b) => a - b)).toEqual([2, 5, 6]);
  dataset.close();
});

import { describe, expect, test } from "vitest";
import { openDataset } from "../dataset/open.js";
import type { Contract } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import { copyOf, datasetOf, editContract, readManifest, rewriteTable, sampleDataset } from "../testing/dataset.js";
import { sample } from "../testing/sample.js";
import type { CheckResult } from "./check.js";
import { fail, verdict } from "./check.js";
import { checks } from "./index.js";

/** What every check finds, by its name. */
async function results(folder: string): Promise<Map<string, CheckResult>> {
  const dataset = await openDataset(folder);
  try {
    const found = new Map<string, CheckResult>();
    for (const check of checks) found.set(check.name, await check.run(dataset));
    return found;
  } finally {
    dataset.close();
  }
}

/** The sample's dataset after a change; its manifest says that it was written so. */
type Change =
  | { readonly table: string; readonly sql: string }
  | { readonly contract: (contract: Contract) => Partial<Contract> };

async function broken(change: Change): Promise<string> {
  const folder = await copyOf(await sampleDataset());
  if ("contract" in change) await editContract(folder, change.contract);
  else await rewriteTable(folder, change.table, change.sql);
  return folder;
}

/** SQL for the old table with the value of a column changed in the rows of which a condition is true; n is the row's number. */
const changed = (column: string, value: string, where: string) =>
  `SELECT * EXCLUDE (n) REPLACE (CASE WHEN ${where} THEN ${value} ELSE "${column}" END AS "${column}")
   FROM (SELECT *, row_number() OVER () AS n FROM old)`;

/** Names of the sample's nodes; two in each of its nodegroups a, b and c. */
const node = (nodegroup: "a" | "b" | "c", index: number) => {
  const region = nodegroup === "b" ? "us-east-1" : "us-west-2";
  return `ip-10-${"abc".indexOf(nodegroup)}-0-${10 + index}.${region}.compute.internal`;
};
const nodegroupLabel = "label_eks_amazonaws_com_nodegroup";

const cases: readonly { check: string; where: string; change: Change; count: number; found: string | RegExp }[] = [
  {
    check: "presence",
    where: "a label that every GPU has is missing in three samples",
    change: { table: "dcgm_gpu", sql: changed("device", "NULL", "n IN (10, 20, 30)") },
    count: 3,
    found: "dcgm_gpu.device: 3 rows",
  },
  {
    check: "presence",
    where: "columns of two tables are empty",
    change: { table: "kube_node", sql: changed("kube_node_created", "NULL", "TRUE") },
    count: 1440,
    found: "kube_node.kube_node_created: 1,440 rows",
  },
  {
    check: "negatives",
    where: "a temperature is below zero in two samples",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_GPU_TEMP", "-5", "n <= 2") },
    count: 2,
    found: "dcgm_gpu.DCGM_FI_DEV_GPU_TEMP: 2 rows, for instance -5.0",
  },
  {
    check: "negatives",
    where: "a value is minus infinity",
    change: {
      table: "kube_pod",
      sql: changed("kube_pod_container_resource_requests_cpu", "'-Infinity'::DOUBLE", "n = 1"),
    },
    count: 1,
    found: "kube_pod.kube_pod_container_resource_requests_cpu: 1 row, for instance -inf",
  },
  {
    check: "percentages",
    where: "utilisation is above 100 %",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_GPU_UTIL", "100.5", "n <= 7") },
    count: 7,
    found: "dcgm_gpu.DCGM_FI_DEV_GPU_UTIL: 7 rows, for instance 100.5",
  },
  {
    check: "percentages",
    where: "a ratio is given in percent",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "40", "n <= 3") },
    count: 3,
    found: "dcgm_gpu.DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 3 rows, for instance 40.0",
  },
  {
    check: "percentages",
    where: "a ratio is no number",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_PROF_DRAM_ACTIVE", "'NaN'::DOUBLE", "n <= 3") },
    count: 3,
    found: "dcgm_gpu.DCGM_FI_PROF_DRAM_ACTIVE: 3 rows, for instance nan",
  },
  {
    check: "ranges",
    where: "power is given in milliwatts",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_POWER_USAGE", "71800", "n <= 4") },
    count: 4,
    found: "dcgm_gpu.DCGM_FI_DEV_POWER_USAGE: 4 rows, for instance 71800.0",
  },
  {
    check: "ranges",
    where: "a value is no number",
    change: { table: "kube_node", sql: changed("kube_node_status_allocatable_cpu", "'NaN'::DOUBLE", "n = 9") },
    count: 1,
    found: "kube_node.kube_node_status_allocatable_cpu: 1 row, for instance nan",
  },
  {
    check: "ranges",
    where: "a quota is infinite, which only a limit may be",
    change: {
      table: "kueue_cluster_queue_resource",
      sql: changed("kueue_cluster_queue_nominal_quota", "'Infinity'::DOUBLE", "n <= 2"),
    },
    count: 2,
    found: "kueue_cluster_queue_resource.kueue_cluster_queue_nominal_quota: 2 rows, for instance inf",
  },
  {
    check: "ranges",
    where: "a value that is always 1 is 0",
    change: { table: "kube_node_spec_taint", sql: changed("kube_node_spec_taint", "0", "n <= 5") },
    count: 5,
    found: "kube_node_spec_taint.kube_node_spec_taint: 5 rows, for instance 0",
  },
  {
    check: "timestamps",
    where: "two samples of a series have changed places",
    change: {
      table: "kube_node",
      sql: "SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER () AS n FROM old) ORDER BY CASE n WHEN 5 THEN 6 WHEN 6 THEN 5 ELSE n END",
    },
    count: 1,
    found: "kube_node: 1 sample is earlier than the one before",
  },
  {
    check: "timestamps",
    where: "samples stand scrape by scrape instead of series by series",
    change: { table: "kueue_local_queue", sql: "SELECT * FROM old ORDER BY timestamp, namespace, name" },
    // Each sample of four series but the first of each begins a new piece.
    count: 4 * 239,
    found: "kueue_local_queue: series are split, 956 times",
  },
  {
    check: "timestamps",
    where: "a file of another day was merged",
    change: {
      table: "kube_job",
      sql: changed("timestamp", "timestamp + INTERVAL 1 DAY", "n > (SELECT count(*) - 1 FROM old)"),
    },
    count: 1,
    found: "kube_job: 1 sample outside 2026-01-05T00:00:00.000Z to 2026-01-05T04:00:00.000Z",
  },
  {
    check: "duplicates",
    where: "samples were written twice",
    change: {
      table: "kube_job",
      sql: `SELECT * EXCLUDE (n, again) FROM (SELECT *, row_number() OVER () AS n FROM old), (SELECT unnest([1, 2]) AS again)
            WHERE again = 1 OR n <= 6 ORDER BY n`,
    },
    count: 6,
    found: /^kube_job: 6 samples more than once, for instance of 10\.0\.255\.20:8080 team gang-1$/,
  },
  {
    check: "counters",
    where: "energy starts again at 0 without a restart",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "0", "n IN (50, 500)") },
    count: 2,
    found: "dcgm_gpu.DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION falls 2 times without a restart",
  },
  {
    check: "counters",
    where: "Kueue's restart is not in its start time",
    change: {
      table: "up",
      sql: changed("process_start_time_seconds", "1767500000", "process_start_time_seconds IS NOT NULL"),
    },
    count: -1,
    found:
      /^kueue_cluster_queue_priority\.kueue_quota_reserved_workloads_total falls \d times without a restart; .*; and \d+ more$/,
  },
  {
    check: "gaps",
    where: "a tenth of the scrapes failed",
    change: { table: "up", sql: changed("up", "0", "job = 'kueue' AND n % 10 = 0") },
    count: 24,
    found: "kueue: 10.0 % of scrapes missing, 0 gaps beyond 2.5 intervals, the longest 120 s at 10.0.255.10:8443",
  },
  {
    check: "gaps",
    where: "a source was silent for five minutes",
    change: {
      table: "up",
      sql: changed(
        "up",
        "0",
        "job = 'kube-state-metrics' AND minute(timestamp) BETWEEN 10 AND 14 AND hour(timestamp) = 2",
      ),
    },
    count: 5,
    found:
      "kube-state-metrics: 2.1 % of scrapes missing, 1 gap beyond 2.5 intervals, the longest 360 s at 10.0.255.20:8080",
  },
  {
    check: "gaps",
    where: "a source was never scraped",
    change: { table: "up", sql: "SELECT * FROM old WHERE job <> 'dcgm-exporter'" },
    count: 1,
    found: "dcgm-exporter: no target, nothing was scraped",
  },
  {
    check: "gaps",
    where: "scrapes succeeded, but left no samples",
    change: { table: "kube_node", sql: "SELECT * FROM old WHERE minute(timestamp) <> 7" },
    count: 4,
    found: "kube_node: no sample at 4 scrapes that succeeded, for instance of 10.0.255.20:8080",
  },
  {
    check: "allocatable",
    where: "a node offers each of its GPUs twice",
    change: {
      table: "kube_node",
      sql: changed(
        "kube_node_status_allocatable_nvidia_com_gpu",
        "16",
        `node = '${node("b", 1)}' AND minute(timestamp) < 10`,
      ),
    },
    count: 40,
    found: `${node("b", 1)}: 40 samples`,
  },
  {
    check: "requested",
    where: "a pod asks for more than its node has",
    change: {
      table: "kube_pod",
      sql: changed("kube_pod_container_resource_requests_nvidia_com_gpu", "20", "owner_name = 'server'"),
    },
    count: 240,
    found: new RegExp(`^${node("c", 0)}: 2\\d requested of 4, at 240 scrapes$`),
  },
  {
    check: "requested",
    where: "all pods ask for more than their nodes have: five are named, all are counted",
    change: { table: "kube_pod", sql: changed("kube_pod_container_resource_requests_nvidia_com_gpu", "20", "TRUE") },
    count: -1,
    found: /^(ip-[^;]*; ){5}and 1 more$/,
  },
  {
    check: "labels",
    where: "no pod carries the label of its queue",
    change: { table: "kube_pod", sql: changed("label_kueue_x_k8s_io_cluster_queue_name", "NULL", "TRUE") },
    count: 3,
    found: /^Kueue admitted workloads \(.*\), but no pod carries label_kueue_x_k8s_io_cluster_queue_name/,
  },
  {
    check: "labels",
    where: "a node has lost its nodegroup's label",
    change: { table: "kube_node", sql: changed(nodegroupLabel, "''", `node = '${node("a", 1)}'`) },
    count: 1,
    found: `1 node with GPUs has no nodegroup label (${nodegroupLabel}): ${node("a", 1)}`,
  },
  {
    check: "labels",
    where: "a node has changed its nodegroup",
    change: {
      table: "kube_node",
      sql: changed(nodegroupLabel, "'a'", `node = '${node("b", 0)}' AND hour(timestamp) = 3`),
    },
    count: 1,
    found: `1 node changed nodegroup: ${node("b", 0)}`,
  },
  {
    check: "labels",
    where: "a pod names a node that is not there",
    change: { table: "kube_pod", sql: changed("node", "'ip-1'", "owner_name = 'server'") },
    count: 1,
    found: "pods run on 1 node that kube-state-metrics does not list: ip-1",
  },
  {
    check: "labels",
    where: "an exporter names its node by another name",
    change: { table: "dcgm_gpu", sql: changed("Hostname", "'gpu-box'", `"Hostname" = '${node("c", 1)}'`) },
    count: 2,
    found: `dcgm-exporter names 1 host that is no node: gpu-box; 1 node with GPUs has no dcgm-exporter: ${node("c", 1)}`,
  },
  {
    check: "nodegroups",
    where: "the contract pays for a nodegroup that nobody sees",
    change: {
      contract: ({ nodegroups: [first, ...rest] }) => ({ nodegroups: [first!, ...rest, { ...first!, name: "z" }] }),
    },
    // No flavor of the contract reaches it: it is outside Kueue.
    count: 2,
    found: "z in contract.yaml, but not in kube-state-metrics; z in contract.yaml, but not in dcgm-exporter",
  },
  {
    check: "nodegroups",
    where: "Kueue has no quota for a nodegroup that the contract gives a queue",
    change: { table: "kueue_cluster_queue_resource", sql: "SELECT * FROM old WHERE flavor <> 'c'" },
    count: 1,
    found: "c in contract.yaml, but not in the flavors of ClusterQueues",
  },
  {
    check: "nodegroups",
    where: "the contract does not know a nodegroup that is there",
    change: { contract: ({ nodegroups, flavors }) => ({ nodegroups: nodegroups.slice(0, 2), flavors }) },
    count: 3,
    found:
      "c in kube-state-metrics, but not in contract.yaml; c in dcgm-exporter, but not in contract.yaml; c in the flavors of ClusterQueues, but not in contract.yaml",
  },
  {
    check: "nodegroups",
    where: "the contract maps a flavor with quota to nothing",
    change: { contract: ({ flavors: { c: _, ...flavors } }) => ({ flavors }) },
    count: 1,
    found: "flavor c has quota, but contract.yaml maps it to no nodegroup",
  },
  {
    check: "dialects",
    where: "two spellings of a label do not agree",
    change: {
      table: "dcgm_gpu",
      sql: `SELECT *, CASE WHEN "Hostname" = '${node("a", 0)}' THEN 'x' END AS hostname_1 FROM old`,
    },
    count: 8 * 240,
    found: `dcgm_gpu: Hostname and hostname_1 differ in 1,920 rows, for instance ${node("a", 0)} and x`,
  },
  {
    check: "dialects",
    where: "Kueue has quota, but none of GPUs by a name that is known",
    change: { table: "kueue_cluster_queue_resource", sql: changed("resource", "'nvidia.com/GPU'", "TRUE") },
    count: 960,
    found: "kueue_cluster_queue_resource: no quota of nvidia.com/gpu, but of nvidia.com/GPU, 960 rows",
  },
  {
    check: "units",
    where: "utilisation is a ratio under the percentage's name",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_GPU_UTIL", '"DCGM_FI_DEV_GPU_UTIL" / 100', "gpu = '0'") },
    count: -1,
    found: /^DCGM_FI_DEV_GPU_UTIL never passes [\d.]+ on \d GPUs on ip-.* whose engine works: a ratio, no percentage$/,
  },
  {
    check: "units",
    where: "framebuffers are larger than their model's",
    change: {
      table: "dcgm_gpu",
      sql: changed("DCGM_FI_DEV_FB_FREE", '"DCGM_FI_DEV_FB_FREE" * 2 + 80000', `"Hostname" = '${node("b", 0)}'`),
    },
    count: 8,
    found: new RegExp(
      `^the framebuffer of 8 GPUs on ${node("b", 0)} is not that of NVIDIA A100.*, for instance \\d+ MiB$`,
    ),
  },
  {
    check: "replicas",
    where: "a second replica of Kueue says something else",
    change: {
      table: "kueue_cluster_queue",
      sql: `FROM old UNION ALL SELECT * REPLACE ('follower' AS replica_role, kueue_pending_workloads_active + 5 AS kueue_pending_workloads_active)
            FROM old WHERE cluster_queue = 'infer'`,
    },
    count: 1,
    found:
      /^ClusterQueue infer: replicas of Kueue say [\d.]+ and [\d.]+ of kueue_pending_workloads_active \+ .* on average$/,
  },
  {
    check: "clocks",
    where: "pods are seen before they are made",
    change: {
      table: "kube_pod",
      sql: changed("kube_pod_created", "kube_pod_created + 300", "owner_name LIKE 'gang%'"),
    },
    count: -1,
    found: /^kube-state-metrics: \d+ pods were seen before they were there, gang-.* by \d+ s: its clock is behind$/,
  },
  {
    check: "clocks",
    where: "no pod is seen until minutes after it was made",
    change: { table: "kube_pod", sql: changed("kube_pod_created", "kube_pod_created - 300", "TRUE") },
    count: -1,
    found:
      /^kube-state-metrics: none of \d+ new pods was seen within 60 s, the first after 3\d\d s: its clock is ahead$/,
  },
  {
    check: "states",
    where: "a node does not say whether it is Ready",
    change: {
      table: "kube_node",
      sql: changed("kube_node_status_condition_ready", "NULL", `node = '${node("b", 1)}'`),
    },
    count: 240,
    found: `kube_node.kube_node_status_condition_ready is missing in 240 samples of 1 node, for instance ${node("b", 1)}`,
  },
  {
    check: "devices",
    where: "dcgm-exporter no longer sees one of a node's GPUs",
    change: {
      table: "dcgm_gpu",
      sql: `FROM old WHERE NOT ("Hostname" = '${node("a", 1)}' AND gpu = '3' AND hour(timestamp) >= 2)`,
    },
    count: 2,
    found: `${node("a", 1)}: 8 GPUs offered, 7 seen, in 2 hours from 2026-01-05T02:00:00.000Z on`,
  },
  {
    check: "holders",
    where: "the exporter itself seems to hold every GPU of a node",
    change: { table: "dcgm_gpu", sql: changed("pod", "'dcgm-exporter-1'", `"Hostname" = '${node("a", 0)}'`) },
    count: -1,
    found:
      /^[\d,]+ samples of held GPUs name a pod that kube-state-metrics does not list, for instance 'dcgm-exporter-1'$/,
  },
  {
    check: "signals",
    where: "a profiling field is missing in a tenth of the samples",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "NULL", "n % 10 = 0") },
    count: 960,
    found: new RegExp(
      `^DCGM_FI_PROF_PIPE_TENSOR_ACTIVE is missing in 960 samples of 40 GPUs on ${node("a", 0)} and 5 more hosts$`,
    ),
  },
  {
    check: "flavors",
    where: "two flavors stand for one nodegroup",
    change: { contract: ({ flavors }) => ({ flavors: { ...flavors, c: ["c", "b"] } }) },
    count: 1,
    found: "b is behind the flavors b, c",
  },
];

/** What is no fault, or is dealt with: the check passes, and says so. */
const noted: readonly { check: string; where: string; change: Change; count: number; found: string }[] = [
  {
    check: "dialects",
    where: "columns have the names of a newer exporter",
    change: {
      table: "dcgm_gpu",
      sql: `SELECT * EXCLUDE ("DCGM_FI_DEV_POWER_USAGE"), "DCGM_FI_DEV_POWER_USAGE" AS "DCGM_FI_DEV_BOARD_POWER_WATTS" FROM old`,
    },
    count: 9600,
    found: "dcgm_gpu: DCGM_FI_DEV_BOARD_POWER_WATTS read as DCGM_FI_DEV_POWER_USAGE, 9,600 rows",
  },
  {
    check: "repeats",
    where: "power never changes",
    change: { table: "dcgm_gpu", sql: changed("DCGM_FI_DEV_POWER_USAGE", "100", `"Hostname" = '${node("c", 0)}'`) },
    count: 4 * 239,
    found: `956 samples of 4 GPUs on ${node("c", 0)} repeat the one before: the exporter collects less often than it is scraped`,
  },
  {
    check: "labels",
    where: "nodes have the labels of two nodegroups",
    change: {
      contract: ({ nodegroupLabels }) => ({ nodegroupLabels: [...nodegroupLabels, "label_nvidia_com_gpu_product"] }),
    },
    count: 6,
    found: `6 nodes have labels of two nodegroups, for instance ${node("a", 0)}: the first of ${nodegroupLabel}, label_nvidia_com_gpu_product counts`,
  },
  {
    check: "states",
    where: "a ClusterQueue is not active",
    change: {
      table: "kueue_cluster_queue",
      sql: changed("kueue_cluster_queue_status", "'pending'", "cluster_queue = 'infer'"),
    },
    count: 240,
    found: "ClusterQueue infer is not active, in 240 samples: what is pending in it counts all the same",
  },
  {
    check: "flavors",
    where: "a flavor stands for two nodegroups",
    change: {
      contract: ({ flavors }) => ({ flavors: { ...flavors, a: ["a", "b"], b: [] } }),
    },
    count: 1,
    found: "flavor a stands for 2 nodegroups: what is pending behind it has bounds there, and no place",
  },
  {
    check: "quota",
    where: "there is more quota than there are GPUs",
    change: {
      table: "kueue_cluster_queue_resource",
      sql: changed("kueue_cluster_queue_nominal_quota", "20", "cluster_queue = 'infer'"),
    },
    count: 12,
    found: "flavor c: quota of 20 GPUs, of which there are 8",
  },
  {
    check: "service",
    where: "nodes are cordoned or not Ready",
    change: {
      table: "kube_node",
      sql: changed("kube_node_status_condition_ready", "'unknown'", `node = '${node("b", 1)}'`),
    },
    count: 2,
    found: `${node("b", 1)} of b: not Ready, at 240 scrapes; ${node("c", 1)} of c: cordoned, at 90 scrapes`,
  },
  {
    check: "outside",
    where: "a pod that no queue knows waits for a node",
    change: {
      table: "kube_pod",
      sql: `FROM old UNION ALL
            SELECT * REPLACE ('late' AS pod, 'late' AS uid, NULL AS node, 'Pending' AS kube_pod_status_phase) FROM old WHERE owner_name = 'server'`,
    },
    count: 1,
    found: "namespace search: 1 pod asked for 1 GPU and waited, in no queue",
  },
];

describe("checks", () => {
  test("all pass on a dataset as it was written, and say at what they looked", async () => {
    const found = await results(await sampleDataset());
    for (const [name, { ok, count, found: looked }] of found) {
      // The sample has a cordoned node.
      expect([name, ok, count]).toEqual([name, true, name === "service" ? 1 : 0]);
      expect(looked).not.toBe("");
    }
    const samples = (await readManifest(await sampleDataset())).tables["up"]!.rows;
    expect(found.get("gaps")!.found).toBe(`${samples.toLocaleString("en-US")} scrapes`);
  });

  test("have names of their own, a rule and a reason, as sentences", () => {
    expect(new Set(checks.map((check) => check.name)).size).toBe(checks.length);
    for (const { rule, spoils } of checks) expect([rule, spoils].every((text) => text.length > 10)).toBe(true);
  });

  test("are each shown speaking below", () => {
    const spoken = [...cases, ...noted].map(({ check }) => check);
    expect(new Set(spoken)).toEqual(new Set(checks.map((check) => check.name)));
  });

  test.each(cases)("$check fails, and no other, where $where", async ({ check, change, count, found }) => {
    const all = await results(await broken(change));
    expect([...all].filter(([, { ok }]) => !ok).map(([name]) => name)).toEqual([check]);
    const result = all.get(check)!;
    if (count >= 0) expect(result.count).toBe(count);
    else expect(result.count).toBeGreaterThan(5);
    if (typeof found === "string") expect(result.found).toBe(found);
    else expect(result.found).toMatch(found);
  });

  test.each(noted)("$check takes note, and none fails, where $where", async ({ check, change, count, found }) => {
    const all = await results(await broken(change));
    expect([...all].filter(([, { ok }]) => !ok).map(([name]) => name)).toEqual([]);
    expect(all.get(check)).toEqual({ ok: true, count, found });
  });

  test("hold the silence of a node that fails, or is deleted, against nobody", async () => {
    const outages = (["fail", "delete"] as const).map((kind, node) => ({
      nodegroup: "a",
      node,
      kind,
      fromHour: 1,
      toHour: 2.5,
    }));
    const found = await results(await datasetOf(sample({ outages, cordons: [] })));
    expect([...found].filter(([, { ok }]) => !ok)).toEqual([]);
  });

  test("hold the counters of a LocalQueue that begin anew when it is stopped against nobody", async () => {
    const { localQueues } = sample();
    const stops = [{ policy: "HoldAndDrain" as const, fromHour: 1, toHour: 1.5 }];
    const stopped = localQueues.map((queue) => (queue.name === "train" ? { ...queue, stops } : queue));
    const found = await results(await datasetOf(sample({ localQueues: stopped })));
    expect([...found].filter(([, { ok }]) => !ok)).toEqual([]);
  });

  test("take a controller that comes back under another address for no second replica", async () => {
    const folder = await copyOf(await sampleDataset());
    const later = "hour(timestamp) >= 2";
    for (const { name, source } of tables)
      if (source === "kueue") await rewriteTable(folder, name, changed("instance", "'10.0.255.11:8443'", later));
    await rewriteTable(folder, "up", changed("instance", "'10.0.255.11:8443'", `job = 'kueue' AND ${later}`));
    expect((await results(folder)).get("replicas")!.ok).toBe(true);
  });

  test("tell apart datasets that are open at the same time", async () => {
    const bad = await broken(cases[0]!.change);
    const [good, spoilt] = [await openDataset(await sampleDataset()), await openDataset(bad)];
    const presence = checks.find((check) => check.name === "presence")!;
    expect([(await presence.run(good)).ok, (await presence.run(spoilt)).ok]).toEqual([true, false]);
    good.close();
    spoilt.close();
  });
});

describe("a finding", () => {
  test("adds up what is wrong, and spells out the first five kinds", () => {
    const examples = Array.from({ length: 7 }, (_, i) => ({ count: i, what: `kind ${i}` }));
    expect(fail(examples.slice(0, 2))).toEqual({ ok: false, count: 1, found: "kind 0; kind 1" });
    expect(fail(examples)).toEqual({
      ok: false,
      count: 21,
      found: "kind 0; kind 1; kind 2; kind 3; kind 4; and 2 more",
    });
  });

  test("is none without examples", () => {
    expect(verdict([], "all nodes")).toEqual({ ok: true, count: 0, found: "all nodes" });
  });
});

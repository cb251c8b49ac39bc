import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { identifier } from "../dataset/session.js";
import { kueueClusterQueueResource } from "../tables/kueue.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";
import { isExported, isScraped, notExported } from "./exported.js";

export const allocatable: Check = {
  name: "allocatable",
  rule: "No node offers more GPUs than it has",
  spoils: "capacity: GPUs are shared by time-slicing, or nodes were mixed up",
  async run(dataset) {
    const wrong = await dataset.query<{ node: string; count: number }>(
      `SELECT node, count(*) AS count FROM kube_node
       WHERE kube_node_status_allocatable_nvidia_com_gpu > kube_node_status_capacity_nvidia_com_gpu GROUP BY node ORDER BY count DESC, node`,
    );
    return verdict(
      wrong.map(({ node, count }) => ({ count, what: `${node}: ${plural(count, "sample")}` })),
      "every node",
    );
  },
};

export const requested: Check = {
  name: "requested",
  rule: "Pods on a node do not request more GPUs than it offers",
  spoils: "GPUs held and free: finished pods are counted, or pods are counted twice",
  async run(dataset) {
    const wrong = await dataset.query<{ node: string; count: number; worst: number; offers: number }>(
      `WITH held AS (
         SELECT timestamp, instance, node, sum(kube_pod_container_resource_requests_nvidia_com_gpu) AS gpus
         FROM kube_pod WHERE node IS NOT NULL AND kube_pod_status_phase IN ('Pending', 'Running') GROUP BY ALL)
       SELECT node, count(*) AS count, max(gpus)::INTEGER AS worst, any_value(kube_node_status_allocatable_nvidia_com_gpu) AS offers
       FROM held JOIN kube_node USING (timestamp, instance, node)
       WHERE gpus > kube_node_status_allocatable_nvidia_com_gpu GROUP BY node ORDER BY count DESC, node`,
    );
    return verdict(
      wrong.map(({ node, count, worst, offers }) => ({
        count,
        what: `${node}: ${worst} requested of ${offers}, at ${plural(count, "scrape")}`,
      })),
      "every node and scrape",
    );
  },
};

export const labels: Check = {
  name: "labels",
  rule: "Every node with GPUs has one nodegroup, every node that pods or GPUs name is known, and pods name their queue",
  spoils: "the join: what has no nodegroup falls out of every table and chart",
  async run(dataset) {
    const nodegroup = nodegroupSql(dataset);
    const examples: { count: number; what: string }[] = [];
    const ask = async (sql: string, what: (names: string, count: number) => string) => {
      const [row] = await dataset.query<{ count: number; names: string | null }>(
        `SELECT count(*) AS count, string_agg(name, ', ' ORDER BY name) FILTER (position <= 3) AS names
         FROM (SELECT name, row_number() OVER (ORDER BY name) AS position FROM (${sql}))`,
      );
      if (row!.count > 0) examples.push({ count: row!.count, what: what(row!.names!, row!.count) });
    };
    await ask(
      `SELECT DISTINCT node AS name FROM kube_node WHERE kube_node_status_capacity_nvidia_com_gpu > 0 AND ${nodegroup} IS NULL`,
      (names, count) =>
        `${plural(count, "node with GPUs has", "nodes with GPUs have")} no nodegroup label (${dataset.contract.nodegroupLabels.join(" or ")}): ${names}`,
    );
    await ask(
      `SELECT node AS name FROM kube_node GROUP BY node HAVING count(DISTINCT ${nodegroup}) > 1`,
      (names, count) => `${plural(count, "node")} changed nodegroup: ${names}`,
    );
    await ask(
      "SELECT DISTINCT node AS name FROM (SELECT node FROM kube_pod WHERE node IS NOT NULL) ANTI JOIN kube_node USING (node)",
      (names, count) => `pods run on ${plural(count, "node")} that kube-state-metrics does not list: ${names}`,
    );
    await ask(
      `SELECT DISTINCT "Hostname" AS name FROM dcgm_gpu ANTI JOIN kube_node ON "Hostname" = node`,
      (names, count) => `dcgm-exporter names ${plural(count, "host that is", "hosts that are")} no node: ${names}`,
    );
    const notes: Example[] = [];
    if (!isScraped(dataset, "dcgm-exporter")) notes.push(notExported("dcgm-exporter"));
    else
      await ask(
        `SELECT DISTINCT node AS name FROM (SELECT node FROM kube_node WHERE kube_node_status_capacity_nvidia_com_gpu > 0)
       ANTI JOIN dcgm_gpu ON "Hostname" = node`,
        (names, count) => `${plural(count, "node with GPUs has", "nodes with GPUs have")} no dcgm-exporter: ${names}`,
      );
    const queueLabel = "label_kueue_x_k8s_io_cluster_queue_name";
    await ask(
      `SELECT DISTINCT cluster_queue AS name FROM kueue_cluster_queue ANTI JOIN kube_pod ON cluster_queue = ${queueLabel}
       WHERE kueue_admitted_active_workloads > 0
         AND cluster_queue IN (SELECT cluster_queue FROM kueue_cluster_queue_resource
                               WHERE kueue_cluster_queue_resource_usage > 0 AND resource IN ('nvidia.com/gpu', 'nvidia_com_gpu'))`,
      (names) =>
        `Kueue admitted workloads (${names}), but no pod carries ${queueLabel} of them: pods seem outside Kueue`,
    );
    const others = dataset.contract.nodegroupLabels;
    const [two] = await dataset.query<{ count: number; name: string | null }>(
      others.length < 2
        ? "SELECT 0 AS count, NULL AS name"
        : `SELECT count(DISTINCT node) AS count, min(node) AS name FROM kube_node
           WHERE ${others.map((label) => `coalesce(nullif(${identifier(label)}, ''), ${nodegroup}) IS DISTINCT FROM ${nodegroup}`).join(" OR ")}`,
    );
    if (two!.count > 0)
      notes.push({
        count: two!.count,
        what: `${plural(two!.count, "node has", "nodes have")} labels of two nodegroups, for instance ${two!.name}: the first of ${others.join(", ")} counts`,
      });
    return verdict(examples, "every node", notes);
  },
};

export const nodegroups: Check = {
  name: "nodegroups",
  rule: "Contract, kube-state-metrics and dcgm-exporter name the same nodegroups, and Kueue's flavors those that the contract gives it",
  spoils: "whole nodegroups: paid for but never seen, or seen but never paid for",
  async run(dataset) {
    const { contract } = dataset;
    const nodegroup = nodegroupSql(dataset);
    const named = async (sql: string) => new Set((await dataset.query<{ name: string }>(sql)).map((row) => row.name));
    const inContract = new Set(contract.nodegroups.map((n) => n.name));
    const quotaFlavors = await named("SELECT DISTINCT flavor AS name FROM kueue_cluster_queue_resource");
    // What no ClusterQueue of the contract reaches is outside Kueue.
    const listed = contract.clusterQueues.map(({ flavors }) => flavors);
    const flavors = listed.length > 0 && !listed.includes(undefined) ? listed.flat() : Object.keys(contract.flavors);
    const reached = new Set(flavors.flatMap((flavor) => contract.flavors[flavor!] ?? []));
    const inKueue = new Set([...inContract].filter((name) => reached.has(name)));
    const sources: [source: string, isThere: boolean, expected: ReadonlySet<string>, found: ReadonlySet<string>][] = [
      [
        "kube-state-metrics",
        true,
        inContract,
        await named(`SELECT DISTINCT ${nodegroup} AS name FROM kube_node WHERE ${nodegroup} IS NOT NULL`),
      ],
      [
        "dcgm-exporter",
        isScraped(dataset, "dcgm-exporter"),
        inContract,
        await named(
          `SELECT DISTINCT nodegroup AS name FROM (SELECT DISTINCT "Hostname" AS node FROM dcgm_gpu)
           JOIN (SELECT DISTINCT node, ${nodegroup} AS nodegroup FROM kube_node) USING (node) WHERE nodegroup IS NOT NULL`,
        ),
      ],
      [
        "the flavors of ClusterQueues",
        isExported(dataset, kueueClusterQueueResource),
        inKueue,
        new Set([...quotaFlavors].flatMap((flavor) => contract.flavors[flavor] ?? [])),
      ],
    ];
    const notes = sources.filter(([, isThere]) => !isThere).map(([source]) => notExported(source));
    const examples = sources.flatMap(([source, isThere, expected, found]) => {
      if (!isThere) return [];
      const absent = [...expected].filter((name) => !found.has(name)).sort();
      const extra = [...found].filter((name) => !inContract.has(name)).sort();
      return [
        ...(absent.length > 0
          ? [{ count: absent.length, what: `${absent.join(", ")} in contract.yaml, but not in ${source}` }]
          : []),
        ...(extra.length > 0
          ? [{ count: extra.length, what: `${extra.join(", ")} in ${source}, but not in contract.yaml` }]
          : []),
      ];
    });
    const unmapped = [...quotaFlavors].filter((flavor) => !(flavor in contract.flavors)).sort();
    if (unmapped.length > 0)
      examples.push({
        count: unmapped.length,
        what:
          unmapped.length === 1
            ? `flavor ${unmapped[0]} has quota, but contract.yaml maps it to no nodegroup`
            : `flavors ${unmapped.join(", ")} have quota, but contract.yaml maps them to no nodegroup`,
      });
    return verdict(examples, plural(inContract.size, "nodegroup"), notes);
  },
};

import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { literal } from "../dataset/session.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";

export const states: Check = {
  name: "states",
  rule: "Every pod says its phase, and every node whether it is Ready",
  spoils: "GPUs held and capacity: what says nothing counts as nothing",
  async run({ query }) {
    const examples: Example[] = [];
    const silent = [
      ["kube_pod", "pod", "kube_pod_status_phase"],
      ["kube_node", "node", "kube_node_status_condition_ready"],
    ] as const;
    for (const [table, object, state] of silent) {
      const [row] = await query<{ count: number; objects: number; example: string | null }>(
        `SELECT count(*) AS count, count(DISTINCT ${object}) AS objects, min(${object}) AS example FROM ${table} WHERE ${state} IS NULL`,
      );
      if (row!.count > 0)
        examples.push({
          count: row!.count,
          what: `${table}.${state} is missing in ${plural(row!.count, "sample")} of ${plural(row!.objects, object)}, for instance ${row!.example}`,
        });
    }
    const inactive = await query<{ queue: string; count: number }>(
      `SELECT cluster_queue AS queue, count(*) AS count FROM kueue_cluster_queue WHERE kueue_cluster_queue_status <> 'active'
       GROUP BY queue ORDER BY queue`,
    );
    return verdict(
      examples,
      "every pod and node",
      inactive.map(({ queue, count }) => ({
        count,
        what: `ClusterQueue ${queue} is not active, in ${plural(count, "sample")}: what is pending in it counts all the same`,
      })),
    );
  },
};

export const service: Check = {
  name: "service",
  rule: "Nodes are in service: Ready, not cordoned, no taint in the way. What is not is out of capacity",
  spoils: "capacity, for whoever sums what is allocatable",
  async run(dataset) {
    const tolerated = dataset.contract.toleratedTaints.map(literal).join(", ");
    const out = await dataset.query<{ node: string; nodegroup: string | null; count: number; why: string }>(
      `WITH tainted AS (
         SELECT DISTINCT timestamp, instance, node, key FROM kube_node_spec_taint
         WHERE effect IN ('NoSchedule', 'NoExecute') ${tolerated ? `AND key NOT IN (${tolerated})` : ""})
       SELECT node, any_value(${nodegroupSql(dataset)}) AS nodegroup, count(DISTINCT timestamp) AS count,
              mode(CASE WHEN kube_node_spec_unschedulable = 1 THEN 'cordoned' WHEN kube_node_status_condition_ready <> 'true' THEN 'not Ready'
                        ELSE 'tainted ' || key END) AS why
       FROM kube_node LEFT JOIN tainted USING (timestamp, instance, node)
       WHERE kube_node_spec_unschedulable = 1 OR kube_node_status_condition_ready <> 'true' OR key IS NOT NULL
       GROUP BY node ORDER BY count DESC, node`,
    );
    return verdict(
      [],
      "every node",
      out.map(({ node, nodegroup, count, why }) => ({
        count: 1,
        what: `${node}${nodegroup === null ? "" : ` of ${nodegroup}`}: ${why}, at ${plural(count, "scrape")}`,
      })),
    );
  },
};

export const outside: Check = {
  name: "outside",
  rule: "No pod that asks for GPUs waits outside Kueue",
  spoils: "demand, which is Kueue's: what waits outside is not in it",
  async run({ query }) {
    const waiting = await query<{ namespace: string; pods: number; gpus: number }>(
      `SELECT namespace, count(*) AS pods, sum(gpus)::INTEGER AS gpus FROM (
         SELECT namespace, uid, max(kube_pod_container_resource_requests_nvidia_com_gpu) AS gpus FROM kube_pod
         WHERE node IS NULL AND kube_pod_status_phase = 'Pending' AND label_kueue_x_k8s_io_cluster_queue_name IS NULL
           AND label_kueue_x_k8s_io_local_queue_name IS NULL
         GROUP BY namespace, uid)
       GROUP BY namespace ORDER BY gpus DESC, namespace`,
    );
    return verdict(
      [],
      "every pod without a node",
      waiting.map(({ namespace, pods, gpus }) => ({
        count: pods,
        what: `namespace ${namespace}: ${plural(pods, "pod")} asked for ${plural(gpus, "GPU")} and waited, in no queue`,
      })),
    );
  },
};

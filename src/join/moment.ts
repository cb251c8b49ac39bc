import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import type { Dataset } from "../dataset/open.js";
import { identifier, literal } from "../dataset/session.js";

/** Who held a node's GPUs at one moment. */
export interface NodeAtMoment {
  readonly node: string;
  readonly gpus: number;
  readonly healthy: boolean;
  /** Pods on the node, by owner: the ClusterQueue, or the namespace outside Kueue. GPUs of each. */
  readonly holders: readonly { readonly name: string; readonly gpus: number }[];
}

/** The nodes of a nodegroup as kube-state-metrics last saw them before a moment (Unix ms), in order of their names. */
export async function nodesAt(dataset: Dataset, nodegroup: string, atMs: number): Promise<NodeAtMoment[]> {
  const [scrape] = await dataset.query<{ ms: number | null }>(
    `SELECT max(epoch_ms(timestamp)) AS ms FROM up WHERE job = 'kube-state-metrics' AND up = 1 AND epoch_ms(timestamp) <= ${atMs}`,
  );
  if (scrape?.ms == null) return [];
  const at = `epoch_ms(timestamp) = ${scrape.ms}`;
  const nodes = await dataset.query<{ node: string; gpus: number; healthy: boolean }>(
    `SELECT node, max(kube_node_status_capacity_nvidia_com_gpu) AS gpus,
            bool_and(kube_node_spec_unschedulable = 0 AND kube_node_status_condition_ready = 'true') AS healthy
     FROM kube_node WHERE ${at} AND ${nodegroupSql(dataset)} = ${literal(nodegroup)} GROUP BY node ORDER BY node`,
  );
  const pods = await dataset.query<{ node: string; name: string; gpus: number }>(
    `SELECT node, name, sum(gpus)::INTEGER AS gpus FROM (
       SELECT DISTINCT ON (uid) node, coalesce(${identifier("label_kueue_x_k8s_io_cluster_queue_name")}, namespace) AS name,
              kube_pod_container_resource_requests_nvidia_com_gpu AS gpus
       FROM kube_pod WHERE ${at} AND node IS NOT NULL AND kube_pod_status_phase IN ('Pending', 'Running') ORDER BY uid)
     GROUP BY node, name ORDER BY node, gpus DESC, name`,
  );
  return nodes.map((node) => ({
    ...node,
    holders: pods.filter((pod) => pod.node === node.node).map(({ name, gpus }) => ({ name, gpus })),
  }));
}

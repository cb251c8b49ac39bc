import type { Dataset } from "../dataset/open.js";
import { identifier, literal } from "../dataset/session.js";
import { atTicks, type Grid } from "./grid.js";

/** SQL for a node's nodegroup: the first of the contract's labels that it has; null if it has none. */
export function nodegroupSql({ contract }: Pick<Dataset, "contract">): string {
  return `coalesce(${contract.nodegroupLabels.map((name) => `nullif(${identifier(name)}, '')`).join(", ")})`;
}

/**
 * Makes the temporary tables `node_home` (the nodegroup of each node) and `node_tick` (what each node offered at each
 * tick): allocatable x Ready x not cordoned x no taint that the work does not tolerate.
 */
export async function joinNodes(dataset: Dataset, grid: Grid): Promise<void> {
  const known = dataset.contract.nodegroups.map((n) => literal(n.name)).join(", ");
  await dataset.run(`
    CREATE TEMP TABLE node_home AS
    SELECT node, arg_max(nodegroup, timestamp) AS nodegroup
    FROM (SELECT node, timestamp, ${nodegroupSql(dataset)} AS nodegroup FROM kube_node)
    WHERE nodegroup IN (${known}) GROUP BY node`);
  const tolerated = dataset.contract.toleratedTaints.map(literal).join(", ");
  const taints = await atTicks(dataset, grid, {
    job: "kube-state-metrics",
    table: "kube_node_spec_taint",
    columns: "node",
    where: `effect IN ('NoSchedule', 'NoExecute') ${tolerated ? `AND key NOT IN (${tolerated})` : ""}`,
  });
  const nodes = await atTicks(dataset, grid, {
    job: "kube-state-metrics",
    table: "kube_node",
    columns: `node,
      kube_node_status_capacity_nvidia_com_gpu AS present,
      kube_node_status_allocatable_nvidia_com_gpu AS allocatable,
      coalesce(kube_node_status_condition_ready = 'true', FALSE) AND kube_node_spec_unschedulable = 0 AS fit`,
  });
  await dataset.run(`
    CREATE TEMP TABLE node_tick AS
    WITH tainted AS (SELECT DISTINCT tick, node FROM (${taints}))
    SELECT n.tick, n.node, any_value(nodegroup) AS nodegroup, max(present) AS present, max(allocatable) AS allocatable,
           bool_and(fit AND tainted.node IS NULL) AS healthy
    FROM (${nodes}) n JOIN node_home USING (node) LEFT JOIN tainted ON tainted.tick = n.tick AND tainted.node = n.node
    GROUP BY n.tick, n.node`);
}

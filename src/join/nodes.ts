import { join } from "node:path";
import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import type { Dataset } from "../dataset/open.js";
import { literal } from "../dataset/session.js";
import { EvenkeelError } from "../errors.js";
import { atTicks, type Grid } from "./grid.js";

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
  await requireHomes(dataset);
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

/** Without the nodegroup of a single node there is nothing to join. @throws EvenkeelError that says why there is none */
async function requireHomes(dataset: Dataset): Promise<void> {
  const { contract, folder } = dataset;
  const ask = (sql: string) => dataset.query<{ value: string | null }>(sql);
  if ((await ask("SELECT node AS value FROM node_home LIMIT 1")).length > 0) return;
  const file = join(folder, "kube_node.parquet");
  if ((await ask("SELECT node AS value FROM kube_node LIMIT 1")).length === 0)
    throw new EvenkeelError(
      `${file}: found no node at all; scrape kube-state-metrics, and generate or pull the dataset again`,
    );
  const labels = contract.nodegroupLabels.join(" or ");
  const names = await ask(
    `SELECT DISTINCT ${nodegroupSql(dataset)} AS value FROM kube_node WHERE value IS NOT NULL ORDER BY value LIMIT 5`,
  );
  if (names.length === 0)
    throw new EvenkeelError(
      `${file}: found no node with a value of ${labels}, which names the nodegroup; allow-list the label in kube-state-metrics (--metric-labels-allowlist=nodes=[...]) and pull the dataset again, or name another column in nodegroupLabels of contract.yaml`,
    );
  throw new EvenkeelError(
    `${file}: found the nodegroups ${names.map(({ value }) => value).join(", ")} in ${labels}, none of which is in contract.yaml; allowed: ${contract.nodegroups.map(({ name }) => name).join(", ")}; correct nodegroups or nodegroupLabels in contract.yaml`,
  );
}

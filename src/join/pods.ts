import type { Dataset } from "../dataset/open.js";
import { identifier } from "../dataset/session.js";
import { SECOND_MS } from "../units/time.js";
import { atTicks, type Grid } from "./grid.js";

const GPUS = `greatest(kube_pod_container_resource_requests_nvidia_com_gpu,
  coalesce(kube_pod_init_container_resource_requests_nvidia_com_gpu, 0))`;
const LIVE = "kube_pod_status_phase IN ('Pending', 'Running')";
const GATED = "coalesce(kube_pod_status_reason = 'SchedulingGated', FALSE)";
/** Pods of one owner start together; a pod without one is its own gang. */
const GANG = "namespace || '/' || coalesce(owner_kind || '/' || owner_name, 'Pod/' || pod)";
const CLUSTER_QUEUE = "label_kueue_x_k8s_io_cluster_queue_name";

/** SQL for the nodegroup that a pod's node selector asks for; null where it asks for none, or is not exported. */
async function selectedNodegroup(dataset: Dataset): Promise<string> {
  const found = new Set(
    (await dataset.query<{ name: string }>("SELECT column_name AS name FROM (DESCRIBE kube_pod)")).map(
      (row) => row.name,
    ),
  );
  const selectors = dataset.contract.nodegroupLabels
    .map((name) => name.replace(/^label_/, "nodeselector_"))
    .filter((name) => found.has(name));
  return selectors.length > 0
    ? `coalesce(${selectors.map((name) => `nullif(${identifier(name)}, '')`).join(", ")})`
    : "NULL::VARCHAR";
}

/**
 * Whatever was seen last before this was gone at the end: Unix ms. A scrape interval and a half before the last scrape,
 * since replicas are scraped at different times.
 */
async function lastSeenMs({ contract, query }: Dataset): Promise<number> {
  const [last] = await query<{ ms: number | null }>(
    "SELECT max(epoch_ms(timestamp)) AS ms FROM up WHERE job = 'kube-state-metrics' AND up = 1",
  );
  return (last?.ms ?? 0) - 1.5 * contract.scrapeIntervalSeconds["kube-state-metrics"] * SECOND_MS;
}

/**
 * Makes the temporary tables
 * - `pod`: one row a pod, as last seen; one that disappeared without having ended ended when it was last seen;
 * - `held_tick`: GPUs that pods hold, by node and tick, those of pods outside Kueue and of pods not yet running apart;
 * - `unplaced_tick`: gangs of admitted pods that have no node, by tick.
 */
export async function joinPods(dataset: Dataset, grid: Grid): Promise<void> {
  const nodegroup = await selectedNodegroup(dataset);
  await dataset.run(`
    CREATE TEMP TABLE pod AS
    SELECT uid, any_value(namespace) AS namespace, any_value(pod) AS pod, any_value(owner_kind) AS owner_kind,
           any_value(owner_name) AS owner_name, any_value(${GANG}) AS gang,
           max(${CLUSTER_QUEUE}) AS cluster_queue, max(label_kueue_x_k8s_io_local_queue_name) AS local_queue,
           max(priority_class) AS priority_class, max(${GPUS})::INTEGER AS gpus, max(node) AS node, max(${nodegroup}) AS selected_nodegroup,
           max(kube_pod_created) AS created_seconds, max(kube_pod_status_scheduled_time) AS scheduled_seconds,
           min(epoch_ms(timestamp)) FILTER (kube_pod_status_phase = 'Running') / 1000.0 AS first_running_seconds,
           arg_max(kube_pod_status_phase, timestamp) AS phase,
           coalesce(max(kube_pod_completion_time),
                    min(epoch_ms(timestamp)) FILTER (kube_pod_status_phase IN ('Succeeded', 'Failed')) / 1000.0,
                    CASE WHEN max(epoch_ms(timestamp)) < ${await lastSeenMs(dataset)} THEN max(epoch_ms(timestamp)) / 1000.0 END
           ) AS ended_seconds
    FROM kube_pod GROUP BY uid`);
  const live = (columns: string, where: string) =>
    atTicks(dataset, grid, { job: "kube-state-metrics", table: "kube_pod", columns, where: `${LIVE} AND ${where}` });
  const bound = await live(
    `uid, node, ${GPUS} AS gpus, ${CLUSTER_QUEUE} IS NULL AS outside, kube_pod_status_phase = 'Pending' AS starting`,
    "node IS NOT NULL",
  );
  await dataset.run(`
    CREATE TEMP TABLE held_tick AS
    SELECT tick, node, sum(gpus)::INTEGER AS held, coalesce(sum(gpus) FILTER (outside), 0)::INTEGER AS outside_kueue,
           coalesce(sum(gpus) FILTER (starting), 0)::INTEGER AS starting
    FROM (${await onceEach(dataset, bound, "tick, uid")}) GROUP BY tick, node`);
  const unbound = await live(
    `uid, ${GANG} AS gang, namespace, ${CLUSTER_QUEUE} AS cluster_queue,
     label_kueue_x_k8s_io_local_queue_name AS local_queue, ${nodegroup} AS nodegroup, ${GPUS} AS gpus`,
    `node IS NULL AND NOT ${GATED} AND ${CLUSTER_QUEUE} IS NOT NULL`,
  );
  await dataset.run(`
    CREATE TEMP TABLE unplaced_tick AS
    SELECT tick, gang, cluster_queue, any_value(namespace) AS namespace, any_value(local_queue) AS local_queue,
           any_value(nodegroup) AS nodegroup, count(*)::INTEGER AS pods, max(gpus)::INTEGER AS gpus_per_pod
    FROM (${await onceEach(dataset, unbound, "tick, uid")}) GROUP BY tick, gang, cluster_queue`);
}

/**
 * SQL that begins a query over `members`: pods that got a node, each with its gang, the gang's attempt that it belongs
 * to, whether it `counts` as one of the gang's pods, and whether that attempt was `made_again` later.
 */
export const GANG_MEMBERS = `
  WITH jobs AS (
    SELECT namespace || '/Job/' || job_name AS gang, min(kube_job_created) AS job_created, max(kube_job_spec_parallelism) AS parallelism
    FROM kube_job GROUP BY gang),
  -- A pod that was made when all before it had ended begins another attempt.
  attempts AS (
    SELECT *, sum(CASE WHEN created_seconds >= ended_before THEN 1 ELSE 0 END) OVER (PARTITION BY gang ORDER BY created_seconds, uid) AS attempt
    FROM (SELECT *, max(coalesce(ended_seconds, 'Infinity'::DOUBLE)) OVER (
            PARTITION BY gang ORDER BY created_seconds, uid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_before
          FROM pod JOIN node_home USING (node))),
  -- A pod that takes the place of a failed one makes no gang larger.
  members AS (
    SELECT *, row_number() OVER (PARTITION BY gang, attempt ORDER BY scheduled_seconds, uid) <= coalesce(parallelism, 'Infinity'::DOUBLE) AS counts,
           attempt < max(attempt) OVER (PARTITION BY gang) AS made_again
    FROM attempts LEFT JOIN jobs USING (gang))`;

/**
 * The rows, each key once: replicas of an exporter repeat it. Where the rows of a key differ, the last by its values
 * counts. Grouping is dear, so it is done only where it changes anything.
 */
export async function onceEach(dataset: Dataset, rows: string, key: string): Promise<string> {
  const [counts] = await dataset.query<{ rows: number; distinct: number }>(
    `SELECT count(*) AS rows, count(DISTINCT hash(${key})) AS distinct FROM (${rows})`,
  );
  return counts!.rows === counts!.distinct
    ? rows
    : `SELECT DISTINCT ON (${key}) * FROM (${rows}) ORDER BY ${key}, COLUMNS(*) DESC NULLS LAST`;
}

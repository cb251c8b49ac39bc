import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { type Dataset, openDataset } from "../dataset/open.js";
import { idle } from "../join/gpus.js";
import { type Grid, makeGrid } from "../join/grid.js";
import { joinNodes } from "../join/nodes.js";
import { GANG_MEMBERS, joinPods } from "../join/pods.js";
import { SECOND_MS } from "../units/time.js";

/** One try of a gang that got nodes. Times are Unix seconds. */
export interface AttemptTrace {
  readonly gang: string;
  readonly namespace: string;
  readonly localQueue: string | null;
  readonly priorityClass: string;
  readonly nodegroup: string;
  readonly pods: number;
  /** Of its pods, those that got a node. */
  readonly placed: number;
  readonly gpusPerPod: number;
  readonly cpusPerPod: number;
  readonly gibPerPod: number;
  readonly createdSeconds: number;
  /** When the first of its pods was made. */
  readonly admittedSeconds: number;
  /** When its first pod got a node, and its last. */
  readonly firstScheduledSeconds: number;
  readonly scheduledSeconds: number;
  /** When the last of its pods was first seen to run. */
  readonly runningSeconds: number | null;
  readonly endedSeconds: number | null;
  /** A pod of it failed. */
  readonly failed: boolean;
  /** It was deleted before it had ended, and made again. */
  readonly evicted: boolean;
  /** The node of a gang of one pod; else of any. */
  readonly node: string;
}

/** A gang that was seen to wait, still at the end, and never got a node. */
export interface WaitingTrace {
  readonly gang: string;
  readonly namespace: string;
  /** Null of a suspended Job: no series says it. */
  readonly localQueue: string | null;
  readonly priorityClass: string | null;
  readonly pods: number;
  /** Null of a suspended Job. */
  readonly gpusPerPod: number | null;
  readonly createdSeconds: number;
}

/** What the GPUs of one gang did. Sums are over samples in which they computed. */
export interface ActivityTrace {
  readonly gang: string;
  readonly samples: number;
  readonly active: number;
  /** Times that a GPU went from computing to not. */
  readonly turns: number;
  /** Samples at the beginning before it first computed, of all its GPUs. */
  readonly loading: number;
  readonly gpus: number;
  readonly util: number | null;
  readonly engine: number | null;
  readonly tensor: number | null;
  readonly dram: number | null;
  readonly watts: number | null;
  readonly memory: number | null;
}

/** Pods of no ClusterQueue that held GPUs: how much of the time, as a number of pods. */
export interface OutsideTrace {
  readonly namespace: string;
  readonly nodegroup: string;
  readonly gpusPerPod: number;
  readonly pods: number;
  readonly gang: string;
}

/** A node from when it was first seen in a state to when it was last seen in it, Unix seconds. */
export interface NodeSpan {
  readonly node: string;
  readonly nodegroup: string;
  readonly state: "fit" | "cordon" | "fail";
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface NodeSize {
  readonly nodegroup: string;
  readonly cpus: number | null;
  readonly gib: number | null;
}

/** What a dataset says of single gangs and nodes, beyond what is on the grid. */
export interface Traces {
  readonly attempts: readonly AttemptTrace[];
  readonly waiting: readonly WaitingTrace[];
  /** Minutes from admission until they were gone, of pods of Jobs that never got a node. */
  readonly unplacedMinutes: readonly number[];
  readonly activity: readonly ActivityTrace[];
  readonly outside: readonly OutsideTrace[];
  readonly nodeSpans: readonly NodeSpan[];
  readonly nodeSizes: readonly NodeSize[];
}

const GIB = 2 ** 30;

/** Reads a dataset's traces, in a session of its own: the tables that the join makes are made here too. */
export async function readTraces(folder: string, grid: Grid): Promise<Traces> {
  const dataset = await openDataset(folder);
  try {
    await makeGrid(dataset, grid);
    await joinNodes(dataset, grid);
    await joinPods(dataset, grid);
    return await select(dataset, grid);
  } finally {
    dataset.close();
  }
}

async function select(dataset: Dataset, grid: Grid): Promise<Traces> {
  const { startMs, stepMs, ticks } = grid;
  const startSeconds = startMs / SECOND_MS;
  const endSeconds = startSeconds + (stepMs * ticks) / SECOND_MS;
  await dataset.run(`
    CREATE TEMP TABLE request AS
    SELECT uid, max(kube_pod_container_resource_requests_cpu) AS cpus, max(kube_pod_container_resource_requests_memory) / ${GIB} AS gib
    FROM kube_pod GROUP BY uid`);
  const attempts = await dataset.query<AttemptTrace & Record<string, unknown>>(`
    ${GANG_MEMBERS}
    SELECT gang, any_value(namespace) AS "namespace", max(local_queue) AS "localQueue", coalesce(max(priority_class), '') AS "priorityClass",
           max(nodegroup) AS "nodegroup", coalesce(max(parallelism), count(*) FILTER (counts)) AS "pods",
           count(*) FILTER (counts) AS "placed", max(gpus) AS "gpusPerPod", min(created_seconds) AS "admittedSeconds",
           max(cpus) AS "cpusPerPod", max(gib) AS "gibPerPod",
           coalesce(max(job_created), min(created_seconds)) AS "createdSeconds",
           min(scheduled_seconds) AS "firstScheduledSeconds", max(scheduled_seconds) FILTER (counts) AS "scheduledSeconds",
           max(first_running_seconds) FILTER (counts) AS "runningSeconds",
           CASE WHEN bool_and(ended_seconds IS NOT NULL) THEN max(ended_seconds) END AS "endedSeconds",
           bool_or(phase = 'Failed') AS "failed", bool_or(made_again AND phase IN ('Pending', 'Running')) AS "evicted",
           min(node) AS "node"
    FROM members JOIN request USING (uid) WHERE cluster_queue IS NOT NULL
    GROUP BY gang, attempt ORDER BY "scheduledSeconds", gang`);
  const waiting = await dataset.query<WaitingTrace & Record<string, unknown>>(`
    WITH without AS (
      SELECT gang, any_value(namespace) AS namespace, max(local_queue) AS local_queue, max(priority_class) AS priority_class,
             count(*) AS pods, max(gpus) AS gpus, min(created_seconds) AS created
      FROM pod WHERE coalesce(ended_seconds, 'Infinity'::DOUBLE) >= ${endSeconds}
      GROUP BY gang HAVING max(node) IS NULL AND (max(cluster_queue) IS NOT NULL OR max(local_queue) IS NOT NULL)),
    jobs AS (
      SELECT namespace || '/Job/' || job_name AS gang, any_value(namespace) AS namespace, min(kube_job_created) AS created,
             max(kube_job_spec_parallelism) AS parallelism, max(epoch_ms(timestamp)) AS last
      FROM kube_job GROUP BY ALL)
    SELECT gang, coalesce(w.namespace, j.namespace) AS "namespace", local_queue AS "localQueue", priority_class AS "priorityClass",
           coalesce(j.parallelism, w.pods) AS "pods", gpus AS "gpusPerPod", coalesce(j.created, w.created) AS "createdSeconds"
    FROM without w FULL JOIN (
      SELECT * FROM jobs WHERE last >= ${endSeconds * SECOND_MS - 3 * stepMs} AND gang NOT IN (SELECT gang FROM pod WHERE node IS NOT NULL)) j USING (gang)
    ORDER BY "createdSeconds", gang`);
  const unplaced = await dataset.query<{ minutes: number }>(`
    SELECT (ended_seconds - created_seconds) / 60 AS minutes FROM pod
    WHERE node IS NULL AND cluster_queue IS NOT NULL AND gang LIKE '%/Job/%' AND ended_seconds IS NOT NULL ORDER BY ALL`);
  const outside = await dataset.query<OutsideTrace & Record<string, unknown>>(`
    SELECT namespace AS "namespace", nodegroup AS "nodegroup", gpus AS "gpusPerPod", min(gang) AS "gang",
           sum(least(coalesce(ended_seconds, ${endSeconds}), ${endSeconds}) - greatest(scheduled_seconds, ${startSeconds})) / ${endSeconds - startSeconds} AS "pods"
    FROM pod JOIN node_home USING (node) WHERE cluster_queue IS NULL AND coalesce(ended_seconds, ${endSeconds}) > ${startSeconds}
    GROUP BY ALL ORDER BY ALL`);
  const nodeSpans = await dataset.query<NodeSpan & Record<string, unknown>>(`
    WITH states AS (
      SELECT node, any_value(${nodegroupSql(dataset)}) AS nodegroup, epoch_ms(timestamp) / 1000.0 AS seconds,
             CASE WHEN bool_or(kube_node_status_condition_ready <> 'true') THEN 'fail'
                  WHEN max(kube_node_spec_unschedulable) = 1 THEN 'cordon' ELSE 'fit' END AS state
      FROM kube_node GROUP BY node, timestamp),
    runs AS (
      SELECT *, row_number() OVER (PARTITION BY node ORDER BY seconds) - row_number() OVER (PARTITION BY node, state ORDER BY seconds) AS run
      FROM states)
    SELECT node AS "node", any_value(nodegroup) AS "nodegroup", state AS "state", min(seconds) AS "fromSeconds", max(seconds) AS "toSeconds"
    FROM runs GROUP BY node, state, run ORDER BY "fromSeconds", node`);
  const nodeSizes = await dataset.query<NodeSize & Record<string, unknown>>(`
    SELECT nodegroup AS "nodegroup", min(kube_node_status_allocatable_cpu) AS "cpus", min(kube_node_status_allocatable_memory) / ${GIB} AS "gib"
    FROM kube_node JOIN node_home USING (node) GROUP BY ALL ORDER BY ALL`);
  return {
    attempts,
    waiting,
    unplacedMinutes: unplaced.map(({ minutes }) => minutes),
    activity: await activityOf(dataset),
    outside,
    nodeSpans,
    nodeSizes,
  };
}

/** What the GPUs of each gang did, from the first minute of its pods on. */
async function activityOf(dataset: Dataset): Promise<ActivityTrace[]> {
  const engine = '"DCGM_FI_PROF_GR_ENGINE_ACTIVE"';
  const util = '"DCGM_FI_DEV_GPU_UTIL"';
  const device = '"UUID", "GPU_I_ID", namespace, pod';
  const sum = (column: string) => `round(avg(${column}) FILTER (active), 6)`;
  return dataset.query<ActivityTrace & Record<string, unknown>>(`
    WITH samples AS (
      SELECT ${device}, timestamp, coalesce(${engine} >= ${idle.engineBelow}, ${util} >= ${idle.utilBelowPercent}) AS active,
             ${util} AS util, ${engine} AS engine, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE" AS tensor, "DCGM_FI_PROF_DRAM_ACTIVE" AS dram,
             "DCGM_FI_DEV_POWER_USAGE" AS watts, "DCGM_FI_DEV_FB_USED" / ("DCGM_FI_DEV_FB_USED" + "DCGM_FI_DEV_FB_FREE") AS memory
      FROM dcgm_gpu WHERE pod IS NOT NULL AND pod <> ''),
    ordered AS (
      SELECT *, lag(active) OVER (PARTITION BY ${device} ORDER BY timestamp) AS before,
             bool_or(active) OVER (PARTITION BY ${device} ORDER BY timestamp ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS begun
      FROM samples WHERE active IS NOT NULL)
    SELECT gang AS "gang", count(*) AS "samples", count(*) FILTER (active) AS "active", count(*) FILTER (before AND NOT active) AS "turns",
           count(*) FILTER (NOT begun) AS "loading", count(DISTINCT ("UUID", "GPU_I_ID")) AS "gpus",
           ${sum("util")} AS "util", ${sum("engine")} AS "engine", ${sum("tensor")} AS "tensor", ${sum("dram")} AS "dram",
           ${sum("watts")} AS "watts", ${sum("memory")} AS "memory"
    FROM ordered JOIN (SELECT namespace, pod, any_value(gang) AS gang FROM pod GROUP BY ALL) USING (namespace, pod)
    GROUP BY gang ORDER BY gang`);
}

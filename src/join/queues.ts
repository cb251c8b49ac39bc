import type { Dataset } from "../dataset/open.js";
import { identifier, literal } from "../dataset/session.js";
import { bucketColumn, kueueBuckets } from "../tables/histogram.js";
import { GPU_RESOURCES } from "../tables/kueue.js";
import { atTicks, type Grid } from "./grid.js";

/**
 * Makes the temporary tables
 * - `queue_tick`: what waits in each ClusterQueue and what it let in, by tick;
 * - `quota_tick`: quota and its use per ClusterQueue and flavor, by tick;
 * - `local_queue_tick`: what waits in each LocalQueue, by tick;
 * - `wait`: how many workloads waited how long, by LocalQueue, priority class and bucket, over the whole dataset.
 * Replicas of Kueue export the same gauges: the maximum over them counts.
 */
export async function joinQueues(dataset: Dataset, grid: Grid): Promise<void> {
  const gauges = (table: string, columns: string, where = "TRUE") =>
    atTicks(dataset, grid, { job: "kueue", table, columns, where });
  await dataset.run(`
    CREATE TEMP TABLE queue_tick AS
    SELECT tick, cluster_queue, max(pending_gpus) AS pending_gpus, max(pending)::INTEGER AS pending, max(admitted_active)::INTEGER AS admitted_active,
           max(inactive)::INTEGER AS inactive
    FROM (${await gauges(
      "kueue_cluster_queue",
      `cluster_queue, kueue_cluster_queue_resource_pending_nvidia_com_gpu AS pending_gpus,
       kueue_pending_workloads_active + kueue_pending_workloads_inadmissible AS pending, kueue_admitted_active_workloads AS admitted_active,
       CASE WHEN kueue_cluster_queue_status <> 'active' THEN 1 ELSE 0 END AS inactive`,
    )})
    GROUP BY tick, cluster_queue`);
  await dataset.run(`
    CREATE TEMP TABLE quota_tick AS
    SELECT tick, cluster_queue, flavor, max(cohort) AS cohort, max(nominal) AS nominal, max(borrowing_limit) AS borrowing_limit,
           max(reserved) AS reserved, max(used) AS used
    FROM (${await gauges(
      "kueue_cluster_queue_resource",
      `cluster_queue, flavor, cohort, kueue_cluster_queue_nominal_quota AS nominal, kueue_cluster_queue_borrowing_limit AS borrowing_limit,
       kueue_cluster_queue_resource_reservation AS reserved, kueue_cluster_queue_resource_usage AS used`,
      `resource IN (${GPU_RESOURCES.map(literal).join(", ")})`,
    )})
    GROUP BY tick, cluster_queue, flavor`);
  await dataset.run(`
    CREATE TEMP TABLE local_queue_tick AS
    SELECT tick, namespace, name, max(pending)::INTEGER AS pending
    FROM (${await gauges(
      "kueue_local_queue",
      "namespace, name, kueue_local_queue_pending_workloads_active + kueue_local_queue_pending_workloads_inadmissible AS pending",
    )})
    GROUP BY tick, namespace, name`);

  await dataset.run(`
    CREATE TEMP TABLE admission_tick AS
    SELECT ((epoch_ms(timestamp) - ${grid.startMs}) // ${grid.stepMs})::INTEGER AS tick, cluster_queue,
           sum(kueue_admitted_workloads_total)::DOUBLE AS admitted, sum(wait_seconds) AS wait_seconds
    FROM (${increases(grid, "kueue_cluster_queue_priority", ["cluster_queue", "priority_class"], ["kueue_admitted_workloads_total", "kueue_admission_wait_time_seconds_sum AS wait_seconds"])})
    GROUP BY tick, cluster_queue`);

  const histogram = "kueue_local_queue_admission_wait_time_seconds";
  const bounds = [...kueueBuckets(14), Number.POSITIVE_INFINITY];
  const buckets = bounds.map((le) => bucketColumn(histogram, le));
  await dataset.run(`
    CREATE TEMP TABLE wait AS
    SELECT namespace, name, priority_class, ${buckets.map((b) => `sum(${identifier(b)})::DOUBLE AS ${identifier(b)}`).join(", ")}
    FROM (${increases(grid, "kueue_local_queue_priority", ["namespace", "name", "priority_class"], buckets)})
    GROUP BY namespace, name, priority_class`);

  await dataset.run(`
    CREATE TEMP TABLE eviction AS
    SELECT cluster_queue, reason, sum(kueue_evicted_workloads_total)::DOUBLE AS evictions
    FROM (${increases(grid, "kueue_evicted_workloads", ["cluster_queue", "reason", "underlying_cause", "priority_class"], ["kueue_evicted_workloads_total"])})
    GROUP BY cluster_queue, reason`);
}

/**
 * SQL for what counters rose by from each sample to the next. After a restart, which the start of the process tells, or
 * a fall of the counter, the whole value counts. A series that is not there at the first scrape began at 0; one that is,
 * began before, and its first value is what came before.
 */
function increases(
  { startMs, stepMs }: Grid,
  table: string,
  key: readonly string[],
  counters: readonly string[],
): string {
  const firstScrape = `(SELECT min(epoch_ms(timestamp)) + ${stepMs} FROM up WHERE job = 'kueue' AND up = 1)`;
  const lives = "SELECT instance, timestamp, process_start_time_seconds AS started FROM up WHERE job = 'kueue'";
  const replicas = `instance, replica_role, started, ${key.join(", ")}`;
  const rise = (counter: string) => {
    const [column, name = column] = counter.split(" AS ") as [string, string?];
    const value = identifier(column);
    const before = `lag(${value}) OVER series`;
    return `CASE WHEN ${before} IS NULL THEN (CASE WHEN epoch_ms(timestamp) < ${firstScrape} THEN 0 ELSE ${value} END)
                 WHEN ${value} < ${before} THEN ${value} ELSE ${value} - ${before} END AS ${identifier(name)}`;
  };
  const once = key.map((name) => identifier(name)).join(", ");
  return `
    SELECT timestamp, ${once}, ${counters.map((counter) => `max(${identifier(counter.split(" AS ").at(-1)!)}) AS ${identifier(counter.split(" AS ").at(-1)!)}`).join(", ")}
    FROM (SELECT timestamp, ${once}, ${counters.map(rise).join(", ")} FROM ${table} LEFT JOIN (${lives}) USING (instance, timestamp) WHERE epoch_ms(timestamp) >= ${startMs}
          WINDOW series AS (PARTITION BY ${replicas} ORDER BY timestamp))
    GROUP BY timestamp, ${once}`;
}

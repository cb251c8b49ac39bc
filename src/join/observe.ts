import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import type { Dataset } from "../dataset/open.js";
import { HOUR_MS } from "../units/time.js";
import { type Columns, cachedColumns } from "./cache.js";
import { busyBins, joinGpus } from "./gpus.js";
import { type Grid, gridOf, makeGrid } from "./grid.js";
import { joinNodes } from "./nodes.js";
import type {
  ClusterQueueSeries,
  Dropped,
  FlavorSeries,
  LocalQueueSeries,
  NodegroupSeries,
  NodeSeries,
  Observed,
  QuietSpan,
  Series,
  StartedGang,
  UnplacedGang,
  WaitHistogram,
} from "./observed.js";
import { GANG_MEMBERS, joinPods } from "./pods.js";
import { joinQueues } from "./queues.js";
import { gpusOf } from "./shapes.js";

/**
 * Joins Kueue, kube-state-metrics and DCGM on one grid. The heavy part is done in SQL and kept beside the dataset, so
 * that the next reader of the same dataset does not repeat it.
 */
export async function observe(dataset: Dataset): Promise<Observed> {
  const grid = gridOf(dataset);
  const tables = await cachedColumns(dataset, "join", () => joinAll(dataset, grid));
  return assemble(dataset, grid, tables);
}

async function joinAll(dataset: Dataset, grid: Grid): Promise<Record<string, Columns>> {
  await makeGrid(dataset, grid);
  await joinNodes(dataset, grid);
  await joinPods(dataset, grid);
  await joinGpus(dataset, grid);
  await joinQueues(dataset, grid);
  const results: Record<string, Columns> = {};
  // As an enum, a name is not read anew from every row.
  await dataset.run("CREATE TYPE node_name AS ENUM (SELECT node FROM node_home ORDER BY node)");
  await dataset.run("CREATE TYPE nodegroup_name AS ENUM (SELECT DISTINCT nodegroup FROM node_home ORDER BY nodegroup)");
  for (const [name, sql] of Object.entries(selections(dataset))) results[name] = await dataset.columns(sql);
  return results;
}

/** What leaves SQL. Every selection is ordered, so that nothing depends on threads. */
function selections(dataset: Dataset): Record<string, string> {
  return {
    nodegroup: `
      SELECT tick, nodegroup::nodegroup_name AS nodegroup, sum(present) AS present, sum(allocatable) FILTER (healthy) AS capacity,
             sum(held) AS held, sum(outside_kueue) AS held_outside_kueue, sum(starting) AS starting,
             sum(greatest(allocatable - coalesce(held, 0), 0)) FILTER (healthy) AS free,
             sum(seen) AS seen, sum(seen_held) AS seen_held, sum(shareable) AS shareable,
             sum(shareable_n) AS shareable_n, sum(idle_n) AS idle_n, sum(stalled_n) AS stalled_n, round(sum(util) / sum(util_n), 6) AS util_percent,
             round(sum(engine) / sum(engine_n), 6) AS engine_active, round(sum(tensor) / sum(tensor_n), 6) AS tensor_active,
             round(sum(dram) / sum(dram_n), 6) AS dram_active, round(sum(power_share) / sum(power_share_n), 6) AS power_share,
             round(sum(memory) / sum(memory_n), 6) AS memory_share,
             round(sum(util_all) / sum(seen), 6) AS util_percent_all, round(sum(tdp_share_all) / sum(seen), 6) AS tdp_share_all
      FROM node_tick LEFT JOIN held_tick USING (tick, node) LEFT JOIN gpu_tick USING (tick, node)
      GROUP BY tick, nodegroup ORDER BY nodegroup, tick`,
    node: `
      SELECT tick, node::node_name AS node, nodegroup::nodegroup_name AS nodegroup, CASE WHEN healthy THEN greatest(allocatable - coalesce(held, 0), 0) ELSE 0 END AS free,
             CASE WHEN healthy THEN present - allocatable ELSE greatest(present - coalesce(held, 0), 0) END AS out_of_service
      FROM node_tick LEFT JOIN held_tick USING (tick, node) ORDER BY node, tick`,
    queue: `
      SELECT tick, cluster_queue, pending_gpus, pending, admitted, wait_seconds, inactive
      FROM queue_tick LEFT JOIN admission_tick USING (tick, cluster_queue) ORDER BY cluster_queue, tick`,
    quota:
      "SELECT tick, cluster_queue, flavor, cohort, nominal, borrowing_limit, reserved FROM quota_tick ORDER BY cluster_queue, flavor, tick",
    local_queue: "SELECT tick, namespace, name, pending FROM local_queue_tick ORDER BY namespace, name, tick",
    unplaced: `
      SELECT gang, cluster_queue, any_value(namespace) AS namespace, any_value(local_queue) AS local_queue, nodegroup, pods, gpus_per_pod,
             min(tick) AS first_tick, max(tick) AS last_tick
      FROM (SELECT *, tick - row_number() OVER (PARTITION BY gang, cluster_queue, nodegroup, pods ORDER BY tick) AS run FROM unplaced_tick)
      GROUP BY gang, cluster_queue, nodegroup, pods, gpus_per_pod, run ORDER BY first_tick, gang, pods`,
    started: `
      ${GANG_MEMBERS}
      SELECT gang, any_value(namespace) AS namespace, any_value(cluster_queue) AS cluster_queue, any_value(local_queue) AS local_queue,
             coalesce(any_value(priority_class), '') AS priority_class, max(nodegroup) AS nodegroup,
             count(*) FILTER (counts) AS pods, max(gpus) AS gpus_per_pod, coalesce(max(job_created), min(created_seconds)) AS created_seconds,
             max(scheduled_seconds) FILTER (counts) AS scheduled_seconds,
             CASE WHEN bool_and(ended_seconds IS NOT NULL) THEN max(ended_seconds) END AS ended_seconds,
             -- Evicted pods are deleted while they run: what is made again without an end has lost its work.
             bool_or(phase = 'Failed' OR (made_again AND phase IN ('Pending', 'Running'))) AS lost
      FROM members GROUP BY gang, attempt ORDER BY scheduled_seconds, gang`,
    quiet: `
      SELECT state, nodegroup, namespace, first_tick, last_tick FROM quiet_span JOIN node_home USING (node)
      ORDER BY state, first_tick, uuid`,
    busy: `
      SELECT nodegroup, util_bin, tensor_bin, sum(samples) AS samples, round(sum(power_share) / sum(samples), 6) AS power_share
      FROM busy_bin JOIN node_home USING (node) GROUP BY nodegroup, util_bin, tensor_bin ORDER BY nodegroup, util_bin, tensor_bin`,
    wait: "SELECT * FROM wait ORDER BY namespace, name, priority_class",
    eviction: "SELECT cluster_queue, reason, evictions FROM eviction ORDER BY cluster_queue, reason",
    seen: "SELECT tick, job, count(*) AS seen FROM (SELECT DISTINCT tick, job, instance FROM seen) GROUP BY tick, job ORDER BY job, tick",
    dropped: `
      SELECT 'kube-state-metrics' AS source, 'node without a nodegroup that the contract knows' AS reason, count(DISTINCT node) AS count, 'nodes' AS unit
      FROM kube_node ANTI JOIN node_home USING (node)
      UNION ALL
      SELECT 'kube-state-metrics', 'pod on a node without a nodegroup', count(*), 'pods' FROM (SELECT * FROM pod WHERE node IS NOT NULL) ANTI JOIN node_home USING (node)
      UNION ALL
      SELECT 'dcgm-exporter', 'GPU on a host that is no known node', count(DISTINCT "UUID"), 'GPUs' FROM dcgm_gpu ANTI JOIN node_home ON "Hostname" = node
      UNION ALL
      SELECT 'kube-state-metrics', 'node whose nodegroup label changed', count(*), 'nodes'
      FROM (SELECT node FROM kube_node GROUP BY node HAVING count(DISTINCT ${nodegroupSql(dataset)}) > 1)
      ORDER BY ALL`,
  };
}

/** The series of each entity, from rows in order of entity and tick; entities are told apart by the key columns. */
function seriesOf(columns: Columns, ticks: number, ...key: string[]): Map<string, (column: string) => Series> {
  const at = columns["tick"] as ArrayLike<number>;
  const keys = key.map((name) => columns[name]!);
  const series = new Map<string, (column: string) => Series>();
  for (let from = 0, to = 0; from < at.length; from = to) {
    for (to = from + 1; to < at.length && keys.every((values) => values[to] === values[from]); to++);
    const [first, end] = [from, to];
    series.set(keys.map((values) => values[first] ?? "").join("\n"), (column) => {
      const one = new Float64Array(ticks).fill(Number.NaN);
      const values = columns[column] as ArrayLike<number | null>;
      for (let row = first; row < end; row++) one[at[row]!] = values[row] ?? Number.NaN;
      return one;
    });
  }
  return series;
}

/** What a column says of each value of another, from its first row. */
function firstOf(columns: Columns, key: string, column: string): Map<string, string> {
  const found = new Map<string, string>();
  const [names, values] = [columns[key] as ArrayLike<string>, columns[column] as ArrayLike<string>];
  for (let row = 0; row < names.length; row++)
    if (row === 0 || names[row] !== names[row - 1]) found.set(names[row]!, values[row]!);
  return found;
}

function assemble(dataset: Dataset, grid: Grid, tables: Record<string, Columns>): Observed {
  const { contract } = dataset;
  const { ticks } = grid;
  const missing = () => new Float64Array(ticks).fill(Number.NaN);
  const table = (name: string) => tables[name]!;
  const records = <T>(name: string): T[] => {
    const columns = table(name);
    const names = Object.keys(columns);
    return Array.from({ length: columns[names[0]!]?.length ?? 0 }, (_, row) =>
      Object.fromEntries(names.map((column) => [column, columns[column]![row]])),
    ) as T[];
  };
  /** A count that is absent is 0 wherever its source answered. */
  const zeroed = (series: Series, present: Series) =>
    series.map((value, i) => (Number.isNaN(value) && !Number.isNaN(present[i]!) ? 0 : value));

  const homes = contract.clusterQueues;
  const unplaced = records<{
    gang: string;
    cluster_queue: string;
    namespace: string;
    local_queue: string | null;
    nodegroup: string | null;
    pods: number;
    gpus_per_pod: number;
    first_tick: number;
    last_tick: number;
  }>("unplaced").map((row): UnplacedGang => {
    const flavors = homes.find((q) => q.name === row.cluster_queue)?.flavors ?? [];
    const eligible = [...new Set(flavors.flatMap((flavor) => contract.flavors[flavor] ?? []))];
    return {
      gang: row.gang,
      clusterQueue: row.cluster_queue,
      namespace: row.namespace,
      localQueue: row.local_queue ?? undefined,
      nodegroup: row.nodegroup ?? (eligible.length === 1 ? eligible[0] : undefined),
      pods: row.pods,
      gpusPerPod: row.gpus_per_pod,
      firstTick: row.first_tick,
      lastTick: row.last_tick,
    };
  });
  const quiet = records<{
    state: "idle" | "stalled";
    nodegroup: string;
    namespace: string;
    first_tick: number;
    last_tick: number;
  }>("quiet").map(
    (row): QuietSpan => ({
      state: row.state,
      nodegroup: row.nodegroup,
      namespace: row.namespace,
      firstTick: row.first_tick,
      lastTick: row.last_tick,
    }),
  );
  /** How much of something there was at each tick, from the spans in which it was there. */
  const summed = (spans: Iterable<{ firstTick: number; lastTick: number; weight: number }>) => {
    const series = new Float64Array(ticks);
    for (const { firstTick, lastTick, weight } of spans)
      for (let tick = firstTick; tick <= lastTick; tick++) series[tick]! += weight;
    return series;
  };
  const whereSeen = (series: Series, seen: Series) =>
    series.map((value, i) => (Number.isNaN(seen[i]!) ? Number.NaN : value));

  const byNodegroup = seriesOf(table("nodegroup"), ticks, "nodegroup");
  const nodegroups = contract.nodegroups.map(({ name }): NodegroupSeries => {
    const of = byNodegroup.get(name) ?? missing;
    const present = of("present");
    const count = (column: string) => zeroed(of(column), present);
    const seen = of("seen");
    const seenHeld = of("seen_held");
    /** A state of held GPUs is unknown where none of them has the signals that tell it. */
    const whereTold = (series: Series, signals: string) => {
      const told = of(signals);
      return series.map((value, i) => (seenHeld[i]! > 0 && told[i] === 0 ? Number.NaN : value));
    };
    const quietHere = (state: QuietSpan["state"]) =>
      whereTold(
        whereSeen(
          summed(
            quiet
              .filter((span) => span.state === state && span.nodegroup === name)
              .map((span) => ({ ...span, weight: 1 })),
          ),
          seen,
        ),
        `${state}_n`,
      );
    return {
      name,
      present,
      capacity: count("capacity"),
      held: count("held"),
      heldOutsideKueue: count("held_outside_kueue"),
      starting: count("starting"),
      free: count("free"),
      unplaced: whereSeen(
        summed(unplaced.filter((gang) => gang.nodegroup === name).map((gang) => ({ ...gang, weight: gpusOf(gang) }))),
        present,
      ),
      idle: quietHere("idle"),
      stalled: quietHere("stalled"),
      seen,
      shareable: whereTold(of("shareable"), "shareable_n"),
      utilPercent: of("util_percent"),
      engineActive: of("engine_active"),
      tensorActive: of("tensor_active"),
      dramActive: of("dram_active"),
      powerShare: of("power_share"),
      memoryShare: of("memory_share"),
      utilPercentAll: of("util_percent_all"),
      tdpShareAll: of("tdp_share_all"),
    };
  });

  const nodeHome = firstOf(table("node"), "node", "nodegroup");
  const nodes = [...seriesOf(table("node"), ticks, "node")].map(
    ([name, of]): NodeSeries => ({
      name,
      nodegroup: nodeHome.get(name)!,
      free: of("free"),
      outOfService: of("out_of_service"),
    }),
  );

  const quotas = seriesOf(table("quota"), ticks, "cluster_queue", "flavor");
  const cohorts = firstOf(table("quota"), "cluster_queue", "cohort");
  const clusterQueues = [...seriesOf(table("queue"), ticks, "cluster_queue")].map(([name, of]): ClusterQueueSeries => {
    const known = homes.find((q) => q.name === name);
    const found = [...quotas.keys()].filter((key) => key.startsWith(`${name}\n`)).map((key) => key.split("\n")[1]!);
    const rank = (flavor: string) => (known?.flavors?.includes(flavor) ? known.flavors.indexOf(flavor) : found.length);
    // Where quota is not exported, the contract still says which flavors there are.
    const flavors = (found.length > 0 ? found : [...(known?.flavors ?? [])])
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map((flavor): FlavorSeries => {
        const quota = quotas.get(`${name}\n${flavor}`) ?? missing;
        return {
          flavor,
          nodegroups: contract.flavors[flavor] ?? [],
          nominal: quota("nominal"),
          borrowingLimit: quota("borrowing_limit"),
          reserved: quota("reserved"),
        };
      });
    const pending = of("pending");
    // Nothing pending is 0 GPUs pending, even where their number is not exported. But where it is sometimes unknown,
    // zeros alone would be no mean: then it is unknown at those ticks, too.
    const exported = of("pending_gpus");
    const isUnknown = exported.some((gpus, i) => Number.isNaN(gpus) && pending[i]! > 0);
    const pendingGpus = exported.map((gpus, i) => (Number.isNaN(gpus) && pending[i] === 0 && !isUnknown ? 0 : gpus));
    return {
      name,
      cohort: cohorts.get(name) ?? "",
      flavors,
      eligible: [...new Set(flavors.flatMap((flavor) => flavor.nodegroups))],
      able: known?.ableNodegroups,
      strict: known?.queueingStrategy === undefined ? undefined : known.queueingStrategy === "StrictFIFO",
      pendingGpus,
      pending,
      admitted: zeroed(of("admitted"), pending),
      admittedWaitSeconds: zeroed(of("wait_seconds"), pending),
      inactive: of("inactive"),
    };
  });

  const localQueues = [...seriesOf(table("local_queue"), ticks, "namespace", "name")].map(
    ([key, of]): LocalQueueSeries => {
      const [namespace, name] = key.split("\n") as [string, string];
      const { clusterQueue } = contract.localQueues.find((q) => q.namespace === namespace && q.name === name) ?? {};
      return { namespace, name, clusterQueue, pending: of("pending") };
    },
  );

  const started = records<Record<string, never> & { lost: boolean }>("started").map(
    (row): StartedGang => ({
      gang: row["gang"]!,
      namespace: row["namespace"]!,
      clusterQueue: row["cluster_queue"] ?? undefined,
      localQueue: row["local_queue"] ?? undefined,
      priorityClass: row["priority_class"]!,
      nodegroup: row["nodegroup"]!,
      pods: row["pods"]!,
      gpusPerPod: row["gpus_per_pod"]!,
      createdSeconds: row["created_seconds"]!,
      scheduledSeconds: row["scheduled_seconds"]!,
      endedSeconds: row["ended_seconds"] ?? undefined,
      lost: row.lost,
    }),
  );

  const waits = records<Record<string, number | string>>("wait").map(
    (row): WaitHistogram => ({
      namespace: String(row["namespace"]),
      name: String(row["name"]),
      priorityClass: String(row["priority_class"]),
      buckets: Object.entries(row)
        .filter(([column]) => column.includes("_bucket_le_"))
        .map(([column, count]) => ({ le: upperBound(column), count: Number(count) })),
    }),
  );

  const seenBy = seriesOf(table("seen"), ticks, "job");
  const share = (job: string) => (seenBy.get(job)?.("seen") ?? missing()).map((seen) => (seen > 0 ? 1 : 0));
  return {
    ...grid,
    contract,
    nodegroups,
    nodes,
    clusterQueues,
    localQueues,
    unplaced,
    started,
    quiet,
    waits,
    busy: records<{ nodegroup: string; util_bin: number; tensor_bin: number; samples: number; power_share: number }>(
      "busy",
    ).map((row) => ({
      nodegroup: row.nodegroup,
      utilPercent: row.util_bin * busyBins.utilPercent,
      tensorActive: row.tensor_bin * busyBins.tensor,
      powerShare: row.power_share,
      gpuHours: (row.samples * grid.stepMs) / HOUR_MS,
    })),
    evictions: records<{ cluster_queue: string; reason: string; evictions: number }>("eviction").map((row) => ({
      clusterQueue: row.cluster_queue,
      reason: row.reason,
      count: row.evictions,
    })),
    coverage: {
      kueue: share("kueue"),
      kubeState: share("kube-state-metrics"),
      dcgm: Object.fromEntries(
        nodegroups.map(({ name, seen, present }) => [
          name,
          seen.map((gpus, i) => (Number.isNaN(gpus) ? 0 : Math.min(1, gpus / present[i]!))),
        ]),
      ),
    },
    dropped: [...records<Dropped>("dropped"), homeless(clusterQueues)].filter(({ count }) => count > 0),
  };
}

/** Queues with pending work that reach no nodegroup: what waits there cannot be put anywhere. */
function homeless(queues: readonly ClusterQueueSeries[]): Dropped {
  const without = queues.filter((queue) => queue.eligible.length === 0 && queue.pending.some((n) => n > 0));
  const reason = "pending work of a ClusterQueue whose flavors stand for no nodegroup that the contract knows";
  return { source: "kueue", reason, count: without.length, unit: "ClusterQueues" };
}

/** Upper bound in seconds of a bucket column: 2.5 of "…_bucket_le_2_5". */
function upperBound(column: string): number {
  const text = column.slice(column.indexOf("_bucket_le_") + "_bucket_le_".length);
  return text === "inf" ? Number.POSITIVE_INFINITY : Number(text.replace("_", "."));
}

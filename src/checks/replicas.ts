import type { Dataset } from "../dataset/open.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";

/** Gauges of two replicas differ where their means do by more than this share, and by half a unit. */
const AGREES_SHARE = 0.1;
/** Replicas are compared in stretches of so many scrape intervals in which both answer, and not by fewer than so many. */
const STRETCH_INTERVALS = 5;
const FEWEST_STRETCHES = 10;

export const replicas: Check = {
  name: "replicas",
  rule: "Replicas of a source, and Prometheuses that scrape the same one, say the same",
  spoils: "capacity and demand: of what replicas say the largest counts, whichever is right",
  async run(dataset) {
    const examples: Example[] = [];
    const notes: Example[] = [];
    const targets = await dataset.query<{ job: string; targets: number }>(
      `SELECT job, count(DISTINCT instance) AS targets FROM up WHERE job <> 'dcgm-exporter' GROUP BY job HAVING targets > 1 ORDER BY job`,
    );
    for (const { job, targets: count } of targets)
      notes.push({ count: count - 1, what: `${job}: ${count} targets say the same, which counts once` });
    if (targets.some(({ job }) => job === "kube-state-metrics")) examples.push(...(await nodesThatDiffer(dataset)));
    examples.push(...(await queuesThatDiffer(dataset)));
    notes.push(...(await askedTwice(dataset)));
    return verdict(examples, "every source", notes);
  },
};

/** A process that was started anew under another address is no second one: only what is said at the same time is compared. */
async function nodesThatDiffer({ query }: Dataset): Promise<Example[]> {
  const [row] = await query<{ count: number; name: string | null }>(
    `SELECT count(DISTINCT node) AS count, min(node) AS name FROM (
       SELECT node FROM (
         SELECT node, date_trunc('hour', timestamp) AS hour, instance, max(kube_node_created) AS created FROM kube_node GROUP BY ALL)
       GROUP BY node, hour HAVING count(DISTINCT created) > 1)`,
  );
  if (row!.count === 0) return [];
  return [
    {
      count: row!.count,
      what: `kube-state-metrics: its targets disagree on when ${plural(row!.count, "node was", "nodes were")} made, for instance ${row!.name}: they list different clusters`,
    },
  ];
}

async function queuesThatDiffer({ query, contract }: Dataset): Promise<Example[]> {
  const stretch = `time_bucket(INTERVAL ${STRETCH_INTERVALS * contract.scrapeIntervalSeconds.kueue} SECOND, timestamp)`;
  const series = [
    ["kueue_cluster_queue", "kueue_pending_workloads_active + kueue_pending_workloads_inadmissible"],
    ["kueue_cluster_queue", "kueue_cluster_queue_resource_pending_nvidia_com_gpu"],
    ["kueue_cluster_queue_resource", "kueue_cluster_queue_resource_reservation"],
  ] as const;
  const found = new Map<string, string>();
  for (const [table, value] of series) {
    const rows = await query<{ queue: string; low: number; high: number }>(
      `WITH said AS (
         SELECT cluster_queue AS queue, instance, replica_role, ${stretch} AS stretch, avg(${value}) AS mean FROM ${table}
         GROUP BY queue, instance, replica_role, stretch
         QUALIFY count(*) OVER (PARTITION BY queue, stretch) > 1)
       SELECT queue, min(mean) AS low, max(mean) AS high FROM (
         SELECT queue, instance, replica_role, avg(mean) AS mean, count(*) AS stretches FROM said GROUP BY ALL)
       WHERE stretches >= ${FEWEST_STRETCHES} GROUP BY queue HAVING high - low > greatest(0.5, ${AGREES_SHARE} * high) ORDER BY queue`,
    );
    for (const { queue, low, high } of rows)
      if (!found.has(queue))
        found.set(
          queue,
          `ClusterQueue ${queue}: replicas of Kueue say ${low.toFixed(1)} and ${high.toFixed(1)} of ${value} on average`,
        );
  }
  return [...found.values()].map((what) => ({ count: 1, what }));
}

/** Targets that answered far more often than once an interval. */
async function askedTwice({ query, contract, manifest }: Dataset): Promise<Example[]> {
  const seconds = (Date.parse(manifest.end) - Date.parse(manifest.start)) / 1000;
  const examples: Example[] = [];
  for (const [job, interval] of Object.entries(contract.scrapeIntervalSeconds)) {
    const [row] = await query<{ count: number }>(
      `SELECT count(*) AS count FROM (
         SELECT instance FROM up WHERE job = '${job}' AND up = 1 GROUP BY instance HAVING count(*) > ${(1.5 * seconds) / interval})`,
    );
    if (row!.count > 0)
      examples.push({
        count: row!.count,
        what: `${job}: ${plural(row!.count, "target was", "targets were")} scraped more than once an interval; the last scrape counts`,
      });
  }
  return examples;
}

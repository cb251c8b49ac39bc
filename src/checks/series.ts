import { identifier } from "../dataset/session.js";
import { tables } from "../tables/index.js";
import { kueueLocalQueuePriority } from "../tables/kueue.js";
import { type Source, seriesKey } from "../tables/table.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";
import { isExported, isScraped, notExported } from "./exported.js";

const list = (names: readonly string[]) => names.map(identifier).join(", ");

export const duplicates: Check = {
  name: "duplicates",
  rule: "A series has one sample a scrape",
  spoils: "every sum: two replicas or exporters count the same thing twice",
  async run(dataset) {
    const examples = [];
    for (const table of tables) {
      const { name } = table;
      const key = seriesKey(table);
      const row = `timestamp, ${list(key)}`;
      const [sizes] = await dataset.query<{ rows: number; distinct: number }>(
        `SELECT count(*) AS rows, count(DISTINCT hash(${row})) AS distinct FROM ${identifier(name)}`,
      );
      if (sizes!.rows === sizes!.distinct) continue;
      const [twice] = await dataset.query<{ count: number; example: string }>(
        `SELECT count(*) AS count, min(concat_ws(' ', ${list(key)})) AS example
         FROM (SELECT ${row} FROM ${identifier(name)} GROUP BY ${row} HAVING count(*) > 1)`,
      );
      const { count, example } = twice!;
      if (count > 0)
        examples.push({
          count,
          what: `${name}: ${plural(count, "sample")} more than once, for instance of ${example}`,
        });
    }
    return verdict(examples, `${tables.length} tables`);
  },
};

export const timestamps: Check = {
  name: "timestamps",
  rule: "The samples of a series stand together, in the order of their timestamps, within the dataset's time range",
  spoils: "rates, and everything drawn over time: clocks are skewed, or files were merged",
  async run(dataset) {
    const { start, end } = dataset.manifest;
    const examples = [];
    for (const table of tables) {
      const { name } = table;
      const [row] = await dataset.query<{ falls: number; split: number; outside: number }>(
        `SELECT count(*) FILTER (series = series_before AND timestamp < timestamp_before) AS falls,
                count(*) FILTER (series IS DISTINCT FROM series_before) - count(DISTINCT series) AS split,
                count(*) FILTER (timestamp < '${start}'::TIMESTAMPTZ OR timestamp >= '${end}'::TIMESTAMPTZ) AS outside
         FROM (SELECT timestamp, series, lag(timestamp) OVER () AS timestamp_before, lag(series) OVER () AS series_before
               FROM (SELECT timestamp, hash(${list(seriesKey(table))}) AS series FROM ${identifier(name)}))`,
      );
      const { falls, split, outside } = row!;
      if (falls > 0)
        examples.push({
          count: falls,
          what: `${name}: ${plural(falls, "sample is", "samples are")} earlier than the one before`,
        });
      if (split > 0) examples.push({ count: split, what: `${name}: series are split, ${plural(split, "time")}` });
      if (outside > 0)
        examples.push({ count: outside, what: `${name}: ${plural(outside, "sample")} outside ${start} to ${end}` });
    }
    return verdict(examples, `${tables.length} tables`);
  },
};

/** Kueue begins a LocalQueue's counters anew when it is stopped: joins how often it has been seen not to be active. */
const localQueueStops = `LEFT JOIN (
  SELECT instance, namespace, name, replica_role, timestamp,
         count(*) FILTER (kueue_local_queue_status <> 'True')
           OVER (PARTITION BY instance, namespace, name, replica_role ORDER BY timestamp) AS stopped
  FROM kueue_local_queue) USING (instance, namespace, name, replica_role, timestamp)`;

export const counters: Check = {
  name: "counters",
  rule: "A counter falls only when its process has restarted, or its LocalQueue was stopped",
  spoils: "admissions, waits and energy, which are differences of counters",
  async run(dataset) {
    const examples = [];
    let looked = 0;
    for (const table of tables) {
      const { name, columns, source } = table;
      const names = Object.entries(columns)
        .filter(([, column]) => column.role === "counter")
        .map(([column]) => column);
      if (names.length === 0) continue;
      looked += names.length;
      const series = `PARTITION BY ${list(seriesKey(table))}, started, stopped ORDER BY timestamp`;
      const falls = names.map(
        (column) => `${identifier(column)} < lag(${identifier(column)}) OVER life AS ${identifier(column)}`,
      );
      const counts = names.map((column, i) => `count(*) FILTER (${identifier(column)}) AS n${i}`);
      const [row] = await dataset.query<Record<string, number>>(
        `WITH lives AS (SELECT instance, timestamp, process_start_time_seconds AS started FROM up WHERE job = '${source}'),
         samples AS (SELECT s.*, started, ${table === kueueLocalQueuePriority ? "stopped" : "0 AS stopped"}
                     FROM ${identifier(name)} s LEFT JOIN lives USING (instance, timestamp) ${table === kueueLocalQueuePriority ? localQueueStops : ""}),
         falls AS (SELECT ${falls.join(", ")} FROM samples WINDOW life AS (${series}))
         SELECT ${counts.join(", ")} FROM falls`,
      );
      for (const [i, column] of names.entries()) {
        const count = Number(row![`n${i}`]);
        if (count > 0)
          examples.push({ count, what: `${name}.${column} falls ${plural(count, "time")} without a restart` });
      }
    }
    return verdict(examples, `${looked} counters`);
  },
};

/** Share of scrapes that may fail before the analysis would rest on too little. */
const MISSED_SHARE = 0.01;
/** Longest time without a sample, in scrape intervals, that the join bridges by the last value. */
const BRIDGED_INTERVALS = 2.5;

export const gaps: Check = {
  name: "gaps",
  rule: `Each source answered at least ${100 - 100 * MISSED_SHARE} % of its scrapes, those while its node was NotReady aside, and no sample of it is missing where it did`,
  spoils: "whatever is summed over time: what was not scraped is not zero",
  async run(dataset) {
    const [examples, notes]: [Example[], Example[]] = [[], []];
    let scrapes = 0;
    for (const [job, seconds] of Object.entries(dataset.contract.scrapeIntervalSeconds)) {
      if (!isScraped(dataset, job as Source)) {
        notes.push(notExported(job));
        continue;
      }
      const [row] = await dataset.query<{
        expected: number;
        answered: number;
        holes: number;
        longest: number;
        worst: string | null;
      }>(
        `WITH targets AS (SELECT instance, any_value(node) AS node, count(*) FILTER (up = 1) AS answered FROM up WHERE job = '${job}' GROUP BY instance),
         -- A node that is NotReady, or none of the cluster, answers nobody: its exporter is not asked to.
         serving AS (SELECT node, count(DISTINCT timestamp) FILTER (kube_node_status_condition_ready = 'true')
                                  / (SELECT count(DISTINCT timestamp) FROM kube_node) AS share
                     FROM kube_node GROUP BY node),
         spaced AS (SELECT instance, epoch_ms(timestamp) - lag(epoch_ms(timestamp)) OVER (PARTITION BY instance ORDER BY timestamp) AS ms
                    FROM up WHERE job = '${job}' AND up = 1)
         SELECT coalesce((SELECT sum(coalesce(share, 1)) FROM targets LEFT JOIN serving USING (node)), 0) * ${(Date.parse(dataset.manifest.end) - Date.parse(dataset.manifest.start)) / 1000 / seconds} AS expected,
                (SELECT sum(answered)::BIGINT FROM targets) AS answered,
                count(*) FILTER (ms > ${BRIDGED_INTERVALS * seconds * 1000}) AS holes,
                coalesce(max(ms), 0) / 1000 AS longest,
                arg_max(instance, ms) AS worst
         FROM spaced`,
      );
      const { expected, holes, longest, worst } = row!;
      const answered = row!.answered ?? 0;
      scrapes += answered;
      const missed = 1 - answered / expected;
      if (expected === 0) examples.push({ count: 1, what: `${job}: no target, nothing was scraped` });
      else if (missed > MISSED_SHARE)
        examples.push({
          count: Math.round(expected - answered),
          what: `${job}: ${(100 * missed).toFixed(1)} % of scrapes missing, ${plural(holes, "gap")} beyond ${BRIDGED_INTERVALS} intervals, the longest ${longest} s at ${worst}`,
        });
    }
    for (const table of tables) {
      const { name, source, sparse } = table;
      if (source === "prometheus" || sparse || !isScraped(dataset, source)) continue;
      if (!isExported(dataset, table)) {
        notes.push(notExported(name));
        continue;
      }
      const [row] = await dataset.query<{ silent: number; example: string | null }>(
        `SELECT count(*) AS silent, any_value(instance) AS example FROM (
           SELECT instance, timestamp FROM (SELECT * FROM up WHERE job = '${source}' AND up = 1)
           ANTI JOIN (SELECT DISTINCT instance, timestamp FROM ${identifier(name)}) USING (instance, timestamp))`,
      );
      if (row!.silent > 0)
        examples.push({
          count: row!.silent,
          what: `${name}: no sample at ${plural(row!.silent, "scrape")} that succeeded, for instance of ${row!.example}`,
        });
    }
    return verdict(examples, plural(scrapes, "scrape"), notes);
  },
};

import { EvenkeelError } from "../errors.js";
import type { Contract } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import { columnSeries, parseSeries } from "../tables/series.js";
import type { Source, Table } from "../tables/table.js";
import { list } from "../units/format.js";
import { HOUR_MS } from "../units/time.js";
import type { PrometheusClient } from "./client.js";

/** What is scraped: every source of samples but Prometheus itself. */
export type Exporter = Exclude<Source, "prometheus" | "evenkeel">;
export const EXPORTERS: readonly Exporter[] = ["kueue", "kube-state-metrics", "dcgm-exporter"];

/** How a cluster's series are told from others, and what they are called there. */
export type Wiring = NonNullable<Contract["prometheus"]>;

/** The jobs of each exporter: their targets are those that count. */
export type Jobs = Readonly<Record<Exporter, readonly string[]>>;

/** Metrics of a table under their usual names, other spellings included, each once. */
export function metricsOf(table: Table): string[] {
  const own = columnSeries(table).map(({ metric }) => metric);
  return [...new Set([...own, ...(table.openLabels ? [table.openLabels.series] : [])])];
}

/** A metric's name at the server. */
export const nameThere = (metric: string, { metrics = {} }: Wiring): string => metrics[metric] ?? metric;

/** A string as PromQL has it. */
export const quoted = (text: string) => JSON.stringify(text);

/** Text that a regular expression of RE2 takes as it is. */
export const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** What a label must be, as a selector has it: an operator and a value. */
export const isOneOf = (values: readonly string[]): string =>
  values.length === 1 ? `=${quoted(values[0]!)}` : `=~${quoted(values.map(literally).join("|"))}`;

/** A label's name at the server. */
export const labelThere = (label: string, { labels = {} }: Wiring): string => labels[label] ?? label;

type LabelValues = Readonly<Record<string, readonly string[]>>;

/**
 * Selects series of this cluster as its server has them.
 *
 * @param metric its usual name; any, unless told
 * @param labels what they must be, by their usual names; of several values, one
 */
export function clusterSelector(metric: string | undefined, labels: LabelValues, wiring: Wiring): string {
  const matchers = [
    ...Object.entries(wiring.matchers ?? {}).map(([label, value]) => `${label}${isOneOf([value])}`),
    ...Object.entries(labels).map(([label, values]) => `${labelThere(label, wiring)}${isOneOf(values)}`),
  ];
  return `${metric === undefined ? "" : nameThere(metric, wiring)}{${matchers.join(",")}}`;
}

/** Histograms of which the server has no series of buckets, but native ones, under the names that it has them by. */
export const nativeHistograms = (names: ReadonlySet<string>, wiring: Wiring): string[] =>
  tables
    .flatMap(metricsOf)
    .filter((metric) => metric.endsWith("_bucket") && !names.has(nameThere(metric, wiring)))
    .map((metric) => nameThere(metric.replace(/_bucket$/, ""), wiring))
    .filter((histogram) => names.has(histogram));

/** Which jobs export an exporter's series: the contract's, or all that do, in order. */
export async function findJobs(
  client: PrometheusClient,
  wiring: Wiring,
  startMs: number,
  endMs: number,
): Promise<Jobs> {
  const found = await Promise.all(
    EXPORTERS.map(async (exporter): Promise<readonly string[]> => {
      const named = wiring.jobs?.[exporter];
      if (named) return named;
      const metrics = tables.filter(({ source }) => source === exporter).flatMap(metricsOf);
      const names = metrics.map((metric) => nameThere(metric, wiring));
      const any = clusterSelector(undefined, { __name__: names }, wiring);
      return [...(await client.labelValues("job", any, startMs, endMs))].sort();
    }),
  );
  return Object.fromEntries(EXPORTERS.map((exporter, i) => [exporter, found[i]!])) as unknown as Jobs;
}

/** Names of the metrics, as the server has them, that these jobs export. */
export async function findNames(
  client: PrometheusClient,
  wiring: Wiring,
  jobs: Jobs,
  startMs: number,
  endMs: number,
): Promise<ReadonlySet<string>> {
  const all = Object.values(jobs).flat();
  if (all.length === 0) return new Set();
  const any = clusterSelector(undefined, { job: [...new Set(all)] }, wiring);
  return new Set(await client.labelValues("__name__", any, startMs, endMs));
}

/** A server's oldest block may be this coarse, and what is asked of it no finer. */
const TIMES_WITHIN_MS = HOUR_MS;

/**
 * Between which moments, Unix ms, a server has series of any of these metrics, to about an hour or a block of its
 * storage. Halves the time again and again: some forty questions that are answered from indexes.
 *
 * @returns undefined if it has none at any time
 */
export async function findTimes(
  client: PrometheusClient,
  wiring: Wiring,
  metrics: readonly string[],
): Promise<readonly [fromMs: number, toMs: number] | undefined> {
  const any = clusterSelector(undefined, { __name__: metrics.map((metric) => nameThere(metric, wiring)) }, wiring);
  const nowMs = Date.now();
  const isThere = async (fromMs: number, toMs: number) =>
    (await client.labelValues("__name__", any, fromMs, toMs)).length > 0;
  if (!(await isThere(0, nowMs))) return undefined;
  /** The border between moments for which something holds, `holds` among them, and those for which it does not. */
  const border = async (holds: number, fails: number, test: (ms: number) => Promise<boolean>) => {
    let [yes, no] = [holds, fails];
    while (Math.abs(yes - no) > TIMES_WITHIN_MS) {
      const middle = Math.round((yes + no) / 2);
      if (await test(middle)) yes = middle;
      else no = middle;
    }
    return yes;
  };
  const toMs = await border(0, nowMs, (ms) => isThere(ms, nowMs));
  return [await border(nowMs, 0, (ms) => isThere(0, ms)), toMs];
}

/** Labels by which each table is narrowed to what has to do with GPUs, with their values: no others are asked for. */
export type Narrowed = ReadonlyMap<Table, LabelValues>;

/** Finds the nodes and namespaces that have GPUs, between two moments. */
export async function narrowTables(
  client: PrometheusClient,
  wiring: Wiring,
  jobs: Jobs,
  startMs: number,
  endMs: number,
): Promise<Narrowed> {
  const found = new Map<Table, LabelValues>();
  for (const table of tables) {
    const of = jobs[table.source as Exporter] ?? [];
    if (!table.narrow || of.length === 0) continue;
    const { metric, where } = parseSeries(table.narrow.series);
    const fixed = Object.fromEntries(Object.entries(where).map(([name, value]) => [name, [value]]));
    const any = clusterSelector(metric, { job: of, ...fixed }, wiring);
    const { label } = table.narrow;
    // Where the target has such a label itself, the one that is meant was renamed.
    for (const name of [`exported_${label}`, label]) {
      const values = await client.labelValues(labelThere(name, wiring), any, startMs, endMs);
      if (values.length === 0) continue;
      found.set(table, { [name]: [...values].sort() });
      break;
    }
  }
  return found;
}

/** What is asked of the server for a table: one selector for each of its metrics that there is. */
export function selectorsOf(
  table: Table,
  wiring: Wiring,
  jobs: Jobs,
  names: ReadonlySet<string>,
  narrowed: Narrowed,
): { readonly metric: string; readonly selector: string }[] {
  const of = table.source === "prometheus" ? Object.values(jobs).flat() : (jobs[table.source as Exporter] ?? []);
  if (of.length === 0) return [];
  return metricsOf(table).flatMap((metric) => {
    if (!names.has(nameThere(metric, wiring))) return [];
    const columns = columnSeries(table).filter((column) => column.metric === metric);
    const fixed = sharedValues(columns.map(({ where }) => where));
    const labels = { job: [...new Set(of)].sort(), ...table.only };
    const parts = Object.entries(narrowed.get(table) ?? {}).flatMap(([label, values]) =>
      shortLists(values).map((part) => ({ [label]: part })),
    );
    return (parts.length > 0 ? parts : [{}]).map((part) => ({
      metric,
      selector: clusterSelector(metric, { ...labels, ...part, ...fixed }, wiring),
    }));
  });
}

/** Servers refuse long queries, VictoriaMetrics those beyond 16 KiB: characters that the values of one may have. */
const LONGEST_VALUES = 8_000;

/** The same values in as many lists as it takes to keep each short. */
function shortLists(values: readonly string[]): string[][] {
  const lists: string[][] = [[]];
  let length = 0;
  for (const value of values) {
    length += value.length;
    if (length > LONGEST_VALUES) {
      lists.push([]);
      length = value.length;
    }
    lists.at(-1)!.push(value);
  }
  return lists;
}

/** Labels that all columns of a metric fix, with their values; a bucket's bound is not asked for by its text. */
function sharedValues(wheres: readonly Readonly<Record<string, string>>[]): Record<string, string[]> {
  const [first = {}, ...others] = wheres;
  const shared = Object.keys(first).filter((name) => name !== "le" && others.every((where) => name in where));
  return Object.fromEntries(shared.map((name) => [name, [...new Set(wheres.map((where) => where[name]!))].sort()]));
}

/** A label as the scraped target wrote it: renamed to exported_… where the target has one of its own. */
export const labelOf = (metric: Readonly<Record<string, string>>, label: string): string | undefined =>
  metric[`exported_${label}`] ?? metric[label];

/** Labels of a series under their usual names. */
export function translated(
  metric: Readonly<Record<string, string>>,
  { labels = {} }: Wiring,
): Readonly<Record<string, string>> {
  const renamed = Object.entries(labels).filter(([, there]) => metric[there] !== undefined);
  if (renamed.length === 0) return metric;
  return { ...metric, ...Object.fromEntries(renamed.map(([name, there]) => [name, metric[there]!])) };
}

/** Labels by which servers that hold several clusters tell them apart. */
export const CLUSTER_LABELS = ["cluster", "cluster_name", "k8s_cluster"];

/**
 * Refuses series of several clusters: nodes and queues of one name would become one.
 *
 * @throws EvenkeelError that names the clusters
 */
export async function requireOneCluster(
  client: PrometheusClient,
  wiring: Wiring,
  jobs: Jobs,
  startMs: number,
  endMs: number,
): Promise<void> {
  const all = [...new Set(Object.values(jobs).flat())];
  if (all.length === 0) return;
  const any = clusterSelector("up", { job: all }, wiring);
  for (const label of CLUSTER_LABELS) {
    const values = await client.labelValues(label, any, startMs, endMs);
    if (values.length > 1)
      throw new EvenkeelError(
        `found series of ${values.length} clusters, told apart by the label ${label} (${list(values.slice(0, 5))}); pull one at a time, for instance with --match ${label}=${values[0]}`,
      );
  }
}

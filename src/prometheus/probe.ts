import { tables } from "../tables/index.js";
import { GPU_RESOURCES } from "../tables/kueue.js";
import { MINUTE_MS, SECOND_MS } from "../units/time.js";
import type { InstantSeries, PrometheusClient } from "./client.js";
import {
  CLUSTER_LABELS,
  clusterSelector,
  EXPORTERS,
  type Exporter,
  findJobs,
  findNames,
  findTimes,
  type Jobs,
  labelOf,
  metricsOf,
  nameThere,
  translated,
  type Wiring,
} from "./selectors.js";

export interface Target {
  readonly instance: string;
  readonly up: boolean;
}

export interface Scraped {
  readonly targets: readonly Target[];
  /** Median of the time between two scrapes of a target; undefined if no target was scraped twice. */
  readonly intervalSeconds: number | undefined;
}

/** A node with GPUs. */
export interface ProbedNode {
  readonly name: string;
  /** Labels of kube_node_labels, as mangled. */
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: number;
  readonly allocatable: number | undefined;
  /** Keys of taints that keep work away which does not tolerate them. */
  readonly taints: readonly string[];
}

/** A GPU as dcgm-exporter labels it. */
export interface ProbedGpu {
  readonly uuid: string;
  readonly host: string | undefined;
  readonly modelName: string | undefined;
  readonly labels: readonly string[];
}

/** A pod that requests GPUs. */
export interface ProbedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly node: string | undefined;
  readonly clusterQueue: string | undefined;
  readonly localQueue: string | undefined;
}

export interface ProbedQuota {
  readonly clusterQueue: string;
  readonly flavor: string;
  readonly nominal: number;
}

/** What a server shows of a cluster at one moment. */
export interface Probe {
  readonly version: string | undefined;
  /** The moment, Unix ms. */
  readonly atMs: number;
  /** Where there is no capacity of any node at that moment: from when to when there was, Unix ms, if ever. */
  readonly otherTimes: readonly [fromMs: number, toMs: number] | undefined;
  readonly jobs: Jobs;
  /** Every metric that the jobs export, as the server names it. */
  readonly names: ReadonlySet<string>;
  readonly scraped: Readonly<Record<Exporter, Scraped>>;
  /** What exporters say of their own versions. */
  readonly versions: Readonly<Partial<Record<Exporter, string>>>;
  readonly nodes: readonly ProbedNode[];
  readonly gpus: readonly ProbedGpu[];
  readonly pods: readonly ProbedPod[];
  readonly quotas: readonly ProbedQuota[];
  readonly clusterQueues: readonly string[];
  /** Labels that no table knows and that tell copies of all series apart, or clusters, with their values. */
  readonly doubled: readonly { readonly label: string; readonly values: readonly string[] }[];
}

const CAPACITY = "kube_node_status_capacity";

/** How far back the moment reaches: some scrapes of the slowest exporter. */
const WINDOW_MS = 15 * MINUTE_MS;

/** Labels by which Prometheus servers, and what federates them, tell their copies of one series apart, or clusters. */
const TELLING_APART = ["replica", "prometheus_replica", "__replica__", "prometheus", "ha_replica", ...CLUSTER_LABELS];

/** Asks a server what it has of a cluster at one moment: some twenty small questions, and no raw samples but of `up`. */
export async function probe(client: PrometheusClient, wiring: Wiring, atMs: number): Promise<Probe> {
  const [fromMs, window] = [atMs - WINDOW_MS, `${WINDOW_MS / SECOND_MS}s`];
  const version = await client.version();
  const jobs = await findJobs(client, wiring, fromMs, atMs);
  const names = await findNames(client, wiring, jobs, fromMs, atMs);
  const found = async (
    exporter: Exporter,
    metric: string,
    labels: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<readonly InstantSeries[]> => {
    if (!names.has(nameThere(metric, wiring))) return [];
    const of = clusterSelector(metric, { job: jobs[exporter], ...labels }, wiring);
    const series = await client.instant(`last_over_time(${of}[${window}])`, atMs);
    return series.map((one) => ({ ...one, metric: translated(one.metric, wiring) }));
  };
  const ksm = (metric: string, labels?: Readonly<Record<string, readonly string[]>>) =>
    found("kube-state-metrics", metric, labels);
  const gpu = { resource: ["nvidia_com_gpu"] };

  const kueue = (metric: string, labels?: Readonly<Record<string, readonly string[]>>) =>
    found("kueue", metric, labels);
  const dcgm = tables.find(({ source }) => source === "dcgm-exporter")!;
  const seen = metricsOf(dcgm).find((metric) => names.has(nameThere(metric, wiring)));

  // All at once: one after the other they would take a slow server a minute.
  const [scraped, taints, gpuSeries, requests, quotaSeries, pending, kueueBuild, kubeStateBuild] = await Promise.all([
    Promise.all(
      EXPORTERS.map(async (exporter) => [exporter, await scrapesOf(client, wiring, jobs[exporter], atMs)] as const),
    ),
    ksm("kube_node_spec_taint"),
    seen === undefined ? [] : found("dcgm-exporter", seen),
    ksm("kube_pod_container_resource_requests", gpu),
    kueue("kueue_cluster_queue_nominal_quota", { resource: GPU_RESOURCES }),
    kueue("kueue_pending_workloads"),
    kueue("kueue_build_info"),
    ksm("kube_state_metrics_build_info"),
  ]);
  const [capacity, allocatable, nodeLabels] = await Promise.all([
    ksm(CAPACITY, gpu).then((series) => byLabel(series, "node")),
    ksm("kube_node_status_allocatable", gpu).then((series) => byLabel(series, "node")),
    ksm("kube_node_labels").then((series) => byLabel(series, "node")),
  ]);
  const nodes = [...capacity].map(
    ([name, { value }]): ProbedNode => ({
      name,
      labels: Object.fromEntries(
        Object.entries(nodeLabels.get(name)?.metric ?? {}).filter(([label]) => label.startsWith("label_")),
      ),
      capacity: Number(value[1]),
      allocatable: allocatable.has(name) ? Number(allocatable.get(name)!.value[1]) : undefined,
      taints: taints.flatMap(({ metric }) =>
        labelOf(metric, "node") === name && metric["effect"] !== "PreferNoSchedule" ? [metric["key"] ?? ""] : [],
      ),
    }),
  );

  const gpus = gpuSeries.map(
    ({ metric }): ProbedGpu => ({
      uuid: metric["UUID"] ?? "",
      host: metric["Hostname"] ?? metric["hostname"],
      modelName: metric["modelName"],
      labels: Object.keys(metric),
    }),
  );

  // Most pods of a cluster have no GPUs: only namespaces that have some are looked at.
  const clashing = requests.some(({ metric }) => metric["exported_namespace"] !== undefined);
  const namespaces = [...new Set(requests.map(({ metric }) => labelOf(metric, "namespace") ?? ""))].sort();
  const there = { [clashing ? "exported_namespace" : "namespace"]: namespaces };
  const ofPods = async (metric: string) => (requests.length === 0 ? [] : ksm(metric, there));
  const [info, podLabels] = await Promise.all(
    ["kube_pod_info", "kube_pod_labels"].map(async (metric) => byLabel(await ofPods(metric), "uid")),
  );
  const pods = new Map<string, ProbedPod>();
  for (const { metric } of requests) {
    const uid = metric["uid"] ?? "";
    const queue = (name: string) => podLabels!.get(uid)?.metric[`label_kueue_x_k8s_io_${name}_queue_name`];
    pods.set(uid, {
      uid,
      namespace: labelOf(metric, "namespace") ?? "",
      node: labelOf(info!.get(uid)?.metric ?? metric, "node"),
      clusterQueue: queue("cluster"),
      localQueue: queue("local"),
    });
  }

  const quotas = quotaSeries.map(
    ({ metric, value }): ProbedQuota => ({
      clusterQueue: metric["cluster_queue"] ?? "",
      flavor: metric["flavor"] ?? "",
      nominal: Number(value[1]),
    }),
  );
  const versions = {
    kueue: kueueBuild[0]?.metric["git_version"],
    "kube-state-metrics": kubeStateBuild[0]?.metric["version"],
  };
  const everything = [...capacity.values(), ...gpuSeries, ...pending, ...requests].map(({ metric }) => metric);
  return {
    version,
    atMs,
    otherTimes: names.has(nameThere(CAPACITY, wiring)) ? undefined : await findTimes(client, wiring, [CAPACITY]),
    jobs,
    names,
    scraped: Object.fromEntries(scraped) as Record<Exporter, Scraped>,
    versions: Object.fromEntries(Object.entries(versions).filter(([, is]) => is !== undefined)),
    nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    gpus: distinct(gpus, ({ uuid, host }) => `${host}\n${uuid}`),
    pods: [...pods.values()],
    quotas: distinct(quotas, ({ clusterQueue, flavor }) => `${clusterQueue}\n${flavor}`),
    clusterQueues: [...new Set(pending.map(({ metric }) => metric["cluster_queue"] ?? ""))].sort(),
    doubled: TELLING_APART.flatMap((label) => {
      const values = [...new Set(everything.flatMap((metric) => metric[label] ?? []))].sort();
      return values.length > 1 ? [{ label, values }] : [];
    }),
  };
}

/** What was found where no node has GPUs, and what to do then. */
export function withoutNodes({ atMs, names, otherTimes }: Probe, wiring: Wiring = {}): string {
  const matched = Object.entries(wiring.matchers ?? {}).map(([label, value]) => `, ${label}=${JSON.stringify(value)}`);
  const metric = nameThere(CAPACITY, wiring);
  const found = `no series ${metric}{resource="nvidia_com_gpu"${matched.join("")}} at ${new Date(atMs).toISOString()}`;
  if (names.has(metric))
    return `${found}, only of other resources; install NVIDIA's device plugin, or name the job of the cluster's kube-state-metrics in prometheus.jobs of a contract (--contract)`;
  if (otherTimes === undefined)
    return `${found}, nor at any other time; ${matched.length > 0 ? "correct --match or prometheus.matchers, " : ""}scrape kube-state-metrics, or name the job that does in prometheus.jobs of a contract (--contract)`;
  const [from, to] = otherTimes.map((ms) => new Date(ms).toISOString());
  return `${found}, but such of any resource from about ${from} to ${to}; ask for a time within: --at of doctor, --start and --end of pull`;
}

function byLabel(series: readonly InstantSeries[], label: string): Map<string, InstantSeries> {
  const found = new Map<string, InstantSeries>();
  for (const one of series) {
    const value = labelOf(one.metric, label);
    if (value !== undefined) found.set(value, one);
  }
  return found;
}

function distinct<T>(list: readonly T[], key: (one: T) => string): T[] {
  return [...new Map(list.map((one) => [key(one), one])).values()];
}

async function scrapesOf(
  client: PrometheusClient,
  wiring: Wiring,
  jobs: readonly string[],
  atMs: number,
): Promise<Scraped> {
  if (jobs.length === 0) return { targets: [], intervalSeconds: undefined };
  const of = clusterSelector("up", { job: jobs }, wiring);
  const series = await client.rawSamples(`${of}[${WINDOW_MS / SECOND_MS}s]`, atMs);
  const gaps = series.flatMap(({ values }) => values.slice(1).map(([seconds], i) => seconds - values[i]![0]));
  gaps.sort((a, b) => a - b);
  return {
    targets: series.map(({ metric, values }) => ({
      instance: metric["instance"] ?? "",
      up: values.at(-1)?.[1] === "1",
    })),
    intervalSeconds: gaps.length > 0 ? Math.max(1, Math.round(gaps[gaps.length >> 1]!)) : undefined,
  };
}

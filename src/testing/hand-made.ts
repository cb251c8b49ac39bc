import { join } from "node:path";
import { writeDataset } from "../dataset/write.js";
import type { Block, TableRows } from "../tables/block.js";
import { type Contract, defaultWaitTargets } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import type { Table } from "../tables/table.js";
import { MINUTE_MS, SECOND_MS } from "../units/time.js";
import { tempFolder } from "./dataset.js";

export const HAND_MADE_START = Date.UTC(2026, 0, 5);

type Job = "kueue" | "kube-state-metrics" | "dcgm-exporter";
export type HandMadeRow = Record<string, string | number | null>;

export interface HandMade {
  /** Length of the data; a tick is a minute. */
  readonly minutes: number;
  /** How often a source is scraped within a minute; once unless told. */
  readonly scrapesPerMinute?: Partial<Record<Job, number>>;
  /**
   * What each table says at each scrape, by minutes counted from 0: whole ones, where a minute has one; columns that are
   * left out are missing, empty or 0.
   */
  readonly rows: Readonly<Record<string, (minute: number) => readonly HandMadeRow[]>>;
  /** Seconds into the minute at which each source is scraped; 40 unless told. */
  readonly offsetSeconds?: Partial<Record<Job, number>>;
  /** Minutes at which the scrape of a source fails. */
  readonly missed?: Partial<Record<Job, readonly number[]>>;
  /** Addresses of a source of which there are several that say the same; its own offset a second apart. */
  readonly replicas?: Partial<Record<Job, readonly string[]>>;
  readonly contract?: Partial<Contract>;
}

/** Writes a dataset made by hand, minute by minute, into a folder that is removed after all tests. */
export async function handMade(input: HandMade): Promise<string> {
  const folder = join(await tempFolder(), "dataset");
  await writeDataset(folder, {
    synthetic: true,
    scenario: "by-hand",
    seed: null,
    startMs: HAND_MADE_START,
    endMs: HAND_MADE_START + input.minutes * MINUTE_MS,
    contract: { ...contract, ...input.contract },
    tables: tables.map((table) => tableRows(table, input)),
    truthTables: [],
    truthTexts: {},
  });
  return folder;
}

/** One nodegroup "a" of two nodes of 8 GPUs, with a flavor of its name and a queue of its own. */
export const contract: Contract = {
  version: 1,
  cluster: "by-hand",
  scrapeIntervalSeconds: { kueue: 60, "kube-state-metrics": 60, "dcgm-exporter": 60 },
  nodegroupLabels: ["label_nodegroup"],
  toleratedTaints: ["nvidia.com/gpu"],
  gpuModels: { H100: { memoryMiB: 80_000, tdpWatts: 700, idleWithContextWatts: 100 } },
  nodegroups: [
    {
      name: "a",
      region: "r",
      gpuModel: "H100",
      gpusPerNode: 8,
      gpusPaid: 16,
      usdPerGpuHour: 2,
      committedUntil: null,
    },
  ],
  flavors: { a: ["a"] },
  clusterQueues: [{ name: "queue", queueingStrategy: "BestEffortFIFO", flavors: ["a"], ableNodegroups: ["a"] }],
  localQueues: [{ namespace: "team", name: "queue", clusterQueue: "queue", interactive: false }],
  owners: { team: "Team" },
  waitTargets: defaultWaitTargets,
};

/** A node of 8 GPUs in nodegroup a, fit for use, unless told. */
export const node = (name: string, rest: HandMadeRow = {}): HandMadeRow => ({
  node: name,
  label_nodegroup: "a",
  kube_node_status_condition_ready: "true",
  kube_node_status_capacity_nvidia_com_gpu: 8,
  kube_node_status_allocatable_nvidia_com_gpu: 8,
  ...rest,
});

/** A pod of a Job of its own, running on node "n0", admitted by "queue", unless told. */
export const pod = (name: string, gpus: number, rest: HandMadeRow = {}): HandMadeRow => ({
  namespace: "team",
  pod: name,
  uid: `uid-of-${name}`,
  node: "n0",
  owner_kind: "Job",
  owner_name: name,
  label_kueue_x_k8s_io_cluster_queue_name: "queue",
  label_kueue_x_k8s_io_local_queue_name: "queue",
  kube_pod_status_phase: "Running",
  kube_pod_container_resource_requests_nvidia_com_gpu: gpus,
  kube_pod_created: HAND_MADE_START / SECOND_MS,
  kube_pod_status_scheduled_time: HAND_MADE_START / SECOND_MS,
  ...rest,
});

/** An admitted pod that has no node. */
export const unboundPod = (name: string, gpus: number, rest: HandMadeRow = {}): HandMadeRow =>
  pod(name, gpus, {
    node: null,
    kube_pod_status_phase: "Pending",
    kube_pod_status_scheduled_time: null,
    nodeselector_nodegroup: "a",
    ...rest,
  });

/** A GPU of node "n0" that computes, unless told. */
export const gpu = (uuid: string, rest: HandMadeRow = {}): HandMadeRow => ({
  Hostname: "n0",
  UUID: uuid,
  modelName: "H100",
  DCGM_FI_DEV_GPU_UTIL: 90,
  DCGM_FI_DEV_FB_USED: 60_000,
  DCGM_FI_DEV_FB_FREE: 20_000,
  DCGM_FI_DEV_POWER_USAGE: 520,
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: 0.9,
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 0.4,
  DCGM_FI_PROF_DRAM_ACTIVE: 0.5,
  ...rest,
});

/** What waits in "queue". */
export const clusterQueue = (workloads: number, gpus: number, rest: HandMadeRow = {}): HandMadeRow => ({
  cluster_queue: "queue",
  replica_role: "leader",
  kueue_pending_workloads_inadmissible: workloads,
  kueue_cluster_queue_resource_pending_nvidia_com_gpu: gpus,
  kueue_cluster_queue_status: "active",
  ...rest,
});

/** Quota of "queue" in flavor "a". */
export const quota = (nominal: number, reserved: number, rest: HandMadeRow = {}): HandMadeRow => ({
  cluster_queue: "queue",
  cohort: "",
  flavor: "a",
  resource: "nvidia.com/gpu",
  replica_role: "leader",
  kueue_cluster_queue_nominal_quota: nominal,
  kueue_cluster_queue_borrowing_limit: Number.POSITIVE_INFINITY,
  kueue_cluster_queue_resource_reservation: reserved,
  kueue_cluster_queue_resource_usage: reserved,
  ...rest,
});

const jobs: readonly Job[] = ["kueue", "kube-state-metrics", "dcgm-exporter"];

interface Scrape {
  readonly job: Job;
  readonly instance: string;
  readonly minute: number;
  readonly at: number;
  readonly up: boolean;
}

function scrapesOf({
  minutes,
  scrapesPerMinute = {},
  offsetSeconds = {},
  missed = {},
  replicas = {},
}: HandMade): Scrape[] {
  return jobs.flatMap((job) => {
    const often = scrapesPerMinute[job] ?? 1;
    const offsetMs = ((offsetSeconds[job] ?? 40) * SECOND_MS) % (MINUTE_MS / often);
    return (replicas[job] ?? [job]).flatMap((instance, replica) =>
      Array.from({ length: minutes * often }, (_, scrape) => ({
        job,
        instance,
        minute: scrape / often,
        at: HAND_MADE_START + (scrape * MINUTE_MS) / often + offsetMs + replica * SECOND_MS,
        up: !missed[job]?.includes(Math.floor(scrape / often)),
      })),
    );
  });
}

function tableRows(table: Table, input: HandMade): TableRows {
  const scrapes = scrapesOf(input);
  const rows: (HandMadeRow & { timestamp: number })[] =
    table.source === "prometheus"
      ? scrapes.map(({ job, instance, at, up }) => ({
          timestamp: at,
          job,
          instance,
          up: Number(up),
          process_start_time_seconds: up ? HAND_MADE_START / SECOND_MS - 3600 : null,
        }))
      : scrapes
          .filter(({ job, up }) => job === table.source && up)
          .flatMap(({ instance, minute, at }) =>
            (input.rows[table.name]?.(minute) ?? []).map((row) => ({ instance, ...row, timestamp: at })),
          );
  const named = rows.flatMap((row) => Object.keys(row));
  const openLabels = [...new Set(named.filter((name) => !(name in table.columns)))].sort();
  const stray = openLabels.filter((name) => !table.openLabels || !name.startsWith(table.openLabels.prefix));
  if (stray.length > 0) throw new Error(`${table.name} has no ${stray.join(", ")}`);
  if (table.name === "kube_node" && openLabels.length === 0) openLabels.push("label_nodegroup");
  const seriesOf = (row: HandMadeRow) => table.key.map((name) => row[name]).join("\n");
  const order = new Map<string, number>();
  for (const row of rows) if (!order.has(seriesOf(row))) order.set(seriesOf(row), order.size);
  const sorted = rows.sort((a, b) => order.get(seriesOf(a))! - order.get(seriesOf(b))! || a.timestamp - b.timestamp);

  const strings = [
    ...Object.entries(table.columns).flatMap(([name, column]) =>
      column.type === "string" ? [[name, column.nullable] as const] : [],
    ),
    ...openLabels.map((name) => [name, true] as const),
  ];
  const numbers = Object.entries(table.columns).filter(([name, { type }]) => type !== "string" && name !== "timestamp");
  return {
    table,
    openLabels,
    *blocks() {
      for (const row of sorted) {
        yield {
          timestamps: Float64Array.of(row.timestamp),
          strings: Object.fromEntries(
            strings.map(([name, nullable]) => [name, (row[name] as string | null) ?? (nullable ? null : "")]),
          ),
          constants: Object.fromEntries(
            numbers.map(([name, { nullable }]) => [name, (row[name] as number | null) ?? (nullable ? Number.NaN : 0)]),
          ),
        } satisfies Block;
      }
    },
  };
}

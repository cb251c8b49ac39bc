import type { Dataset } from "../dataset/open.js";
import { literal } from "../dataset/session.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";
import { isExported, notExported } from "./exported.js";

/** Signals that idle, stalled and shareable rest on. */
const SIGNALS = [
  "DCGM_FI_DEV_GPU_UTIL",
  "DCGM_FI_DEV_FB_USED",
  "DCGM_FI_DEV_FB_FREE",
  "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
  "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
  "DCGM_FI_PROF_DRAM_ACTIVE",
] as const;

/** What all samples of one GPU, or MIG instance, on one host come to. */
interface GpuProfile {
  readonly host: string;
  readonly uuid: string;
  readonly model: string;
  readonly samples: number;
  /** How often power was, to the milliwatt, what it was in the sample before. */
  readonly repeated: number;
  readonly maxUtil: number | null;
  readonly engine: number | null;
  readonly memoryMiB: number | null;
  /** How often each signal was there, in the order of SIGNALS. */
  readonly signals: readonly number[];
}

const profiles = new WeakMap<Dataset, Promise<GpuProfile[]>>();

/** The profiles of all GPUs: one pass over their samples, shared by the checks of this file. */
function gpuProfiles(dataset: Dataset): Promise<GpuProfile[]> {
  const known = profiles.get(dataset) ?? readProfiles(dataset);
  profiles.set(dataset, known);
  return known;
}

async function readProfiles({ query }: Dataset): Promise<GpuProfile[]> {
  const rows = await query<Omit<GpuProfile, "signals"> & Record<`signal${number}`, number>>(
    `SELECT "Hostname" AS host, "UUID" AS uuid, any_value("modelName") AS model, count(*) AS samples,
            count(*) FILTER (repeats) AS repeated, max("DCGM_FI_DEV_GPU_UTIL") AS maxUtil,
            avg("DCGM_FI_PROF_GR_ENGINE_ACTIVE") AS engine, max("DCGM_FI_DEV_FB_USED" + "DCGM_FI_DEV_FB_FREE") AS memoryMiB,
            ${SIGNALS.map((signal, i) => `count("${signal}") AS signal${i}`).join(", ")}
     FROM (SELECT *, "DCGM_FI_DEV_POWER_USAGE" = lag("DCGM_FI_DEV_POWER_USAGE") OVER () AND "UUID" = lag("UUID") OVER () AND timestamp <> lag(timestamp) OVER () AS repeats
           FROM dcgm_gpu)
     GROUP BY host, uuid ORDER BY host, uuid`,
  );
  return rows.map((row) => ({ ...row, signals: SIGNALS.map((_, i) => row[`signal${i}`]!) }));
}

const hostsOf = (gpus: readonly GpuProfile[]) => [...new Set(gpus.map(({ host }) => host))];

/** "on a and 2 more hosts" */
function hosts(gpus: readonly GpuProfile[]): string {
  const [first, ...others] = hostsOf(gpus);
  return `on ${first}${others.length > 0 ? ` and ${plural(others.length, "more host")}` : ""}`;
}

export const devices: Check = {
  name: "devices",
  rule: "A node offers as many GPUs as dcgm-exporter sees in it, and a GPU stays in its node",
  spoils: "capacity: a GPU is lost, or what Kubernetes counts are shares of GPUs",
  async run(dataset) {
    const { query } = dataset;
    // As it stood at the end of each hour.
    const wrong = await query<{ node: string; hours: number; offered: number; seen: number; since: number }>(
      `WITH offered AS (
         SELECT date_trunc('hour', timestamp) AS hour, node, arg_max(kube_node_status_allocatable_nvidia_com_gpu, timestamp) AS offered
         FROM kube_node GROUP BY ALL),
       gpu AS (
         SELECT date_trunc('hour', timestamp) AS hour, "Hostname" AS node, instance, "UUID", max(timestamp) AS last FROM dcgm_gpu GROUP BY ALL),
       seen AS (
         SELECT hour, node, count(DISTINCT "UUID") AS seen
         FROM (SELECT *, last = max(last) OVER (PARTITION BY hour, node, instance) AS stays FROM gpu) WHERE stays GROUP BY ALL)
       SELECT node, count(*) AS hours, arg_min(offered, hour) AS offered, arg_min(seen, hour) AS seen, epoch_ms(min(hour)) AS since
       FROM offered JOIN seen USING (hour, node) WHERE offered <> seen GROUP BY node ORDER BY hours DESC, node`,
    );
    const gpus = await gpuProfiles(dataset);
    const hostOf = new Map<string, string>();
    const moved: string[] = [];
    for (const { uuid, host } of gpus) {
      const before = hostOf.get(uuid);
      if (before !== undefined) moved.push(`${before} to ${host}`);
      hostOf.set(uuid, host);
    }
    const notes: Example[] = [];
    if (moved.length > 0)
      notes.push({
        count: moved.length,
        what: `${plural(moved.length, "GPU")} changed host, for instance from ${moved[0]}: a node was renamed`,
      });
    const replaced = await query<{ node: string; gpus: number }>(
      `WITH last AS (SELECT max(timestamp) AS last FROM dcgm_gpu)
       SELECT node, count(*) AS gpus FROM (
         SELECT "Hostname" AS node, "UUID", min(timestamp) AS first FROM dcgm_gpu GROUP BY ALL)
       JOIN (SELECT node, min(kube_node_created) AS made, max(kube_node_created) AS made_again FROM kube_node GROUP BY instance, node) USING (node)
       WHERE made_again > made AND epoch(first) >= made_again GROUP BY node ORDER BY node`,
    );
    for (const { node, gpus: count } of replaced)
      notes.push({ count, what: `${node} was made again, with ${plural(count, "other GPU")}: it was replaced` });
    return verdict(
      wrong.map(({ node, hours, offered, seen, since }) => ({
        count: hours,
        what: `${node}: ${plural(offered, "GPU")} offered, ${seen} seen, in ${plural(hours, "hour")} from ${new Date(since).toISOString()} on`,
      })),
      plural(hostOf.size, "GPU"),
      notes,
    );
  },
};

/** Share of a GPU's samples that may lack a signal. */
const MISSING_SHARE = 0.01;

export const signals: Check = {
  name: "signals",
  rule: `No GPU lacks a signal that idle, stalled and shareable rest on in more than ${100 * MISSING_SHARE} % of its samples`,
  spoils: "waste: what cannot be told from the signals that are left is not there, or too low",
  async run(dataset) {
    const gpus = await gpuProfiles(dataset);
    const notes = SIGNALS.filter((signal) => !isExported(dataset, dcgmGpu, signal)).map((signal) =>
      notExported(signal),
    );
    const examples = SIGNALS.flatMap((signal, i) => {
      if (!isExported(dataset, dcgmGpu, signal)) return [];
      const lacking = gpus.filter((gpu) => gpu.samples - gpu.signals[i]! > MISSING_SHARE * gpu.samples);
      const count = lacking.reduce((sum, gpu) => sum + gpu.samples - gpu.signals[i]!, 0);
      if (count === 0) return [];
      return [
        {
          count,
          what: `${signal} is missing in ${plural(count, "sample")} of ${plural(lacking.length, "GPU")} ${hosts(lacking)}`,
        },
      ];
    });
    return verdict(examples, plural(gpus.length, "GPU"), gpus.length === 0 ? [] : notes);
  },
};

/** An engine that is active for so much of the time shows in a percentage that passes 1. */
const ENGINE_WORKS = 0.02;
/** How far the framebuffer may be from its model's size. */
const MEMORY_SHARE = 0.2;

export const units: Check = {
  name: "units",
  rule: "Percentages are no ratios, and framebuffers have the size of their model",
  spoils: "activity and memory: values of another exporter version came under the old name, unconverted",
  async run(dataset) {
    const gpus = await gpuProfiles(dataset);
    const models = dataset.contract.gpuModels;
    const ratios = gpus.filter((gpu) => gpu.maxUtil !== null && gpu.maxUtil <= 1.5 && (gpu.engine ?? 0) > ENGINE_WORKS);
    const sizes = gpus.filter(({ model, memoryMiB }) => {
      const size = models[model]?.memoryMiB;
      return memoryMiB !== null && size !== undefined && Math.abs(memoryMiB - size) > MEMORY_SHARE * size;
    });
    const examples: Example[] = [];
    if (ratios.length > 0)
      examples.push({
        count: ratios.length,
        what: `DCGM_FI_DEV_GPU_UTIL never passes ${Math.max(...ratios.map((gpu) => gpu.maxUtil!))} on ${plural(ratios.length, "GPU")} ${hosts(ratios)} whose engine works: a ratio, no percentage`,
      });
    if (sizes.length > 0)
      examples.push({
        count: sizes.length,
        what: `the framebuffer of ${plural(sizes.length, "GPU")} ${hosts(sizes)} is not that of ${sizes[0]!.model}, for instance ${Math.round(sizes[0]!.memoryMiB!)} MiB`,
      });
    return verdict(examples, plural(gpus.length, "GPU"));
  },
};

/** Noise repeats a value to the milliwatt now and then, but not in so many samples. */
const REPEATED_SHARE = 0.4;

export const repeats: Check = {
  name: "repeats",
  rule: "Values are as fresh as their scrapes",
  spoils: "precision: nothing finer than the exporter's own collection is known",
  async run(dataset) {
    const gpus = await gpuProfiles(dataset);
    const stale = gpus.filter((gpu) => gpu.samples > 10 && gpu.repeated > REPEATED_SHARE * gpu.samples);
    const notes = [];
    if (stale.length > 0) {
      const count = stale.reduce((sum, gpu) => sum + gpu.repeated, 0);
      notes.push({
        count,
        what: `${plural(count, "sample")} of ${plural(stale.length, "GPU")} ${hosts(stale)} repeat the one before: the exporter collects less often than it is scraped`,
      });
    }
    return verdict([], plural(gpus.length, "GPU"), notes);
  },
};

/** Share of held samples whose pod may be unknown: pods come and go between two scrapes. */
const UNKNOWN_SHARE = 0.01;

export const holders: Check = {
  name: "holders",
  rule: "Pods that hold GPUs by dcgm-exporter are pods that kube-state-metrics lists, and about as many GPUs are held by both",
  spoils: "idle and stalled: who holds a GPU is not known, or it is the exporter itself",
  async run({ query, contract }) {
    const held = "pod IS NOT NULL AND pod <> ''";
    // While kube-state-metrics is silent nobody knows the pods that come and go.
    const known = `(${contract.scrapeIntervalSeconds["kube-state-metrics"] * 2.5} || ' seconds')::INTERVAL`;
    const unknown = await query<{ pod: string; count: number; all: number }>(
      `SELECT any_value(pod) AS pod, count(*) AS count, (SELECT count(*) FROM dcgm_gpu WHERE ${held}) AS all
       FROM (SELECT timestamp, namespace, pod FROM dcgm_gpu WHERE ${held}) s
       ANTI JOIN (SELECT DISTINCT namespace, pod FROM kube_pod) USING (namespace, pod)
       ASOF JOIN (SELECT timestamp FROM up WHERE job = 'kube-state-metrics' AND up = 1) seen ON s.timestamp >= seen.timestamp
       WHERE s.timestamp - seen.timestamp <= ${known}`,
    );
    const examples: Example[] = [];
    const { pod, count, all } = unknown[0]!;
    if (count > UNKNOWN_SHARE * all)
      examples.push({
        count,
        what: `${plural(count, "sample")} of held GPUs name a pod that kube-state-metrics does not list, for instance ${literal(pod)}`,
      });
    const unseen = await query<{ node: string; byPods: number; byGpus: number }>(
      `WITH pods AS (
         SELECT node, sum(kube_pod_container_resource_requests_nvidia_com_gpu) AS gpus FROM kube_pod
         WHERE kube_pod_status_phase IN ('Pending', 'Running') GROUP BY node),
       nodes AS (SELECT node, sum(kube_node_status_allocatable_nvidia_com_gpu) AS gpus FROM kube_node GROUP BY node),
       seen AS (SELECT "Hostname" AS node, count(*) FILTER (${held}) / count(*) AS share FROM dcgm_gpu GROUP BY node)
       SELECT node, pods.gpus / nodes.gpus AS byPods, share AS byGpus
       FROM pods JOIN nodes USING (node) JOIN seen USING (node) WHERE byPods BETWEEN 0.05 AND 1 AND byGpus < byPods / 2 ORDER BY node`,
    );
    if (unseen.length > 0) {
      const { node, byPods, byGpus } = unseen[0]!;
      const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
      examples.push({
        count: unseen.length,
        what: `${plural(unseen.length, "node")}, for instance ${node}: pods hold ${percent(byPods)} of its GPUs, but dcgm-exporter names a pod on ${percent(byGpus)}`,
      });
    }
    return verdict(examples, `${plural(all, "sample")} of held GPUs`);
  },
};

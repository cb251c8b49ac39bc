import type { GpuModel } from "../hardware/gpu-models.js";
import { type Random, random } from "../random/random.js";
import { gpuModelOf } from "../scenario/nodes.js";
import type { Simulation } from "../simulation/simulate.js";
import type { NumberColumns, TableRows } from "../tables/block.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import { MINUTE_MS } from "../units/time.js";
import type { Device } from "./devices.js";
import { type PodWork, podWork } from "./pod-work.js";
import type { Pod } from "./pods.js";
import { samplesWithin, type Target } from "./target.js";

/** Share of failed attempts that leave an XID on a GPU: most failures are the job's own. */
const XID_SHARE = 0.15;
/** Graphics engine exception, page fault, stopped channel: what a failing job leaves behind. */
const XID_CODES = [13, 31, 43];

/** How long before its node goes a GPU shows the error that takes it down. */
const XID_LEAD_MS = 3 * MINUTE_MS;

/** Framebuffer that the driver keeps for itself, MiB. */
const RESERVED_MIB = 600;

/** What every GPU shows, sample by sample, following the pod that holds it. */
export function dcgmRows(
  simulation: Simulation,
  devices: readonly Device[],
  targets: readonly Target[],
  originMs: number,
): TableRows {
  const { scenario, nodes, seed } = simulation;
  const work = podWork(scenario, seed);

  return {
    table: dcgmGpu,
    openLabels: [],
    *blocks() {
      for (const device of devices) {
        const node = nodes[device.nodeIndex]!;
        const target = targets[device.nodeIndex]!;
        const model = gpuModelOf(scenario, scenario.nodegroups.find((n) => n.name === node.nodegroup)!);
        const incidents = incidentsOf(simulation, device, target, originMs);
        const gpu = new Gpu(model, random(seed, `telemetry/dcgm/${device.nodeIndex}/${device.index}`), incidents);
        const labels = {
          instance: target.instance,
          Hostname: node.name,
          gpu: String(device.index),
          UUID: device.uuid,
          device: `nvidia${device.index}`,
          modelName: model.product,
        };
        for (const { fromMs, toMs, pod } of holders(device, originMs, originMs + simulation.endMs)) {
          const timestamps = samplesWithin(target, fromMs, toMs);
          const held = pod && work(pod);
          yield {
            timestamps,
            strings: {
              ...labels,
              namespace: pod?.namespace ?? null,
              pod: pod?.name ?? null,
              container: pod ? "main" : null,
            },
            fill(columns, at) {
              gpu.runTo(fromMs);
              for (let i = 0; i < timestamps.length; i++) gpu.write(columns, at + i, timestamps[i]!, held);
              gpu.release(pod);
            },
          };
        }
      }
    },
  };
}

/** A device's life cut where it changes hands. */
function* holders(
  device: Device,
  fromMs: number,
  toMs: number,
): Generator<{ fromMs: number; toMs: number; pod: Pod | undefined }> {
  let at = fromMs;
  for (const pod of device.pods) {
    const endMs = Math.min(pod.endedMs, pod.deletedMs, toMs);
    if (pod.boundMs > at) yield { fromMs: at, toMs: pod.boundMs, pod: undefined };
    if (endMs > pod.boundMs) yield { fromMs: pod.boundMs, toMs: endMs, pod };
    at = endMs;
  }
  if (at < toMs) yield { fromMs: at, toMs, pod: undefined };
}

/** What befalls a GPU with its node: an XID before an outage, a driver that is loaded anew after it. */
interface Incident {
  readonly atMs: number;
  /** 0 when the driver is loaded: errors and energy count from there. */
  readonly xid: number;
}

/** In order of time, Unix ms. */
function incidentsOf({ outages }: Simulation, device: Device, target: Target, originMs: number): Incident[] {
  const errors = outages
    .filter(({ node, xid }) => node === device.nodeIndex && xid?.gpu === device.index)
    .map(({ fromMs, xid }) => ({ atMs: originMs + fromMs - XID_LEAD_MS, xid: xid!.code }));
  const loads = target.starts.slice(1).map((atMs) => ({ atMs, xid: 0 }));
  return [...errors, ...loads].sort((a, b) => a.atMs - b.atMs);
}

/** A GPU's sensors. Power has three states: bare idle, idle with a context loaded, active. */
class Gpu {
  readonly #model: GpuModel;
  readonly #next: Random;
  #atMs = 0;
  #watts: number;
  #energyMj: number;
  #xid = 0;
  readonly #incidents: Incident[];

  constructor(model: GpuModel, next: Random, incidents: Incident[]) {
    this.#model = model;
    this.#next = next;
    this.#incidents = incidents;
    this.#watts = model.idleWatts;
    this.#energyMj = Math.floor(next() * 1e10);
  }

  /** Lets time pass at the present power. */
  runTo(nowMs: number): void {
    while (this.#incidents.length > 0 && this.#incidents[0]!.atMs <= nowMs) {
      const { atMs, xid } = this.#incidents.shift()!;
      this.#xid = xid;
      if (xid !== 0) continue;
      this.#energyMj = 0;
      this.#atMs = atMs;
    }
    if (this.#atMs > 0) this.#energyMj += Math.round(this.#watts * (nowMs - this.#atMs));
    this.#atMs = nowMs;
  }

  /** The pod is gone; a failed one may leave an error behind. */
  release(pod: Pod | undefined): void {
    const failed = pod !== undefined && Number.isFinite(pod.endedMs) && !pod.succeeded && !pod.lost;
    const [fate, code] = [this.#next(), this.#next()];
    if (failed && fate < XID_SHARE) this.#xid = XID_CODES[Math.floor(code * XID_CODES.length)]!;
  }

  write(columns: NumberColumns, row: number, nowMs: number, work: PodWork | undefined): void {
    const { idleWatts, idleWithContextWatts, tdpWatts, memoryMiB } = this.#model;
    const state = work?.state(nowMs) ?? "no context";
    let [utilisation, engine, tensor, dram, memory] = [0, 0, 0, 0, 0];
    if (work && state !== "no context") memory = work.activity.memoryShare;
    if (work && state === "computing") {
      const { activity } = work;
      const level = 1 + this.#wobble(0.08);
      utilisation = Math.min(100, Math.round(activity.gpuUtilPercent * (1 + this.#wobble(0.04))));
      engine = share(activity.grEngineActive * (1 + this.#wobble(0.05)));
      tensor = share(activity.tensorActive * level * (1 + this.#wobble(0.1)));
      dram = share(activity.dramActive * level * (1 + this.#wobble(0.1)));
      const power = idleWithContextWatts + activity.powerShare * (tdpWatts - idleWithContextWatts);
      this.#draw(nowMs, Math.min(tdpWatts, power * level));
    } else {
      this.#draw(nowMs, (state === "idle" ? idleWithContextWatts : idleWatts) * (1 + this.#wobble(0.02)));
    }
    const used = Math.round(4 + memory * (memoryMiB - RESERVED_MIB - 4));
    columns["DCGM_FI_DEV_GPU_UTIL"]![row] = utilisation;
    columns["DCGM_FI_DEV_FB_USED"]![row] = used;
    columns["DCGM_FI_DEV_FB_FREE"]![row] = memoryMiB - RESERVED_MIB - used;
    columns["DCGM_FI_DEV_POWER_USAGE"]![row] = this.#watts;
    columns["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"]![row] = this.#energyMj;
    columns["DCGM_FI_DEV_GPU_TEMP"]![row] = Math.round(28 + (42 * this.#watts) / tdpWatts + this.#wobble(1));
    columns["DCGM_FI_DEV_XID_ERRORS"]![row] = this.#xid;
    columns["DCGM_FI_PROF_GR_ENGINE_ACTIVE"]![row] = engine;
    columns["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"]![row] = tensor;
    columns["DCGM_FI_PROF_DRAM_ACTIVE"]![row] = dram;
  }

  /** The power since the last sample was the last one's; from now on it is this. Milliwatts, as the exporter prints. */
  #draw(nowMs: number, watts: number): void {
    this.runTo(nowMs);
    this.#watts = Math.round(watts * 1000) / 1000;
  }

  /** Symmetric noise in (-width, width), more often small than large. */
  #wobble(width: number): number {
    return (this.#next() + this.#next() - 1) * width;
  }
}

const share = (value: number) => Math.min(1, Math.round(value * 10_000) / 10_000);

import { shareable } from "../join/gpus.js";
import { quoted } from "../prometheus/selectors.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import type { RecordedNodes } from "./nodes.js";
import type { Recorder } from "./recorder.js";
import { type Ask, by, inParentheses, is, isNot, union, type Where, withLabel } from "./series.js";

export interface RecordedGpus {
  /** By nodegroup: GPUs that dcgm-exporter reports, and those of them that a pod holds. */
  readonly seen: string;
  readonly held: string;
  /** Of those held, GPUs that leave engine and framebuffer mostly unused, and GPUs of which that can be told. */
  readonly shareable: string;
  readonly told: string;
  /** Sums over all GPUs. */
  readonly utilPercent: string;
  readonly tdpShare: string;
}

/** A GPU, or under MIG one of the instances that it is cut into. */
const GPU = ["node", "UUID", "GPU_I_ID"];

/** The pod that holds a GPU is in exported_pod where the exporter's own is in pod; an idle GPU has none. */
const HELD: readonly Where[] = [
  { exported_pod: isNot("") },
  { exported_pod: is(""), pod: `!~${quoted(`|.*${dcgmGpu.source}.*`)}` },
];
const POWER = "DCGM_FI_DEV_POWER_USAGE";

/** As src/join/gpus.ts: one value a GPU, whatever labels a pod that came or went has left. */
export function recordGpus({ contract, series, record }: Recorder, { home, atHome }: RecordedNodes): RecordedGpus {
  const field = (column: string, where: Ask["where"] = {}) =>
    withLabel(series.column(dcgmGpu, column, { labels: ["Hostname"], where }), "node", "Hostname");
  const gpu = (name: string, doc: string, text: string, operator = "max") =>
    record("gpu", name, doc, atHome(by(operator, GPU, text)));
  const count = (text: string) => by("count", ["nodegroup"], text);
  const sum = (text: string) => by("sum", ["nodegroup"], text);

  const seen = gpu("seen", "1: every GPU, or MIG instance, that dcgm-exporter reports", field(POWER), "group");
  record(
    "cluster",
    "gpus_dropped",
    "GPUs that are left out: dcgm-exporter's host is no node that the contract knows. None while no node is known",
    `count(${by("group", GPU, field(POWER))} unless on (node) ${home} and on () ${home})`,
  );
  const held = gpu("held", "1: those that a pod holds", field(POWER, HELD), "group");
  const engine = gpu(
    "engine_active",
    "Share of time in which the engine of a held GPU was active",
    field("DCGM_FI_PROF_GR_ENGINE_ACTIVE", HELD),
  );
  const used = by("max", GPU, field("DCGM_FI_DEV_FB_USED", HELD));
  const free = by("max", GPU, field("DCGM_FI_DEV_FB_FREE", HELD));
  const memory = record(
    "gpu",
    "memory_share",
    "Share of a held GPU's framebuffer that is in use",
    atHome(inParentheses(`${used}\n/ ${inParentheses(`${used}\n+ ${free}`)}`)),
  );
  const util = gpu("util_percent", "GPU_UTIL of every GPU, %", field("DCGM_FI_DEV_GPU_UTIL"));
  const powerShares = Object.entries(contract.gpuModels).map(
    ([model, { tdpWatts }]) => `${field(POWER, { modelName: is(model) })} / ${tdpWatts}`,
  );
  const tdp = gpu("tdp_share", "Power of every GPU as a share of its model's limit", union(powerShares));
  return {
    seen: count(seen),
    held: count(held),
    shareable: count(`${engine} < ${shareable.engineBelow} and ${memory} < ${shareable.memoryBelow}`),
    told: count(`${engine} + ${memory}`),
    utilPercent: sum(util),
    tdpShare: sum(tdp),
  };
}

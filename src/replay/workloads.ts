import { shown } from "../errors.js";
import type { List, ListColumn } from "./list.js";

/** What a list of workloads may say, one row a workload. Amounts are of each pod. */
export const workloadColumns = {
  arrival: {
    kind: "moment",
    unit: "s",
    doc: "When it is created: seconds since the simulation starts, or a UTC time",
  },
  duration: { kind: "number", unit: "s", doc: "From Running to its end" },
  started: { kind: "moment", unit: "s", doc: "With `ended`, in place of a duration; without it, from its arrival" },
  ended: { kind: "moment", unit: "s", doc: "With `started`, in place of a duration" },
  pods: { kind: "number", unit: "pods", doc: "Size of the gang; 1 unless told", least: 1, whole: true },
  gpus: { kind: "number", unit: "GPUs", doc: "GPUs; 0 asks for none, 0.25 for a share of one. 1 unless told" },
  gpu_milli: {
    kind: "number",
    unit: "milli-GPU",
    doc: "Of each GPU: below 1000, a share of one. Without `gpus`, of all of them together",
    whole: true,
  },
  cpus: { kind: "number", unit: "cores", doc: "CPU; 0 unless told" },
  cpu_milli: { kind: "number", unit: "milli-cores", doc: "In place of `cpus`" },
  memory_gib: { kind: "number", unit: "GiB", doc: "Memory; 0 unless told" },
  memory_mib: { kind: "number", unit: "MiB", doc: "In place of `memory_gib`" },
  gpu_type: { kind: "text", unit: "", doc: "GPU models that will do, separated by |; any unless told" },
  queue: {
    kind: "text",
    unit: "",
    doc: "ClusterQueue, or LocalQueue as namespace/name; a queue of its own unless told",
  },
  priority: { kind: "text", unit: "", doc: "A priority class, or its value; 0 unless told" },
  name: { kind: "text", unit: "", doc: "Its name; workload-1 for the first row, and so on, unless told" },
  class: { kind: "text", unit: "", doc: "What the summary counts it under; its queue unless told" },
} as const satisfies Record<string, ListColumn>;

export type WorkloadColumn = keyof typeof workloadColumns;

/** The largest gang: each of its pods is simulated. */
const MOST_PODS = 10_000;

/** A row of the list in evenkeel's units; nothing is known of the cluster yet. */
export interface Asked {
  /** From 1. */
  readonly row: number;
  readonly name: string;
  /** Seconds since the simulation starts, or Unix seconds where the list has times. */
  readonly arrivalSeconds: number;
  readonly durationSeconds: number;
  readonly pods: number;
  /** Whole, or a share of one in steps of 0.001. */
  readonly gpusPerPod: number;
  readonly cpusPerPod: number;
  readonly memoryGiBPerPod: number;
  /** None: any. */
  readonly gpuTypes: readonly string[];
  readonly queue: string | undefined;
  readonly priority: string | undefined;
  readonly workloadClass: string | undefined;
}

/** A row that cannot be run, and why. */
export interface Unusable {
  readonly row: number;
  readonly why: string;
}

/** Goes through a list: what can be run, in the order of the list, and what cannot. */
export function askedFor(list: List<WorkloadColumn>): { asked: Asked[]; unusable: Unusable[] } {
  const asked: Asked[] = [];
  const unusable: Unusable[] = [];
  const names = new Map<string, number>();
  for (let i = 0; i < list.length; i++) {
    const row = i + 1;
    const name = list.text("name", i) ?? `workload-${row}`;
    const before = names.get(name);
    names.set(name, before ?? row);
    const one = before === undefined ? askedIn(list, i, name) : `${shown(name)} is the name of row ${before}, too`;
    if (typeof one === "string") unusable.push({ row, why: one });
    else asked.push({ row, ...one });
  }
  return { asked, unusable };
}

function askedIn(list: List<WorkloadColumn>, i: number, name: string): Omit<Asked, "row"> | string {
  const arrivalSeconds = list.number("arrival", i);
  if (arrivalSeconds === undefined) return "has no arrival";
  const durationSeconds = durationOf(list, i, arrivalSeconds);
  if (durationSeconds === undefined) return "has no duration";
  if (durationSeconds < 0) return `ends ${-durationSeconds} s before it starts`;
  const pods = list.number("pods", i) ?? 1;
  if (pods > MOST_PODS) return `has ${pods} pods; allowed: at most ${MOST_PODS}`;
  const gpusPerPod = gpusOf(list, i);
  if (gpusPerPod === undefined) {
    const parts = (["gpus", "gpu_milli"] as const).flatMap((column) => {
      const amount = list.number(column, i);
      return amount === undefined ? [] : `${amount} in ${column}`;
    });
    return `has ${parts.join(" and ")}, which is neither whole GPUs nor a share of one in thousandths`;
  }
  return {
    name,
    arrivalSeconds,
    durationSeconds,
    pods,
    gpusPerPod,
    cpusPerPod: list.number("cpus", i) ?? (list.number("cpu_milli", i) ?? 0) / 1000,
    memoryGiBPerPod: list.number("memory_gib", i) ?? (list.number("memory_mib", i) ?? 0) / 1024,
    gpuTypes: (list.text("gpu_type", i) ?? "").split("|").flatMap((type) => type.trim() || []),
    queue: list.text("queue", i),
    priority: list.text("priority", i),
    workloadClass: list.text("class", i),
  };
}

function durationOf(list: List<WorkloadColumn>, i: number, arrivalSeconds: number): number | undefined {
  const ended = list.number("ended", i);
  return (
    list.number("duration", i) ??
    (ended === undefined ? undefined : ended - (list.number("started", i) ?? arrivalSeconds))
  );
}

/** GPUs of a pod, so many of so much each: whole ones, or a share of one in thousandths; undefined for anything else. */
function gpusOf(list: List<WorkloadColumn>, i: number): number | undefined {
  const each = list.number("gpu_milli", i);
  const count = list.number("gpus", i) ?? (each === undefined ? 1 : undefined);
  const milli = count === undefined ? each! : Math.round(count * 1000 * 1e6) / 1e6;
  if (count === undefined || each === undefined || each === 1000 || count === 0) return wholeOrShare(milli);
  return count === 1 && each < 1000 ? wholeOrShare(each) : undefined;
}

const wholeOrShare = (milli: number) =>
  Number.isInteger(milli) && (milli < 1000 || milli % 1000 === 0) ? milli / 1000 : undefined;

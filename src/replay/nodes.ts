import type { ScenarioInput } from "../scenario/schema.js";
import type { List, ListColumn } from "./list.js";
import { kubernetesName, Names } from "./names.js";

/** What a list of nodes may say, one row a node, or so many that are alike. */
export const nodeColumns = {
  gpus: { kind: "number", unit: "GPUs", doc: "GPUs of the node; 0 for one without", whole: true },
  gpu_type: { kind: "text", unit: "", doc: "Its GPU model; must be there where there are GPUs" },
  cpus: { kind: "number", unit: "cores", doc: "Allocatable CPU" },
  cpu_milli: { kind: "number", unit: "milli-cores", doc: "In place of `cpus`" },
  memory_gib: { kind: "number", unit: "GiB", doc: "Allocatable memory" },
  memory_mib: { kind: "number", unit: "MiB", doc: "In place of `memory_gib`" },
  nodegroup: { kind: "text", unit: "", doc: "Its nodegroup; its GPU model unless told" },
  region: { kind: "text", unit: "", doc: "Its region; replay unless told" },
  usd_per_gpu_hour: { kind: "number", unit: "USD", doc: "Price of one GPU for an hour; 0 unless told" },
  count: { kind: "number", unit: "nodes", doc: "How many such nodes there are; 1 unless told", least: 1, whole: true },
} as const satisfies Record<string, ListColumn>;

export type NodeColumn = keyof typeof nodeColumns;

type NodegroupInput = ScenarioInput["nodegroups"][number];

/** The model of nodes without GPUs. */
export const NO_GPU = "none";

/**
 * The nodegroups of a list of nodes, in the order in which they first come. All nodes of a nodegroup are alike: where a
 * list has others under one name, they become nodegroups of their own, with a number behind the name.
 *
 * @returns a complaint of the first row that is no node
 */
export function nodegroupsOf(list: List<NodeColumn>): NodegroupInput[] | string {
  const names = new Names();
  const groups = new Map<string, NodegroupInput & { nodes: number }>();
  for (let i = 0; i < list.length; i++) {
    const type = list.text("gpu_type", i);
    const gpusPerNode = list.number("gpus", i) ?? (type === undefined ? 0 : undefined);
    if (gpusPerNode === undefined) return `row ${i + 1} has gpu_type ${type} and no gpus; say how many, or 0`;
    const gpuModel = gpusPerNode === 0 ? NO_GPU : type;
    const cpusPerNode = list.number("cpus", i) ?? (list.number("cpu_milli", i) ?? 0) / 1000;
    const memoryGiBPerNode = list.number("memory_gib", i) ?? (list.number("memory_mib", i) ?? 0) / 1024;
    if (gpuModel === undefined) return `row ${i + 1} has ${gpusPerNode} GPUs and no gpu_type; say which model they are`;
    if (cpusPerNode === 0) return `row ${i + 1} has no CPU; say how much in cpus or cpu_milli`;
    if (memoryGiBPerNode === 0) return `row ${i + 1} has no memory; say how much in memory_gib or memory_mib`;
    const called = list.text("nodegroup", i) ?? gpuModel;
    const region = list.text("region", i) ?? "replay";
    const usdPerGpuHour = list.number("usd_per_gpu_hour", i) ?? 0;
    const key = JSON.stringify([called, region, gpuModel, gpusPerNode, cpusPerNode, memoryGiBPerNode, usdPerGpuHour]);
    let group = groups.get(key);
    if (!group) {
      group = {
        name: names.of(called, key),
        region: kubernetesName(region),
        gpuModel,
        nodes: 0,
        gpusPerNode,
        cpusPerNode,
        memoryGiBPerNode,
        usdPerGpuHour,
      };
      groups.set(key, group);
    }
    group.nodes += list.number("count", i) ?? 1;
  }
  return [...groups.values()];
}

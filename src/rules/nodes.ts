import { kubeNode, kubeNodeSpecTaint } from "../tables/kube-node.js";
import type { Recorder } from "./recorder.js";
import { by, firstLabel, inParentheses, is, isNoneOf, isOneOf, onlyOne, type Where } from "./series.js";

export interface RecordedNodes {
  /** The nodegroup of each node, of nodes that have one. */
  readonly home: string;
  /** Text joined with the nodegroup of its label node; what is on no known node is left out. */
  atHome(text: string): string;
  /** GPUs that pods may use, by node and nodegroup; the second 0 where the node is not fit for use. */
  readonly allocatable: string;
  readonly capacity: string;
}

/** As src/join/nodes.ts: the nodegroup of each node, and what it offers. */
export function recordNodes({ contract, series, record }: Recorder): RecordedNodes {
  const known = contract.nodegroups.map(({ name }) => name);
  const node = (column: string, where: Where = {}, operator = "max") =>
    by(operator, ["node"], series.column(kubeNode, column, { labels: ["node"], where }));
  const labels = (where: Where) => series.metric(kubeNode, kubeNode.openLabels.series, { labels: ["node"], where });

  const home = record(
    "node",
    "nodegroup",
    "1: the nodegroup of each node that has GPUs, by the first of the contract's labels that it has",
    `${onlyOne(["node"], by("max", ["node", "nodegroup"], firstLabel(contract.nodegroupLabels, "nodegroup", labels, known)))}
and on (node) ${node("kube_node_status_capacity_nvidia_com_gpu")}`,
  );
  record(
    "cluster",
    "nodes_dropped",
    "Nodes with GPUs that are left out: the contract knows no nodegroup of theirs",
    `count(${node("kube_node_status_capacity_nvidia_com_gpu")} > 0 unless on (node) ${home})`,
  );
  const atHome = (text: string) => `${text}\n* on (node) group_left (nodegroup) ${home}`;
  const allocatable = record(
    "node",
    "gpus_allocatable",
    "GPUs that pods may use on each node, fit for use or not",
    atHome(node("kube_node_status_allocatable_nvidia_com_gpu")),
  );
  const taint = series.metric(kubeNodeSpecTaint, "kube_node_spec_taint", {
    labels: ["node"],
    where: {
      effect: isOneOf(["NoSchedule", "NoExecute"]),
      ...(contract.toleratedTaints.length > 0 ? { key: isNoneOf(contract.toleratedTaints) } : {}),
    },
  });
  // Where replicas differ, a node that one of them calls unfit is unfit.
  const fit = `${node("kube_node_status_condition_ready", { status: is("true") }, "min")} == 1
and on (node) ${node("kube_node_spec_unschedulable")} == 0
unless on (node) ${taint}`;
  const capacity = record(
    "node",
    "gpus_capacity",
    "The same where the node is Ready, not cordoned and free of taints that the work does not tolerate; else 0",
    `${allocatable} and on (node) ${inParentheses(fit)}
or on (node) 0 * ${allocatable}`,
  );
  return { home, atHome, allocatable, capacity };
}

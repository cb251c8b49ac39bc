import type { Contract } from "../tables/contract.js";
import { NODEGROUP_LABELS } from "./platforms.js";
import type { Probe } from "./probe.js";
import { type Exporter, nameThere, type Wiring } from "./selectors.js";

/** Something that the analysis reads, and what can be said without it. */
export interface Need {
  readonly name: string;
  readonly exporter: Exporter;
  /** Without it there is nothing to analyse: a pull is refused. */
  readonly required: boolean;
  /** Any of these metrics will do. */
  readonly metrics: readonly string[];
  /** What of it has to be there besides its series: how much is, 0 to 1. */
  readonly covered?: (probe: Probe, contract: Contract | undefined) => number;
  /** The setting that adds it. */
  readonly setting: string;
  readonly without: string;
}

const share = (part: number, of: number) => (of === 0 ? 1 : part / of);

const nodegroupLabels = (contract: Contract | undefined) => contract?.nodegroupLabels ?? NODEGROUP_LABELS;

/** GPUs that some exporter sees, of those that nodes have. */
const seen = ({ gpus, nodes }: Probe) =>
  Math.min(
    1,
    share(
      new Set(gpus.map(({ uuid }) => uuid)).size,
      nodes.reduce((sum, { capacity }) => sum + capacity, 0),
    ),
  );

/** Under one of these names every exporter tells of its GPUs. */
const ACTIVITY = [
  "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
  "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
  "DCGM_FI_DEV_GPU_UTIL",
  "DCGM_FI_DEV_GPU_UTIL_RATIO",
];

const KUBE_STATE = "scrape kube-state-metrics 2.9 or later";
const PROFILING = "load the profiling module, and keep its fields in the exporter's list of counters";
const POD_LABELS =
  "--metric-labels-allowlist=pods=[kueue.x-k8s.io/cluster-queue-name,kueue.x-k8s.io/local-queue-name] of kube-state-metrics";

/** Everything that is looked for, in the order in which it is reported. */
export const needs: readonly Need[] = [
  {
    name: "GPUs of nodes",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_node_status_capacity"],
    covered: ({ nodes }) => Math.min(1, nodes.length),
    setting: "scrape kube-state-metrics, and install NVIDIA's device plugin",
    without: "no capacity: nothing can be said",
  },
  {
    name: "GPUs that pods may use",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_node_status_allocatable"],
    covered: ({ nodes }) => share(nodes.filter(({ allocatable }) => allocatable !== undefined).length, nodes.length),
    setting: KUBE_STATE,
    without: "no capacity: nothing can be said",
  },
  {
    name: "nodegroup of nodes",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_node_labels"],
    covered: ({ nodes }, contract) =>
      share(
        nodes.filter(({ labels }) => nodegroupLabels(contract).some((label) => labels[label])).length,
        nodes.length,
      ),
    setting:
      "--metric-labels-allowlist=nodes=[KEY] of kube-state-metrics, with your platform's key (docs/label-contract.md)",
    without: "no nodegroup: nothing can be said; nodes that lack it are left out",
  },
  {
    name: "GPU requests of pods",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_pod_container_resource_requests"],
    setting: KUBE_STATE,
    without: "nothing is held, as far as anybody can tell",
  },
  {
    name: "phase of pods",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_pod_status_phase"],
    setting: KUBE_STATE,
    without: "pods that have finished cannot be told from those that run",
  },
  {
    name: "node of pods",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_pod_info"],
    setting: KUBE_STATE,
    without: "held GPUs have no nodegroup",
  },
  {
    name: "fitness of nodes",
    exporter: "kube-state-metrics",
    required: true,
    metrics: ["kube_node_status_condition", "kube_node_spec_unschedulable"],
    setting: KUBE_STATE,
    without: "nodes that are out of service count as capacity",
  },
  {
    name: "taints of nodes",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_node_spec_taint"],
    setting: KUBE_STATE,
    without: "tainted nodes count as capacity",
  },
  {
    name: "queues of pods",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_pod_labels"],
    covered: ({ pods }) => Math.min(1, pods.filter(({ clusterQueue }) => clusterQueue !== undefined).length),
    setting: POD_LABELS,
    without: "every pod looks as if it were outside Kueue, and admitted work without nodes is not seen",
  },
  {
    name: "owners of pods",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_pod_owner"],
    setting: KUBE_STATE,
    without: "pods of one gang are not seen as one",
  },
  {
    name: "times of pods",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_pod_status_scheduled_time"],
    setting: KUBE_STATE,
    without: "no waits from creation to scheduled",
  },
  {
    name: "creation of Jobs",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_job_created"],
    setting: KUBE_STATE,
    without: "waits begin with the pods, which come after admission: they are too short",
  },
  {
    name: "node selectors of pods",
    exporter: "kube-state-metrics",
    required: false,
    metrics: ["kube_pod_nodeselectors"],
    setting: "--metric-opt-in-list=kube_pod_nodeselectors of kube-state-metrics",
    without: "admitted pods without a node have a nodegroup only where their queue reaches one",
  },
  {
    name: "pending workloads",
    exporter: "kueue",
    required: false,
    metrics: ["kueue_pending_workloads"],
    setting: "scrape Kueue's controller (0.14 or later)",
    without: "nothing of what waits: of demand and queues nothing can be said, only of supply and its use",
  },
  {
    name: "quota and its use",
    exporter: "kueue",
    required: false,
    metrics: ["kueue_cluster_queue_nominal_quota"],
    setting: "metrics.enableClusterQueueResources: true in Kueue's configuration",
    without: "no quota, so that quota is no cause; flavors only where the contract says them",
  },
  {
    name: "GPUs pending",
    exporter: "kueue",
    required: false,
    metrics: ["kueue_cluster_queue_resource_pending"],
    setting: "Kueue 0.18 or later, with metrics.enableClusterQueueResources: true",
    without: "workloads are counted, GPUs that wait are not: no waiting GPU-hours and no cause",
  },
  {
    name: "LocalQueues",
    exporter: "kueue",
    required: false,
    metrics: ["kueue_local_queue_pending_workloads"],
    setting: "Kueue 0.17 or later, or the feature gate LocalQueueMetrics",
    without: "nobody can be named who waits",
  },
  {
    name: "activity of GPUs",
    exporter: "dcgm-exporter",
    required: false,
    metrics: ACTIVITY,
    covered: seen,
    setting: "scrape dcgm-exporter on every node with GPUs",
    without: "GPUs that are held but idle cannot be told from those that work",
  },
  {
    name: "activity inside GPUs",
    exporter: "dcgm-exporter",
    required: false,
    metrics: ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_PROF_TENSOR_UTIL_RATIO"],
    setting: PROFILING,
    without: "stalled GPUs cannot be told from busy ones",
  },
  {
    name: "power of GPUs",
    exporter: "dcgm-exporter",
    required: false,
    metrics: ["DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_BOARD_POWER_WATTS"],
    setting: "keep it in the exporter's list of counters",
    without: "stalled GPUs cannot be told from busy ones",
  },
  {
    name: "nodes of GPUs",
    exporter: "dcgm-exporter",
    required: false,
    metrics: ACTIVITY,
    covered: ({ gpus, nodes }) => {
      const names = new Set(nodes.map(({ name }) => name));
      return share(gpus.filter(({ host }) => host !== undefined && names.has(host)).length, gpus.length);
    },
    setting: "NODE_NAME in dcgm-exporter's environment, so that Hostname is the node and not the exporter's pod",
    without: "GPUs of other hosts are left out, and counted",
  },
  {
    name: "pods of GPUs",
    exporter: "dcgm-exporter",
    required: false,
    metrics: ACTIVITY,
    covered: ({ gpus }) =>
      Math.min(1, gpus.filter(({ labels }) => labels.some((label) => /^(exported_)?pod$/.test(label))).length),
    setting: "DCGM_EXPORTER_KUBERNETES=true in dcgm-exporter's environment",
    without: "no GPU counts as held by anybody, so none is idle or stalled",
  },
];

export interface Met {
  readonly need: Need;
  /** 0 to 1; 0 where its series are not there. */
  readonly covered: number;
}

/** How far each need is met. */
export function meet(probe: Probe, contract: Contract | undefined, wiring: Wiring): Met[] {
  return needs.map((need) => {
    const there = need.metrics.some((metric) => probe.names.has(nameThere(metric, wiring)));
    return { need, covered: there ? (need.covered?.(probe, contract) ?? 1) : 0 };
  });
}

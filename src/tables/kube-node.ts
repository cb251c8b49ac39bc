import { countGauge, gauge, label, state, table, timestamp } from "./table.js";

/** Nodes with GPUs, and no others. */
const narrow = { label: "node", series: 'kube_node_status_capacity{resource="nvidia_com_gpu"}' };

export const kubeNode = table({
  name: "kube_node",
  source: "kube-state-metrics",
  doc: "Nodes: what they offer and whether they are fit for use. The label that names the nodegroup is in contract.yaml.",
  key: ["instance", "node"],
  presence: "kube_node_status_capacity_nvidia_com_gpu",
  narrow,
  openLabels: { prefix: "label_", series: "kube_node_labels" },
  columns: {
    timestamp,
    instance: label("Address of kube-state-metrics"),
    node: label("Name of the node"),
    kube_node_created: gauge("Unix s", "When the node joined"),
    kube_node_spec_unschedulable: countGauge("", "1 while the node is cordoned", { range: [0, 1] }),
    kube_node_status_condition_ready: state(
      "Whether the kubelet says it is fit: true, false or unknown",
      'kube_node_status_condition{condition="Ready",status}',
      ["true", "false", "unknown"],
    ),
    kube_node_status_capacity_nvidia_com_gpu: countGauge("GPUs", "GPUs that the node has", {
      series: 'kube_node_status_capacity{resource="nvidia_com_gpu"}',
    }),
    kube_node_status_allocatable_nvidia_com_gpu: countGauge("GPUs", "GPUs that pods may use", {
      series: 'kube_node_status_allocatable{resource="nvidia_com_gpu"}',
    }),
    kube_node_status_allocatable_cpu: gauge("cores", "CPU cores that pods may use", {
      series: 'kube_node_status_allocatable{resource="cpu"}',
    }),
    kube_node_status_allocatable_memory: gauge("bytes", "Memory that pods may use", {
      series: 'kube_node_status_allocatable{resource="memory"}',
    }),
  },
});

export const kubeNodeSpecTaint = table({
  name: "kube_node_spec_taint",
  source: "kube-state-metrics",
  doc: "Taints: who may not be scheduled onto a node. Which of them the GPU work tolerates is in contract.yaml.",
  sparse: true,
  key: ["instance", "node", "key", "effect"],
  narrow,
  columns: {
    timestamp,
    instance: label("Address of kube-state-metrics"),
    node: label("Name of the node"),
    key: label("For instance node.kubernetes.io/unschedulable"),
    value: label("Often empty"),
    effect: label("NoSchedule, PreferNoSchedule or NoExecute"),
    kube_node_spec_taint: countGauge("", "Always 1: the taint is there", { range: [1, 1] }),
  },
});

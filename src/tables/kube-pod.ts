import { countGauge, gauge, label, optionalGauge, optionalLabel, state, table, timestamp } from "./table.js";

export const kubePod = table({
  name: "kube_pod",
  source: "kube-state-metrics",
  doc: "Pods that request GPUs, from creation until they are deleted; finished pods keep their requests until then.",
  sparse: true,
  key: ["instance", "namespace", "pod", "uid"],
  presence: "kube_pod_container_resource_requests_nvidia_com_gpu",
  narrow: { label: "namespace", series: 'kube_pod_container_resource_requests{resource="nvidia_com_gpu"}' },
  openLabels: { prefix: "nodeselector_", series: "kube_pod_nodeselectors" },
  columns: {
    timestamp,
    instance: label("Address of kube-state-metrics"),
    namespace: label("Namespace of the pod"),
    pod: label("Name of the pod"),
    uid: label("Identity of the pod: a name may come back, a uid does not"),
    node: optionalLabel("Node it is bound to; absent until it is", { series: "kube_pod_info{node}" }),
    owner_kind: optionalLabel("Kind of the object that controls it", { series: "kube_pod_owner{owner_kind}" }),
    owner_name: optionalLabel("Name of the object that controls it: pods of one gang share it", {
      series: "kube_pod_owner{owner_name}",
    }),
    priority_class: optionalLabel("PriorityClass", { series: "kube_pod_info{priority_class}" }),
    label_kueue_x_k8s_io_cluster_queue_name: optionalLabel("ClusterQueue that admitted it; absent outside Kueue", {
      series: "kube_pod_labels{label_kueue_x_k8s_io_cluster_queue_name}",
    }),
    label_kueue_x_k8s_io_local_queue_name: optionalLabel("LocalQueue it came through; absent outside Kueue", {
      series: "kube_pod_labels{label_kueue_x_k8s_io_local_queue_name}",
    }),
    kube_pod_status_phase: state("Pending, Running, Succeeded, Failed or Unknown", "kube_pod_status_phase{phase}", [
      "Pending",
      "Running",
      "Succeeded",
      "Failed",
      "Unknown",
    ]),
    kube_pod_status_reason: state(
      "SchedulingGated while Kueue holds a plain pod back",
      "kube_pod_status_reason{reason}",
    ),
    kube_pod_status_unschedulable: optionalGauge("", "1 while it has no node, gated pods included; else absent", {
      range: [1, 1],
    }),
    kube_pod_container_status_waiting_reason: state(
      "Why a bound pod's container does not run yet, for instance ContainerCreating",
      "kube_pod_container_status_waiting_reason{reason}",
    ),
    kube_pod_container_resource_requests_nvidia_com_gpu: countGauge("GPUs", "GPUs requested, sum over its containers", {
      series: 'kube_pod_container_resource_requests{resource="nvidia_com_gpu"}',
      over: "sum",
    }),
    kube_pod_init_container_resource_requests_nvidia_com_gpu: optionalGauge(
      "GPUs",
      "GPUs requested by its largest init container",
      { series: 'kube_pod_init_container_resource_requests{resource="nvidia_com_gpu"}', over: "max" },
    ),
    kube_pod_container_resource_requests_cpu: gauge("cores", "CPU requested, sum over its containers", {
      series: 'kube_pod_container_resource_requests{resource="cpu"}',
      over: "sum",
    }),
    kube_pod_container_resource_requests_memory: gauge("bytes", "Memory requested, sum over its containers", {
      series: 'kube_pod_container_resource_requests{resource="memory"}',
      over: "sum",
    }),
    kube_pod_created: gauge("Unix s", "When it was created"),
    kube_pod_status_scheduled_time: optionalGauge("Unix s", "When it was bound to its node"),
    kube_pod_start_time: optionalGauge("Unix s", "When its node's kubelet accepted it"),
    kube_pod_completion_time: optionalGauge("Unix s", "When its last container ended"),
  },
});

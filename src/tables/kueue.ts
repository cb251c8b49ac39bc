import { histogram, kueueBuckets } from "./histogram.js";
import { counter, countGauge, gauge, label, optionalLabel, state, table, timestamp } from "./table.js";

const instance = label("Address of Kueue's controller");
const replicaRole = label(
  "leader, follower or standalone: replicas export the same gauges, so take the maximum over it",
);
const flavor = label("ResourceFlavor; which nodegroup it stands for is in contract.yaml");
const resource = label("Resource as Kueue writes it, for instance nvidia.com/gpu");
/** A GPU as Kueue and as kube-state-metrics write it. */
export const GPU_RESOURCES = ["nvidia.com/gpu", "nvidia_com_gpu"];
const priorityClass = label("WorkloadPriorityClass, empty if none");

const pendingActive = countGauge("workloads", "Pending, in the queue's heap", {
  series: 'kueue_pending_workloads{status="active"}',
});
const pendingInadmissible = countGauge("workloads", "Pending, tried and parked until something changes", {
  series: 'kueue_pending_workloads{status="inadmissible"}',
});

export const kueueClusterQueue = table({
  name: "kueue_cluster_queue",
  source: "kueue",
  doc: "ClusterQueues: what waits in them and what they have let in. Demand is the sum of both kinds of pending.",
  key: ["instance", "cluster_queue", "replica_role"],
  columns: {
    timestamp,
    instance,
    cluster_queue: label("Name of the ClusterQueue"),
    parent_cohort: optionalLabel("Its cohort", { series: "kueue_cluster_queue_info{parent_cohort}" }),
    replica_role: replicaRole,
    kueue_pending_workloads_active: pendingActive,
    kueue_pending_workloads_inadmissible: pendingInadmissible,
    kueue_cluster_queue_resource_pending_nvidia_com_gpu: gauge(
      "GPUs",
      "GPUs requested by all pending workloads; it has no flavor",
      {
        series: 'kueue_cluster_queue_resource_pending{resource="nvidia.com/gpu"}',
      },
    ),
    kueue_reserving_active_workloads: countGauge("workloads", "Holding quota and not finished"),
    kueue_admitted_active_workloads: countGauge(
      "workloads",
      "Admitted and not finished; their pods may still have no node",
    ),
    kueue_cluster_queue_status: state("pending, active or terminated", "kueue_cluster_queue_status{status}", [
      "pending",
      "active",
      "terminated",
    ]),
  },
});

export const kueueClusterQueueResource = table({
  name: "kueue_cluster_queue_resource",
  source: "kueue",
  doc: "Quota and its use per ClusterQueue, flavor and resource (needs metrics.enableClusterQueueResources). Quota is not capacity.",
  key: ["instance", "cluster_queue", "flavor", "resource", "replica_role"],
  only: { resource: GPU_RESOURCES },
  columns: {
    timestamp,
    instance,
    cohort: label("Cohort, empty if none"),
    cluster_queue: label("Name of the ClusterQueue"),
    flavor,
    resource,
    replica_role: replicaRole,
    kueue_cluster_queue_nominal_quota: gauge("GPUs", "Quota that is the ClusterQueue's own"),
    kueue_cluster_queue_borrowing_limit: gauge("GPUs", "Most that it may borrow from its cohort; +Inf if unset"),
    kueue_cluster_queue_resource_reservation: gauge("GPUs", "Quota reserved"),
    kueue_cluster_queue_resource_usage: gauge("GPUs", "Quota in use by admitted workloads"),
  },
});

export const kueueClusterQueuePriority = table({
  name: "kueue_cluster_queue_priority",
  source: "kueue",
  doc: "Counters and wait histograms per ClusterQueue and priority class. Waits run from creation, or from an eviction; who still waits is not in them.",
  sparse: true,
  key: ["instance", "cluster_queue", "priority_class", "replica_role"],
  columns: {
    timestamp,
    instance,
    cluster_queue: label("Name of the ClusterQueue"),
    priority_class: priorityClass,
    replica_role: replicaRole,
    kueue_quota_reserved_workloads_total: counter("workloads", "Times that quota was reserved"),
    kueue_admitted_workloads_total: counter("workloads", "Admissions"),
    kueue_finished_workloads_total: counter("workloads", "Workloads that finished, well or not"),
    ...histogram("kueue_quota_reserved_wait_time_seconds", kueueBuckets(14), "Wait until quota was reserved"),
    ...histogram("kueue_admission_wait_time_seconds", kueueBuckets(16), "Wait until admission"),
  },
});

export const kueueEvictedWorkloads = table({
  name: "kueue_evicted_workloads",
  source: "kueue",
  doc: "Evictions. A series appears with its first eviction.",
  sparse: true,
  key: ["instance", "cluster_queue", "reason", "underlying_cause", "priority_class", "replica_role"],
  columns: {
    timestamp,
    instance,
    cluster_queue: label("Name of the ClusterQueue"),
    reason: label("Preempted, PodsReadyTimeout, AdmissionCheck, NodeFailures …"),
    underlying_cause: label("Finer reason, often empty"),
    priority_class: priorityClass,
    replica_role: replicaRole,
    kueue_evicted_workloads_total: counter("workloads", "Evictions"),
  },
});

export const kueueLocalQueue = table({
  name: "kueue_local_queue",
  source: "kueue",
  doc: "LocalQueues, the tenants' side. No LocalQueue series says how many GPUs its pending workloads ask for; while a LocalQueue is stopped, none says how many there are, and its ClusterQueue does not count them.",
  key: ["instance", "namespace", "name", "replica_role"],
  columns: {
    timestamp,
    instance,
    namespace: label("Namespace of the LocalQueue"),
    name: label("Name of the LocalQueue"),
    replica_role: replicaRole,
    kueue_local_queue_pending_workloads_active: {
      ...pendingActive,
      nullable: true,
      series: 'kueue_local_queue_pending_workloads{status="active"}',
    },
    kueue_local_queue_pending_workloads_inadmissible: {
      ...pendingInadmissible,
      nullable: true,
      series: 'kueue_local_queue_pending_workloads{status="inadmissible"}',
    },
    kueue_local_queue_reserving_active_workloads: countGauge("workloads", "Holding quota and not finished"),
    kueue_local_queue_admitted_active_workloads: countGauge("workloads", "Admitted and not finished"),
    kueue_local_queue_status: state(
      "Whether it is active: True, False or Unknown",
      "kueue_local_queue_status{active}",
      ["True", "False", "Unknown"],
    ),
  },
});

export const kueueLocalQueueResource = table({
  name: "kueue_local_queue_resource",
  source: "kueue",
  doc: "Quota in use per LocalQueue and flavor.",
  key: ["instance", "namespace", "name", "flavor", "resource", "replica_role"],
  only: { resource: GPU_RESOURCES },
  columns: {
    timestamp,
    instance,
    namespace: label("Namespace of the LocalQueue"),
    name: label("Name of the LocalQueue"),
    flavor,
    resource,
    replica_role: replicaRole,
    kueue_local_queue_resource_reservation: gauge("GPUs", "Quota reserved by its workloads"),
    kueue_local_queue_resource_usage: gauge("GPUs", "Quota in use by its admitted workloads"),
  },
});

export const kueueLocalQueuePriority = table({
  name: "kueue_local_queue_priority",
  source: "kueue",
  doc: "Counters and wait histograms per LocalQueue and priority class. Its buckets end at 10240 s, those of ClusterQueues' admission at 40960 s.",
  sparse: true,
  key: ["instance", "namespace", "name", "priority_class", "replica_role"],
  columns: {
    timestamp,
    instance,
    namespace: label("Namespace of the LocalQueue"),
    name: label("Name of the LocalQueue"),
    priority_class: priorityClass,
    replica_role: replicaRole,
    kueue_local_queue_quota_reserved_workloads_total: counter("workloads", "Times that quota was reserved"),
    kueue_local_queue_admitted_workloads_total: counter("workloads", "Admissions"),
    kueue_local_queue_finished_workloads_total: counter("workloads", "Workloads that finished, well or not"),
    ...histogram(
      "kueue_local_queue_quota_reserved_wait_time_seconds",
      kueueBuckets(14),
      "Wait until quota was reserved",
    ),
    ...histogram("kueue_local_queue_admission_wait_time_seconds", kueueBuckets(14), "Wait until admission"),
  },
});

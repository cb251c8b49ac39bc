import { derived, label, type Row, table, timestamp } from "./table.js";

/**
 * What the join makes of a dataset: one row a nodegroup and window. Unless a column says otherwise it is the mean over
 * the window's ticks at which its sources answered, and missing if they never did.
 */
export const nodegroupWindow = table({
  name: "nodegroup_window",
  source: "evenkeel",
  doc: "Kueue, kube-state-metrics and DCGM joined: one row a nodegroup and window. Means over the window",
  key: ["nodegroup"],
  columns: {
    window_start: { ...timestamp, doc: "Start of the window" },
    window_seconds: derived("s", "Length of the window; the last one ends with the data"),
    nodegroup: label("Nodegroup, from the node label that the contract names"),

    coverage_kube_state: derived(
      "ratio",
      "Share of ticks at which kube-state-metrics answered, or its last answer was not stale",
    ),
    coverage_kueue: derived("ratio", "Share of ticks at which Kueue answered, or its last answer was not stale"),
    coverage_dcgm: derived("ratio", "Share of the nodegroup's GPUs and ticks that dcgm-exporter reported"),

    gpus_paid: derived("GPUs", "Paid for, from the contract's inventory"),
    gpus_absent: derived("GPUs", "Paid for, but on no node that Kubernetes knows"),
    gpus_out_of_service: derived(
      "GPUs",
      "On nodes that are cordoned, not Ready, tainted or short of GPUs, and held by nobody",
    ),
    gpus_capacity: derived(
      "GPUs",
      "Capacity: allocatable on nodes that are Ready, not cordoned and free of taints that the work does not tolerate",
    ),
    gpus_held: derived("GPUs", "Held: requested by pods bound to the nodegroup's nodes, Pending or Running"),
    gpus_held_outside_kueue: derived("GPUs", "Of those held, by pods that no ClusterQueue admitted"),
    gpus_starting: derived("GPUs", "Of those held, by pods that do not run yet"),
    gpus_idle: derived(
      "GPUs",
      "Of those held, idle: engine active under 1 % for 60 minutes, the first 15 minutes of a pod aside",
    ),
    gpus_stalled: derived(
      "GPUs",
      "Of those held, stalled: busy by GPU_UTIL, but hardly any tensor work, memory traffic or power, for 30 minutes",
    ),
    gpus_useful: derived("GPUs", "Of those held, the rest: useful at most, since work that is lost later is in it"),
    gpus_free: derived("GPUs", "Unallocated: free on healthy nodes"),

    gpus_unplaced: derived("GPUs", "Asked for by admitted workloads whose pods have no node"),
    gpus_pending_lower: derived("GPUs", "Pending in ClusterQueues that can run nowhere but here"),
    gpus_pending_upper: derived(
      "GPUs",
      "Pending in every ClusterQueue that could run here; never add it up over nodegroups",
    ),
    gpus_waiting_lower: derived("GPUs", "Unplaced and pending, lower bound"),
    gpus_waiting_upper: derived("GPUs", "Unplaced and pending, upper bound"),
    gpus_demand_lower: derived("GPUs", "Demand: held, unplaced and pending, lower bound"),
    gpus_demand_upper: derived("GPUs", "Demand: held, unplaced and pending, upper bound"),

    gpus_stranded: derived(
      "GPUs",
      "Free GPUs that the shapes in demand cannot use, weighted by the GPUs that each shape asks for",
    ),
    gpus_recoverable: derived(
      "GPUs",
      "Waiting here that free GPUs of other nodegroups, able to run it, could serve: a maximum flow. Unknown where what waits is, by its upper bound",
    ),
    gpus_shareable: derived("GPUs", "Held by pods that leave both the engine and the framebuffer mostly unused"),
    gpus_quota: derived("GPUs", "Nominal quota of the flavors that stand for this nodegroup alone"),
    gpus_reserved: derived("GPUs", "Quota reserved in the flavors that stand for this nodegroup alone"),

    gpu_util_percent: derived("%", "GPU_UTIL, mean over held GPUs"),
    engine_active: derived("ratio", "GR_ENGINE_ACTIVE, mean over held GPUs"),
    tensor_active: derived("ratio", "PIPE_TENSOR_ACTIVE, mean over held GPUs"),
    dram_active: derived("ratio", "DRAM_ACTIVE, mean over held GPUs"),
    power_share: derived("ratio", "Power, from idle with a context (0) to the limit (1), mean over held GPUs"),
    memory_share: derived("ratio", "Framebuffer in use, mean over held GPUs"),
    gpu_util_percent_all: derived("%", "GPU_UTIL, mean over all GPUs"),
    tdp_share_all: derived("ratio", "Power as a share of the limit, mean over all GPUs"),

    workloads_pending: derived("workloads", "Pending in every ClusterQueue that could run here"),
    workloads_admitted: derived("workloads", "Admitted within the window by ClusterQueues that could run here; a sum"),
    wait_mean_seconds: derived("s", "Mean wait until admission of the workloads admitted within the window"),
  },
});

export type NodegroupWindow = Row<typeof nodegroupWindow>;

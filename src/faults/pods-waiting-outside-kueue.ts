import { SECOND_MS } from "../units/time.js";
import type { Fault } from "./fault.js";

/** What the pod asks for. */
const GPUS = 4;

export const podsWaitingOutsideKueue: Fault = {
  name: "pods-waiting-outside-kueue",
  shows: ["F25"],
  field:
    "A Deployment that Kueue does not manage asks for GPUs that are not there. Its pods are pending, but in no queue: pending pods are not the queue, and the queue is not all demand.",
  fails: [],
  notes: ["outside"],
  spoils: ["gpus_demand_lower", "imbalance"],
  join: "excludes",
  how: "Demand is Kueue's: pods that wait outside it are left out, and the check counts them.",
  nodegroup: false,
  hours: "all",
  change: ({ startMs }) => {
    const named = { namespace: "ad-hoc", pod: "server-0", uid: "ad-hoc-server-0", kube_pod_status_phase: "Pending" };
    const absent = [
      "node",
      "owner_kind",
      "owner_name",
      "priority_class",
      "label_kueue_x_k8s_io_cluster_queue_name",
      "label_kueue_x_k8s_io_local_queue_name",
      "kube_pod_status_reason",
      "kube_pod_container_status_waiting_reason",
      "kube_pod_status_scheduled_time",
      "kube_pod_start_time",
      "kube_pod_completion_time",
    ];
    const replaced = [
      ...Object.entries(named).map(([column, value]) => `'${value}' AS ${column}`),
      ...absent.map((column) => `NULL AS ${column}`),
      "up.timestamp AS timestamp",
      "1 AS kube_pod_status_unschedulable",
      `${GPUS} AS kube_pod_container_resource_requests_nvidia_com_gpu`,
      `${Math.floor(startMs / SECOND_MS) - 3600} AS kube_pod_created`,
    ];
    return [
      {
        table: "kube_pod",
        sql: `
          WITH one AS (SELECT * FROM old ORDER BY uid, timestamp LIMIT 1)
          FROM old
          UNION ALL
          SELECT one.* REPLACE (${replaced.join(", ")})
          FROM one JOIN up ON up.instance = one.instance AND up.job = 'kube-state-metrics' AND up.up = 1`,
      },
    ];
  },
};

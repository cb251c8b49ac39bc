import { describe, expect, test } from "vitest";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import { kubeNode } from "../tables/kube-node.js";
import { kubePod } from "../tables/kube-pod.js";
import { kueueLocalQueuePriority } from "../tables/kueue.js";
import { rowsOf } from "../testing/rows.js";
import { Pivot } from "./pivot.js";

const at = (seconds: number, value: number | string) => [seconds, String(value)] as const;
const pod = { instance: "k", namespace: "team", pod: "p", uid: "1" };

describe("samples that share their labels and their instant", () => {
  test("stand in one row, whatever order they come in", () => {
    const pivot = new Pivot(kubeNode, 0, 1e6);
    pivot.add("kube_node_labels", [
      { metric: { instance: "k", node: "n", label_pool: "a" }, values: [at(60, 1), at(120, 1)] },
    ]);
    pivot.add("kube_node_status_capacity", [
      { metric: { instance: "k", node: "n", resource: "nvidia_com_gpu" }, values: [at(120, 7), at(60, 8)] },
      { metric: { instance: "k", node: "n", resource: "cpu" }, values: [at(60, 96)] },
    ]);
    pivot.add("kube_node_status_condition", [
      { metric: { instance: "k", node: "n", condition: "Ready", status: "true" }, values: [at(60, 1), at(120, 0)] },
      { metric: { instance: "k", node: "n", condition: "Ready", status: "false" }, values: [at(60, 0), at(120, 1)] },
      { metric: { instance: "k", node: "n", condition: "DiskPressure", status: "true" }, values: [at(60, 1)] },
    ]);
    const rows = rowsOf(pivot.rows());
    expect(rows).toMatchObject([
      {
        timestamp: 60_000,
        node: "n",
        label_pool: "a",
        kube_node_status_capacity_nvidia_com_gpu: 8,
        kube_node_status_condition_ready: "true",
      },
      {
        timestamp: 120_000,
        node: "n",
        label_pool: "a",
        kube_node_status_capacity_nvidia_com_gpu: 7,
        kube_node_status_condition_ready: "false",
      },
    ]);
    // What nobody says is missing, not zero.
    expect(rows[0]!["kube_node_spec_unschedulable"]).toBeNaN();
  });

  test("of a pod's containers are added up, those of its init containers are not", () => {
    const pivot = new Pivot(kubePod, 0, 1e6);
    const of = (container: string, gpus: number) => ({
      metric: { ...pod, container, resource: "nvidia_com_gpu", node: "n" },
      values: [at(60, gpus)],
    });
    pivot.add("kube_pod_container_resource_requests", [of("a", 2), of("b", 4)]);
    pivot.add("kube_pod_init_container_resource_requests", [of("c", 3), of("d", 1)]);
    expect(rowsOf(pivot.rows())).toMatchObject([
      {
        kube_pod_container_resource_requests_nvidia_com_gpu: 6,
        kube_pod_init_container_resource_requests_nvidia_com_gpu: 3,
      },
    ]);
  });

  test("outside the chunk are left out: a range has both of its ends in Prometheus 2", () => {
    const pivot = new Pivot(kubeNode, 60_000, 120_000);
    pivot.add("kube_node_status_capacity", [
      {
        metric: { instance: "k", node: "n", resource: "nvidia_com_gpu" },
        values: [at(59.999, 1), at(60, 8), at(119.999, 8), at(120, 1)],
      },
    ]);
    expect(rowsOf(pivot.rows()).map((row) => row["timestamp"])).toEqual([60_000, 119_999]);
  });
});

describe("what has nothing to do with GPUs", () => {
  test("has no row: pods that request none, nodes that have none", () => {
    const pivot = new Pivot(kubePod, 0, 1e6);
    pivot.add("kube_pod_status_phase", [{ metric: { ...pod, phase: "Running" }, values: [at(60, 1)] }]);
    pivot.add("kube_pod_container_resource_requests", [
      { metric: { ...pod, resource: "cpu", container: "a" }, values: [at(60, 4)] },
    ]);
    expect(rowsOf(pivot.rows())).toEqual([]);
  });
});

describe("other names", () => {
  test("of a label are read, and counted", () => {
    const pivot = new Pivot(dcgmGpu, 0, 1e6);
    const labels = { instance: "d", UUID: "GPU-1", gpu: "0", device: "nvidia0", modelName: "X" };
    pivot.add("DCGM_FI_DEV_BOARD_POWER_WATTS", [{ metric: { ...labels, hostname: "n" }, values: [at(60, 300)] }]);
    pivot.add("DCGM_FI_DEV_POWER_USAGE", [{ metric: { ...labels, Hostname: "n" }, values: [at(120, 310)] }]);
    const { table } = pivot.rows();
    expect(Object.keys(table.columns)).toContain("DCGM_FI_DEV_BOARD_POWER_WATTS");
    expect(rowsOf(pivot.rows())).toMatchObject([
      { timestamp: 60_000, Hostname: "n", DCGM_FI_DEV_BOARD_POWER_WATTS: 300, DCGM_FI_DEV_POWER_USAGE: Number.NaN },
      { timestamp: 120_000, Hostname: "n", DCGM_FI_DEV_BOARD_POWER_WATTS: Number.NaN, DCGM_FI_DEV_POWER_USAGE: 310 },
    ]);
    expect([...pivot.remarks]).toEqual([["label hostname, read as Hostname", 1]]);
  });

  test("of a bucket's bound are the same number", () => {
    const metric = "kueue_local_queue_admission_wait_time_seconds_bucket";
    const labels = { instance: "q", namespace: "team", name: "train", priority_class: "", replica_role: "leader" };
    const pivot = new Pivot(kueueLocalQueuePriority, 0, 1e6);
    pivot.add(metric, [
      { metric: { ...labels, le: "2.50" }, values: [at(60, 3)] },
      { metric: { ...labels, le: "+Inf" }, values: [at(60, 9)] },
      { metric: { ...labels, le: "7" }, values: [at(60, 5)] },
    ]);
    expect(rowsOf(pivot.rows())).toMatchObject([{ [`${metric}_le_2_5`]: 3, [`${metric}_le_inf`]: 9 }]);
    expect([...pivot.remarks.keys()]).toEqual([`${metric}: a bucket that no table has, le="7"`]);
  });

  test("exported_ labels stand beside the target's own", () => {
    const pivot = new Pivot(kubePod, 0, 1e6);
    const target = {
      instance: "k",
      namespace: "monitoring",
      pod: "kube-state-metrics-0",
      uid: "1",
      exported_namespace: "team",
      exported_pod: "p",
    };
    pivot.add("kube_pod_container_resource_requests", [
      { metric: { ...target, resource: "nvidia_com_gpu", container: "a" }, values: [at(60, 4)] },
    ]);
    pivot.add("kube_pod_info", [{ metric: { ...target, node: "other", exported_node: "n" }, values: [at(60, 1)] }]);
    expect(rowsOf(pivot.rows())).toMatchObject([
      { namespace: "monitoring", exported_namespace: "team", exported_pod: "p", node: "n" },
    ]);
  });
});

describe("two samples of one row and instant", () => {
  test("of one container are the same container, not two", () => {
    const pivot = new Pivot(kubePod, 0, 1e6);
    const of = (container: string, replica: string, gpus: number) => ({
      metric: { ...pod, container, replica, resource: "nvidia_com_gpu" },
      values: [at(60, gpus)],
    });
    pivot.add("kube_pod_container_resource_requests", [
      of("a", "0", 2),
      of("b", "0", 4),
      of("a", "1", 2),
      of("b", "1", 4),
    ]);
    expect(rowsOf(pivot.rows())).toMatchObject([{ kube_pod_container_resource_requests_nvidia_com_gpu: 6 }]);
    expect([...pivot.remarks.values()]).toEqual([2]);
  });

  test("leave the larger, and are counted", () => {
    const pivot = new Pivot(kubeNode, 0, 1e6);
    const of = (replica: string, value: number) => ({
      metric: { instance: "k", node: "n", resource: "nvidia_com_gpu", replica },
      values: [at(60, value)],
    });
    pivot.add("kube_node_status_capacity", [of("a", 7), of("b", 8)]);
    expect(rowsOf(pivot.rows())).toMatchObject([{ kube_node_status_capacity_nvidia_com_gpu: 8 }]);
    expect([...pivot.remarks.values()]).toEqual([1]);
  });

  test("keep infinity, and have no number that is none", () => {
    const pivot = new Pivot(kubeNode, 0, 1e6);
    const labels = { instance: "k", node: "n", resource: "nvidia_com_gpu" };
    pivot.add("kube_node_status_capacity", [{ metric: labels, values: [at(60, "+Inf"), at(120, "NaN")] }]);
    expect(rowsOf(pivot.rows()).map((row) => row["kube_node_status_capacity_nvidia_com_gpu"])).toEqual([
      Infinity,
      Number.NaN,
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { type PlainRow, rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { MINUTE_MS } from "../units/time.js";
import { listPods, type Pod } from "./pods.js";
import { telemetry } from "./telemetry.js";

const START = Date.UTC(2026, 0, 5);

function tablesOf(input: SmallInput, demand: readonly WorkloadInput[]) {
  const scenario = small({ days: 4 / 24, podRetentionMinutes: 30, ...input });
  const simulation = runSimulation({ scenario, seed: 1, workloads: workloads(demand) });
  const rows = (name: string) => rowsOf(telemetry(simulation).find(({ table }) => table.name === name)!);
  return { simulation, rows };
}

/** Hours since the start of a sample. */
const hourOf = ({ timestamp }: PlainRow) => (timestamp - START) / hours(1);
/** First and last whole minute of the samples, since the start. */
const span = (rows: readonly PlainRow[]) =>
  [rows[0]!, rows.at(-1)!].map((row) => Math.floor((row.timestamp - START) / MINUTE_MS));

describe("kube_node", () => {
  const cordons = [
    { nodegroup: "a", node: 1, fromHour: 1, toHour: 2 },
    { nodegroup: "a", node: 1, fromHour: 1.5, toHour: 3 },
  ];
  const nodegroups = [{ nodes: 2 }, { gpuModel: "A100", gpusPerNode: 4, cpusPerNode: 64, memoryGiBPerNode: 512 }];
  const { rows } = tablesOf({ nodegroups, cordons }, []);
  const nodes = rows("kube_node");
  const of = (node: string) => nodes.filter((row) => row["node"] === node);
  const names = [...new Set(nodes.map((row) => String(row["node"])))];

  test("has every node at every scrape, with what it offers and its labels", () => {
    expect(names).toHaveLength(3);
    for (const name of names) expect(of(name)).toHaveLength(240);
    expect(of(names[2]!)[0]).toMatchObject({
      label_eks_amazonaws_com_nodegroup: "b",
      label_topology_kubernetes_io_region: "us-west-2",
      label_nvidia_com_gpu_product: "NVIDIA-A100-SXM4-80GB",
      kube_node_status_condition_ready: "true",
      kube_node_status_capacity_nvidia_com_gpu: 4,
      kube_node_status_allocatable_nvidia_com_gpu: 4,
      kube_node_status_allocatable_cpu: 64,
      kube_node_status_allocatable_memory: 512 * 2 ** 30,
      kube_node_spec_unschedulable: 0,
    });
  });

  test("labels nodes by their racks and the like, where there are any", () => {
    const topology = [
      { level: "block", nodes: 4 },
      { level: "rack", nodes: 2 },
    ];
    const labelled = tablesOf({ nodegroups: [{ nodes: 3, topology }, {}] }, []).rows("kube_node");
    const label = (level: string) => [
      ...new Map(labelled.map((row) => [row["node"], row[`label_cloud_provider_com_topology_${level}`]])).values(),
    ];
    expect(label("block")).toEqual(["a-block-0", "a-block-0", "a-block-0", null]);
    expect(label("rack")).toEqual(["a-rack-0", "a-rack-0", "a-rack-1", null]);
    expect(Object.keys(nodes[0]!).filter((column) => column.includes("provider"))).toEqual([]);
  });

  test("says when a node is cordoned, once for cordons that overlap", () => {
    const cordoned = nodes.filter((row) => row["kube_node_spec_unschedulable"] === 1);
    expect(new Set(cordoned.map((row) => row["node"]))).toEqual(new Set([names[1]]));
    expect(cordoned).toHaveLength(120);
    expect(cordoned.every((row) => hourOf(row) >= 1 && hourOf(row) < 3)).toBe(true);
  });

  describe("of a cluster with nodes out of service", () => {
    const outages = [
      { nodegroup: "a", node: 0, kind: "fail" as const, fromHour: 1, toHour: 2 },
      { nodegroup: "a", node: 1, kind: "delete" as const, fromHour: -1, toHour: 3 },
      { nodegroup: "a", node: 2, kind: "drain" as const, fromHour: 3 },
    ];
    const troubled = tablesOf({ nodegroups: [{ nodes: 3 }], outages }, []);
    const [failed, added, drained] = troubled.simulation.nodes.map(({ name }) =>
      troubled.rows("kube_node").filter((row) => row["node"] === name),
    ) as [PlainRow[], PlainRow[], PlainRow[]];
    const tainted = (key: string) =>
      troubled.rows("kube_node_spec_taint").filter((row) => row["key"] === `node.kubernetes.io/${key}`);

    test("knows nothing of whether a failed one is Ready, and taints it", () => {
      const unknown = failed.filter((row) => row["kube_node_status_condition_ready"] === "unknown");
      expect(failed).toHaveLength(240);
      expect(span(unknown)).toEqual([60, 119]);
      expect(unknown).toHaveLength(60);
      for (const effect of ["NoSchedule", "NoExecute"])
        expect(tainted("unreachable").filter((row) => row["effect"] === effect)).toHaveLength(60);
    });

    test("has no row of one that was deleted, or is not there yet, and then says when it joined", () => {
      expect(span(added)).toEqual([180, 239]);
      expect(added[0]!["kube_node_created"]).toBe((START + hours(3)) / 1000);
      expect(troubled.rows("kube_node_spec_taint").filter((row) => row["node"] === added[0]!["node"])).toHaveLength(60);
    });

    test("shows one that is drained as cordoned", () => {
      expect(span(drained.filter((row) => row["kube_node_spec_unschedulable"] === 1))).toEqual([180, 239]);
      expect(span(tainted("unschedulable"))).toEqual([180, 239]);
    });
  });

  test("has a taint while it is cordoned, beside the one that all GPU nodes have", () => {
    const taints = rows("kube_node_spec_taint");
    const cordon = taints.filter((row) => row["key"] === "node.kubernetes.io/unschedulable");
    expect(cordon.map((row) => row.timestamp)).toEqual(
      nodes.filter((row) => row["kube_node_spec_unschedulable"] === 1).map((row) => row.timestamp),
    );
    expect(taints.filter((row) => row["key"] === "nvidia.com/gpu")).toHaveLength(3 * 240);
    expect(taints.every((row) => row["kube_node_spec_taint"] === 1 && row["effect"] === "NoSchedule")).toBe(true);
  });
});

describe("kube_pod and kube_job", () => {
  test("a Job that is admitted with fewer pods has these as its parallelism until it is evicted, and as many pods", () => {
    const stops = [{ policy: "HoldAndDrain" as const, fromHour: 2, toHour: 3 }];
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 8 }], stops }];
    const { rows } = tablesOf({ clusterQueues, terminationGraceSeconds: 0 }, [
      { name: "other", gpusPerPod: 5, hours: 1.5 },
      { name: "some", pods: 4, minPods: 1, gpusPerPod: 2, createdMs: minutes(60), hours: 5 },
      { name: "full", gpusPerPod: 3, createdMs: 0, hours: 1 },
    ]);
    const jobs = rows("kube_job").filter((row) => row["job_name"] === "some");
    const with_ = (pods: number) => jobs.filter((row) => row["kube_job_spec_parallelism"] === pods);
    expect([span(with_(1)), span(with_(4))]).toEqual([
      [60, 119],
      [120, 239],
    ]);
    const pods = rows("kube_pod").filter((row) => row["owner_name"] === "some");
    const at = (hour: number) => pods.filter((row) => Math.floor(hourOf(row) * 60) === hour * 60 + 30);
    expect([1, 2, 3].map((hour) => at(hour).length)).toEqual([1, 0, 4]);
  });

  test("a Job has no pods while it is suspended: only the Job itself is seen", () => {
    const { rows } = tablesOf({}, [
      { name: "first", gpusPerPod: 8, hours: 2 },
      { name: "queued", gpusPerPod: 8, createdMs: minutes(30), hours: 1, startupMs: minutes(5) },
    ]);
    const jobs = rows("kube_job").filter((row) => row["job_name"] === "queued");
    expect(span(jobs)).toEqual([30, 214]);
    expect(jobs[0]).toMatchObject({ kube_job_created: START / 1000 + 1800, kube_job_spec_parallelism: 1 });
    const pods = rows("kube_pod").filter((row) => row["owner_name"] === "queued");
    // Admitted and bound at two hours, Running five minutes later, over after another hour, gone half an hour after.
    const phases = ["Pending", "Running", "Succeeded"].map((phase) =>
      span(pods.filter((row) => row["kube_pod_status_phase"] === phase)),
    );
    expect(phases).toEqual([
      [120, 124],
      [125, 184],
      [185, 214],
    ]);
  });

  test("a pod says what it asks for, who owns it, which queue let it in and where it must go", () => {
    const { rows } = tablesOf({}, [
      { name: "job", gpusPerPod: 2, pods: 2, cpusPerPod: 12.5, memoryGiBPerPod: 100, priorityClass: "high" },
    ]);
    expect(rows("kube_pod")[0]).toMatchObject({
      namespace: "team",
      owner_kind: "Job",
      owner_name: "job",
      priority_class: "high",
      label_kueue_x_k8s_io_cluster_queue_name: "queue",
      label_kueue_x_k8s_io_local_queue_name: "queue",
      nodeselector_eks_amazonaws_com_nodegroup: "a",
      kube_pod_container_resource_requests_nvidia_com_gpu: 2,
      kube_pod_init_container_resource_requests_nvidia_com_gpu: Number.NaN,
      kube_pod_container_resource_requests_cpu: 12.5,
      kube_pod_container_resource_requests_memory: 100 * 2 ** 30,
      kube_pod_created: START / 1000,
      kube_pod_status_scheduled_time: START / 1000,
      kube_pod_start_time: START / 1000,
      kube_pod_completion_time: Number.NaN,
    });
  });

  test("an admitted pod without a node is Pending and unschedulable, and not gated", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 16 }] }];
    const { rows } = tablesOf({ clusterQueues }, [
      { gpusPerPod: 8, hours: 2 },
      { name: "waits", gpusPerPod: 8, createdMs: hours(1), startupMs: minutes(10) },
    ]);
    const pods = rows("kube_pod").filter((row) => row["owner_name"] === "waits");
    const unbound = pods.filter((row) => row["node"] === null);
    expect(span(unbound)).toEqual([60, 119]);
    for (const row of unbound)
      expect(row).toMatchObject({
        kube_pod_status_phase: "Pending",
        kube_pod_status_reason: null,
        kube_pod_status_unschedulable: 1,
        kube_pod_container_status_waiting_reason: null,
        kube_pod_status_scheduled_time: Number.NaN,
        nodeselector_eks_amazonaws_com_nodegroup: "a",
      });
    const starting = pods.filter((row) => row["kube_pod_container_status_waiting_reason"] === "ContainerCreating");
    expect(span(starting)).toEqual([120, 129]);
    expect(starting.every((row) => row["kube_pod_status_phase"] === "Pending" && row["node"] !== null)).toBe(true);
    expect(starting.every((row) => Number.isNaN(row["kube_pod_status_unschedulable"]))).toBe(true);
  });

  test("a pod that waits on its node for the rest of its gang is Pending there, and gone with it", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }];
    const { simulation, rows } = tablesOf(
      { binding: "pod", nodegroups: [{ nodes: 2 }], podsReadyTimeoutMinutes: 90, clusterQueues },
      [
        { gpusPerPod: 8, hours: 3.5 },
        { name: "gang", pods: 2, gpusPerPod: 8, createdMs: hours(1), hours: 1 },
      ],
    );
    const pods = rows("kube_pod").filter((row) => row["owner_name"] === "gang");
    const first = pods.filter((row) => hourOf(row) < 2.5);
    expect(span(first)).toEqual([60, 149]);
    expect(first.map((row) => row["node"]).filter((node) => node === simulation.nodes[1]!.name)).toHaveLength(90);
    expect(first.filter((row) => row["node"] === null)).toHaveLength(90);
    for (const row of first)
      expect(row).toMatchObject({
        kube_pod_status_phase: "Pending",
        kube_pod_status_scheduled_time: row["node"] === null ? Number.NaN : (START + hours(1)) / 1000,
        kube_pod_status_unschedulable: row["node"] === null ? 1 : Number.NaN,
        kube_pod_container_status_waiting_reason: row["node"] === null ? null : "PodInitializing",
      });
    const uids = (some: readonly PlainRow[]) => new Set(some.map((row) => row["uid"]));
    const later = pods.filter((row) => hourOf(row) >= 2.5);
    expect([...uids(later)].filter((uid) => uids(first).has(uid!))).toEqual([]);
    // Bound at 2:31 and 3:30, they run together.
    const scheduled = later.filter((row) => hourOf(row) > 3.6).map((row) => row["kube_pod_status_scheduled_time"]);
    expect([...new Set(scheduled)]).toEqual([hours(2) + minutes(31), hours(3.5)].map((ms) => (START + ms) / 1000));
  });

  test("a plain Pod that queues is gated and, like every pod without a node, unschedulable", () => {
    const { rows } = tablesOf({}, [
      { gpusPerPod: 8, hours: 2 },
      { name: "notebook", kind: "Pod", gpusPerPod: 8, createdMs: hours(1) },
    ]);
    const gated = rows("kube_pod").filter((row) => row["kube_pod_status_reason"] === "SchedulingGated");
    expect(span(gated)).toEqual([60, 119]);
    for (const row of gated)
      expect(row).toMatchObject({
        pod: "notebook-0",
        kube_pod_status_phase: "Pending",
        kube_pod_status_unschedulable: 1,
        node: null,
        label_kueue_x_k8s_io_cluster_queue_name: null,
        label_kueue_x_k8s_io_local_queue_name: "queue",
        nodeselector_eks_amazonaws_com_nodegroup: null,
      });
    expect(rows("kube_job").filter((row) => row["job_name"] === "notebook")).toEqual([]);
  });

  test("pods of a retry are new pods; the failed ones stay, Failed, with the time of their end", () => {
    const { rows } = tablesOf({}, [{ failsAfterHours: [1], hours: 1 }]);
    const pods = rows("kube_pod");
    const uids = [...new Set(pods.map((row) => row["uid"]))];
    expect(uids).toHaveLength(2);
    const failed = pods.filter((row) => row["kube_pod_status_phase"] === "Failed");
    expect(new Set(failed.map((row) => row["uid"]))).toEqual(new Set([uids[0]]));
    expect(span(failed)).toEqual([60, 149]);
    expect(failed[0]!["kube_pod_completion_time"]).toBe(START / 1000 + 3600);
  });

  test("a pod too short for a scrape is never seen", () => {
    const { rows } = tablesOf({ podRetentionMinutes: 0 }, [{ hours: 0.001, createdMs: minutes(10) }]);
    expect(rows("kube_pod").length).toBeLessThanOrEqual(1);
  });
});

describe("in the sample", () => {
  const scenario = sample();
  const simulation = runSimulation({ scenario, seed: SAMPLE_SEED });
  const originMs = START - 3 * hours(1);
  const tables = telemetry(simulation);
  const podRows = rowsOf(tables.find(({ table }) => table.name === "kube_pod")!);

  test("pods on a node never request more GPUs than it offers, finished ones aside", () => {
    const held = new Map<string, number>();
    for (const row of podRows) {
      if (row["node"] === null || !["Pending", "Running"].includes(String(row["kube_pod_status_phase"]))) continue;
      const key = `${row.timestamp} ${row["node"]}`;
      held.set(key, (held.get(key) ?? 0) + (row["kube_pod_container_resource_requests_nvidia_com_gpu"] as number));
    }
    const offers = new Map(simulation.nodes.map((node) => [node.name, node.gpus]));
    const over = [...held].filter(([key, gpus]) => gpus > offers.get(key.split(" ")[1]!)!);
    expect(over).toEqual([]);
    expect(held.size).toBeGreaterThan(1000);
  });

  test("every pod is seen at every scrape of its life, and at no other, as it is at that moment", () => {
    const pods = new Map(listPods(simulation, originMs).map((pod) => [pod.uid, pod]));
    const scrapes = [...new Set(rowsOf(tables[1]!).map((row) => row.timestamp))];
    const seen = (pod: Pod) => scrapes.filter((at) => pod.createdMs <= at && at < pod.deletedMs).length;
    expect(podRows).toHaveLength([...pods.values()].reduce((sum, pod) => sum + seen(pod), 0));
    const wrong = podRows.filter((row) => {
      const at = row.timestamp;
      const pod = pods.get(String(row["uid"]))!;
      const ended = pod.succeeded ? "Succeeded" : "Failed";
      const phase = at >= pod.endedMs ? ended : at >= pod.runningMs ? "Running" : "Pending";
      return (
        row["kube_pod_status_phase"] !== phase ||
        row["node"] !== (at >= pod.boundMs ? pod.node!.name : null) ||
        row["kube_pod_status_reason"] !== (at < pod.gatedUntilMs ? "SchedulingGated" : null)
      );
    });
    expect(wrong).toEqual([]);
  });
});

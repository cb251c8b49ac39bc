import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CACHE_FOLDER } from "../dataset/cache-folder.js";
import { openDataset } from "../dataset/open.js";
import { bucketColumn, kueueBuckets } from "../tables/histogram.js";
import { copyOf, readManifest, sampleDataset } from "../testing/dataset.js";
import {
  clusterQueue,
  contract,
  gpu,
  HAND_MADE_START,
  type HandMade,
  type HandMadeRow,
  handMade,
  node,
  pod,
  quota,
  unboundPod,
} from "../testing/hand-made.js";
import { observe } from "./observe.js";
import type { NodegroupSeries, Observed } from "./observed.js";
import { rollUp } from "./roll-up.js";

async function observed(input: HandMade): Promise<Observed> {
  const dataset = await openDataset(await handMade(input));
  try {
    return await observe(dataset);
  } finally {
    dataset.close();
  }
}

const NONE = Number.NaN;
const START = HAND_MADE_START / 1000;
/** One of the series of nodegroup a, as a plain list. */
const series = (of: Observed, name: keyof Omit<NodegroupSeries, "name">, nodegroup = "a") => [
  ...of.nodegroups.find((group) => group.name === nodegroup)![name],
];
const twoNodes = () => [node("n0"), node("n1")];
/** From a minute on, up to but not at another. */
const during =
  (from: number, to: number, ...rows: HandMadeRow[]) =>
  (minute: number) =>
    minute >= from && minute < to ? rows : [];

describe("the grid", () => {
  test("sees each source as it last stood, up to 2.5 intervals after its scrape: two missed are bridged, no more", async () => {
    const made = await observed({
      minutes: 9,
      missed: { "kube-state-metrics": [2, 3, 4, 5], kueue: [1, 2] },
      rows: {
        kube_node: twoNodes,
        kube_pod: (minute) => [pod("p", 1 + minute)],
        kueue_cluster_queue: (minute) => [clusterQueue(1, minute)],
      },
    });
    expect(series(made, "held")).toEqual([1, 2, 2, 2, NONE, NONE, 7, 8, 9]);
    expect(series(made, "capacity")).toEqual([16, 16, 16, 16, NONE, NONE, 16, 16, 16]);
    expect([...made.coverage.kubeState]).toEqual([1, 1, 1, 1, 0, 0, 1, 1, 1]);
    expect([...made.clusterQueues[0]!.pendingGpus]).toEqual([0, 0, 0, 3, 4, 5, 6, 7, 8]);
    expect([...made.coverage.kueue]).toEqual(Array(9).fill(1));
  });

  test("bridges one missed scrape where it comes early in the minute: at the end of the second it is 2.9 minutes old", async () => {
    const made = await observed({
      minutes: 6,
      offsetSeconds: { "kube-state-metrics": 6 },
      missed: { "kube-state-metrics": [1, 2, 3] },
      rows: { kube_node: twoNodes, kube_pod: (minute) => [pod("p", 1 + minute)] },
    });
    expect(series(made, "held")).toEqual([1, 1, NONE, NONE, 5, 6]);
  });

  test("knows nothing before the first scrape, and holds what is absent from a scrape for absent, not for stale", async () => {
    const made = await observed({
      minutes: 5,
      missed: { "kube-state-metrics": [0] },
      rows: { kube_node: twoNodes, kube_pod: during(1, 3, pod("p", 4)) },
    });
    expect(series(made, "held")).toEqual([NONE, 4, 4, 0, 0]);
  });

  test("is as fine as the slowest source: of several scrapes in one tick the last counts", async () => {
    const made = await observed({
      minutes: 6,
      contract: { scrapeIntervalSeconds: { kueue: 120, "kube-state-metrics": 60, "dcgm-exporter": 60 } },
      rows: { kube_node: twoNodes, kube_pod: (minute) => [pod("p", 1 + minute)] },
    });
    expect([made.ticks, made.stepMs]).toEqual([3, 120_000]);
    expect(series(made, "held")).toEqual([2, 4, 6]);
  });

  test("counts replicas of an exporter once", async () => {
    const world: HandMade = {
      minutes: 70,
      rows: {
        kube_node: twoNodes,
        kube_node_spec_taint: () => [
          { node: "n1", key: "nvidia.com/gpu", effect: "NoSchedule", kube_node_spec_taint: 1 },
        ],
        kube_pod: () => [pod("p", 4), unboundPod("q", 8)],
        dcgm_gpu: () => [gpu("GPU-0", { namespace: "team", pod: "p" }), gpu("GPU-1")],
        kueue_cluster_queue: () => [clusterQueue(2, 8)],
        kueue_cluster_queue_resource: () => [quota(16, 4)],
        kueue_local_queue: () => [
          { namespace: "team", name: "queue", kueue_local_queue_pending_workloads_inadmissible: 2 },
        ],
      },
    };
    const [one, two] = [
      await observed(world),
      await observed({
        ...world,
        replicas: {
          "kube-state-metrics": ["ksm-0", "ksm-1"],
          "dcgm-exporter": ["dcgm-0", "dcgm-1"],
          kueue: ["k-0", "k-1"],
        },
      }),
    ];
    expect(two).toEqual(one);
  });
});

describe("what is held", () => {
  test("is what pods bound to a node request, Pending or Running, and not what finished pods did", async () => {
    const phases = ["Pending", "Running", "Running", "Succeeded", "Failed"];
    const made = await observed({
      minutes: 5,
      rows: { kube_node: twoNodes, kube_pod: (minute) => [pod("p", 3, { kube_pod_status_phase: phases[minute]! })] },
    });
    expect(series(made, "held")).toEqual([3, 3, 3, 0, 0]);
    expect(series(made, "starting")).toEqual([3, 0, 0, 0, 0]);
    expect(series(made, "free")).toEqual([13, 13, 13, 16, 16]);
  });

  test("is the larger of a pod's containers and its largest init container", async () => {
    const init = { kube_pod_init_container_resource_requests_nvidia_com_gpu: 5 };
    const made = await observed({
      minutes: 1,
      rows: { kube_node: twoNodes, kube_pod: () => [pod("small", 2, init), pod("large", 6, { ...init, node: "n1" })] },
    });
    expect(series(made, "held")).toEqual([11]);
  });

  test("counts pods outside Kueue, and tells them apart", async () => {
    const outside = { label_kueue_x_k8s_io_cluster_queue_name: null, label_kueue_x_k8s_io_local_queue_name: null };
    const made = await observed({
      minutes: 1,
      rows: { kube_node: twoNodes, kube_pod: () => [pod("p", 2), pod("server", 3, outside)] },
    });
    expect([series(made, "held"), series(made, "heldOutsideKueue")]).toEqual([[5], [3]]);
  });
});

describe("capacity", () => {
  const sick: [string, HandMadeRow, number, number][] = [
    ["a cordoned node", { kube_node_spec_unschedulable: 1 }, 8, 5],
    ["a node that is not Ready", { kube_node_status_condition_ready: "false" }, 8, 5],
    ["a node of which nobody knows", { kube_node_status_condition_ready: "unknown" }, 8, 5],
    ["a node without a Ready condition", { kube_node_status_condition_ready: null }, 8, 5],
    ["GPUs that a healthy node does not offer", { kube_node_status_allocatable_nvidia_com_gpu: 6 }, 14, 2],
  ];
  test.each(sick)("is without %s", async (_, state, capacity, outOfService) => {
    const made = await observed({
      minutes: 1,
      rows: { kube_node: () => [node("n0", state), node("n1")], kube_pod: () => [pod("p", 3)] },
    });
    expect([series(made, "present"), series(made, "capacity")]).toEqual([[16], [capacity]]);
    // What is held there is not out of service, and what is free there cannot be used.
    expect(made.nodes.map((one) => one.outOfService[0])).toEqual([outOfService, 0]);
    expect(series(made, "free")).toEqual([capacity === 8 ? 8 : 3 + 8]);
  });

  const taint = (key: string, effect: string): HandMadeRow => ({ node: "n0", key, effect, kube_node_spec_taint: 1 });
  test.each([
    ["NoSchedule that nobody tolerates", taint("maintenance", "NoSchedule"), 8],
    ["NoExecute that nobody tolerates", taint("maintenance", "NoExecute"), 8],
    ["NoSchedule that GPU work tolerates", taint("nvidia.com/gpu", "NoSchedule"), 16],
    ["PreferNoSchedule", taint("maintenance", "PreferNoSchedule"), 16],
  ])("knows taints: %s", async (_, row, capacity) => {
    const made = await observed({ minutes: 1, rows: { kube_node: twoNodes, kube_node_spec_taint: () => [row] } });
    expect(series(made, "capacity")).toEqual([capacity]);
  });

  test("comes back with the node", async () => {
    const made = await observed({
      minutes: 3,
      rows: { kube_node: (minute) => [node("n0", { kube_node_spec_unschedulable: minute === 1 ? 1 : 0 }), node("n1")] },
    });
    expect(series(made, "capacity")).toEqual([16, 8, 16]);
  });

  test("misses a node that vanished, which only the inventory can tell", async () => {
    const made = await observed({ minutes: 2, rows: { kube_node: (minute) => twoNodes().slice(minute) } });
    expect(series(made, "present")).toEqual([16, 8]);
    const [window] = rollUp(made, 60);
    expect(rollUp(made, 60).map((one) => [one.gpus_paid, one.gpus_absent])).toEqual([
      [16, 0],
      [16, 8],
    ]);
    expect(window!.nodegroup).toBe("a");
  });
});

describe("gangs without nodes", () => {
  test("are admitted pods that no node has, by owner, from their first tick to their last", async () => {
    const gang = { owner_name: "gang" };
    const made = await observed({
      minutes: 6,
      rows: {
        kube_node: twoNodes,
        kube_pod: during(1, 4, unboundPod("g-0", 4, gang), unboundPod("g-1", 4, gang), unboundPod("alone", 2)),
      },
    });
    expect(made.unplaced).toEqual([
      {
        gang: "team/Job/alone",
        clusterQueue: "queue",
        namespace: "team",
        localQueue: "queue",
        nodegroup: "a",
        pods: 1,
        gpusPerPod: 2,
        firstTick: 1,
        lastTick: 3,
      },
      expect.objectContaining({ gang: "team/Job/gang", pods: 2, gpusPerPod: 4, firstTick: 1, lastTick: 3 }),
    ]);
    expect(series(made, "unplaced")).toEqual([0, 10, 10, 10, 0, 0]);
    expect(series(made, "held")).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("are not pods that Kueue holds back, nor pods outside it", async () => {
    const gated = { kube_pod_status_reason: "SchedulingGated" };
    const made = await observed({
      minutes: 1,
      rows: {
        kube_node: twoNodes,
        kube_pod: () => [
          unboundPod("gated", 8, gated),
          unboundPod("alien", 8, { label_kueue_x_k8s_io_cluster_queue_name: null }),
        ],
      },
    });
    expect(made.unplaced).toEqual([]);
  });

  test("belong to the only nodegroup that their queue reaches where no node selector is exported", async () => {
    const bare = { nodeselector_nodegroup: null };
    const made = await observed({
      minutes: 1,
      rows: { kube_node: twoNodes, kube_pod: () => [unboundPod("p", 8, bare)] },
    });
    expect(made.unplaced[0]!.nodegroup).toBe("a");
  });
});

describe("gangs that started", () => {
  test("have the time of their Job, of their binding and of their end, and say whether a pod failed", async () => {
    const later = { kube_pod_created: START + 60, kube_pod_status_scheduled_time: START + 60 };
    const ended = { kube_pod_status_phase: "Failed", kube_pod_completion_time: START + 200 };
    const made = await observed({
      minutes: 6,
      rows: {
        kube_node: twoNodes,
        kube_job: () => [
          { namespace: "team", job_name: "gang", kube_job_created: START - 500, kube_job_spec_parallelism: 2 },
        ],
        kube_pod: (minute) => [
          ...["g-0", "g-1"].map((name) =>
            pod(name, 4, { owner_name: "gang", ...later, ...(minute >= 4 ? ended : {}) }),
          ),
          pod("alone", 1, { owner_kind: null, owner_name: null, priority_class: "high" }),
        ],
      },
    });
    expect(made.started).toEqual([
      {
        gang: "team/Pod/alone",
        namespace: "team",
        clusterQueue: "queue",
        localQueue: "queue",
        priorityClass: "high",
        nodegroup: "a",
        pods: 1,
        gpusPerPod: 1,
        createdSeconds: START,
        scheduledSeconds: START,
        endedSeconds: undefined,
        lost: false,
      },
      expect.objectContaining({
        gang: "team/Job/gang",
        pods: 2,
        gpusPerPod: 4,
        createdSeconds: START - 500,
        scheduledSeconds: START + 60,
        endedSeconds: START + 200,
        lost: true,
      }),
    ]);
  });

  /** A pod of the Job "job", made and bound so many seconds after the start. */
  const member = (name: string, created: number, scheduled: number, rest = {}) =>
    pod(name, 2, {
      owner_name: "job",
      kube_pod_created: START + created,
      kube_pod_status_scheduled_time: START + scheduled,
      ...rest,
    });
  const failedAt = (seconds: number) => ({
    kube_pod_status_phase: "Failed",
    kube_pod_completion_time: START + seconds,
  });
  const startedBy = async (kube_pod: (minute: number) => HandMadeRow[], rest: Partial<HandMade> = {}) =>
    (await observed({ minutes: 6, ...rest, rows: { kube_node: twoNodes, kube_pod, ...rest.rows } })).started;

  test("are one more for each attempt: its pods are made when those before have ended", async () => {
    const started = await startedBy((minute) => [
      member("p-0", 0, 0, minute < 2 ? {} : failedAt(125)),
      ...during(2, 6, member("p-1", 125, 130))(minute),
    ]);
    expect(started.map((gang) => [gang.pods, gang.scheduledSeconds - START, gang.lost])).toEqual([
      [1, 0, true],
      [1, 130, false],
    ]);
  });

  test("have lost their work if they vanish while they run and are made again, as evicted ones are", async () => {
    const started = await startedBy((minute) => [
      ...during(0, 2, member("p-0", 0, 0))(minute),
      ...during(4, 6, member("p-1", 240, 240))(minute),
      ...during(0, 3, pod("gone", 1))(minute),
    ]);
    expect(started.map((gang) => [gang.gang, gang.scheduledSeconds - START, gang.lost])).toEqual([
      ["team/Job/gone", 0, false],
      ["team/Job/job", 0, true],
      ["team/Job/job", 240, false],
    ]);
  });

  test("are one gang, though its pods are bound one after the other: it got nodes with the last", async () => {
    const [gang, ...others] = await startedBy(() => [member("p-0", 0, 10), member("p-1", 1, 12), member("p-2", 0, 95)]);
    expect(others).toEqual([]);
    expect([gang!.pods, gang!.scheduledSeconds - START]).toEqual([3, 95]);
  });

  test("are no larger for a pod that takes the place of a failed one while the others run", async () => {
    const started = await startedBy(
      (minute) => [
        member("p-0", 0, 5),
        member("p-1", 0, 7, minute < 2 ? {} : failedAt(125)),
        ...during(2, 6, member("p-2", 126, 131))(minute),
      ],
      {
        rows: {
          kube_job: () => [
            { namespace: "team", job_name: "job", kube_job_created: START, kube_job_spec_parallelism: 2 },
          ],
        },
      },
    );
    expect(started.map((gang) => [gang.pods, gang.scheduledSeconds - START, gang.lost])).toEqual([[2, 7, true]]);
  });

  test("ended when they were last seen, if they disappeared without a word", async () => {
    const [gone, there] = await startedBy((minute) => [
      ...during(0, 3, member("p-0", 0, 0))(minute),
      pod("q", 1, { kube_pod_status_scheduled_time: START + 1 }),
    ]);
    expect(gone!.endedSeconds).toBe(START + 2 * 60 + 40);
    expect(there!.endedSeconds).toBeUndefined();
  });
});

describe("queues", () => {
  test("count what is pending of both kinds, with the largest of what replicas say", async () => {
    const made = await observed({
      minutes: 2,
      rows: {
        kube_node: twoNodes,
        kueue_cluster_queue: () => [
          clusterQueue(3, 12, { kueue_pending_workloads_active: 2 }),
          clusterQueue(0, 0, { replica_role: "follower" }),
        ],
        kueue_cluster_queue_resource: () => [quota(10, 4), quota(10, 7, { replica_role: "follower" })],
      },
    });
    const [queue] = made.clusterQueues;
    expect([[...queue!.pending], [...queue!.pendingGpus]]).toEqual([
      [5, 5],
      [12, 12],
    ]);
    expect([...queue!.flavors[0]!.reserved]).toEqual([7, 7]);
    expect(queue).toMatchObject({ name: "queue", cohort: "", eligible: ["a"], able: ["a"], strict: false });
  });

  const priority = (admitted: number, waited: number): HandMadeRow => ({
    cluster_queue: "queue",
    priority_class: "",
    replica_role: "leader",
    kueue_admitted_workloads_total: admitted,
    kueue_admission_wait_time_seconds_sum: waited,
  });
  const admissions = async (counts: readonly (number | undefined)[]) => {
    const made = await observed({
      minutes: counts.length,
      rows: {
        kube_node: twoNodes,
        kueue_cluster_queue: () => [clusterQueue(0, 0)],
        kueue_cluster_queue_resource: () => [quota(16, 0)],
        kueue_cluster_queue_priority: (minute) =>
          counts[minute] === undefined ? [] : [priority(counts[minute], 60 * counts[minute])],
      },
    });
    return [...made.clusterQueues[0]!.admitted];
  };

  test("admit what their counter rises by; what it said at first came before", async () => {
    expect(await admissions([5, 5, 7, 8])).toEqual([0, 0, 2, 1]);
  });

  test("admit all that a counter says which appears later, or anew after a restart", async () => {
    expect(await admissions([undefined, undefined, 2, 2])).toEqual([0, 0, 2, 0]);
    expect(await admissions([5, 6, 1, 3])).toEqual([0, 1, 1, 2]);
  });

  test("have their waits counted by bucket over the whole time, and evictions by reason", async () => {
    const prefix = "kueue_local_queue_admission_wait_time_seconds";
    const histogram = (...waits: number[]): HandMadeRow => ({
      namespace: "team",
      name: "queue",
      priority_class: "",
      replica_role: "leader",
      ...Object.fromEntries(
        [...kueueBuckets(14), Number.POSITIVE_INFINITY].map((le) => [
          bucketColumn(prefix, le),
          waits.filter((wait) => wait <= le).length,
        ]),
      ),
    });
    const made = await observed({
      minutes: 4,
      rows: {
        kube_node: twoNodes,
        kueue_local_queue_priority: (minute) => [histogram(...[0.5, 3, 100, 20_000].slice(0, minute + 1))],
        kueue_evicted_workloads: during(2, 4, {
          cluster_queue: "queue",
          reason: "PodsReadyTimeout",
          underlying_cause: "WaitForStart",
          priority_class: "",
          kueue_evicted_workloads_total: 3,
        }),
      },
    });
    const counts = Object.fromEntries(made.waits[0]!.buckets.map(({ le, count }) => [le, count]));
    // The first wait was there when the data began.
    expect([counts[1], counts[5], counts[160], counts[10240], counts["Infinity"]]).toEqual([0, 1, 2, 2, 3]);
    expect(made.evictions).toEqual([{ clusterQueue: "queue", reason: "PodsReadyTimeout", count: 3 }]);
  });

  test("try their flavors in the contract's order, and what it does not name last", async () => {
    const made = await observed({
      minutes: 1,
      contract: {
        flavors: { a: ["a"], b: [], c: [] },
        clusterQueues: [{ name: "queue", flavors: ["c", "a"] }],
      },
      rows: {
        kube_node: twoNodes,
        kueue_cluster_queue: () => [clusterQueue(0, 0)],
        kueue_cluster_queue_resource: () => ["a", "b", "c"].map((flavor) => quota(1, 0, { flavor })),
      },
    });
    expect(made.clusterQueues[0]!.flavors.map((flavor) => flavor.flavor)).toEqual(["c", "a", "b"]);
    expect(made.clusterQueues[0]!.strict).toBeUndefined();
  });
});

describe("GPUs that are held", () => {
  const held = { namespace: "team", pod: "p" };
  const world = (minutes: number, values: (minute: number) => HandMadeRow, missed: number[] = []): HandMade => ({
    minutes,
    missed: { "dcgm-exporter": missed },
    rows: {
      kube_node: twoNodes,
      kube_pod: () => [pod("p", 1)],
      dcgm_gpu: (minute) => [gpu("GPU-0", { ...held, ...values(minute) })],
    },
  });
  const idle = { DCGM_FI_PROF_GR_ENGINE_ACTIVE: 0, DCGM_FI_DEV_GPU_UTIL: 0 };
  const count = (of: Observed, state: "idle" | "stalled") =>
    series(of, state).reduce((sum, gpus) => sum + (gpus || 0), 0);

  test("are idle when their engine rests for an hour, the first quarter of an hour of their pod aside", async () => {
    const all = await observed(world(120, () => idle));
    expect(count(all, "idle")).toBe(105);
    expect(series(all, "idle").slice(0, 15)).toEqual(Array(15).fill(0));
    expect(count(await observed(world(120, (minute) => (minute < 76 ? idle : {}))), "idle")).toBe(61);
    expect(count(await observed(world(120, (minute) => (minute < 74 ? idle : {}))), "idle")).toBe(0);
  });

  test("are not idle while their pod is bound but does not run: they are starting", async () => {
    const starting = (until: number) => (minute: number) => [
      pod("p", 1, { kube_pod_status_phase: minute < until ? "Pending" : "Running" }),
    ];
    const made = async (until: number) => {
      const input = world(120, () => idle);
      return observed({ ...input, rows: { ...input.rows, kube_pod: starting(until) } });
    };
    expect(count(await made(120), "idle")).toBe(0);
    expect(count(await made(40), "idle")).toBe(80);
  });

  test("are idle by utilisation where the engine is not measured", async () => {
    const bare = { DCGM_FI_PROF_GR_ENGINE_ACTIVE: null };
    expect(count(await observed(world(120, () => ({ ...bare, DCGM_FI_DEV_GPU_UTIL: 4 }))), "idle")).toBe(105);
    expect(count(await observed(world(120, () => ({ ...bare, DCGM_FI_DEV_GPU_UTIL: 5 }))), "idle")).toBe(0);
  });

  test("are neither stalled nor not where a signal is missing, but idle or not by those that are there", async () => {
    const unmeasured = { DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: null, DCGM_FI_DEV_FB_USED: null };
    const made = await observed(world(80, (minute) => ({ ...idle, ...(minute < 40 ? {} : unmeasured) })));
    expect(series(made, "stalled").slice(39, 41)).toEqual([0, NONE]);
    expect(series(made, "shareable").slice(39, 41)).toEqual([0, NONE]);
    expect(count(made, "idle")).toBe(65);
  });

  test("are idle in one stretch, whatever their node is called", async () => {
    const input = world(120, () => idle);
    const named = (minute: number) => (minute < 60 ? "n0" : "n2");
    const made = await observed({
      ...input,
      rows: {
        kube_node: (minute) => [node(named(minute)), node("n1")],
        kube_pod: (minute) => [pod("p", 1, { node: named(minute) })],
        dcgm_gpu: (minute) => [gpu("GPU-0", { ...held, ...idle, Hostname: named(minute) })],
      },
    });
    expect(count(made, "idle")).toBe(105);
  });

  test("are not idle over a time of which nothing is known", async () => {
    const made = await observed(world(120, () => idle, [60, 61, 62, 63]));
    expect(count(made, "idle")).toBe(0);
    expect(series(made, "idle").slice(60, 65)).toEqual([0, 0, Number.NaN, Number.NaN, 0]);
  });

  test("are stalled when they look busy for half an hour but hardly compute, move data or draw power", async () => {
    const starved = {
      DCGM_FI_DEV_GPU_UTIL: 95,
      DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 0.03,
      DCGM_FI_PROF_DRAM_ACTIVE: 0.08,
      DCGM_FI_DEV_POWER_USAGE: 170,
    };
    expect(count(await observed(world(40, () => starved)), "stalled")).toBe(40);
    expect(count(await observed(world(29, () => starved)), "stalled")).toBe(0);
    for (const busy of [
      { DCGM_FI_DEV_GPU_UTIL: 79 },
      { DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: 0.1 },
      { DCGM_FI_PROF_DRAM_ACTIVE: 0.2 },
      // A quarter of the way from 100 W to 700 W.
      { DCGM_FI_DEV_POWER_USAGE: 250 },
    ])
      expect(count(await observed(world(40, () => ({ ...starved, ...busy }))), "stalled")).toBe(0);
  });

  test("have their means over held GPUs only, and over all where it says so", async () => {
    const made = await observed({
      minutes: 1,
      rows: {
        kube_node: twoNodes,
        kube_pod: () => [pod("p", 2)],
        dcgm_gpu: () => [
          gpu("GPU-0", { ...held, DCGM_FI_DEV_GPU_UTIL: 100, DCGM_FI_DEV_POWER_USAGE: 700 }),
          gpu("GPU-1", { ...held, DCGM_FI_DEV_GPU_UTIL: 50, DCGM_FI_DEV_POWER_USAGE: 400 }),
          gpu("GPU-2", { ...idle, DCGM_FI_DEV_POWER_USAGE: 70 }),
        ],
      },
    });
    expect(series(made, "utilPercent")).toEqual([75]);
    expect(series(made, "powerShare")).toEqual([0.75]);
    expect(series(made, "memoryShare")).toEqual([0.75]);
    expect(series(made, "utilPercentAll")).toEqual([50]);
    expect(series(made, "tdpShareAll")[0]).toBeCloseTo((700 + 400 + 70) / 2100, 6);
    expect(series(made, "seen")).toEqual([3]);
    expect(made.coverage.dcgm["a"]![0]).toBeCloseTo(3 / 16, 9);
  });

  test("can be shared where engine and memory are mostly unused", async () => {
    const light = { DCGM_FI_PROF_GR_ENGINE_ACTIVE: 0.4, DCGM_FI_DEV_FB_USED: 30_000, DCGM_FI_DEV_FB_FREE: 50_000 };
    const made = await observed({
      minutes: 1,
      rows: {
        kube_node: twoNodes,
        kube_pod: () => [pod("p", 3)],
        dcgm_gpu: () => [gpu("GPU-0", { ...held, ...light }), gpu("GPU-1", held), gpu("GPU-2", light)],
      },
    });
    expect(series(made, "shareable")).toEqual([1]);
  });
});

test("what cannot be joined is counted and named, and in no sum", async () => {
  const made = await observed({
    minutes: 2,
    rows: {
      kube_node: () => [node("n0"), node("lost", { label_nodegroup: null }), node("alien", { label_nodegroup: "z" })],
      kube_pod: () => [pod("p", 1), pod("q", 5, { node: "lost" })],
      dcgm_gpu: () => [gpu("GPU-0"), gpu("GPU-1", { Hostname: "nowhere" }), gpu("GPU-2", { Hostname: "lost" })],
    },
  });
  expect(made.dropped).toEqual([
    { source: "dcgm-exporter", reason: "GPU on a host that is no known node", count: 2, unit: "GPUs" },
    {
      source: "kube-state-metrics",
      reason: "node without a nodegroup that the contract knows",
      count: 2,
      unit: "nodes",
    },
    { source: "kube-state-metrics", reason: "pod on a node without a nodegroup", count: 1, unit: "pods" },
  ]);
  expect(series(made, "held")).toEqual([1, 1]);
  expect(series(made, "present")).toEqual([8, 8]);
});

test("the first label that a node has names its nodegroup", async () => {
  const made = await observed({
    minutes: 1,
    contract: { nodegroupLabels: ["label_team_nodegroup", "label_nodegroup"] },
    rows: {
      kube_node: () => [
        node("n0", { label_team_nodegroup: "a", label_nodegroup: "z" }),
        node("n1", { label_team_nodegroup: "" }),
      ],
    },
  });
  expect(series(made, "present")).toEqual([16]);
});

describe("the cache beside a dataset", () => {
  test("holds what the join made, and gives the same again", async () => {
    const folder = await copyOf(await sampleDataset());
    // Others may have read the sample before it was copied.
    await rm(join(folder, CACHE_FOLDER), { recursive: true, force: true });
    const read = async () => {
      const dataset = await openDataset(folder);
      const made = await observe(dataset);
      dataset.close();
      return made;
    };
    const first = await read();
    expect((await readdir(join(folder, CACHE_FOLDER))).length).toBe(1);
    expect(await read()).toEqual(first);
    await rm(join(folder, CACHE_FOLDER), { recursive: true });
    expect(await read()).toEqual(first);
    expect((await readManifest(folder)).tables["up"]!.rows).toBeGreaterThan(0);
  });
});

test("nothing depends on the number of threads", async () => {
  const made = await Promise.all(
    [1, 2].map(async (threads) => {
      const dataset = await openDataset(await copyOf(await sampleDataset()), { threads });
      const result = await observe(dataset);
      dataset.close();
      return result;
    }),
  );
  expect(made[1]).toEqual(made[0]);
  expect(contract.version).toBe(1);
});

describe("a dataset without the nodegroup of any node is refused, with what to do", () => {
  const failure = (...nodes: HandMadeRow[]) =>
    observed({ minutes: 2, rows: { kube_node: () => nodes } }).then(
      () => "none",
      (error: Error) => `${error.name}: ${error.message}`,
    );

  test("because the label is not exported", async () => {
    for (const empty of [null, ""])
      expect(await failure(node("n0", { label_nodegroup: empty }))).toMatch(
        /^EvenkeelError: .*kube_node\.parquet: found no node with a value of label_nodegroup, .*; allow-list the label in kube-state-metrics .* or name another column in nodegroupLabels of contract\.yaml$/,
      );
  });

  test("because the contract knows none of them", async () => {
    expect(await failure(node("n0", { label_nodegroup: "z" }), node("n1", { label_nodegroup: "y" }))).toMatch(
      /: found the nodegroups y, z in label_nodegroup, none of which is in contract\.yaml; allowed: a; /,
    );
  });

  test("because there is no node", async () => {
    expect(await failure()).toMatch(/^EvenkeelError: .*kube_node\.parquet: found no node at all; /);
  });
});

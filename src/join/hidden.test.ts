import { describe, expect, test } from "vitest";
import { openDataset } from "../dataset/open.js";
import { observedOf, type QueueInput } from "../testing/analysis.js";
import { rewriteTable } from "../testing/dataset.js";
import { clusterQueue, type HandMade, type HandMadeRow, handMade, node, pod } from "../testing/hand-made.js";
import { hiddenAt, hiddenWork, isHidden, isHiddenAt } from "./hidden.js";
import { observe } from "./observe.js";
import { rollUp } from "./roll-up.js";

const PENDING_GPUS = "kueue_cluster_queue_resource_pending_nvidia_com_gpu";
const NOT_EXPORTED = -1;

async function hiddenIn(input: HandMade) {
  const folder = await handMade(input);
  await rewriteTable(
    folder,
    "kueue_cluster_queue",
    `SELECT * REPLACE (nullif(${PENDING_GPUS}, ${NOT_EXPORTED}) AS ${PENDING_GPUS}) FROM old`,
  );
  const dataset = await openDataset(folder);
  try {
    return hiddenWork(await observe(dataset));
  } finally {
    dataset.close();
  }
}

const unsized = (workloads: number, rest: HandMadeRow = {}) => clusterQueue(workloads, NOT_EXPORTED, rest);

describe("of a dataset made by hand, what waited uncounted is", () => {
  const rows = { kube_node: () => [node("n0")] };

  test("what was pending while the GPUs that it asks for were not exported", async () => {
    // 2 workloads for 30 minutes of 60: a workload-hour.
    const queues = (minute: number) => [unsized(minute < 30 ? 2 : 0)];
    expect(await hiddenIn({ minutes: 60, rows: { ...rows, kueue_cluster_queue: queues } })).toEqual({
      queues: [{ clusterQueue: "queue", why: "gpus", eligible: ["a"], workloadHours: 1, atEnd: false }],
      workloadHours: 1,
      share: 0.5,
      podless: [],
    });
  });

  test("nothing, where nothing was pending, or so many GPUs were", async () => {
    const none = await hiddenIn({ minutes: 10, rows: { ...rows, kueue_cluster_queue: () => [unsized(0)] } });
    expect(isHidden(none)).toBe(false);
    const sized = await hiddenIn({ minutes: 10, rows: { ...rows, kueue_cluster_queue: () => [clusterQueue(2, 8)] } });
    expect(sized).toEqual({ queues: [], workloadHours: 0, share: 0, podless: [] });
  });

  test("only what was pending before an upgrade that exports them", async () => {
    const queues = (minute: number) => [minute < 15 ? unsized(4) : clusterQueue(4, 8)];
    expect(await hiddenIn({ minutes: 60, rows: { ...rows, kueue_cluster_queue: queues } })).toMatchObject({
      queues: [{ workloadHours: 1, atEnd: false }],
      share: 0.25,
    });
  });

  test("what was pending in a queue of which no nodegroup is known", async () => {
    const found = await hiddenIn({
      minutes: 60,
      rows: { ...rows, kueue_cluster_queue: () => [clusterQueue(2, 8)] },
      contract: { clusterQueues: [{ name: "queue" }] },
    });
    expect(found.queues).toEqual([
      { clusterQueue: "queue", why: "place", eligible: [], workloadHours: 2, atEnd: true },
    ]);
  });

  test("all that a queue admits whose pods do not name it", async () => {
    const queues = (minute: number) => [unsized(0, { kueue_admitted_active_workloads: minute > 0 ? 1 : 0 })];
    const counters = (minute: number) =>
      minute < 1
        ? []
        : [
            {
              cluster_queue: "queue",
              priority_class: "",
              replica_role: "leader",
              kueue_admitted_workloads_total: 1,
            },
          ];
    const nameless = { label_kueue_x_k8s_io_cluster_queue_name: null, label_kueue_x_k8s_io_local_queue_name: null };
    const of = (rest: HandMadeRow) => ({
      minutes: 60,
      rows: {
        ...rows,
        kueue_cluster_queue: queues,
        kueue_cluster_queue_priority: counters,
        kube_pod: () => [pod("p", 8, rest)],
      },
    });
    expect((await hiddenIn(of(nameless))).podless).toEqual(["queue"]);
    expect((await hiddenIn(of({}))).podless).toEqual([]);
  });
});

describe("of a queue", () => {
  const NONE = Number.NaN;
  test("what is pending at a tick is hidden by its size, or by its place", () => {
    const queue = {
      pending: Float64Array.of(0, 2, 2, 2, NONE),
      pendingGpus: Float64Array.of(NONE, NONE, 8, 0, NONE),
    };
    const at = (eligible: string[]) => [0, 1, 2, 3, 4].map((tick) => hiddenAt({ ...queue, eligible }, tick));
    expect(at(["a"])).toEqual([undefined, "gpus", undefined, undefined, undefined]);
    // What asks for no GPUs needs no nodegroup with GPUs.
    expect(at([])).toEqual([undefined, "gpus", "place", undefined, undefined]);
  });

  const world = (outside: number, queue: Partial<QueueInput>) =>
    observedOf({
      nodegroups: [{ name: "a", heldOutsideKueue: outside }, { name: "b" }],
      queues: [{ name: "q", nodegroups: ["a"], reserved: 8, ...queue }],
    });

  test("no pod names it: it admits workloads, and GPUs are held by pods that name none", () => {
    expect(hiddenWork(world(8, {})).podless).toEqual(["q"]);
    expect(hiddenWork(world(0, {})).podless).toEqual([]);
    expect(hiddenWork(world(8, { admitted: 0 })).podless).toEqual([]);
    // Its pods may just not have been seen yet.
    expect(hiddenWork(world(8, { admitted: (hour) => Number(hour >= 23.9) })).podless).toEqual([]);
    // No GPUs are reserved for what it admits.
    expect(hiddenWork(world(8, { reserved: 0 })).podless).toEqual([]);
    expect(hiddenWork(world(8, { reserved: () => undefined })).podless).toEqual(["q"]);
  });

  test("what it hides is hidden where it could run, or anywhere", () => {
    const unknown = { pending: 1, pendingGpus: () => undefined };
    const at = (observed: ReturnType<typeof world>) =>
      ["a", "b"].map((name) => isHiddenAt(observed, hiddenWork(observed), [name]));
    expect(at(world(0, {}))).toEqual([false, false]);
    expect(at(world(0, unknown))).toEqual([true, false]);
    expect(at(world(8, {}))).toEqual([true, false]);
    expect(at(world(0, { ...unknown, nodegroups: [] }))).toEqual([true, true]);
  });

  test("for an unknown number of GPUs leaves open, where it could run, what others' free GPUs could serve", () => {
    const unsized = (hour: number) => (hour < 1 ? 8 : undefined);
    const observed = observedOf({
      hours: 2,
      nodegroups: [{ name: "a", held: 16 }, { name: "b" }, { name: "c", held: 16 }],
      queues: [
        { name: "q", nodegroups: ["a"], able: ["a", "b"], pending: 1, pendingGpus: unsized },
        { name: "r", nodegroups: ["c"], able: ["c"], pendingGpus: 8 },
      ],
    });
    const recoverable = (name: string) =>
      rollUp(observed, 3600).flatMap((row) => (row.nodegroup === name ? [row.gpus_recoverable] : []));
    expect([recoverable("a"), recoverable("b"), recoverable("c")]).toEqual([
      [8, null],
      [0, 0],
      [0, 0],
    ]);
  });
});

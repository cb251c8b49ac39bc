import { describe, expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { finishedMs, listPods, type Pod } from "./pods.js";

const ORIGIN = Date.UTC(2026, 0, 5);
const NEVER = Number.POSITIVE_INFINITY;

const podsOf = (input: SmallInput, demand: readonly WorkloadInput[]) =>
  listPods(runSimulation({ scenario: small(input), seed: 1, workloads: workloads(demand) }), ORIGIN);

/** A pod's life in hours since the start. */
const life = (pod: Pod) => {
  const hour = (ms: number) => (Number.isFinite(ms) ? (ms - ORIGIN) / hours(1) : ms);
  const { createdMs, gatedUntilMs, boundMs, runningMs, endedMs, deletedMs } = pod;
  return [createdMs, gatedUntilMs, boundMs, runningMs, endedMs, deletedMs].map(hour);
};

const retention = { podRetentionMinutes: 60 };

describe("pods of a Job", () => {
  test("are made when it is admitted, one a member of the gang, and stay until its time to live is over", () => {
    const pods = podsOf({ ...retention, nodegroups: [{ nodes: 2 }] }, [
      { gpusPerPod: 8, pods: 2, hours: 1 },
      { name: "second", gpusPerPod: 8, pods: 2, createdMs: hours(0.5), startupMs: hours(0.5) },
    ]);
    expect(pods.slice(2).map(life)).toEqual(Array(2).fill([1, 1, 1, 1.5, 2.5, 3.5]));
    expect(pods.slice(2).map((pod) => pod.nodeIndex)).toEqual([0, 1]);
    expect(pods[2]).toMatchObject({ ownerKind: "Job", ownerName: "second", succeeded: true, flavor: "a" });
    expect(pods[2]!.name).toMatch(/^second-0-[0-9a-f]{5}$/);
  });

  test("go with the node that they are on, the others fail with them, and new ones are made at once", () => {
    const outages = [{ nodegroup: "a", node: 1, kind: "fail" as const, fromHour: 1, toHour: 3 }];
    const pods = podsOf({ ...retention, nodegroups: [{ nodes: 2 }], outages }, [{ gpusPerPod: 8, pods: 2, hours: 2 }]);
    expect(pods.map(life)).toEqual([[0, 0, 0, 0, 1, 6], [0, 0, 0, 0, 1, 1], ...Array(2).fill([1, 1, 3, 3, 5, 6])]);
    expect(pods.map((pod) => pod.lost)).toEqual([true, true, false, false]);
  });

  test("that ended disappear with a node that is deleted", () => {
    const outages = [{ nodegroup: "a", node: 0, kind: "delete" as const, fromHour: 1.5 }];
    expect(podsOf({ ...retention, outages }, [{ hours: 1 }]).map(life)).toEqual([[0, 0, 0, 0, 1, 1.5]]);
  });

  test("are none while it is suspended", () => {
    const pods = podsOf({}, [{ gpusPerPod: 8, hours: 100 }, { gpusPerPod: 8 }]);
    expect(pods).toHaveLength(1);
  });

  test("wait without a node where none has room", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 16 }] }];
    const pods = podsOf({ ...retention, clusterQueues }, [
      { gpusPerPod: 8, hours: 4 },
      { gpusPerPod: 8, createdMs: hours(1), hours: 30 },
      { gpusPerPod: 8, createdMs: hours(2) },
    ]);
    expect(pods.slice(1).map(life)).toEqual([
      [1, 1, 4, 4, NEVER, NEVER],
      // Admitted when the first gave its quota back.
      [4, 4, NEVER, NEVER, NEVER, NEVER],
    ]);
    expect(pods[2]).toMatchObject({ node: undefined, nodeIndex: -1 });
  });

  test("are new ones for each retry; those that failed stay until the Job's time to live is over", () => {
    const pods = podsOf(retention, [{ failsAfterHours: [1, 2], hours: 3 }]);
    expect(pods.map(life)).toEqual([
      [0, 0, 0, 0, 1, 7],
      [1, 1, 1, 1, 3, 7],
      [3, 3, 3, 3, 6, 7],
    ]);
    expect(pods.map((pod) => pod.succeeded)).toEqual([false, false, true]);
    expect(new Set(pods.map((pod) => pod.uid)).size).toBe(3);
    expect(new Set(pods.map((pod) => pod.name)).size).toBe(3);
  });

  test("of a retry that finds no room exist from the failure on", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }];
    const pods = podsOf({ ...retention, clusterQueues }, [
      { gpusPerPod: 8, failsAfterHours: [1], hours: 1 },
      { gpusPerPod: 8, createdMs: hours(0.5), priority: 1, hours: 40 },
    ]);
    expect(pods.map(life)[1]).toEqual([1, 1, NEVER, NEVER, NEVER, NEVER]);
  });

  test("are deleted by an eviction, and new ones made at the next admission", () => {
    const pods = podsOf({ ...retention, podsReadyTimeoutMinutes: 30, days: 1 / 24 }, [
      { gpusPerPod: 8, startupMs: minutes(45) },
    ]);
    expect(pods.map(life)).toEqual([
      [0, 0, 0, 0.75, NEVER, 0.5],
      [31 / 60, 31 / 60, 31 / 60, 76 / 60, NEVER, NEVER],
    ]);
  });

  test("are deleted where their gang is moved, and new ones made on other nodes at once, under the same admission", () => {
    const input = { nodegroups: [{ nodes: 2, repackEveryHours: 1 }], days: 0.125, placement: "spread" as const };
    const pods = podsOf({ ...input, clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 16 }] }] }, [
      { gpusPerPod: 4, hours: 9 },
      { gpusPerPod: 1, hours: 9, startupMs: hours(0.25) },
      { gpusPerPod: 8, hours: 9 },
    ]);
    expect(pods.map((pod) => [pod.nodeIndex, ...life(pod)])).toEqual([
      [0, 0, 0, 0, 0, NEVER, NEVER],
      [1, 0, 0, 0, 0.25, NEVER, 1],
      [0, 1, 1, 1, 1.25, NEVER, NEVER],
      [1, 0, 0, 1, 1, NEVER, NEVER],
    ]);
  });

  test("without nodes are deleted by an eviction too", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }];
    const pods = podsOf({ clusterQueues, podsReadyTimeoutMinutes: 30, days: 1 / 24 }, [
      { gpusPerPod: 8, hours: 30 },
      { gpusPerPod: 8 },
    ]);
    expect(pods.slice(1).map(life)).toEqual([
      [0, 0, NEVER, NEVER, NEVER, 0.5],
      [31 / 60, 31 / 60, NEVER, NEVER, NEVER, NEVER],
    ]);
  });
});

describe("pods that are bound one by one", () => {
  /** One of three nodes is held until 2:00, another for good. */
  const input: SmallInput = {
    ...retention,
    binding: "pod",
    nodegroups: [{ nodes: 3 }],
    clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
  };
  const held: WorkloadInput[] = [
    { gpusPerPod: 8, hours: 40 },
    { gpusPerPod: 8, hours: 2 },
  ];
  const gang: WorkloadInput = { name: "gang", gpusPerPod: 8, pods: 2, hours: 1, startupMs: minutes(30) };
  const gangOf = (rest: SmallInput, more: WorkloadInput = {}) =>
    podsOf({ ...input, ...rest }, [...held, { ...gang, ...more }]).slice(2);

  test("have nodes from then on, and run when all do", () => {
    const pods = gangOf({});
    expect(pods.map(life)).toEqual([
      [0, 0, 0, 2.5, 3.5, 4.5],
      [0, 0, 2, 2.5, 3.5, 4.5],
    ]);
    expect(pods.map(({ nodeIndex }) => nodeIndex)).toEqual([2, 1]);
  });

  test("are deleted with their gang by an eviction, those with a node and those without", () => {
    const pods = gangOf({ podsReadyTimeoutMinutes: 60 }, { startupMs: 0 });
    const again = 61 / 60;
    expect(pods.map(life)).toEqual([
      [0, 0, 0, NEVER, NEVER, 1],
      [0, 0, NEVER, NEVER, NEVER, 1],
      [again, again, again, 2, 3, 4],
      [again, again, 2, 2, 3, 4],
    ]);
    expect(pods[0]).toMatchObject({ nodeIndex: 2, lost: false, succeeded: false });
  });

  test("are made again where their node goes, and no others", () => {
    const outages = [{ nodegroup: "a", node: 2, kind: "fail" as const, fromHour: 1, toHour: 3 }];
    const pods = gangOf({ outages });
    expect(pods.map(life)).toEqual([
      [0, 0, 0, NEVER, NEVER, 1],
      [1, 1, 2, 3.5, 4.5, 5.5],
      [0, 0, 3, 3.5, 4.5, 5.5],
    ]);
    expect(pods.map(({ nodeIndex }) => nodeIndex)).toEqual([2, 1, 2]);
    expect(new Set(pods.map(({ name }) => name)).size).toBe(3);
  });

  test("of a plain Pod workload fail with the one whose node goes; those without a node are deleted", () => {
    const outages = [{ nodegroup: "a", node: 2, kind: "fail" as const, fromHour: 1, toHour: 30 }];
    const pods = gangOf({ outages, nodegroups: [{ nodes: 4 }] }, { kind: "Pod", pods: 3 });
    expect(pods.map(life)).toEqual([
      [0, 0, 0, NEVER, NEVER, 1],
      [0, 0, 0, NEVER, 1, 2],
      [0, 0, NEVER, NEVER, NEVER, 1],
    ]);
  });

  test("sit on their nodes at the end if the others still have none", () => {
    const pods = gangOf({ days: 1 / 24 });
    expect(pods.map(life)).toEqual([
      [0, 0, 0, NEVER, NEVER, NEVER],
      [0, 0, NEVER, NEVER, NEVER, NEVER],
    ]);
    expect(pods[0]!.history!.state).toBe("unplaced");
  });
});

describe("plain Pods", () => {
  const plain = { kind: "Pod" } as const;

  test("exist from their creation, gated until they are admitted", () => {
    const pods = podsOf(retention, [
      { gpusPerPod: 8, hours: 2 },
      { name: "notebook", ...plain, gpusPerPod: 8, createdMs: hours(1) },
      { ...plain, gpusPerPod: 8, createdMs: hours(1.5), hours: 50 },
      { ...plain, gpusPerPod: 8, createdMs: hours(2.5) },
    ]);
    expect(pods.slice(1).map(life)).toEqual([
      [1, 2, 2, 2, 3, 4],
      [1.5, 3, 3, 3, NEVER, NEVER],
      [2.5, NEVER, NEVER, NEVER, NEVER, NEVER],
    ]);
    expect(pods[1]).toMatchObject({ name: "notebook-0", ownerKind: null, ownerName: null });
    expect(pods[3]).toMatchObject({ flavor: null, node: undefined });
  });

  test("that are evicted come back gated, at once", () => {
    const pods = podsOf({ podsReadyTimeoutMinutes: 30, days: 1 / 24 }, [
      { ...plain, gpusPerPod: 8, startupMs: hours(9) },
    ]);
    expect(pods.map(life)).toEqual([
      [0, 0, 0, 9, NEVER, 0.5],
      [0.5, 31 / 60, 31 / 60, 31 / 60 + 9, NEVER, NEVER],
    ]);
    const waiting = podsOf({ podsReadyTimeoutMinutes: 59.5, days: 1 / 24 }, [{ ...plain, startupMs: hours(9) }]);
    expect(waiting.map(life)[1]).toEqual([59.5 / 60, NEVER, NEVER, NEVER, NEVER, NEVER]);
  });
});

test("pods outside Kueue run from start to end, and name no queue", () => {
  const { activity } = small().workloadClasses[0]!;
  const standalone = [{ name: "server", namespace: "search", nodegroup: "a", pods: 2, gpusPerPod: 2, activity }];
  const pods = podsOf({ standalone }, []);
  expect(pods.map(life)).toEqual(Array(2).fill([0, 0, 0, 0, NEVER, NEVER]));
  expect(pods[0]).toMatchObject({
    namespace: "search",
    ownerName: "server",
    clusterQueue: null,
    localQueue: null,
    gpus: 2,
  });
});

test("no two pods share a uid, nor live at the same time under one name", () => {
  const pods = listPods(runSimulation({ scenario: sample(), seed: SAMPLE_SEED }), ORIGIN);
  expect(new Set(pods.map((pod) => pod.uid)).size).toBe(pods.length);
  expect(pods.every((pod) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/.test(pod.uid))).toBe(
    true,
  );
  const path = (pod: Pod) => `${pod.namespace}/${pod.name}`;
  const sorted = [...pods].sort((a, b) => (path(a) < path(b) ? -1 : path(a) > path(b) ? 1 : a.createdMs - b.createdMs));
  for (const [i, pod] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next && path(next) === path(pod)) expect(next.createdMs).toBeGreaterThanOrEqual(pod.deletedMs);
  }
});

test("finishedMs is the end of the last admission, and Infinity for what is not over", () => {
  const { workloads: all } = runSimulation({
    scenario: small(),
    seed: 1,
    workloads: workloads([{ hours: 2 }, { hours: 60 }]),
  });
  expect(all.map((history) => finishedMs(history, ORIGIN))).toEqual([ORIGIN + hours(2), NEVER]);
});

test("pods outside Kueue are gone while their node is, and come back with it", () => {
  const activity = small().workloadClasses[0]!.activity;
  const standalone = [{ name: "server", namespace: "search", nodegroup: "a", pods: 1, gpusPerPod: 2, activity }];
  const outages = (["cordon", "fail", "delete"] as const).map((kind, i) => ({
    nodegroup: "a",
    node: 0,
    kind,
    fromHour: 2 * i,
    toHour: 2 * i + 1,
  }));
  const pods = podsOf({ standalone, outages }, []);
  expect(pods.map((pod) => [life(pod)[0], life(pod)[5]])).toEqual([
    [0, 2],
    [3, 4],
    [5, NEVER],
  ]);
});

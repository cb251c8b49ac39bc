import { describe, expect, test } from "vitest";
import type { Observed } from "../join/observed.js";
import { type AnalysisInput, observedOf } from "../testing/analysis.js";
import { type GangInput, gangs } from "./__fixtures__/gangs.js";
import { nodegroupDemand } from "./demand.js";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A day of nodegroups a and b, each with a queue of its own. */
function world(started: readonly GangInput[], rest: Partial<AnalysisInput> = {}): Observed {
  const { observed, ...input } = rest;
  return observedOf({
    nodegroups: [{ name: "a" }, { name: "b" }],
    queues: [
      { name: "queue", nodegroups: ["a"] },
      { name: "other", nodegroups: ["b"] },
    ],
    ...input,
    observed: { started: gangs(started), ...observed },
  });
}

const demandOf = (started: readonly GangInput[], rest?: Partial<AnalysisInput>) =>
  nodegroupDemand(world(started, rest), "a");

describe("what arrives while the data are taken", () => {
  test("is every gang that was created and started then, with the time that it ran and its wait", () => {
    const { initial, arriving, observed } = demandOf([
      { created: 100, scheduled: 160, ended: 1160, pods: 2, gpusPerPod: 8 },
      { created: 300, ended: 400 },
    ]);
    expect(initial).toEqual([]);
    expect(arriving).toEqual([
      { arrival: 100, duration: 1000, pods: 2, gpusPerPod: 8 },
      { arrival: 300, duration: 100, pods: 1, gpusPerPod: 1 },
    ]);
    expect(observed).toEqual([
      { pods: 2, gpusPerPod: 8, wait: 60 },
      { pods: 1, gpusPerPod: 1, wait: 0 },
    ]);
  });

  test("is what ran on the nodegroup, and not what ran on others", () => {
    const started: GangInput[] = [
      { created: 0, ended: 10 },
      { created: 0, ended: 20, nodegroup: "b" },
    ];
    expect(demandOf(started).arriving.map((job) => job.duration)).toEqual([10]);
    expect(nodegroupDemand(world(started), "b").arriving.map((job) => job.duration)).toEqual([20]);
  });

  test("has a later attempt of a Job ask again when the one before has ended, and its wait measured once", () => {
    // Created at 0, it runs from 50 to 150, fails, and runs again from 180 to 400; a third time from 400 to 500.
    const job = { gang: "team/Job/again", created: 0 };
    const { arriving, observed } = demandOf([
      { ...job, scheduled: 50, ended: 150, lost: true },
      { ...job, scheduled: 180, ended: 400, lost: true },
      { ...job, scheduled: 400, ended: 500 },
    ]);
    expect(arriving.map(({ arrival, duration }) => [arrival, duration])).toEqual([
      [0, 100],
      [150, 220],
      [400, 100],
    ]);
    expect(observed.map(({ wait }) => wait)).toEqual([50]);
  });

  test("knows a later attempt whose first ran on another nodegroup", () => {
    const job = { gang: "team/Job/moved", created: 0 };
    const started: GangInput[] = [
      { ...job, scheduled: 50, ended: 150, lost: true, nodegroup: "b" },
      { ...job, scheduled: 180, ended: 400 },
    ];
    const { arriving, observed } = demandOf(started);
    expect(arriving.map(({ arrival, duration }) => [arrival, duration])).toEqual([[150, 220]]);
    expect(observed).toEqual([]);
    expect(nodegroupDemand(world(started), "b").observed.map(({ wait }) => wait)).toEqual([50]);
  });
});

describe("what is there at the start", () => {
  test("takes room for as long as it still runs, and its wait is not measured", () => {
    // A second is added, because it arrives a second before the start to be there first.
    const { initial, arriving, observed } = demandOf([
      { created: -5000, scheduled: -4000, ended: 1000, pods: 4, gpusPerPod: 2 },
    ]);
    expect(initial).toEqual([{ arrival: -1, duration: 1001, pods: 4, gpusPerPod: 2 }]);
    expect([arriving, observed]).toEqual([[], []]);
  });

  test("stands in the queue if it was created before, and got nodes only then", () => {
    const { initial, arriving, observed } = demandOf([{ created: -5000, scheduled: 600, ended: 1000 }]);
    expect(initial).toEqual([{ arrival: 0, duration: 400, pods: 1, gpusPerPod: 1 }]);
    expect([arriving, observed]).toEqual([[], []]);
  });

  test("is not what had ended by then", () => {
    const demand = demandOf([
      { created: -5000, ended: -10 },
      { created: -5000, ended: 0 },
    ]);
    expect(demand).toMatchObject({ initial: [], arriving: [], censored: 0 });
  });

  test("has a retry that asked before the start stand in the queue", () => {
    const job = { gang: "team/Job/again", created: -9000 };
    const { initial } = demandOf([
      { ...job, scheduled: -8000, ended: -100, lost: true },
      { ...job, scheduled: 200, ended: 500 },
    ]);
    expect(initial).toEqual([{ arrival: 0, duration: 300, pods: 1, gpusPerPod: 1 }]);
  });
});

describe("what still runs at the end", () => {
  test("lasts to the median of like jobs that lasted longer, by Kaplan and Meier", () => {
    // Ended after 1, 2, 3 and 4 hours; one has run for 2.5. Of the 5 at risk one ends at 1 h (survival 4/5), of 4 one at
    // 2 h (3/5), of the 2 left beyond 2.5 h one at 3 h (3/10). That is half of 3/5: the median beyond 2.5 h is 3 h.
    const { arriving, censored } = demandOf([
      ...[1, 2, 3, 4].map((hours): GangInput => ({ created: 0, ended: hours * HOUR })),
      { created: DAY - 2.5 * HOUR },
    ]);
    expect(censored).toBe(1);
    expect(arriving.map((job) => job.duration / HOUR)).toEqual([1, 2, 3, 4, 3]);
  });

  test("counts its wait as it was", () => {
    const { observed } = demandOf([{ created: 100, scheduled: 160 }]);
    expect(observed.map(({ wait }) => wait)).toEqual([60]);
  });

  test("lasts twice as long as it has, where none ended later", () => {
    const { arriving } = demandOf([{ created: 0, ended: HOUR }, { created: DAY - 2 * HOUR }]);
    expect(arriving.map((job) => job.duration / HOUR)).toEqual([1, 4]);
  });

  test("is drawn out likewise if it ran before the start: from when it was scheduled, not from the start", () => {
    // It has run for 30 h, and one that ended ran for 40 h from 30 h before the start: 10 h after it.
    const { initial, censored } = demandOf([{ created: -30 * HOUR, ended: 10 * HOUR }, { created: -6 * HOUR }]);
    expect(censored).toBe(1);
    expect(initial.map((job) => (job.duration - 1) / HOUR)).toEqual([10, 34]);
  });

  test("learns from jobs of its own nodegroup alone", () => {
    const { arriving } = demandOf([{ created: 0, ended: 20 * HOUR, nodegroup: "b" }, { created: DAY - HOUR }]);
    expect(arriving.map((job) => job.duration / HOUR)).toEqual([2]);
  });
});

describe("what waits at the end", () => {
  const ran: GangInput[] = [
    { created: 0, ended: HOUR, pods: 2, gpusPerPod: 8 },
    { created: 0, ended: 3 * HOUR, pods: 2, gpusPerPod: 8 },
    { created: 0, ended: 2 * HOUR },
  ];

  test("is, of a queue with no other nodegroup, so many jobs of its usual shape, spread over the time that it admits so many in", () => {
    // One is admitted every 5 minutes: 3 pending have waited for 15 minutes at most. Most GPUs were asked for in gangs of
    // 2 x 8. The median of 1, 2 and 3 h is 2 h.
    const { arriving, unseen } = demandOf(ran, {
      queues: [{ name: "queue", nodegroups: ["a"], pending: 3, admitted: 1 }],
    });
    expect(unseen).toBe(3);
    const added = arriving.slice(3);
    for (const job of added) expect(job).toMatchObject({ pods: 2, gpusPerPod: 8, duration: 2 * HOUR });
    expect(added.map((job) => DAY - job.arrival)).toEqual([900 * (1 / 4), 900 * (2 / 4), 900 * (3 / 4)]);
  });

  test("is spread over all the data where the queue admitted none", () => {
    const { arriving } = demandOf(ran, { queues: [{ name: "queue", nodegroups: ["a"], pending: 1, admitted: 0 }] });
    expect(arriving.slice(3).map((job) => job.arrival)).toEqual([DAY / 2]);
  });

  test("is what was pending when Kueue was last seen", () => {
    const pending = (hour: number) => (hour < 12 ? 2 : 1);
    const silent = { kueue: (hour: number) => hour >= 23 };
    const count = (silence: Pick<AnalysisInput, "silent">) =>
      demandOf(ran, { queues: [{ name: "queue", nodegroups: ["a"], pending }], ...silence }).unseen;
    expect(count({})).toBe(1);
    expect(count({ silent })).toBe(1);
    expect(count({ silent: { kueue: (hour) => hour >= 6 } })).toBe(2);
    expect(count({ silent: { kueue: () => true } })).toBe(0);
  });

  test("is nobody's where the queue reaches several nodegroups, and another's where it reaches that", () => {
    const queues: AnalysisInput["queues"] = [
      { name: "queue", nodegroups: ["a", "b"], pending: 5 },
      { name: "other", nodegroups: ["b"], pending: 7 },
    ];
    expect(demandOf(ran, { queues }).unseen).toBe(0);
  });

  test("has the shape nearest in size to what is pending, where its size is known", () => {
    const shapes: GangInput[] = [...ran, { created: 100, ended: 400, pods: 1, gpusPerPod: 1 }];
    const shapeOf = (pendingGpus: number) => {
      const queues: AnalysisInput["queues"] = [{ name: "queue", nodegroups: ["a"], pending: 1, pendingGpus }];
      return demandOf(shapes, { queues }).arriving.at(-1);
    };
    expect(shapeOf(1.5)).toMatchObject({ pods: 1, gpusPerPod: 1 });
    expect(shapeOf(24)).toMatchObject({ pods: 2, gpusPerPod: 8 });
    // What is larger by half than all that started is of another shape.
    expect(shapeOf(32)).toMatchObject({ pods: 4, gpusPerPod: 8 });
  });

  test("is, where the queue never started anything, a gang of whole nodes as large as what is pending", () => {
    const queues: AnalysisInput["queues"] = [{ name: "queue", nodegroups: ["a"], pending: 2, pendingGpus: 48 }];
    const { arriving, unseen } = demandOf([], { queues });
    expect(unseen).toBe(2);
    const { gpusPerNode } = observedOf({ nodegroups: [{ name: "a" }] }).contract.nodegroups[0]!;
    for (const job of arriving) expect(job).toMatchObject({ pods: 24 / gpusPerNode, gpusPerPod: gpusPerNode });
  });

  test("is nothing known where the queue never started anything and its size is not known", () => {
    const queues: AnalysisInput["queues"] = [{ name: "queue", nodegroups: ["a"], pending: 5 }];
    expect(demandOf([], { queues }).unseen).toBe(0);
  });

  test("is, without nodes, a gang of its own shape that asks since it was first seen so", () => {
    const { arriving, unseen } = demandOf(ran, {
      unplaced: [
        { clusterQueue: "queue", nodegroup: "a", pods: 3, gpusPerPod: 4, fromHour: 20, toHour: 24 },
        { clusterQueue: "queue", nodegroup: "a", pods: 5, gpusPerPod: 4, fromHour: 2, toHour: 23 },
        { clusterQueue: "other", nodegroup: "b", pods: 7, gpusPerPod: 4, fromHour: 20, toHour: 24 },
      ],
    });
    expect(unseen).toBe(1);
    expect(arriving.slice(3)).toEqual([{ pods: 3, gpusPerPod: 4, arrival: 20 * HOUR, duration: 2 * HOUR }]);
  });

  test("lasts an hour where no job tells how long", () => {
    const { arriving } = demandOf([], {
      unplaced: [{ clusterQueue: "queue", nodegroup: "a", pods: 1, gpusPerPod: 4, fromHour: 20, toHour: 24 }],
    });
    expect(arriving.map((job) => job.duration)).toEqual([HOUR]);
  });
});

test("nothing is asked for where nothing was seen", () => {
  expect(demandOf([])).toEqual({ nodegroup: "a", initial: [], arriving: [], censored: 0, unseen: 0, observed: [] });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StartedGang } from "../join/observed.js";
import { erlangC } from "../queueing/index.js";
import type { Contract } from "../tables/contract.js";
import { type AnalysisInput, type NodegroupInput, observedOf, type QueueInput } from "../testing/analysis.js";
import { gangs, type PeriodicInput, periodic } from "./__fixtures__/gangs.js";
import { capacityPlan, type NodegroupPlan } from "./capacity.js";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

interface World extends Partial<AnalysisInput> {
  readonly days?: number;
  readonly gpus?: number;
  readonly held?: NodegroupInput["held"];
  readonly queue?: Partial<QueueInput>;
  readonly contract?: Partial<Contract["nodegroups"][number]>;
  readonly target?: number;
}

/** The plan of nodegroup a, of 10 nodes of 8 GPUs on which hardly anything is held, for no wait at all, unless told. */
function planOf(started: readonly StartedGang[], world: World = {}): NodegroupPlan {
  const { days = 4, gpus = 80, held = 1, queue = {}, contract = {}, target = 0, ...rest } = world;
  const observed = observedOf({
    hours: 24 * days,
    stepMinutes: 30,
    nodegroups: [{ name: "a", gpus, held }],
    queues: [{ name: "queue", nodegroups: ["a"], ...queue }],
    ...rest,
    observed: { started },
  });
  const nodegroups = observed.contract.nodegroups.map((nodegroup) => ({ ...nodegroup, ...contract }));
  const plans = capacityPlan(
    { ...observed, contract: { ...observed.contract, nodegroups } },
    { targetSeconds: target },
  );
  return plans[0]!;
}

/** One whole node, every hour, for `lasts` seconds: as many are wanted at once as hours that fit into that. */
const hourly = (lasts: number, rest: Partial<PeriodicInput> = {}) =>
  periodic({ every: HOUR, lasts, days: 4, pods: 1, gpusPerPod: 8, ...rest });

/**
 * 100 jobs a day of 10 s, one by one; on the first of four days 22 more, at once. On one node 21 of these wait: less than
 * 5 % of the 422. Drawn twice, with the same number of days, they are 44 of 444: for 22 to wait, 11 nodes are needed.
 */
const burst = [
  ...periodic({ every: 864, lasts: 10, days: 4, gpusPerPod: 8 }),
  ...gangs(Array.from({ length: 22 }, () => ({ created: 432, ended: 442, gpusPerPod: 8 }))),
];

/**
 * Two jobs of a node each, of which the second begins an hour before the first, of the evening before, ends: 8 of 82 GPUs
 * would wait for the other, too many for one node. Of 400 resamples of 400 days one has these two in a row.
 */
const seldomWorld = { days: 400, stepMinutes: 24 * 60 };
const evening = 199 * DAY + 23.5 * HOUR;
const seldom = [
  ...periodic({ every: 6 * DAY, lasts: MINUTE, days: 396 }),
  ...gangs([
    { created: evening, ended: evening + 2.5 * HOUR, gpusPerPod: 8 },
    { created: evening + 1.5 * HOUR, ended: evening + 3 * HOUR, gpusPerPod: 8 },
  ]),
];

describe("the number of nodes", () => {
  test("is that of the jobs that run at once where one comes every hour: nobody waits, and with one fewer nearly all do", () => {
    for (const [lasts, nodes] of [
      [0.5 * HOUR, 1],
      [HOUR, 1],
      [HOUR + 1, 2],
      [3.5 * HOUR, 4],
      [4 * HOUR, 4],
    ] as const) {
      expect(planOf(hourly(lasts)).row).toMatchObject({ nodes_needed: nodes, estimable: "yes" });
    }
  });

  test("counts gangs whole: four pods of 3 GPUs fill two nodes of 8, though they ask for 12 of 16", () => {
    // Two gangs run at once: 8 pods, two a node, where by GPUs 3 nodes would be enough.
    expect(planOf(hourly(1.5 * HOUR, { pods: 4, gpusPerPod: 3 })).row.nodes_needed).toBe(4);
    expect(planOf(hourly(1.5 * HOUR, { pods: 3, gpusPerPod: 4 })).row.nodes_needed).toBe(3);
  });

  test("is ceil(gangs at once x pods / pods a node) for equal gangs, from however many nodes one starts", () => {
    const gang = fc.record({
      atOnce: fc.integer({ min: 1, max: 4 }),
      late: fc.integer({ min: 0, max: HOUR - 1 }),
      pods: fc.integer({ min: 1, max: 3 }),
      gpusPerPod: fc.integer({ min: 1, max: 8 }),
      nodesNow: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(gang, ({ atOnce, late, pods, gpusPerPod, nodesNow }) => {
        const { row } = planOf(hourly(atOnce * HOUR - late, { pods, gpusPerPod }), { gpus: 8 * nodesNow });
        const needed = Math.ceil((atOnce * pods) / Math.floor(8 / gpusPerPod));
        if (needed <= 3 * nodesNow + 4) expect(row.nodes_needed).toBe(needed);
        else expect(row.estimable).toBe(`no: not even ${3 * nodesNow + 4} nodes meet the target`);
      }),
      { numRuns: 25 },
    );
  });

  test("is the fewest with which 95 % of the GPUs asked for wait no longer than the target", () => {
    // Jobs of 2.5 h on two nodes: each pair starts half an hour later than the one before. 95 % of 96 jobs is the 92nd,
    // of the 46th pair, which has waited 45 times as much.
    const started = hourly(2.5 * HOUR);
    const wait = 22.5 * HOUR;
    expect(planOf(started, { gpus: 16, target: wait }).row).toMatchObject({
      nodes_needed: 2,
      wait_p95_seconds_replayed: wait,
    });
    expect(planOf(started, { gpus: 16, target: wait - 1 }).row).toMatchObject({
      nodes_needed: 3,
      wait_p95_seconds_replayed: wait,
    });
    expect(planOf(started, { gpus: 24 }).row).toMatchObject({ nodes_needed: 3, wait_p95_seconds_replayed: 0 });
  });

  test("makes room for what ran at the start, whose end was awaited", () => {
    // Two nodes are taken for the first two days, while a job of one node comes every hour: with two, these would wait.
    const before = gangs([{ created: -DAY, ended: 2 * DAY, pods: 2, gpusPerPod: 8 }]);
    expect(planOf([...before, ...hourly(HOUR)]).row.nodes_needed).toBe(3);
    expect(planOf([...before, ...hourly(HOUR)], { target: 2 * DAY }).row.nodes_needed).toBe(2);
  });

  test("makes room for jobs that last longer than a day, where they come", () => {
    // From noon of the first day to midnight of the third a node is taken, while a job of one node comes every hour.
    const long = gangs([{ created: DAY / 2, ended: 3 * DAY, gpusPerPod: 8 }]);
    expect(planOf([...long, ...hourly(HOUR)]).row).toMatchObject({ nodes_needed_lower: 2, nodes_needed: 2 });
  });

  test("makes room for what comes in the part of a day at the end", () => {
    // One an hour for three days, then three an hour for 18 hours: with two nodes 18 of these 54 would wait, of 126 in all.
    const days = 3.75;
    const started = [
      ...hourly(HOUR, { days }),
      ...[1, 2].flatMap((more) =>
        gangs(
          Array.from({ length: 18 }, (_, hour) => ({
            gang: `team/Job/${more}-${hour}`,
            created: 3 * DAY + hour * HOUR,
            ended: 3 * DAY + (hour + 1) * HOUR,
            gpusPerPod: 8,
          })),
        ),
      ),
    ];
    expect(planOf(started, { days }).row).toMatchObject({ nodes_needed_lower: 3, nodes_needed: 3 });
  });

  test("takes the queue for strict only if every queue that reaches the nodegroup is", () => {
    // Each hour on two nodes: one is taken for 30 min, a gang of both waits from minute 1 on for 5 min, a job of one node
    // comes at minute 2 for 5 min. Strict: the last waits until minute 35. Best effort: it passes.
    const started = Array.from({ length: 96 }, (_, hour) => hour * HOUR).flatMap((at) =>
      gangs([
        { created: at, ended: at + 30 * MINUTE, gpusPerPod: 8 },
        { created: at + MINUTE, ended: at + 6 * MINUTE, pods: 2, gpusPerPod: 8 },
        { created: at + 2 * MINUTE, ended: at + 7 * MINUTE, gpusPerPod: 8 },
      ]),
    );
    const p95 = (...strict: (boolean | undefined)[]) =>
      planOf(started, {
        gpus: 16,
        queues: strict.map((each, i) => ({
          name: `queue-${i}`,
          nodegroups: ["a"],
          ...(each === undefined ? {} : { strict: each }),
        })),
      }).row.wait_p95_seconds_replayed;
    const [passed, heldUp] = [29 * MINUTE, 33 * MINUTE];
    expect(p95(true)).toBe(heldUp);
    expect(p95(true, true)).toBe(heldUp);
    expect(p95(true, false)).toBe(passed);
    expect(p95(undefined)).toBe(passed);
    expect(p95()).toBe(passed);
  });

  test("is each nodegroup's own", () => {
    const [a, b] = [hourly(3.5 * HOUR), hourly(1.5 * HOUR, { nodegroup: "b", pods: 2 })];
    const plans = (started: readonly StartedGang[]) =>
      capacityPlan(observedOf({ hours: 96, nodegroups: [{ name: "b" }, { name: "a" }], observed: { started } }), {
        targetSeconds: 0,
      });
    expect(plans([...a, ...b]).map(({ row }) => [row.nodegroup, row.nodes_needed])).toEqual([
      ["b", 4],
      ["a", 4],
    ]);
    expect(plans([...a, ...b])[1]).toEqual(plans(a)[1]);
  });
});

describe("what cannot be estimated", () => {
  const nothing = {
    wait_p95_seconds_replayed: null,
    nodes_needed: null,
    nodes_needed_lower: null,
    nodes_needed_upper: null,
    nodes_to_add: null,
    gpus_to_add: null,
    erlang_gpus: null,
    usd_per_month: null,
  };

  test("is a p95 of fewer than 59 jobs", () => {
    const started = hourly(HOUR);
    const few = planOf(started.slice(0, 58));
    expect(few.row).toMatchObject({ ...nothing, jobs: 58, estimable: "no: 58 jobs, a p95 needs 59" });
    expect(few.curve).toEqual([]);
    expect(planOf(started.slice(0, 59)).row.estimable).toBe("yes");
    expect(planOf([]).row).toMatchObject({ ...nothing, jobs: 0, wait_p95_seconds_observed: null });
  });

  test("is an interval over fewer than 3 days, and the reason never says 3", () => {
    const minutely = (days: number) => planOf(periodic({ every: 15 * MINUTE, lasts: MINUTE, days }), { days });
    expect(minutely(1).row).toMatchObject({ ...nothing, estimable: "no: 1.0 days of data, resampling needs 3" });
    expect(minutely(2.95).row.estimable).toBe("no: 2.9 days of data, resampling needs 3");
    expect(minutely(3).row.estimable).toBe("yes");
  });

  test("is a target that no number of nodes meets that one would think of: three times those there are, and four", () => {
    for (const [nodes, most] of [
      [2, 10],
      [10, 34],
    ]) {
      const { row } = planOf(hourly(HOUR, { pods: most! + 1 }), { gpus: 8 * nodes! });
      expect(row).toMatchObject({ ...nothing, estimable: `no: not even ${most} nodes meet the target` });
      expect(planOf(hourly(HOUR, { pods: most! }), { gpus: 8 * nodes! }).row.nodes_needed).toBe(most);
    }
  });

  test("is a pod that is larger than a node", () => {
    expect(planOf(hourly(HOUR, { gpusPerPod: 16 })).row.estimable).toBe("no: not even 34 nodes meet the target");
  });

  test("is what some resamples find no number of nodes for", () => {
    const { row } = planOf(burst, { gpus: 8 });
    expect(row).toMatchObject({ ...nothing, estimable: "no: not even 7 nodes meet the target on every resample" });
    expect(planOf(burst, { gpus: 320 }).row).toMatchObject({
      nodes_needed: 1,
      nodes_needed_lower: 1,
      estimable: "yes",
    });
  });

  test("still has what was seen: jobs, and their p95", () => {
    const started = gangs(Array.from({ length: 20 }, (_, i) => ({ created: 0, scheduled: i, ended: 100 })));
    expect(planOf(started).row).toMatchObject({ jobs: 20, wait_p95_seconds_observed: 18 });
  });
});

describe("the interval", () => {
  test("is a point where every day is the same", () => {
    expect(planOf(hourly(3.5 * HOUR)).row).toMatchObject({ nodes_needed_lower: 4, nodes_needed_upper: 4 });
  });

  test("is a point where every day is the same, whatever part of a day follows: days are resampled whole", () => {
    const days = 3.75;
    expect(planOf(hourly(3.5 * HOUR, { days }), { days }).row).toMatchObject({
      nodes_needed_lower: 4,
      nodes_needed: 4,
      nodes_needed_upper: 4,
    });
  });

  test("goes from the number that most days ask for to that of the day that asks for more", () => {
    // On the first of four days five come every hour, so that with four nodes 24 of 192 would wait. Three resamples in ten
    // (0.75^4) have not this day; all that have it need five nodes.
    const started = Array.from({ length: 96 }, (_, hour) =>
      gangs(
        Array.from({ length: hour < 24 ? 5 : 1 }, () => ({
          created: hour * HOUR,
          ended: (hour + 1) * HOUR,
          gpusPerPod: 8,
        })),
      ),
    ).flat();
    expect(planOf(started).row).toMatchObject({ nodes_needed_lower: 1, nodes_needed: 5, nodes_needed_upper: 5 });
  });

  test("holds the estimate, though hardly any resample asks for as many, and nodes are not freed below it", () => {
    expect(planOf(seldom, seldomWorld).row).toMatchObject({
      nodes_needed_lower: 1,
      nodes_needed: 2,
      nodes_needed_upper: 2,
      nodes_to_add: -8,
    });
  });

  test("has its ends in order, with the estimate between them, whatever is asked for", () => {
    const anyGang = fc.record({
      created: fc.integer({ min: 0, max: 4 * DAY - 1 }),
      lasts: fc.integer({ min: 1, max: 30 * HOUR }),
      pods: fc.integer({ min: 1, max: 3 }),
      gpusPerPod: fc.constantFrom(1, 2, 4, 8),
    });
    fc.assert(
      fc.property(
        fc.array(anyGang, { minLength: 60, maxLength: 90 }),
        fc.constantFrom(0, 600, 7200),
        (some, target) => {
          const started = gangs(
            some.map(({ created, lasts, ...gang }) => ({
              ...gang,
              created,
              ...(created + lasts <= 4 * DAY ? { ended: created + lasts } : {}),
            })),
          );
          const { row, curve } = planOf(started, { target });
          for (const { p95Seconds } of curve) {
            expect(p95Seconds.lower).toBeLessThanOrEqual(p95Seconds.estimate);
            expect(p95Seconds.upper).toBeGreaterThanOrEqual(p95Seconds.estimate);
          }
          if (row.estimable !== "yes") return;
          expect(row.nodes_needed_lower).toBeLessThanOrEqual(row.nodes_needed!);
          expect(row.nodes_needed_upper).toBeGreaterThanOrEqual(row.nodes_needed!);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("the curve", () => {
  test("goes from a node fewer than now or needed to a node more, and says where the row's numbers lie", () => {
    const { row, curve } = planOf(hourly(2.5 * HOUR), { gpus: 16 });
    expect(row).toMatchObject({ nodes_now: 2, nodes_needed: 3 });
    expect(curve.map(({ nodes, gpus }) => [nodes, gpus])).toEqual([
      [1, 8],
      [2, 16],
      [3, 24],
      [4, 32],
    ]);
    // Every day is the same. On one node the n-th job of 96, from 0, waits n x 1.5 h; the 92nd is that of 95 %.
    expect(curve.map(({ p95Seconds }) => p95Seconds)).toEqual(
      [91 * 1.5 * HOUR, 45 * 0.5 * HOUR, 0, 0].map((estimate) => ({ estimate, lower: estimate, upper: estimate })),
    );
    expect(planOf(hourly(2.5 * HOUR), { gpus: 40 }).curve.map(({ nodes }) => nodes)).toEqual([2, 3, 4, 5, 6]);
  });

  test("is infinite where the demand does not fit, and the row then has no p95 of today's nodes", () => {
    const { row, curve } = planOf(hourly(HOUR, { pods: 3 }), { gpus: 16 });
    expect(row).toMatchObject({ nodes_needed: 3, wait_p95_seconds_replayed: null });
    expect(curve.map(({ nodes, p95Seconds }) => [nodes, p95Seconds.estimate])).toEqual([
      [1, Infinity],
      [2, Infinity],
      [3, 0],
      [4, 0],
    ]);
  });
});

describe("the curve's interval", () => {
  const at = (nodes: number, { curve }: NodegroupPlan) => curve.find((point) => point.nodes === nodes)!.p95Seconds;

  test("holds an estimate that is above what nearly all resamples say", () => {
    const plan = planOf(seldom, seldomWorld);
    expect(at(1, plan)).toEqual({ lower: 0, estimate: HOUR, upper: HOUR });
    expect(at(2, plan)).toEqual({ lower: 0, estimate: 0, upper: 0 });
  });

  test("holds an estimate that is below what nearly all resamples say", () => {
    // Every other day a job of a node begins at 1:00, and another runs from 23:30 to 2:00 of the next day, when none comes.
    // With days drawn at random half of these are followed by a day like theirs: a quarter of the jobs waits for an hour.
    const days = 60;
    const started = Array.from({ length: days / 2 }, (_, i) => 2 * i * DAY).flatMap((day) =>
      gangs([
        { created: day + HOUR, ended: day + 1.5 * HOUR, gpusPerPod: 8 },
        { created: day + 23.5 * HOUR, ended: day + 26 * HOUR, gpusPerPod: 8 },
      ]),
    );
    const plan = planOf(started, { days, stepMinutes: 24 * 60 });
    expect(at(1, plan)).toEqual({ lower: 0, estimate: 0, upper: HOUR });
    expect(at(2, plan)).toEqual({ lower: 0, estimate: 0, upper: 0 });
  });
});

describe("nodes to add", () => {
  // Four nodes are needed.
  const started = hourly(3.5 * HOUR);

  test("are those that are missing", () => {
    expect(planOf(started, { gpus: 24, held: 24 }).row).toMatchObject({ nodes_to_add: 1, gpus_to_add: 8 });
    expect(planOf(started, { gpus: 8, held: 8 }).row).toMatchObject({ nodes_to_add: 3, gpus_to_add: 24 });
  });

  test("are none where the nodes there are enough, and the headroom is not there", () => {
    expect(planOf(started, { gpus: 32, held: 32 }).row).toMatchObject({ nodes_to_add: 0, usd_per_month: 0 });
  });

  test("are below zero where nodes could be freed, down to those that are needed", () => {
    expect(planOf(started, { gpus: 80, held: 8 }).row).toMatchObject({ nodes_to_add: -6, gpus_to_add: -48 });
  });

  test("leave 10 % of the GPUs free on average: for 36 held at least 40 are kept, for 37 a node more", () => {
    const kept = (held: World["held"]) => 10 + planOf(started, { gpus: 80, held }).row.nodes_to_add!;
    expect(kept(28)).toBe(4);
    expect(kept(36)).toBe(5);
    expect(kept(37)).toBe(6);
    // The mean of 20 and 52 is 36, and what is not known is left out of it.
    expect(kept((hour) => (hour < 48 ? 20 : 52))).toBe(5);
    expect(kept((hour) => (hour < 48 ? undefined : 36))).toBe(5);
  });

  test("are none below zero while an episode's worth of work waited at the end, here or where it could run here", () => {
    // Four pending GPUs and more, of 80.
    const added = (queue: Partial<QueueInput>) => planOf(started, { gpus: 80, held: 8, queue }).row.nodes_to_add;
    expect(added({ pendingGpus: 3.9, pending: 0 })).toBe(-6);
    expect(added({ pendingGpus: 4, pending: 0 })).toBe(0);
    expect(added({ pendingGpus: (hour) => (hour < 90 ? 4 : 0), pending: 0 })).toBe(-6);
  });

  test("leave the upper end of the interval", () => {
    const { row } = planOf(burst, { gpus: 320 });
    expect(row.nodes_needed).toBe(1);
    expect(row.nodes_needed_upper).toBeGreaterThan(7);
    expect(row.nodes_to_add).toBe(row.nodes_needed_upper! - 40);
  });

  test("cost the list price of their GPUs for 730 hours a month, below zero if they are freed", () => {
    const usd = (gpus: number, price: number) =>
      planOf(started, { gpus, contract: { usdPerGpuHour: price } }).row.usd_per_month;
    expect(usd(24, 2.5)).toBe(8 * 2.5 * 730);
    expect(usd(80, 2.5)).toBe(-48 * 2.5 * 730);
    expect(usd(32, 2.5)).toBe(0);
  });

  test("stand beside the end of the price's commitment", () => {
    const until = "2026-12-31T00:00:00Z";
    expect(planOf(started, { contract: { committedUntil: until } }).row.committed_until).toBe(until);
    expect(planOf(started).row.committed_until).toBeNull();
  });

  test("are nodes of the contract's size", () => {
    const { row } = planOf(hourly(3.5 * HOUR, { gpusPerPod: 4 }), { contract: { gpusPerNode: 4, gpusPaid: 12 } });
    expect(row).toMatchObject({ nodes_now: 3, gpus_now: 12, nodes_needed: 4, nodes_to_add: 1, gpus_to_add: 4 });
  });

  test("are all of them where none is paid for", () => {
    const { row } = planOf(started, { contract: { gpusPaid: 0 } });
    expect(row).toMatchObject({ nodes_now: 0, nodes_needed: 4, nodes_to_add: 4, wait_p95_seconds_replayed: null });
  });
});

describe("what the row says of the jobs", () => {
  test("are their number, those not seen to end, those never seen, and the wait of 95 % of the GPUs asked for", () => {
    // 60 jobs of one GPU that did not wait, one of 8 that waited 5 minutes: of 68 GPUs it has 11.8 %.
    const started = gangs([
      ...Array.from({ length: 58 }, () => ({ created: 0, ended: 100 })),
      { created: 10 },
      { created: 20 },
      { created: 30, scheduled: 330, ended: 900, gpusPerPod: 8 },
    ]);
    const { row } = planOf(started, { queue: { pending: 2 }, contract: { gpuModel: "B200" } });
    expect(row).toMatchObject({
      nodegroup: "a",
      gpu_model: "B200",
      jobs: 63,
      jobs_censored: 2,
      jobs_unseen: 2,
      target_seconds: 0,
      wait_p95_seconds_observed: 300,
    });
  });
});

describe("Erlang's number of GPUs", () => {
  // 8 erlangs: a job of one GPU every 450 s that lasts an hour.
  const eight = periodic({ every: 450, lasts: HOUR, days: 4 });

  test("is the published one: for 8 erlangs 10 servers have a p95 of 1.05106626007 service times", () => {
    const p95 = 1.05106626007 * HOUR;
    expect(planOf(eight, { target: p95 + 0.01 }).row.erlang_gpus).toBe(10);
    expect(planOf(eight, { target: p95 - 0.01 }).row.erlang_gpus).toBe(11);
  });

  test("is the fewest servers of which Erlang C says that at most 5 % wait longer than the target", () => {
    const anyLoad = fc.record({
      every: fc.integer({ min: 900, max: 3600 }),
      lasts: fc.integer({ min: 60, max: 4 * HOUR }),
      target: fc.integer({ min: 0, max: 2 * HOUR }),
      gpusPerPod: fc.constantFrom(1, 2, 8),
    });
    fc.assert(
      fc.property(anyLoad, ({ every, lasts, target, gpusPerPod }) => {
        const started = periodic({ every, lasts, gpusPerPod, days: 4 });
        const load = (started.length * gpusPerPod * lasts) / (4 * DAY);
        const late = (servers: number) =>
          servers > load ? erlangC(load, servers) * Math.exp((-(servers - load) / lasts) * target) : 1;
        let servers = 1;
        while (late(servers) > 0.05) servers++;
        const gpus = 8 * Math.ceil(load / 8 + 1);
        expect(planOf(started, { target, gpus }).row.erlang_gpus).toBe(servers);
      }),
      { numRuns: 15 },
    );
  });

  test("has what lasts longer than a day, and what ran at the start, as it is", () => {
    // 4 GPUs all the time, 6 for two of the four days, 2 for the first two: 4 + 3 + 1 on average.
    const long = gangs([
      { created: -DAY, pods: 4 },
      { created: DAY, ended: 3 * DAY, pods: 6 },
      { created: -HOUR, ended: 2 * DAY, pods: 2 },
    ]);
    expect(planOf([...long, ...eight], { target: 1.06 * HOUR }).row.erlang_gpus).toBe(10 + 8);
  });

  test("counts the part of a day at the end like the others", () => {
    const days = 3.75;
    const started = periodic({ every: 450, lasts: HOUR, days });
    expect(planOf(started, { days, target: 1.06 * HOUR }).row.erlang_gpus).toBe(10);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GangJob } from "../queueing/index.js";
import type { NodegroupDemand } from "./demand.js";
import { DAY_SECONDS, gpuWeightedP95, nodesNeeded, type Pool, replayer, resamplable } from "./replay.js";

const job = (arrival: number, duration: number, pods = 1, gpusPerPod = 1): GangJob => ({
  arrival,
  duration,
  pods,
  gpusPerPod,
});

const pool = (rest: Partial<Pool> = {}): Pool => ({
  gpusPerNode: 8,
  discipline: "best-effort-fifo",
  initial: [],
  fixed: [],
  ...rest,
});

describe("gpuWeightedP95(waits, jobs)", () => {
  test("is the wait within which 95 % of the GPUs asked for got nodes, and not 95 % of the jobs", () => {
    // 100 GPUs in 37 jobs. One gang of 64 waited 500 s: by GPUs it is most of them, by jobs one in 37.
    const jobs = [job(0, 1, 8, 8), ...Array.from({ length: 36 }, () => job(0, 1))];
    expect(gpuWeightedP95([500, ...Array(36).fill(0)], jobs)).toBe(500);
    // Of 200 GPUs, 10 waited 70 s: the others are 95 % of them. With 11 they are 94.5 %.
    const [ten, eleven] = [10, 11].map((late) => [job(0, 1, 1, 200 - late), job(0, 1, 1, late)]);
    expect(gpuWeightedP95([0, 70], ten!)).toBe(0);
    expect(gpuWeightedP95([0, 70], eleven!)).toBe(70);
  });

  test("is Infinity where more than 5 % of them got none, and undefined for no jobs", () => {
    expect(gpuWeightedP95([0, Infinity], [job(0, 1, 1, 9), job(0, 1)])).toBe(Infinity);
    expect(gpuWeightedP95([], [])).toBeUndefined();
  });
});

describe("resamplable(demand, span)", () => {
  const demand = (...arriving: GangJob[]): NodegroupDemand => ({
    nodegroup: "a",
    initial: [],
    arriving,
    censored: 0,
    unseen: 0,
    observed: [],
  });

  test("puts jobs into the day on which they arrive, by the second of that day", () => {
    const { days, long, rest } = resamplable(
      demand(job(5, 1), job(DAY_SECONDS - 1, 2), job(DAY_SECONDS, 3), job(2 * DAY_SECONDS + 7, 4)),
      3 * DAY_SECONDS,
    );
    expect(days).toEqual([[job(5, 1), job(DAY_SECONDS - 1, 2)], [job(0, 3)], [job(7, 4)]]);
    expect([long, rest]).toEqual([[], []]);
  });

  test("leaves apart, where they are, jobs that last longer than a day", () => {
    const { days, long } = resamplable(demand(job(9, DAY_SECONDS), job(10, DAY_SECONDS + 1)), DAY_SECONDS);
    expect(days).toEqual([[job(9, DAY_SECONDS)]]);
    expect(long).toEqual([job(10, DAY_SECONDS + 1)]);
  });

  test("leaves apart, where they are, those of the part of a day at the end", () => {
    const { days, rest } = resamplable(demand(job(1, 1), job(2.4 * DAY_SECONDS, 2)), 2.5 * DAY_SECONDS);
    expect(days).toEqual([[job(1, 1)], []]);
    expect(rest).toEqual([job(2.4 * DAY_SECONDS, 2)]);
  });

  test("loses no job and makes none", () => {
    const anyJob = fc.record({
      arrival: fc.integer({ min: 0, max: 6 * DAY_SECONDS }),
      duration: fc.integer({ min: 0, max: 2 * DAY_SECONDS }),
      pods: fc.integer({ min: 1, max: 3 }),
      gpusPerPod: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(fc.array(anyJob), fc.integer({ min: 1, max: 6 * DAY_SECONDS }), (jobs, span) => {
        const { days, long, rest } = resamplable(demand(...jobs), span);
        const back = days.flatMap((day, i) =>
          day.map((each) => ({ ...each, arrival: each.arrival + i * DAY_SECONDS })),
        );
        const sorted = (some: readonly GangJob[]) =>
          some.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
        expect(sorted([...back, ...long, ...rest])).toEqual(sorted(jobs));
      }),
    );
  });
});

describe("replayer(pool, days)", () => {
  test("puts the days one after the other, in the order given", () => {
    // Each day one job of a whole node; the first day's runs into the second, to 4 h, and again when it is drawn twice.
    const long = [job(23 * 3600, 5 * 3600, 1, 8)];
    const short = [job(2 * 3600, 3600, 1, 8)];
    expect(replayer(pool(), [long, short])(1)).toBe(2 * 3600);
    expect(replayer(pool(), [short, long])(1)).toBe(0);
    expect(replayer(pool(), [long, short])(2)).toBe(0);
  });

  test("measures what is fixed with the days, and not what was there at the start", () => {
    // On one node the job of the start runs to 100, then the fixed one to 150, then the day's, which came at 20. On two
    // the fixed one runs from 10 to 60, and the day's waits for that.
    const initial = [job(-1, 101, 1, 8), job(0, 0, 1, 8)];
    const p95 = replayer(pool({ initial, fixed: [job(10, 50, 1, 8)] }), [[job(20, 1, 1, 8)]]);
    expect(p95(1)).toBe(130);
    expect(p95(2)).toBe(40);
    expect(p95(3)).toBe(0);
    expect(replayer(pool({ initial: [...initial, job(0, 1e6, 1, 8)] }), [[]])(1)).toBe(0);
  });

  test("has no number for too few nodes for what ran at the start, though they have as many GPUs", () => {
    // Three pods of 3 GPUs are more than a node of 8 has; three of 5 would be no more than two have, but find no place.
    const p95 = (initial: readonly GangJob[], nodes: number) => replayer(pool({ initial }), [[job(0, 1)]])(nodes);
    for (const gpusPerPod of [3, 5]) {
      const [together, apart] = [
        [job(-1, 10, 3, gpusPerPod)],
        Array.from({ length: 3 }, () => job(-1, 10, 1, gpusPerPod)),
      ];
      const needed = gpusPerPod === 3 ? 2 : 3;
      for (const initial of [together, apart]) {
        expect(p95(initial, needed - 1)).toBe(Infinity);
        expect(p95(initial, needed)).toBe(0);
      }
    }
  });

  test("has no number where a job could never start, however few of the GPUs ask for it", () => {
    const days = [[...Array.from({ length: 99 }, () => job(0, 1)), job(0, 1, 1, 9)]];
    expect(replayer(pool(), days)(50)).toBe(Infinity);
    expect(replayer(pool({ gpusPerNode: 16 }), days)(50)).toBe(0);
  });

  test("lets those that fit pass the head of the queue only if it is not strict", () => {
    // On two nodes: one is taken until 1800, a gang of both waits from 60 on, a job of one node comes at 120.
    const days = [[job(0, 1800, 1, 8), job(60, 300, 2, 8), job(120, 300, 1, 8)]];
    expect(replayer(pool({ discipline: "strict-fifo" }), days)(2)).toBe(2100 - 120);
    expect(replayer(pool({ discipline: "best-effort-fifo" }), days)(2)).toBe(1800 - 60);
  });

  test("is 0 where nothing is asked for", () => {
    expect(replayer(pool(), [[], []])(1)).toBe(0);
  });

  test("replays each number of nodes once", () => {
    let reads = 0;
    const initial = [
      {
        ...job(0, 0),
        get duration() {
          reads++;
          return 5;
        },
      },
    ];
    const p95 = replayer(pool({ initial }), [[job(0, 5, 1, 8)]]);
    const first = p95(1);
    const once = reads;
    expect(once).toBeGreaterThan(0);
    expect(p95(1)).toBe(first);
    expect(reads).toBe(once);
    p95(2);
    expect(reads).toBeGreaterThan(once);
    expect(p95(1)).toBe(first);
  });
});

describe("nodesNeeded(p95, target, guess, most)", () => {
  const falling = fc
    .array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(Infinity)), { minLength: 1, maxLength: 30 })
    .map((waits) => waits.sort((a, b) => (a === b ? 0 : b - a)));

  test("is, from any guess, the fewest that meet the target where the wait falls with nodes", () => {
    fc.assert(
      fc.property(falling, fc.integer({ min: 0, max: 50 }), fc.nat(), (waits, target, some) => {
        const most = waits.length;
        const brute = waits.findIndex((wait) => wait <= target) + 1;
        const p95 = (nodes: number) => waits[nodes - 1]!;
        expect(nodesNeeded(p95, target, 1 + (some % most), most)).toBe(brute === 0 ? undefined : brute);
      }),
    );
  });

  test("meets the target, with one node fewer that does not, whatever the wait does between", () => {
    const any = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 50 }), fc.nat(), (waits, target, some) => {
        const guess = 1 + (some % waits.length);
        const p95 = (nodes: number) => waits[nodes - 1]!;
        const found = nodesNeeded(p95, target, guess, waits.length);
        if (found === undefined) {
          expect(waits.slice(guess - 1).every((wait) => wait > target)).toBe(true);
        } else {
          expect(p95(found)).toBeLessThanOrEqual(target);
          if (found > 1) expect(p95(found - 1)).toBeGreaterThan(target);
        }
      }),
    );
  });

  test("starts from no node, where none is paid for", () => {
    expect(nodesNeeded((nodes) => (nodes >= 3 ? 0 : Infinity), 0, 0, 4)).toBe(3);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exponential } from "../random/draw.js";
import { type Random, random } from "../random/random.js";
import { mean, meanInterval, quantile } from "../statistics/index.js";
import { erlangC } from "./erlang-c.js";
import type { Discipline, GangJob } from "./gang-job.js";
import { gangQueue } from "./gang-queue.js";
import { meanWait } from "./mean-wait.js";
import { waitQuantile } from "./wait-quantile.js";

const disciplines: Discipline[] = ["strict-fifo", "best-effort-fifo"];

const job = (arrival: number, duration: number, pods = 1, gpusPerPod = 1): GangJob => ({
  arrival,
  duration,
  pods,
  gpusPerPod,
});

/** Poisson arrivals and exponential durations of mean 1; the shape of a gang is drawn for each. */
function markovJobs(next: Random, count: number, arrivalRate: number, shape: () => [pods: number, gpusPerPod: number]) {
  let arrival = 0;
  return Array.from({ length: count }, () => {
    arrival += exponential(next, 1 / arrivalRate);
    return job(arrival, exponential(next, 1), ...shape());
  });
}

describe("gangQueue(input) by hand", () => {
  test("starts a job when its GPUs are free, and one that finds none when the first are freed", () => {
    const jobs = [job(0, 10), job(1, 3), job(2, 5), job(2, 1)];
    const { waits, span, gpuTime, utilisation } = gangQueue({
      jobs,
      nodes: 2,
      gpusPerNode: 1,
      discipline: "strict-fifo",
    });
    expect([...waits]).toEqual([0, 0, 2, 7]);
    expect({ span, gpuTime, utilisation }).toEqual({ span: 10, gpuTime: 19, utilisation: 0.95 });
  });

  test("lets nobody pass the head under strict FIFO, and those that fit under best effort", () => {
    const jobs = [job(0, 10), job(1, 5, 2), job(2, 3), job(3, 20)];
    const pool = { jobs, nodes: 2, gpusPerNode: 1 };
    expect([...gangQueue({ ...pool, discipline: "strict-fifo" }).waits]).toEqual([0, 9, 13, 12]);
    expect([...gangQueue({ ...pool, discipline: "best-effort-fifo" }).waits]).toEqual([0, 24, 0, 2]);
  });

  test("starts a gang only when all its pods have room, each on one node", () => {
    const jobs = [job(0, 10, 2, 3), job(1, 1, 1, 2), job(1, 1, 2, 1)];
    expect([...gangQueue({ jobs, nodes: 2, gpusPerNode: 4, discipline: "strict-fifo" }).waits]).toEqual([0, 9, 9]);
    expect([...gangQueue({ jobs, nodes: 2, gpusPerNode: 4, discipline: "best-effort-fifo" }).waits]).toEqual([0, 9, 0]);
  });

  test("keeps whole nodes free by best fit", () => {
    const jobs = [job(0, 10, 1, 4), job(1, 10, 1, 4), job(2, 10, 1, 8)];
    for (const discipline of disciplines) {
      expect([...gangQueue({ jobs, nodes: 2, gpusPerNode: 8, discipline }).waits]).toEqual([0, 0, 0]);
    }
  });

  test("frees GPUs before it hands out any at the same moment", () => {
    const jobs = [job(0, 5), job(5, 1), job(5, 0), job(5, 2)];
    expect([...gangQueue({ jobs, nodes: 1, gpusPerNode: 1, discipline: "strict-fifo" }).waits]).toEqual([0, 0, 1, 1]);
  });

  test("comes to an end even where durations add up to more than a number can hold", () => {
    const jobs = [job(0, Number.MAX_VALUE), job(0, Number.MAX_VALUE), job(0, 1)];
    const { waits } = gangQueue({ jobs, nodes: 1, gpusPerNode: 1, discipline: "strict-fifo" });
    expect([...waits]).toEqual([0, Number.MAX_VALUE, Infinity]);
  });

  test("lists jobs that can never fit, which wait for ever and hold up nobody", () => {
    const jobs = [job(0, 1, 1, 9), job(0, 1), job(0, 1, 3, 5), job(0, 1, 2, 5)];
    for (const discipline of disciplines) {
      const { waits, impossible, gpuTime } = gangQueue({ jobs, nodes: 2, gpusPerNode: 8, discipline });
      expect([...waits]).toEqual([Infinity, 0, Infinity, 0]);
      expect(impossible).toEqual([0, 2]);
      expect(gpuTime).toBe(11);
    }
  });

  test("has no utilisation to tell of without jobs, without nodes, or without time", () => {
    const pool = { nodes: 1, gpusPerNode: 1, discipline: "strict-fifo" } as const;
    expect(gangQueue({ ...pool, jobs: [] })).toMatchObject({ span: 0, utilisation: undefined, impossible: [] });
    expect(gangQueue({ ...pool, nodes: 0, jobs: [job(0, 1)] })).toMatchObject({ span: 0, impossible: [0] });
    expect(gangQueue({ ...pool, jobs: [job(3, 0)] })).toMatchObject({ span: 0, utilisation: undefined });
  });

  test("throws a RangeError that names the path, what was found and what is allowed", () => {
    const pool = { nodes: 1, gpusPerNode: 1, discipline: "strict-fifo" } as const;
    const bad: [GangJob, string][] = [
      [job(Number.NaN, 1), "jobs[1].arrival: found NaN, allowed: finite numbers"],
      [job(0, -1), "jobs[1].duration: found -1, allowed: finite numbers >= 0"],
      [job(0, Infinity), "jobs[1].duration: found Infinity, allowed: finite numbers >= 0"],
      [job(0, 1, 0), "jobs[1].pods: found 0, allowed: whole numbers >= 1"],
      [job(0, 1, 1, 0.5), "jobs[1].gpusPerPod: found 0.5, allowed: whole numbers >= 1"],
    ];
    for (const [wrong, message] of bad) {
      expect(() => gangQueue({ ...pool, jobs: [job(0, 1), wrong] })).toThrow(new RangeError(message));
    }
    expect(() => gangQueue({ ...pool, nodes: -1, jobs: [] })).toThrow("nodes: found -1, allowed: whole numbers >= 0");
    expect(() => gangQueue({ ...pool, gpusPerNode: 1.5, jobs: [] })).toThrow("gpusPerNode: found 1.5");
  });
});

describe("gangQueue(input) against theory", () => {
  const replications = 20;
  const warmUp = 2000;

  /** Something measured after warm-up, in independent replications, at 99.9 %, so that one choice of seeds in a thousand would miss. */
  function replicate(name: string, measure: (next: Random) => number) {
    const values = Array.from({ length: replications }, (_, seed) => measure(random(seed, name)));
    return meanInterval(values, 0.999)!;
  }

  function expectToCover(interval: ReturnType<typeof replicate>, theory: number, precision: number) {
    expect(interval.lower).toBeLessThan(theory);
    expect(interval.upper).toBeGreaterThan(theory);
    expect(interval.upper - interval.lower).toBeLessThan(2 * precision * theory);
  }

  const steady = (jobs: GangJob[], nodes: number, gpusPerNode: number, discipline: Discipline) =>
    gangQueue({ jobs, nodes, gpusPerNode, discipline }).waits.subarray(warmUp);

  const tenServers = { arrivalRate: 8, serviceRate: 1, servers: 10 };

  test.each(disciplines)("waits as long on average as M/M/c says, under %s", (discipline) => {
    const interval = replicate(
      "mean",
      (next) =>
        mean(
          steady(
            markovJobs(next, 22_000, 8, () => [1, 1]),
            10,
            1,
            discipline,
          ),
        )!,
    );
    expectToCover(interval, meanWait(tenServers), 0.1);
  });

  test("makes as large a share of arrivals wait as Erlang C says", () => {
    const interval = replicate("share", (next) => {
      const waits = steady(
        markovJobs(next, 22_000, 8, () => [1, 1]),
        5,
        2,
        "strict-fifo",
      );
      return waits.filter((wait) => wait > 0).length / waits.length;
    });
    expectToCover(interval, erlangC(8, 10), 0.05);
  });

  test("has the p95 wait of M/M/c", () => {
    const interval = replicate("p95", (next) => {
      return quantile(
        steady(
          markovJobs(next, 22_000, 8, () => [1, 1]),
          10,
          1,
          "strict-fifo",
        ),
        0.95,
      )!;
    });
    expectToCover(interval, waitQuantile(tenServers, 0.95), 0.15);
  });

  test("makes equal gangs of 4 GPUs on 18 wait as single jobs on floor(18 / 4) servers", () => {
    const interval = replicate("gangs", (next) => {
      return mean(
        steady(
          markovJobs(next, 22_000, 3, () => [4, 1]),
          18,
          1,
          "strict-fifo",
        ),
      )!;
    });
    expectToCover(interval, meanWait({ arrivalRate: 3, serviceRate: 1, servers: 4 }), 0.1);
  });

  test("makes pods of 3 GPUs on nodes of 8 wait as single jobs on two servers a node", () => {
    const interval = replicate("pods", (next) => {
      return mean(
        steady(
          markovJobs(next, 22_000, 4.5, () => [1, 3]),
          3,
          8,
          "best-effort-fifo",
        ),
      )!;
    });
    expectToCover(interval, meanWait({ arrivalRate: 4.5, serviceRate: 1, servers: 6 }), 0.1);
  });

  test.each([
    [2, 1],
    [1, 2],
  ])(
    "can't use more than 6/7 of %i nodes of %i GPUs for sizes 1 and 2 under strict FIFO, at any load",
    (nodes, gpusPerNode) => {
      const interval = replicate("ceiling", (next) => {
        const backlog = Array.from({ length: 20_000 }, () => {
          const size = next() < 0.5 ? 1 : 2;
          return job(0, exponential(next, 1), ...(gpusPerNode === 1 ? ([size, 1] as const) : ([1, size] as const)));
        });
        return gangQueue({ jobs: backlog, nodes, gpusPerNode, discipline: "strict-fifo" }).utilisation!;
      });
      expectToCover(interval, 6 / 7, 0.01);
    },
  );

  test("uses all GPUs but for the drain when best effort lets size 1 pass size 2", () => {
    const next = random(1, "best-effort");
    const backlog = Array.from({ length: 20_000 }, () => job(0, exponential(next, 1), next() < 0.5 ? 1 : 2));
    const { utilisation } = gangQueue({ jobs: backlog, nodes: 2, gpusPerNode: 1, discipline: "best-effort-fifo" });
    expect(utilisation).toBeGreaterThan(0.99);
  });

  test("obeys Little's law: GPUs in use on average are arrival rate x GPUs x duration", () => {
    const interval = replicate("little", (next) => {
      const jobs = markovJobs(next, 22_000, 2, () => (next() < 0.5 ? [1, 1] : [1, 3]));
      const { utilisation } = gangQueue({ jobs, nodes: 2, gpusPerNode: 4, discipline: "best-effort-fifo" });
      return utilisation! * 8;
    });
    expectToCover(interval, 2 * (0.5 * 1 + 0.5 * 3), 0.02);
  });
});

describe("gangQueue(input) always", () => {
  const anyJob = fc.record({
    arrival: fc.integer({ min: 0, max: 40 }),
    duration: fc.integer({ min: 0, max: 15 }),
    pods: fc.integer({ min: 1, max: 3 }),
    gpusPerPod: fc.integer({ min: 1, max: 4 }),
  });
  const anyJobs = fc.array(anyJob, { maxLength: 40 });
  const anyPool = fc.record({
    nodes: fc.integer({ min: 0, max: 4 }),
    gpusPerNode: fc.integer({ min: 0, max: 4 }),
    discipline: fc.constantFrom(...disciplines),
  });

  /** GPUs in use right after everything that happens at `time`. */
  const inUse = (jobs: GangJob[], waits: Float64Array, time: number) =>
    jobs.reduce((gpus, { arrival, duration, pods, gpusPerPod }, i) => {
      const start = arrival + waits[i]!;
      return start <= time && time < start + duration ? gpus + pods * gpusPerPod : gpus;
    }, 0);

  test("never uses more GPUs than there are", () => {
    fc.assert(
      fc.property(anyJobs, anyPool, (jobs, pool) => {
        const { waits } = gangQueue({ jobs, ...pool });
        for (const [i, { arrival }] of jobs.entries()) {
          if (waits[i] === Infinity) continue;
          expect(inUse(jobs, waits, arrival + waits[i]!)).toBeLessThanOrEqual(pool.nodes * pool.gpusPerNode);
        }
      }),
    );
  });

  test("makes nobody wait less than 0, and only the impossible for ever", () => {
    fc.assert(
      fc.property(anyJobs, anyPool, (jobs, pool) => {
        const { waits, impossible } = gangQueue({ jobs, ...pool });
        for (const [i, { pods, gpusPerPod }] of jobs.entries()) {
          const roomy = pods <= pool.nodes * Math.floor(pool.gpusPerNode / gpusPerPod);
          expect(waits[i]).toBeGreaterThanOrEqual(0);
          expect(waits[i] === Infinity).toBe(!roomy);
          expect(impossible.includes(i)).toBe(!roomy);
        }
      }),
    );
  });

  test("leaves no GPU free while single-GPU jobs wait", () => {
    fc.assert(
      fc.property(anyJobs, anyPool, (gangs, pool) => {
        fc.pre(pool.nodes * pool.gpusPerNode > 0);
        const jobs = gangs.map(({ arrival, duration }) => job(arrival, duration));
        const { waits } = gangQueue({ jobs, ...pool });
        for (const [i, { arrival }] of jobs.entries()) {
          // Times are whole, so that half a unit before a late start something was waiting, and nothing happened.
          if (waits[i]! > 0) {
            expect(inUse(jobs, waits, arrival + waits[i]! - 0.5)).toBe(pool.nodes * pool.gpusPerNode);
          }
        }
      }),
    );
  });

  test("starts jobs in the order of arrival under strict FIFO", () => {
    fc.assert(
      fc.property(anyJobs, anyPool, (jobs, pool) => {
        const sorted = jobs.sort((a, b) => a.arrival - b.arrival);
        const { waits } = gangQueue({ ...pool, jobs: sorted, discipline: "strict-fifo" });
        const starts = sorted.map(({ arrival }, i) => arrival + waits[i]!).filter((start) => start < Infinity);
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
      }),
    );
  });

  test("starts under best effort whatever fits, in the order of arrival: as a plain scan of the queue does", () => {
    fc.assert(
      fc.property(anyJobs, fc.integer({ min: 1, max: 8 }), (gangs, servers) => {
        const jobs = gangs.map(({ arrival, duration, pods }) => job(arrival, duration + 1, pods));
        const input = { jobs, nodes: servers, gpusPerNode: 1 };
        expect([...gangQueue({ ...input, discipline: "best-effort-fifo" }).waits]).toEqual(scan(jobs, servers));
      }),
    );
  });

  test("doesn't depend on the order of jobs that arrive at different times", () => {
    const shuffled = fc
      .uniqueArray(anyJob, { selector: (each) => each.arrival, maxLength: 30 })
      .chain((jobs) => fc.tuple(fc.constant(jobs), fc.shuffledSubarray([...jobs.keys()], { minLength: jobs.length })));
    fc.assert(
      fc.property(shuffled, anyPool, ([jobs, order], pool) => {
        const { waits, ...result } = gangQueue({ jobs, ...pool });
        const again = gangQueue({ jobs: order.map((i) => jobs[i]!), ...pool });
        expect([...again.waits]).toEqual(order.map((i) => waits[i]));
        expect(again).toMatchObject({ span: result.span, gpuTime: result.gpuTime, utilisation: result.utilisation });
      }),
    );
  });
});

/** Best effort on single servers, tick by tick: at each whole time, walk the queue and start what fits. */
function scan(jobs: GangJob[], servers: number): number[] {
  const waits = jobs.map(() => Infinity);
  const possible = [...jobs.keys()].filter((i) => jobs[i]!.pods <= servers);
  const queue = possible.sort((a, b) => jobs[a]!.arrival - jobs[b]!.arrival || a - b);
  for (let time = 0; queue.some((i) => waits[i] === Infinity); time++) {
    for (let changed = true; changed; ) {
      changed = false;
      for (const i of queue) {
        if (waits[i] !== Infinity || jobs[i]!.arrival > time) continue;
        const running = possible.filter((j) => {
          const start = jobs[j]!.arrival + waits[j]!;
          return start <= time && time < start + jobs[j]!.duration;
        });
        if (running.reduce((pods, j) => pods + jobs[j]!.pods, 0) + jobs[i]!.pods > servers) continue;
        waits[i] = time - jobs[i]!.arrival;
        changed = true;
      }
    }
  }
  return waits;
}

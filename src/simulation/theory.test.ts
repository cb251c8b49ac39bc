import { describe, expect, test } from "vitest";
import type { Workload } from "../demand/workload.js";
import { erlangC, meanWait, waitQuantile } from "../queueing/index.js";
import { exponential } from "../random/draw.js";
import { type Random, random } from "../random/random.js";
import type { Scenario } from "../scenario/schema.js";
import { mean, meanInterval, quantile } from "../statistics/index.js";
import { hours, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { MINUTE_MS } from "../units/time.js";
import { runSimulation, type Simulation } from "./simulate.js";
import { ARRIVALS, LEVEL, type Range, REPLICATIONS, ranges, WARM_UP_ARRIVALS } from "./theory-ranges.js";

/** Mean service time: everything below is measured in it. */
const SERVICE_MS = 10 * MINUTE_MS;

interface Cluster {
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly nominalQuota?: number;
  readonly queueingStrategy?: "StrictFIFO" | "BestEffortFIFO";
}

function clusterOf({ nodes, gpusPerNode, nominalQuota = nodes * gpusPerNode, queueingStrategy }: Cluster): Scenario {
  return small({
    days: 92,
    nodegroups: [{ nodes, gpusPerNode }],
    clusterQueues: [
      { name: "queue", queueingStrategy: queueingStrategy ?? "StrictFIFO", flavors: [{ name: "a", nominalQuota }] },
    ],
  });
}

/** Poisson arrivals, `rate` a service time, with exponential service. */
function markov(next: Random, rate: number, shape: () => WorkloadInput = () => ({}), length = ARRIVALS): Workload[] {
  let at = 0;
  return workloads(
    Array.from({ length }, () => {
      at += exponential(next, SERVICE_MS / rate);
      return { createdMs: Math.round(at), hours: exponential(next, SERVICE_MS) / hours(1), ...shape() };
    }),
  );
}

/** Runs replications and gives what is measured in each. */
function replicate<T>(
  name: string,
  scenario: Scenario,
  demand: (next: Random) => Workload[],
  measure: (s: Simulation) => T,
) {
  return Array.from({ length: REPLICATIONS }, (_, seed) =>
    measure(runSimulation({ scenario, seed, workloads: demand(random(seed, name)), truth: false })),
  );
}

function expectTheory(found: readonly number[], theory: number, { precision }: Range) {
  const interval = meanInterval(found, LEVEL)!;
  expect(interval.lower).toBeLessThan(theory);
  expect(interval.upper).toBeGreaterThan(theory);
  expect(interval.upper - interval.lower).toBeLessThan(2 * precision * theory);
}

/** Waits from creation to nodes, in service times, after the warm-up. All were placed: the run is long enough. */
function waits({ workloads: all }: Simulation, only: (workload: Workload) => boolean = () => true): number[] {
  return all
    .slice(WARM_UP_ARRIVALS)
    .filter(({ workload }) => only(workload))
    .map(({ workload, runs }) => (runs[0]!.placedMs - workload.createdMs) / SERVICE_MS);
}

/** Mean GPUs in use from the end of the warm-up to the last arrival. */
function gpusInUse({ workloads: all }: Simulation): number {
  const [from, to] = [all[WARM_UP_ARRIVALS]!.workload.createdMs, all.at(-1)!.workload.createdMs];
  let used = 0;
  for (const { workload, runs } of all) {
    for (const run of runs) {
      const held = Math.min(run.endMs!, to) - Math.max(run.placedMs, from);
      if (held > 0) used += held * workload.pods * workload.gpusPerPod;
    }
  }
  return used / (to - from);
}

describe("ten GPUs at 80 % load", () => {
  const queue = { arrivalRate: 8, serviceRate: 1, servers: 10 };
  const tenNodes = { nodes: 10, gpusPerNode: 1 };

  test("wait and are used as M/M/10 says", () => {
    const measured = replicate(
      "mmc",
      clusterOf(tenNodes),
      (next) => markov(next, 8),
      (simulation) => {
        const all = waits(simulation);
        return {
          mean: mean(all)!,
          share: mean(all.map((wait) => (wait > 0 ? 1 : 0)))!,
          p95: quantile(all, 0.95)!,
          used: gpusInUse(simulation),
        };
      },
    );
    const each = (name: keyof (typeof measured)[number]) => measured.map((m) => m[name]);
    expectTheory(each("mean"), meanWait(queue), ranges.meanWait);
    expectTheory(each("share"), erlangC(8, 10), ranges.shareWaiting);
    expectTheory(each("p95"), waitQuantile(queue, 0.95), ranges.waitP95);
    expectTheory(each("used"), 8, ranges.utilisation);
  });

  test.each<Cluster & { name: string }>([
    { name: "on one node of ten GPUs", nodes: 1, gpusPerNode: 10 },
    { name: "under best effort", ...tenNodes, queueingStrategy: "BestEffortFIFO" },
    { name: "with quota for ten on twenty GPUs: the queue is Kueue's", nodes: 20, gpusPerNode: 1, nominalQuota: 10 },
    { name: "with quota without end: the queue is the scheduler's", nodes: 5, gpusPerNode: 2, nominalQuota: 1e6 },
  ])("wait as long, workload by workload, $name", (cluster) => {
    const demand = markov(random(1, "coupled"), 8, undefined, 4_000);
    const waitsOf = (scenario: Scenario) =>
      waits(runSimulation({ scenario, seed: 1, workloads: demand, truth: false }));
    expect(waitsOf(clusterOf(cluster))).toEqual(waitsOf(clusterOf(tenNodes)));
  });
});

describe("gangs of g GPUs on c GPUs wait as M/M/floor(c / g)", () => {
  test.each([
    {
      name: "4 pods of 1 GPU on 18 nodes of 1",
      cluster: { nodes: 18, gpusPerNode: 1 },
      pods: 4,
      gpusPerPod: 1,
      servers: 4,
    },
    {
      name: "1 pod of 3 GPUs on 2 nodes of 8",
      cluster: { nodes: 2, gpusPerNode: 8 },
      pods: 1,
      gpusPerPod: 3,
      servers: 4,
    },
    {
      name: "2 pods of 8 GPUs on 5 nodes of 8",
      cluster: { nodes: 5, gpusPerNode: 8 },
      pods: 2,
      gpusPerPod: 8,
      servers: 2,
    },
  ])("$name", ({ cluster, pods, gpusPerPod, servers }) => {
    const rate = 0.75 * servers;
    const measured = replicate(
      `gangs/${pods}x${gpusPerPod}`,
      clusterOf(cluster),
      (next) => markov(next, rate, () => ({ pods, gpusPerPod })),
      (simulation) => mean(waits(simulation))!,
    );
    expectTheory(measured, meanWait({ arrivalRate: rate, serviceRate: 1, servers }), ranges.meanWait);
  });
});

test("two priorities wait as Cobham says: R / (1 - s1) and R / ((1 - s1) (1 - s1 - s2))", () => {
  // R is the mean time until one of the c servers is free for whoever has to wait: C / (c mu).
  const [servers, rate, high] = [4, 3, 0.5];
  const free = erlangC(rate, servers) / servers;
  const [s1, s] = [(high * rate) / servers, rate / servers];
  const scenario = clusterOf({ nodes: 4, gpusPerNode: 1 });
  const measured = replicate(
    "priorities",
    scenario,
    (next) => markov(next, rate, () => ({ priority: next() < high ? 1 : 0 })),
    (simulation) => [1, 0].map((priority) => mean(waits(simulation, (workload) => workload.priority === priority))!),
  );
  expectTheory(
    measured.map(([urgent]) => urgent!),
    free / (1 - s1),
    ranges.priorityWait,
  );
  expectTheory(
    measured.map(([, patient]) => patient!),
    free / ((1 - s1) * (1 - s)),
    ranges.priorityWait,
  );
});

test("under preemption with checkpoints, two priorities take as long as in a preemptive-resume M/M/1", () => {
  // Times in the system, in services: the higher sees only itself; the lower waits for all work that it finds, and for
  // every interruption: 1 / (1 - s1), and 1 / (1 - s1) + s / ((1 - s1) (1 - s)), where s is the load of both.
  const [rate, high] = [0.8, 0.5];
  const [s1, s] = [high * rate, rate];
  const scenario = small({
    days: 92,
    // Time for all arrivals: they are fewer an hour than elsewhere.
    warmupDays: 92,
    nodegroups: [{ gpusPerNode: 1 }],
    terminationGraceSeconds: 0,
    clusterQueues: [
      {
        name: "queue",
        flavors: [{ name: "a", nominalQuota: 1 }],
        preemption: { withinClusterQueue: "LowerPriority" },
      },
    ],
  });
  const measured = replicate(
    "preemptive",
    scenario,
    (next) => markov(next, rate, () => ({ priority: next() < high ? 1 : 0, checkpointMs: 1 })),
    ({ workloads: all }) =>
      [1, 0].map(
        (priority) =>
          mean(
            all
              .slice(WARM_UP_ARRIVALS)
              .filter(({ workload }) => workload.priority === priority)
              .map(({ workload, runs }) => (runs.at(-1)!.endMs! - workload.createdMs) / SERVICE_MS),
          )!,
      ),
  );
  expectTheory(
    measured.map(([urgent]) => urgent!),
    1 / (1 - s1),
    ranges.preemptiveResponse,
  );
  expectTheory(
    measured.map(([, patient]) => patient!),
    1 / (1 - s1) + s / ((1 - s1) * (1 - s)),
    ranges.preemptiveResponse,
  );
});

describe("sizes 1 and 2 on two GPUs, half each", () => {
  const backlog = (next: Random) =>
    workloads(
      Array.from({ length: 4_000 }, () => ({
        gpusPerPod: next() < 0.5 ? 1 : 2,
        hours: exponential(next, SERVICE_MS) / hours(1),
      })),
    );
  const use = (queueingStrategy: "StrictFIFO" | "BestEffortFIFO") =>
    replicate("ceiling", clusterOf({ nodes: 1, gpusPerNode: 2, queueingStrategy }), backlog, ({ workloads: all }) => {
      const gpuMs = all.reduce(
        (sum, { workload, runs }) => sum + workload.gpusPerPod * (runs[0]!.endMs! - runs[0]!.placedMs),
        0,
      );
      return gpuMs / (2 * Math.max(...all.map(({ runs }) => runs[0]!.endMs!)));
    });

  test("cannot use more than 6/7 of them under StrictFIFO, at any load", () => {
    expectTheory(use("StrictFIFO"), 6 / 7, ranges.strictCeiling);
  });

  test("use all of them but for the drain under BestEffortFIFO", () => {
    for (const share of use("BestEffortFIFO")) expect(share).toBeGreaterThan(1 - ranges.bestEffort.precision);
  });
});

test("Little's law holds exactly in every queue that starts and ends empty: mean pending is arrivals x mean wait", () => {
  const scenario = small({
    days: 92,
    nodegroups: [{ nodes: 3, gpusPerNode: 4 }],
    clusterQueues: [
      { name: "queue", cohort: "c", flavors: [{ name: "a", nominalQuota: 4 }] },
      { name: "strict", cohort: "c", queueingStrategy: "StrictFIFO", flavors: [{ name: "a", nominalQuota: 6 }] },
    ],
  });
  const next = random(1, "little");
  const shape = () => ({ clusterQueue: next() < 0.5 ? "queue" : "strict", gpusPerPod: next() < 0.7 ? 1 : 3 });
  const demand = markov(next, 6, shape, 1_500);
  const pending = new Map<string, { now: number; before: number; area: number }>();
  const simulation = runSimulation({
    scenario,
    seed: 1,
    workloads: demand,
    truth: false,
    onSettled({ now, workloads: all }) {
      for (const queue of ["queue", "strict"]) {
        const count = all.filter(
          ({ workload, state }) => workload.clusterQueue === queue && workload.createdMs <= now && state === "pending",
        ).length;
        const { now: then, before, area } = pending.get(queue) ?? { now: 0, before: 0, area: 0 };
        pending.set(queue, { now, before: count, area: area + before * (now - then) });
      }
    },
  });
  for (const queue of ["queue", "strict"]) {
    const mine = simulation.workloads.filter(({ workload }) => workload.clusterQueue === queue);
    const waited = mine.reduce((sum, { workload, holds }) => sum + holds[0]!.reservedMs - workload.createdMs, 0);
    expect(waited).toBeGreaterThan(0);
    expect(pending.get(queue)).toMatchObject({ before: 0, area: waited });
  }
});

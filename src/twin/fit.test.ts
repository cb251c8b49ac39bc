import { beforeAll, describe, expect, test } from "vitest";
import { openDataset } from "../dataset/open.js";
import { parseScenario } from "../scenario/parse.js";
import { datasetOf, rewriteTable } from "../testing/dataset.js";
import { type ClassInput, small } from "../testing/scenario.js";
import { fitTwin, type Twin } from "./fit.js";

/** How a known world is found again in its telemetry. */

const idle = {
  gpuUtilPercent: 40,
  grEngineActive: 0.3,
  tensorActive: 0.05,
  dramActive: 0.1,
  powerShare: 0.2,
  memoryShare: 0.4,
};
const working = {
  gpuUtilPercent: 92,
  grEngineActive: 0.8,
  tensorActive: 0.3,
  dramActive: 0.4,
  powerShare: 0.5,
  memoryShare: 0.7,
  dutyShare: 0.7,
  cycleMinutes: 40,
  loadMinutes: 10,
};

const world = small({
  name: "known",
  days: 7,
  warmupDays: 2,
  intervalSeconds: 300,
  missedScrapeShare: 0.001,
  nodegroups: [
    { name: "h100", nodes: 3, usdPerGpuHour: 4, committedUntil: "2026-06-30T00:00:00Z" },
    { name: "a100", nodes: 2, gpuModel: "A100", region: "us-east-1", cpusPerNode: 96, memoryGiBPerNode: 512 },
  ],
  resourceFlavors: [
    { name: "fast", nodeLabels: { "eks.amazonaws.com/nodegroup": "h100" } },
    { name: "east", nodeLabels: { "topology.kubernetes.io/region": "us-east-1" } },
    { name: "any", nodeLabels: {} },
  ],
  clusterQueues: [
    {
      name: "train",
      cohort: "all",
      queueingStrategy: "StrictFIFO",
      flavors: [{ name: "fast", nominalQuota: 18, borrowingLimit: 4 }],
    },
    {
      name: "lab",
      cohort: "all",
      flavors: [
        { name: "fast", nominalQuota: 6 },
        { name: "east", nominalQuota: 16 },
      ],
    },
    { name: "rest", flavors: [{ name: "any", nominalQuota: 1 }] },
  ],
  localQueues: [
    { name: "jobs", namespace: "train", clusterQueue: "train", owner: "Training" },
    { name: "notebooks", namespace: "lab", clusterQueue: "lab", interactive: true, waitTargetMinutes: 5 },
  ],
  priorityClasses: [{ name: "high", value: 10 }],
  workloadClasses: [
    {
      name: "tune",
      localQueue: "train/jobs",
      arrivals: { kind: "poisson", perHour: 4, dailySwing: 0.5 },
      duration: { kind: "exponential", meanMinutes: 60, maxMinutes: 600 },
      gang: [
        { pods: 1, gpusPerPod: 1, weight: 2 },
        { pods: 2, gpusPerPod: 2, weight: 1 },
      ],
      activity: working,
      failure: { share: 0.25, retries: 1 },
      startupSeconds: 400,
      cpusPerGpu: 6,
      memoryGiBPerGpu: 40,
    },
    {
      name: "nightly",
      localQueue: "train/jobs",
      arrivals: { kind: "periodic", everyHours: 12, offsetHours: 7, jitterMinutes: 30 },
      duration: { kind: "constant", minutes: 45 },
      gang: [{ pods: 2, gpusPerPod: 4 }],
      priorityClass: "high",
    },
    {
      name: "pretrain",
      localQueue: "train/jobs",
      arrivals: { kind: "periodic", everyHours: 1000, offsetHours: 20 },
      duration: { kind: "constant", minutes: 100_000 },
      gang: [{ pods: 1, gpusPerPod: 3 }],
    },
    {
      name: "session",
      localQueue: "lab/notebooks",
      arrivals: { kind: "poisson", perHour: 0.1 },
      duration: { kind: "constant", minutes: 30 * 60 },
      activity: { ...idle, dutyShare: 0.01, cycleMinutes: 900, loadMinutes: 5 },
      gpuModels: ["A100"],
      kind: "Pod",
    },
    {
      name: "notebook",
      localQueue: "lab/notebooks",
      arrivals: { kind: "poisson", perHour: 1.5 },
      duration: { kind: "lognormal", medianMinutes: 120, sigma: 0.5, maxMinutes: 600 },
      activity: working,
      gpuModels: ["A100"],
      kind: "Pod",
    },
  ],
  standalone: [
    {
      name: "server",
      namespace: "serving",
      owner: "Serving",
      nodegroup: "a100",
      pods: 2,
      gpusPerPod: 1,
      activity: working,
    },
  ],
  cordons: [{ nodegroup: "h100", node: 2, fromHour: 50, toHour: 62 }],
  outages: [{ nodegroup: "a100", node: 1, kind: "fail", fromHour: 140 }],
} as Parameters<typeof small>[0]);

async function twinOf(folder: string): Promise<Twin> {
  const dataset = await openDataset(folder);
  try {
    return await fitTwin(dataset, "twin");
  } finally {
    dataset.close();
  }
}

describe("the twin of a known world", () => {
  let twin: Twin;
  const byName = (name: string) => {
    const found = twin.input.workloadClasses.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is none of ${twin.input.workloadClasses.map((one) => one.name).join(", ")}`);
    return found;
  };
  beforeAll(async () => {
    twin = await twinOf(await datasetOf(world, 3));
  }, 120_000);

  test("is a scenario, and has nodes, prices and sizes of the world", () => {
    expect(parseScenario(twin.input, "twin")).toEqual(twin.scenario);
    expect(twin.scenario.nodegroups).toEqual(world.nodegroups);
    expect(twin.scenario).toMatchObject({ start: world.start, days: 7, intervalSeconds: 300 });
  });

  test("has its flavors by labels that stand for the same nodegroups, its quotas and its rules", () => {
    expect(twin.input.resourceFlavors).toEqual([
      { name: "fast", nodeLabels: { "eks.amazonaws.com/nodegroup": "h100" } },
      { name: "east", nodeLabels: { "eks.amazonaws.com/nodegroup": "a100" } },
      { name: "any", nodeLabels: {} },
    ]);
    const queues = Object.fromEntries(twin.input.clusterQueues.map((queue) => [queue.name, queue]));
    expect(queues["train"]).toEqual({
      name: "train",
      cohort: "all",
      queueingStrategy: "StrictFIFO",
      flavors: [{ name: "fast", nominalQuota: 18, borrowingLimit: 4 }],
    });
    expect(queues["lab"]!.flavors).toEqual([
      { name: "fast", nominalQuota: 6 },
      { name: "east", nominalQuota: 16 },
    ]);
    expect(twin.input.localQueues).toEqual([
      { name: "jobs", namespace: "train", clusterQueue: "train", owner: "Training" },
      {
        name: "notebooks",
        namespace: "lab",
        clusterQueue: "lab",
        owner: "lab",
        interactive: true,
        waitTargetMinutes: 5,
      },
    ]);
  });

  test("has the nodes that were out of service, when they were", () => {
    const [cordon, failure] = twin.input.outages!;
    expect(cordon).toMatchObject({ nodegroup: "h100", kind: "cordon" });
    expect(failure).toMatchObject({ nodegroup: "a100", kind: "fail" });
    // To within two scrapes.
    expect(Math.abs(cordon!.fromHour - 50)).toBeLessThan(0.2);
    expect(Math.abs(cordon!.toHour! - 62)).toBeLessThan(0.2);
    expect(Math.abs(failure!.fromHour - 140)).toBeLessThan(0.3);
    expect(failure!.toHour).toBeUndefined();
    expect(twin.input.outages).toHaveLength(2);
  });

  test("has the pods outside Kueue", () => {
    expect(twin.input.standalone).toMatchObject([
      { namespace: "serving", owner: "Serving", nodegroup: "a100", pods: 2, gpusPerPod: 1 },
    ]);
  });

  test("submits as much as was submitted, in the same shapes, of the same length", () => {
    for (const [name, share, gpus] of [
      ["train-jobs-1x1", 2 / 3, 1],
      ["train-jobs-2x2", 1 / 3, 4],
    ] as const) {
      const one = byName(name);
      if (one.arrivals.kind !== "weekly" || one.duration.kind !== "quantiles") throw new Error("no rate");
      const perHour = one.arrivals.perHourOfWeek.reduce((sum, rate) => sum + rate, 0) / 168;
      // Four standard errors of a week's count.
      expect(Math.abs(perHour - 4 * share)).toBeLessThan(4 * Math.sqrt((4 * share) / 168));
      expect(one.gang.reduce((sum, shape) => sum + shape.pods * shape.gpusPerPod, 0)).toBe(gpus);
      const median = one.duration.points.find(([p]) => p === 0.5)![1];
      // The standard error of an exponential's median is mean / sqrt(n).
      expect(Math.abs(median - 60 * Math.LN2)).toBeLessThan((4 * 60) / Math.sqrt(perHour * 168 * 0.7));
      expect(one).toMatchObject({ cpusPerGpu: 6, memoryGiBPerGpu: 40, kind: "Job", localQueue: "train/jobs" });
      expect(Math.abs(one.startupSeconds! - 400)).toBeLessThan(40);
      expect(one.failure!.retries).toBe(1);
      // Attempts that fail are a quarter of all.
      expect(Math.abs(one.failure!.share - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / (perHour * 168)));
    }
  });

  test("tells a plan from chance, and has what is rare or long as it was", () => {
    const nightly = byName("train-jobs-high-2x4");
    expect(nightly.arrivals.kind).toBe("periodic");
    expect((nightly.arrivals as Extract<ClassInput["arrivals"], { kind: "periodic" }>).everyHours).toBeCloseTo(12, 1);
    const { duration } = nightly;
    if (duration.kind !== "constant") throw new Error(duration.kind);
    expect(duration.minutes).toBeCloseTo(45, 0);
    const pretrain = byName("train-jobs-1x3");
    // It came 28 hours before the data, and the twin's warm-up is a week.
    expect(pretrain.arrivals).toEqual({ kind: "listed", hours: [7 * 24 - 28] });
    expect(pretrain.duration.kind).toBe("listed");
    const lasts = (pretrain.duration as Extract<ClassInput["duration"], { kind: "listed" }>).minutesEach[0]!;
    expect(lasts).toBeGreaterThan(8 * 24 * 60);
  });

  test("tells sessions that are left open from work, and how work drives its GPUs", () => {
    const open = byName("lab-notebooks-1x1-idle");
    expect(open.activity.dutyShare!).toBeLessThan(0.05);
    expect(open.kind).toBe("Pod");
    const { activity } = byName("lab-notebooks-1x1");
    for (const key of [
      "gpuUtilPercent",
      "grEngineActive",
      "tensorActive",
      "dramActive",
      "memoryShare",
      "powerShare",
    ] as const)
      expect(activity[key] / working[key], key).toBeCloseTo(1, 1);
    expect(Math.abs(activity.dutyShare! - 0.7)).toBeLessThan(0.1);
    expect(Math.abs(activity.loadMinutes! - 10)).toBeLessThan(4);
    // Turns shorter than a scrape are not seen.
    expect(activity.cycleMinutes! / 40).toBeGreaterThan(0.7);
    expect(activity.cycleMinutes! / 40).toBeLessThan(2);
  });

  test("knows which GPU models the work of a queue cannot use, where there was room and it was passed over", () => {
    // The flavor with H100s is tried first, and notebooks never run there.
    expect(byName("lab-notebooks-1x1").gpuModels).toEqual(["A100"]);
  });

  test("says what it could not know", () => {
    expect(twin.unknown.join("\n")).toMatch(/lending limits.*\n(.*\n)*.*checkpoints.*\n.*topology/);
  });
});

test("finds the PodsReady timeout in evictions of what never got a node", async () => {
  const crowded = small({
    days: 2,
    intervalSeconds: 300,
    podsReadyTimeoutMinutes: 60,
    clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 24 }] }],
    workloadClasses: [
      { name: "work", arrivals: { kind: "poisson", perHour: 6 }, duration: { kind: "constant", minutes: 120 } },
    ],
  });
  const { input } = await twinOf(await datasetOf(crowded));
  // To within two scrapes.
  expect(Math.abs(input.podsReadyTimeoutMinutes! - 60)).toBeLessThanOrEqual(10);
}, 60_000);

describe("what cannot be fitted", () => {
  const busy = (changes: Parameters<typeof small>[0]) =>
    small({
      intervalSeconds: 300,
      workloadClasses: [{ name: "work", arrivals: { kind: "poisson", perHour: 6 } }],
      ...changes,
    });

  test("is data of less than a day", async () => {
    await expect(twinOf(await datasetOf(busy({ days: 0.5 })))).rejects.toThrow(
      /found 12 h of data; allowed: at least 24 h.*pull a longer time/,
    );
  }, 60_000);

  test("is a world in which hardly anything starts", async () => {
    const quiet = busy({ days: 2, workloadClasses: [{ name: "work", arrivals: { kind: "poisson", perHour: 0.1 } }] });
    await expect(twinOf(await datasetOf(quiet))).rejects.toThrow(
      /found \d+ jobs of Kueue's that started; allowed: at least 20/,
    );
  }, 60_000);

  test("is a time in which a source was mostly silent", async () => {
    const folder = await datasetOf(busy({ days: 2 }));
    await rewriteTable(
      folder,
      "up",
      `SELECT * REPLACE (CASE WHEN job = 'kueue' AND epoch_ms(timestamp) % 86400000 < 60000000 THEN 0 ELSE up END AS up) FROM old`,
    );
    await expect(twinOf(folder)).rejects.toThrow(/Kueue was seen for \d+ ?% of the time; allowed: at least 50 ?%/);
  }, 60_000);
});

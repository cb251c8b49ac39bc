// npm run bench: how fast the parts are, each beside a named peer measured in the same run. Ratios travel between
// machines, seconds do not.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { loadDist } from "./load-dist.mjs";

const { loadScenario } = await loadDist("scenario/load.js");
const { loadWorld } = await loadDist("replay/world.js");
const { runSimulation } = await loadDist("simulation/simulate.js");
const { EventQueue } = await loadDist("simulation/event-queue.js");
const { telemetry } = await loadDist("telemetry/telemetry.js");
const { writeTable } = await loadDist("dataset/table-writer.js");
const { withSession } = await loadDist("dataset/session.js");
const { generate, open } = await loadDist("api.js");
const { observe } = await loadDist("join/observe.js");
const { rollUp } = await loadDist("join/roll-up.js");
const { simulateOutcome } = await loadDist("whatif/outcome.js");
const { advise } = await loadDist("whatif/advise.js");
const { simulateApart } = await loadDist("cli/simulate-all.js");
const { gangQueue } = await loadDist("queueing/index.js");
const { random } = await loadDist("random/random.js");
const { exponential } = await loadDist("random/draw.js");

const rows = [];
const million = (n) => `${(n / 1e6).toFixed(2)} M/s`;

async function seconds(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** The faster of two runs: the first one warms up. */
async function best(work) {
  return Math.min(await seconds(work), await seconds(work));
}

/** The same queue in Python, by hand and in simpy, where Python is there. */
function inPython(servers, workloads) {
  const target = join(tmpdir(), `evenkeel-simpy-${process.pid}`);
  try {
    spawnSync("python3", ["-m", "pip", "install", "--quiet", "--target", target, "simpy==4.1.1"], { stdio: "ignore" });
    const { status, stdout } = spawnSync("python3", [fileURLToPath(new URL("mmc.py", import.meta.url))], {
      input: JSON.stringify({
        servers,
        arrivals: workloads.map(({ createdMs }) => createdMs),
        durations: workloads.map(({ attempts }) => attempts[0].durationMs),
      }),
      env: { ...process.env, PYTHONPATH: target },
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    if (status === 0) return JSON.parse(stdout);
    console.error("no Python here: nothing to hold the simulator's speed against but its own heap");
    return {};
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function report(what, measured, budget, peer, ratio) {
  rows.push({ what, measured, budget, "peer in the same run": peer, ratio });
  console.error(`${what}: ${measured}; ${peer}; ratio ${ratio}`);
}

/** A cluster of one nodegroup and one queue, and Poisson demand for it. */
async function plainWorld({ nodes, gpusPerNode, quota, queues = ["queue"], ofQueues = {}, ...more }) {
  return loadScenario({
    name: "bench",
    description: "bench",
    days: 90,
    warmupDays: 0,
    placement: "pack",
    nodegroups: [
      {
        name: "pool",
        region: "here",
        gpuModel: "H100",
        nodes,
        gpusPerNode,
        usdPerGpuHour: 1,
        cpusPerNode: 10_000,
        memoryGiBPerNode: 100_000,
      },
    ],
    resourceFlavors: [{ name: "any", nodeLabels: { "eks.amazonaws.com/nodegroup": "pool" } }],
    clusterQueues: queues.map((name) => ({
      name,
      flavors: [{ name: "any", nominalQuota: Math.floor(quota / queues.length) }],
      ...ofQueues,
    })),
    localQueues: queues.map((name) => ({ name: "jobs", namespace: name, clusterQueue: name })),
    workloadClasses: [
      {
        name: "job",
        localQueue: `${queues[0]}/jobs`,
        arrivals: { kind: "poisson", perHour: 1 },
        gang: [{ pods: 1, gpusPerPod: 1 }],
        duration: { kind: "exponential", meanMinutes: 1 },
        activity: {
          gpuUtilPercent: 90,
          grEngineActive: 0.9,
          tensorActive: 0.3,
          dramActive: 0.3,
          powerShare: 0.5,
          memoryShare: 0.5,
        },
        gpuModels: ["H100"],
      },
    ],
    ...more,
  });
}

const gpuModels = ["H100"];
function demand({ count, meanGapMs, meanMs, shapes, queues = ["queue"], priorities = [0] }) {
  const next = random(1, "bench");
  let at = 0;
  return Array.from({ length: count }, (_, id) => {
    at += exponential(next, meanGapMs);
    const [pods, gpusPerPod] = shapes[Math.floor(next() * shapes.length)];
    const queue = queues[id % queues.length];
    return {
      id,
      name: `job-${id}`,
      workloadClass: "job",
      namespace: queue,
      localQueue: "jobs",
      clusterQueue: queue,
      createdMs: Math.round(at),
      pods,
      gpusPerPod,
      cpusPerPod: 0,
      memoryGiBPerPod: 0,
      priorityClass: "",
      priority: priorities[id % priorities.length],
      gpuModels,
      kind: "Job",
      startupMs: 0,
      attempts: [{ durationMs: Math.max(1, Math.round(exponential(next, meanMs))), fails: false }],
    };
  });
}

{
  const count = 300_000;
  const scenario = await plainWorld({ nodes: 50, gpusPerNode: 1, quota: 50 });
  const workloads = demand({ count, meanGapMs: 1000, meanMs: 42_500, shapes: [[1, 1]] });
  const ours = await best(() => runSimulation({ scenario, seed: 1, workloads, truth: false }));
  const bare = await best(() => {
    const queue = new EventQueue();
    const next = random(1, "heap");
    for (let i = 0; i < 50; i++) queue.add(next() * 1000, 0, i);
    for (let i = 0; i < 2 * count; i++) {
      const now = queue.nextTime;
      queue.pop();
      queue.add(now + next() * 1000, 0, i);
    }
  });
  report(
    "M/M/50 through Kueue and placement",
    `${million((2 * count) / ours)} events`,
    "5 M/s",
    `bare event heap ${million((2 * count) / bare)}`,
    (ours / bare).toFixed(1),
  );
  const { workloads: done } = runSimulation({ scenario, seed: 1, workloads, truth: false });
  const meanWaitMs = done.reduce((sum, { workload, runs }) => sum + runs[0].placedMs - workload.createdMs, 0) / count;
  for (const [name, python] of Object.entries(inPython(50, workloads))) {
    if (Math.abs(python.meanWaitMs - meanWaitMs) > 1e-6 * meanWaitMs)
      throw new Error(`mean wait ${meanWaitMs} ms here, ${python.meanWaitMs} ms in ${name}: not the same queue`);
    report(
      `the same beside Python's ${name}`,
      `${million((2 * count) / ours)} events`,
      "",
      `${name} ${million((2 * count) / python.seconds)}, without Kueue, nodes or history; the same mean wait`,
      (ours / python.seconds).toFixed(2),
    );
  }
  const jobs = workloads.map((w) => ({
    arrival: w.createdMs,
    duration: w.attempts[0].durationMs,
    pods: 1,
    gpusPerPod: 1,
  }));
  const replay = await best(() => gangQueue({ jobs, nodes: 50, gpusPerNode: 1, discipline: "best-effort-fifo" }));
  report(
    "the same in the plan's gang queue",
    `${million((2 * count) / replay)} events`,
    "",
    `bare event heap ${million((2 * count) / bare)}`,
    (replay / bare).toFixed(1),
  );
}

{
  const count = 100_000;
  const scenario = await plainWorld({ nodes: 1500, gpusPerNode: 8, quota: 12_000 });
  const shapes = [
    [1, 1],
    [1, 2],
    [1, 4],
    [1, 8],
    [4, 8],
  ];
  const workloads = demand({ count, meanGapMs: 1000, meanMs: 1_290_000, shapes });
  const ours = await best(() => runSimulation({ scenario, seed: 1, workloads, truth: false }));
  const jobs = workloads.map((w) => ({
    arrival: w.createdMs,
    duration: w.attempts[0].durationMs,
    pods: w.pods,
    gpusPerPod: w.gpusPerPod,
  }));
  const replay = await best(() => gangQueue({ jobs, nodes: 1500, gpusPerNode: 8, discipline: "best-effort-fifo" }));
  report(
    "1,500 nodes, quota and best fit",
    `${Math.round(count / ours).toLocaleString("en-US")} workloads/s`,
    "100,000/s",
    `gang queue without quota ${Math.round(count / replay).toLocaleString("en-US")}/s`,
    (ours / replay).toFixed(1),
  );

  const few = 20_000;
  const queues = ["one", "two", "three", "four"];
  const ask = { count: few, meanGapMs: 1000, meanMs: 1_290_000, shapes, queues };
  const cluster = { nodes: 1500, gpusPerNode: 8, quota: 12_000, queues };
  const preemption = { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Any" };
  const run = async (more, asked = ask, truth = false) => {
    const world = await plainWorld({ ...cluster, ...more });
    const asks = demand(asked);
    return few / (await best(() => runSimulation({ scenario: world, seed: 1, workloads: asks, truth })));
  };
  const inCohort = { ofQueues: { cohort: "all" } };
  const withPriorities = { ...ask, priorities: [0, 0, 0, 10] };
  const plain = await run(inCohort);
  for (const [what, perSecond] of [
    ["preemption", await run({ ofQueues: { cohort: "all", preemption } }, withPriorities)],
    [
      "fair sharing and preemption",
      await run({ ofQueues: { cohort: "all", preemption }, fairSharing: {} }, withPriorities),
    ],
    ["placement by FGD", await run({ ...inCohort, placement: "fgd" })],
    ["pods bound one by one", await run({ ...inCohort, binding: "pod" })],
    ["the cause of every wait", await run(inCohort, ask, true)],
  ])
    report(
      `1,500 nodes, four queues, with ${what}`,
      `${Math.round(perSecond).toLocaleString("en-US")} workloads/s`,
      "",
      `without it ${Math.round(plain).toLocaleString("en-US")}/s`,
      (plain / perSecond).toFixed(1),
    );
}

const folder = await mkdtemp(join(tmpdir(), "evenkeel-bench-"));
try {
  {
    // A list like a published trace: shares, single GPUs, gangs; nodes of several kinds; now and then more than fits.
    const count = 200_000;
    const next = random(1, "list");
    let at = 0;
    const rows = Array.from({ length: count }, (_, i) => {
      at += exponential(next, 6);
      const kind = next();
      const gpus = kind < 0.1 ? 0 : kind < 0.45 ? 0.25 : kind < 0.85 ? 1 : kind < 0.97 ? 4 : 8;
      const pods = kind > 0.99 ? 4 : 1;
      const duration = exponential(next, 12_000);
      return `job-${i},${at.toFixed(3)},${duration.toFixed(3)},${pods},${gpus},${gpus === 0 ? 4 : 6 * gpus},${kind < 0.97 && next() < 0.1 ? "L40S" : ""}`;
    });
    const list = join(folder, "work.csv");
    await writeFile(list, `name,arrival,duration,pods,gpus,cpus,gpu_type\n${rows.join("\n")}\n`);
    await writeFile(
      join(folder, "nodes.csv"),
      "gpus,gpu_type,cpus,memory_gib,count\n8,H100,96,1024,430\n4,L40S,64,512,300\n0,,64,256,1000\n",
    );
    let world;
    const read = await seconds(async () => {
      world = await loadWorld({
        name: "list",
        description: "list",
        placement: "best-fit",
        demand: { replay: list, nodes: join(folder, "nodes.csv") },
      });
    });
    const peer = await withSession({ threads: 2 }, (connection) =>
      best(() =>
        connection.run(`CREATE OR REPLACE TABLE list AS SELECT * FROM read_csv('${list}', all_varchar = true)`),
      ),
    );
    report(
      "a list of 200,000 workloads read and checked",
      `${Math.round(count / read).toLocaleString("en-US")} workloads/s`,
      "",
      `DuckDB's read_csv alone ${Math.round(count / peer).toLocaleString("en-US")}/s`,
      (read / peer).toFixed(1),
    );
    const run = (truth) =>
      seconds(async () =>
        runSimulation({ scenario: world.scenario, seed: 1, workloads: world.replay.workloads, truth }),
      );
    const [bare, full] = [await run(false), await run(true)];
    report(
      "the same replayed on 1,730 nodes, with the cause of every wait",
      `${Math.round(count / full).toLocaleString("en-US")} workloads/s`,
      "",
      `without causes ${Math.round(count / bare).toLocaleString("en-US")}/s`,
      (full / bare).toFixed(1),
    );
  }
  const scenario = await loadScenario("balanced");
  const simulation = runSimulation({ scenario, seed: 42 });
  for (const name of ["dcgm_gpu", "kube_pod"]) {
    const table = telemetry(simulation).find((one) => one.table.name === name);
    const file = join(folder, `${name}.parquet`);
    let written;
    const ours = await withSession({ threads: 2 }, async (connection) =>
      seconds(async () => {
        written = await writeTable(connection, table, file);
      }),
    );
    const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE copy AS SELECT * FROM '${file}'`);
    const peer = await best(() =>
      connection.run(`COPY copy TO '${file}.peer' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`),
    );
    connection.closeSync();
    instance.closeSync();
    report(
      `generate and write ${name}, ${(written.rows / 1e6).toFixed(2)} M rows`,
      `${million(written.rows / ours)} rows`,
      "2 M/s, within 3 x",
      `DuckDB's COPY from memory ${million(written.rows / peer)}`,
      (ours / peer).toFixed(1),
    );
  }

  const dataset = join(folder, "dataset");
  const manifest = await generate({ scenario: "balanced", seed: 42, out: dataset });
  const samples = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
  const world = await open(dataset);
  const ours = await seconds(async () => rollUp(await observe(world), 300));
  const peer = await best(() =>
    world.query(
      `SELECT "Hostname", time_bucket(INTERVAL 5 minutes, timestamp) AS w, avg("DCGM_FI_DEV_GPU_UTIL") FROM dcgm_gpu GROUP BY ALL`,
    ),
  );
  world.close();
  report(
    `join and roll up ${(samples / 1e6).toFixed(1)} M rows`,
    `${ours.toFixed(2)} s, ${((ours / samples) * 1e7).toFixed(2)} s per 10 M`,
    "3 s per 10 M",
    `one GROUP BY over dcgm_gpu alone ${peer.toFixed(2)} s`,
    (ours / peer).toFixed(1),
  );
} finally {
  await rm(folder, { recursive: true });
}

{
  const scenario = await loadScenario("demand-constrained");
  const jobs = Array.from({ length: 12 }, (_, i) => ({ scenario, seed: 1000 + i }));
  const weeks = (jobs.length * (scenario.warmupDays + scenario.days)) / 7;
  const finished = await mkdtemp(join(tmpdir(), "evenkeel-bench-"));
  try {
    for (const { scenario, seed } of jobs.slice(0, 2)) simulateOutcome(scenario, seed); // Warms up.
    const alone = await seconds(() => jobs.map(({ scenario, seed }) => simulateOutcome(scenario, seed)));
    const bare = await seconds(() => jobs.map((job) => runSimulation({ ...job, truth: false })));
    const apart = await seconds(() => simulateApart(finished)(jobs));
    report(
      "what-if, default fleet, one process",
      `${(weeks / alone).toFixed(1)} cluster-weeks/s`,
      "",
      `the simulation without truth and measures ${(weeks / bare).toFixed(1)} cluster-weeks/s`,
      (alone / bare).toFixed(1),
    );
    report(
      `the same in ${availableParallelism()} processes, their start included`,
      `${(weeks / apart).toFixed(1)} cluster-weeks/s`,
      "",
      `one process ${(weeks / alone).toFixed(1)} cluster-weeks/s`,
      `${(alone / apart).toFixed(2)} x as fast`,
    );
    let advice;
    const advised = await seconds(async () => {
      const choice = { scenario, budgetUsdPerMonth: 60_000, pairs: true, seeds: [1, 2, 3, 4, 5, 6] };
      advice = await advise({ ...choice, simulateAll: simulateApart(finished) });
    });
    report(
      "one advise with pairs, six seeds",
      `${advised.toFixed(0)} s`,
      "",
      `${advice.simulations} simulations, ${(advice.simulations / advised).toFixed(1)} a second; all on all seeds would be ${6 * (1 + advice.worth.length + advice.notShown.length)}`,
      "",
    );
  } finally {
    await rm(finished, { recursive: true });
  }
}

{
  const cli = fileURLToPath(new URL("evenkeel.mjs", import.meta.url));
  const ours = await best(() => spawnSync(process.execPath, [cli, "--help"]));
  const peer = await best(() => spawnSync(process.execPath, ["-e", "0"]));
  report(
    "evenkeel --help",
    `${Math.round(ours * 1000)} ms`,
    "150 ms",
    `node -e 0 in ${Math.round(peer * 1000)} ms`,
    (ours / peer).toFixed(1),
  );
}
console.table(rows);

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { withSession } from "../dataset/session.js";
import { writeTable } from "../dataset/table-writer.js";
import { batchDemand } from "../demand/batch.js";
import { originOf } from "../scenario/origin.js";
import { runSimulation } from "../simulation/simulate.js";
import { tempFolder } from "../testing/dataset.js";
import { small } from "../testing/scenario.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import { replayRows } from "./rows.js";
import { loadWorld } from "./world.js";

/** A folder with a scenario that replays lists, which are given as text. */
async function written(lists: Readonly<Record<string, string>>, scenario: object): Promise<string> {
  const folder = await tempFolder();
  for (const [file, text] of Object.entries(lists)) await writeFile(join(folder, file), text);
  const file = join(folder, "scenario.yaml");
  await writeFile(file, stringify({ name: "replayed", description: "A list", ...scenario }));
  return file;
}

const nodes = "gpus,gpu_type,cpus,memory_gib,count\n8,H100,64,512,2\n4,L4,32,128,1\n";
const replay = { demand: { replay: "work.csv", nodes: "nodes.csv" } };
const load = async (work: string, scenario: object = replay, nodeList = nodes) =>
  loadWorld(await written({ "work.csv": work, "nodes.csv": nodeList }, scenario));
const refused = (work: string, scenario: object = replay, nodeList = nodes) =>
  load(work, scenario, nodeList).then(
    () => "nothing",
    (error: Error) => error.message,
  );

describe("a list of workloads", () => {
  test("is read with its units, in order of arrival; what it does not say has a default", async () => {
    const { replay: found } = await load(
      [
        "name,arrival,duration,pods,gpus,cpus,memory_gib,gpu_type,queue,priority,class",
        "late,7200,60,2,4,8,64,H100,Team A,10,train",
        "early,1.5,0.25,,,,,,,,",
      ].join("\n"),
    );
    expect(found!.workloads).toMatchObject([
      {
        id: 0,
        name: "early",
        createdMs: 1500,
        pods: 1,
        gpusPerPod: 1,
        cpusPerPod: 0,
        memoryGiBPerPod: 0,
        gpuModels: ["H100", "L4"],
        clusterQueue: "replay",
        workloadClass: "replay",
        priority: 0,
        priorityClass: "",
        startupMs: 0,
        attempts: [{ durationMs: 250, fails: false }],
      },
      {
        id: 1,
        name: "late",
        createdMs: 7_200_000,
        pods: 2,
        gpusPerPod: 4,
        cpusPerPod: 8,
        memoryGiBPerPod: 64,
        gpuModels: ["H100"],
        clusterQueue: "team-a",
        workloadClass: "train",
        priority: 10,
        priorityClass: "priority-10",
      },
    ]);
    expect(found).toMatchObject({ leftOut: [], outside: 0, notRead: [] });
  });

  test("may use the columns of a published trace, in thousandths and MiB, with the columns named", async () => {
    const trace = [
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,creation_time,scheduled_time,deletion_time",
      "share,4000,2048,1,250,,BE,10,15,75",
      "whole,12000,16384,2,1000,L4|H100,LS,20,,120",
      "bare,500,512,0,0,,BE,30,30,40",
    ].join("\n");
    const { replay: found } = await load(trace, {
      demand: {
        replay: "work.csv",
        nodes: "nodes.csv",
        columns: {
          arrival: "creation_time",
          started: "scheduled_time",
          ended: "deletion_time",
          gpus: "num_gpu",
          gpu_type: "gpu_spec",
        },
      },
    });
    expect(
      found!.workloads.map((one) => [
        one.gpusPerPod,
        one.cpusPerPod,
        one.memoryGiBPerPod,
        one.attempts[0]!.durationMs,
        one.gpuModels.join("|"),
      ]),
    ).toEqual([
      [0.25, 4, 2, 60_000, "H100|L4"],
      [2, 12, 16, 100_000, "H100|L4"],
      [0, 0.5, 0.5, 10_000, "H100|L4"],
    ]);
    expect(found!.notRead).toEqual(["qos"]);
  });

  test.each([
    ["gpus", "0.125", 0.125],
    ["gpu_milli", "500", 0.5],
    ["gpu_milli", "3000", 3],
  ])("understands %s %s", async (column, value, gpusPerPod) => {
    const { replay: found } = await load(`arrival,duration,${column}\n0,1,${value}\n`);
    expect(found!.workloads[0]!.gpusPerPod).toBe(gpusPerPod);
  });

  test("of UTC times starts at midnight of the first day; a later start, and a length, cut it", async () => {
    const work = "arrival,duration\n2026-03-02 06:00:00,3600\n2026-03-03T07:30:00Z,90000\n2026-03-09 00:00:00,60\n";
    const whole = await load(work);
    expect(whole.scenario).toMatchObject({ start: "2026-03-02T00:00:00.000Z", warmupDays: 0, days: 8 });
    expect(whole.replay!.workloads.map(({ createdMs }) => createdMs / HOUR_MS)).toEqual([6, 31.5, 168]);
    const part = await load(work, { ...replay, start: "2026-03-03T00:00:00Z", days: 2 });
    expect(part.replay!.workloads.map(({ createdMs }) => createdMs / HOUR_MS)).toEqual([7.5]);
    expect(part.replay!.outside).toBe(2);
  });

  test("may have its columns in capitals, semicolons, a byte order mark and rows that begin with #", async () => {
    const { replay: found } = await load('\ufeffArrival;Duration;GPUs;name\r\n0;60;2;"a;b"\r\n1;60;4;#c\r\n');
    expect(found!.workloads.map(({ name, gpusPerPod }) => [name, gpusPerPod])).toEqual([
      ["a;b", 2],
      ["#c", 4],
    ]);
  });

  test("is the file of its name, which is no pattern", async () => {
    const scenario = (file: string) => ({ demand: { replay: file, nodes: "nodes.csv" } });
    const lists = { "nodes.csv": nodes, "work1.csv": "arrival,duration,gpus\n0,1,3\n" };
    const file = await written({ ...lists, "work[1].csv": "arrival,duration,gpus\n0,1,1\n" }, scenario("work[1].csv"));
    expect((await loadWorld(file)).replay!.workloads).toMatchObject([{ gpusPerPod: 1 }]);
    const gone = await written(lists, scenario("work*.csv"));
    await expect(loadWorld(gone)).rejects.toThrow(/work\*\.csv: cannot be read \(ENOENT\)/);
  });

  test("may be Parquet, with timestamps", async () => {
    const folder = await tempFolder();
    await withSession({}, (connection) =>
      connection.run(
        `COPY (SELECT TIMESTAMP '2026-03-02 06:00:00' AS arrival, 5::INTEGER AS duration, 0.5::DOUBLE AS gpus)
         TO '${join(folder, "work.parquet")}' (FORMAT parquet)`,
      ),
    );
    const data = { name: "x", description: "x", demand: { replay: join(folder, "work.parquet"), nodes: "nodes.csv" } };
    await writeFile(join(folder, "nodes.csv"), nodes);
    const file = join(folder, "scenario.json");
    await writeFile(file, JSON.stringify(data));
    const { replay: found } = await loadWorld(file);
    expect(found!.workloads).toMatchObject([{ createdMs: 6 * HOUR_MS, gpusPerPod: 0.5 }]);
  });

  test("says what of it cannot be run, and why", async () => {
    const message = await refused(
      [
        "name,arrival,duration,gpus,gpu_type,queue,priority",
        "a,0,60,1,,,",
        "b,,60,1,,,",
        "c,0,,1,,,",
        "a,0,60,1,,,",
        "d,0,60,1.5,,,",
        "e,0,60,1,V100,,",
        "f,0,60,16,,,",
        "g,0,60,1,,,soon",
      ].join("\n"),
    );
    expect(message).toMatch(/work\.csv: found 7 workloads that cannot be run; .*demand.unusable: leave-out/);
    expect(message).toContain("row 2 has no arrival");
    expect(message).toContain("row 3 has no duration");
    expect(message).toContain('row 4 "a" is the name of row 1, too');
    expect(message).toContain("row 5 has 1.5 in gpus, which is neither whole GPUs nor a share of one");
    expect(message).toContain('row 6 has gpu_type V100. Did you mean "H100"? There is: H100, L4.');
    expect(message).toContain("and 2 more");
  });

  test("leaves that out if it may, and says so", async () => {
    const demand = { ...replay.demand, unusable: "leave-out" };
    const { replay: found } = await load("arrival,duration,gpus\n0,60,16\n0,60,8\n0,60,1.5\n", { demand });
    expect(found!.workloads.map(({ name }) => name)).toEqual(["workload-2"]);
    expect(found!.leftOut).toMatchObject([
      { row: 1, why: expect.stringMatching(/1 pod of 16 GPUs.*cannot hold even when empty/) },
      { row: 3, why: expect.stringContaining("1.5 in gpus") },
    ]);
  });

  test.each([
    ["no such column", "duration\n1\n", /found no column for arrival; the file has duration/],
    ["no duration", "arrival,gpus\n1,1\n", /found no column for duration, nor for ended/],
    [
      "text for a number",
      "arrival,duration\n0,1\n0,soon\n0,late\n",
      /duration: found "soon" in row 2, "late" in row 3; allowed: numbers from 0 on/,
    ],
    ["a negative number", "arrival,duration\n0,-1\n", /duration: found "-1" in row 1; allowed: numbers from 0/],
    ["half a pod", "arrival,duration,pods\n0,1,1.5\n", /pods: found "1.5" in row 1; allowed: whole numbers from 1/],
    [
      "seconds among times",
      "arrival,duration\n2026-01-01 00:00:00,1\n5,1\n",
      /arrival: found "5" in row 2; allowed: seconds .* or UTC times/,
    ],
    ["seconds beside times", "arrival,ended\n5,2026-01-01 00:00:00\n", /found seconds for arrival and times for ended/],
    ["no row", "arrival,duration\n", /found no row; allowed: at least one/],
    [
      "a short row",
      "arrival,duration,gpus\n0,1,1\n5,1\n",
      /cannot be read as CSV: .*Line: 3.*Expected Number of Columns: 3 Found: 2/s,
    ],
    ["a long row", "arrival,duration\n0,1\n5,1,7\n", /cannot be read as CSV: .*Line: 3/s],
    ["a column twice", "arrival,duration,gpus,gpus\n0,1,1,2\n", /found the column "gpus" twice; rename one/],
    ["another encoding", "\ufffearrival\0,duration\n", /found bytes that are no UTF-8; save it as UTF-8/],
    ["nothing in it", "", /found no header/],
    [
      "a NUL character",
      "arrival,duration,name\n0,1,a\0b\n",
      /name: found "a\\u0000b" in row 1; allowed: text without NUL/,
    ],
    [
      "too many pods",
      "arrival,duration,gpus,pods\n0,60,0,1000000000\n",
      /row 1 has 1000000000 pods; allowed: at most 10000/,
    ],
    [
      "Unix times as seconds",
      "arrival,duration\n1767225600,60\n",
      /arrivals look like Unix times: write them as UTC times/,
    ],
    ["an end before the start", "arrival,ended\n9,5\n", /row 1 ends 4 s before it starts/],
  ])("is refused for %s", async (_, work, message) => {
    expect(await refused(work)).toMatch(message);
  });

  test("is refused as a file that is not there, or of another kind", async () => {
    expect(await refused("arrival,duration\n0,1\n", { demand: { ...replay.demand, replay: "gone.csv" } })).toMatch(
      /gone\.csv: cannot be read \(ENOENT\); name a file that is there/,
    );
    expect(await refused("", { demand: { ...replay.demand, replay: "work.xlsx" } })).toMatch(
      /found the ending ".xlsx"; allowed: .csv or .parquet/,
    );
    expect(await refused("not parquet", { demand: { replay: "work.parquet", nodes: "nodes.csv" } })).toMatch(/ENOENT/);
  });

  test("with one column of the file for two is refused", async () => {
    const demand = { ...replay.demand, columns: { gpus: "x", pods: "x" } };
    expect(await refused("arrival,duration,x\n0,1,1\n", { demand })).toMatch(
      /found "x" for two columns; allowed: one each/,
    );
  });

  test("with columns named that there are not is refused with what there is", async () => {
    const demand = (columns: object) => ({ demand: { ...replay.demand, columns } });
    const work = "arrival,duration\n0,1\n";
    expect(await refused(work, demand({ arival: "arrival" }))).toMatch(/"arival".*Did you mean "arrival"\?/);
    expect(await refused(work, demand({ gpus: "num_gpu" }))).toMatch(
      /columns.gpus: found "num_gpu", which the file does not have/,
    );
  });
});

describe("a list of nodes", () => {
  test("becomes nodegroups of nodes that are alike; those without GPUs, too", async () => {
    const list = [
      "gpu,model,cpu_milli,memory_mib,pool",
      "8,H100,64000,524288,big",
      "0,,96000,262144,",
      "8,H100,64000,524288,big",
      "8,H100,96000,524288,big",
    ].join("\n");
    const demand = { ...replay.demand, nodeColumns: { gpus: "gpu", gpu_type: "model", nodegroup: "pool" } };
    const { scenario } = await load("arrival,duration\n0,1\n", { demand }, list);
    expect(scenario.nodegroups).toMatchObject([
      { name: "big", nodes: 2, gpusPerNode: 8, gpuModel: "H100", cpusPerNode: 64, memoryGiBPerNode: 512 },
      { name: "none", nodes: 1, gpusPerNode: 0, cpusPerNode: 96, memoryGiBPerNode: 256 },
      { name: "big-2", nodes: 1, gpusPerNode: 8, cpusPerNode: 96 },
    ]);
  });

  test.each([
    ["gpus,gpu_type,cpus,memory_gib\n,H100,1,1\n", /row 1 has gpu_type H100 and no gpus; say how many/],
    ["gpus,cpus,memory_gib,count\n0,1,1,100000000\n", /found 100,000,000 nodes in all; allowed: at most 100,000/],
    ["gpus,cpus,memory_gib\n8,1,1\n", /row 1 has 8 GPUs and no gpu_type/],
    ["gpus,gpu_type,memory_gib\n8,H100,1\n", /row 1 has no CPU/],
    ["gpus,gpu_type,cpus\n8,H100,1\n", /row 1 has no memory/],
    ["cpus\n1\n", /has no column gpus/],
  ])("%j is refused", async (list, message) => {
    expect(await refused("arrival,duration\n0,1\n", replay, list)).toMatch(message);
  });

  test("says which of its columns are not read", async () => {
    const { replay: found } = await load("arrival,duration\n0,1\n", replay, `${nodes.replace("count", "conut")}`);
    expect(found!.notRead).toEqual(["conut"]);
  });

  test("of a model that is no word of ours is taken as it is", async () => {
    const { scenario } = await load(
      "arrival,duration\n0,1\n",
      replay,
      "gpus,gpu_type,cpus,memory_gib\n8,constructor,9,9\n",
    );
    expect(scenario.gpuModels["constructor"]).toMatchObject({ product: "constructor" });
  });

  test("beside nodegroups is refused", async () => {
    expect(await refused("arrival,duration\n0,1\n", { ...replay, nodegroups: small().nodegroups })).toMatch(
      /found nodegroups beside demand.nodes; allowed: one or the other/,
    );
  });
});

describe("a replay's queues", () => {
  const queues = {
    ...replay,
    resourceFlavors: [{ name: "all", nodeLabels: {} }],
    clusterQueues: [
      { name: "research", flavors: [{ name: "all", nominalQuota: 4 }] },
      { name: "service", flavors: [{ name: "all", nominalQuota: 4 }] },
    ],
    priorityClasses: [{ name: "urgent", value: 100 }],
  };

  test("are the scenario's, if it has any: by their names, with its priority classes", async () => {
    const { replay: found } = await load(
      "arrival,duration,queue,priority\n0,1,research,urgent\n0,1,service/service,100\n",
      queues,
    );
    expect(found!.workloads).toMatchObject([
      { clusterQueue: "research", priority: 100, priorityClass: "urgent" },
      { clusterQueue: "service", priority: 100, priorityClass: "urgent" },
    ]);
    expect(await refused("arrival,duration,queue\n0,1,reserch\n", queues)).toMatch(
      /row 1 has queue "reserch"\. There is: research\/research, service\/service|Did you mean/,
    );
    expect(await refused("arrival,duration\n0,1\n", queues)).toMatch(/row 1 has no queue/);
  });

  test("let quota stand in nobody's way, if it has none", async () => {
    const work = ["arrival,duration,gpus,queue", ...Array.from({ length: 40 }, (_, i) => `0,60,8,q${i % 3}`)].join(
      "\n",
    );
    const world = await load(work);
    const { waits } = runSimulation({ scenario: world.scenario, seed: 1, workloads: world.replay!.workloads });
    expect(new Set(waits.flat().map(({ cause }) => cause))).toEqual(new Set(["capacity"]));
  });
});

test.each([
  ["a list that is no name of a file", { demand: { replay: 5 } }, /demand\.replay: found 5; allowed: text/],
  ["a demand of another kind", { demand: "work.csv" }, /demand: found "work\.csv"; allowed: fields replay, columns/],
  [
    "queues that are no list",
    { ...replay, clusterQueues: "research" },
    /clusterQueues: found "research"; allowed: a list/,
  ],
  [
    "nodegroups that are no list",
    { demand: { replay: "work.csv" }, nodegroups: {} },
    /nodegroups: found \{\}; allowed: a list/,
  ],
  [
    "no nodes at all",
    { demand: { replay: "work.csv" } },
    /nodegroups: found \[\]; allowed: a list of at least 1 entry/,
  ],
  ["a field that there is not", { ...replay, placment: "pack" }, /placment: unknown field; did you mean "placement"/],
  ["a start that is no time", { ...replay, start: "yesterday" }, /start: found "yesterday"; allowed: a UTC time/],
])("a scenario with %s is refused before its lists are read", async (_, scenario, message) => {
  expect(await refused("arrival,duration\n0,1\n", scenario)).toMatch(message);
});

test("classes beside a list are refused, as are loading it as a scenario of classes and faults of form", async () => {
  expect(await refused("arrival,duration\n0,1\n", { ...replay, workloadClasses: small().workloadClasses })).toMatch(
    /workloadClasses: found 1 beside demand.replay; allowed: one or the other/,
  );
  expect(await refused("arrival,duration\n0,1\n", { demand: { ...replay.demand, unusable: "skip" } })).toMatch(
    /demand.unusable: found "skip"; allowed: "refuse", "leave-out"/,
  );
  const { scenario } = await load("arrival,duration\n0,1\n");
  expect(() => batchDemand(scenario, 1)).toThrow(/replays a list/);
});

describe("what a scenario's classes submit, as a list", () => {
  const scenario = small({
    days: 0.5,
    nodegroups: [{ nodes: 3 }, { nodes: 2, gpuModel: "A100", gpusPerNode: 4 }],
    resourceFlavors: [
      { name: "a", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" } },
      { name: "b", nodeLabels: { "eks.amazonaws.com/nodegroup": "b" } },
    ],
    clusterQueues: [
      { name: "queue", flavors: ["a", "b"].map((name) => ({ name, nominalQuota: 12 })) },
      { name: "other", flavors: [{ name: "a", nominalQuota: 8 }] },
    ],
    priorityClasses: [{ name: "high", value: 5 }],
    workloadClasses: [
      {
        name: "train",
        arrivals: { kind: "poisson", perHour: 12 },
        gang: [
          { pods: 2, gpusPerPod: 4 },
          { pods: 1, gpusPerPod: 1 },
          { pods: 1, gpusPerPod: 0.4 },
        ],
        duration: { kind: "exponential", meanMinutes: 40 },
        gpuModels: ["H100", "A100"],
        startupSeconds: 0,
      },
      {
        name: "urgent",
        localQueue: "team/other",
        arrivals: { kind: "poisson", perHour: 4 },
        duration: { kind: "exponential", meanMinutes: 20 },
        priorityClass: "high",
        startupSeconds: 0,
      },
    ],
  });

  test.each(["csv", "parquet"])("of kind %s, is simulated exactly as they are", async (kind) => {
    for (const seed of [1, 2, 3]) {
      const demand = batchDemand(scenario, seed);
      const folder = await tempFolder();
      const file = join(folder, `list.${kind}`);
      if (kind === "parquet")
        await withSession({}, (connection) => writeTable(connection, replayRows(demand, originOf(scenario)), file));
      else
        await writeFile(
          file,
          [
            "name,arrival,duration,pods,gpus,cpu_milli,memory_mib,gpu_type,queue,priority,class",
            ...demand.map((one) =>
              [
                one.name,
                one.createdMs / SECOND_MS,
                one.attempts[0]!.durationMs / SECOND_MS,
                one.pods,
                one.gpusPerPod,
                one.cpusPerPod * 1000,
                one.memoryGiBPerPod * 1024,
                one.gpuModels.join("|"),
                `${one.namespace}/${one.localQueue}`,
                one.priority,
                one.workloadClass,
              ].join(","),
            ),
          ].join("\n"),
        );
      const world = await loadWorld({ ...scenario, workloadClasses: [], demand: { replay: file } });
      const again = runSimulation({ scenario: world.scenario, seed, workloads: world.replay!.workloads });
      const { workloads, waits } = runSimulation({ scenario, seed });
      expect(workloads.length).toBeGreaterThan(100);
      expect(again.workloads).toEqual(workloads);
      expect(again.waits).toEqual(waits);
    }
  });
});

test("any amounts that a list may hold come back from it as they were", () => {
  const whole = (max: number) => fc.integer({ min: 0, max });
  const anyWorkload = fc.record({
    createdMs: whole(80_000_000),
    durationMs: fc.integer({ min: 1, max: 5_000_000 }),
    milli: fc.oneof(
      whole(999),
      whole(8).map((n) => n * 1000),
    ),
    cpuMilli: whole(64_000),
    memoryMib: whole(500_000),
  });
  return fc.assert(
    fc.asyncProperty(fc.array(anyWorkload, { minLength: 1, maxLength: 20 }), async (given) => {
      const list = given.map(
        (one, i) =>
          `w${i},${one.createdMs / 1000},${one.durationMs / 1000},${one.milli / 1000},${one.cpuMilli / 1000},${one.memoryMib / 1024}`,
      );
      const { replay: found } = await load(["name,arrival,duration,gpus,cpus,memory_gib", ...list].join("\n"));
      const byName = new Map(found!.workloads.map((one) => [one.name, one]));
      given.forEach((one, i) => {
        expect(byName.get(`w${i}`)).toMatchObject({
          createdMs: one.createdMs,
          gpusPerPod: one.milli / 1000,
          cpusPerPod: one.cpuMilli / 1000,
          memoryGiBPerPod: one.memoryMib / 1024,
          attempts: [{ durationMs: one.durationMs }],
        });
      });
    }),
    { numRuns: 20 },
  );
});

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { MANIFEST_FILE } from "../dataset/manifest.js";
import { faults } from "../faults/index.js";
import { packageRoot } from "../notebook/root.js";
import { defaultScenarios, scenarios } from "../scenario/index.js";
import { loadScenario } from "../scenario/load.js";
import { parseScenario } from "../scenario/parse.js";
import type { Scenario } from "../scenario/schema.js";
import { evenkeel as command, type Ran } from "../testing/command.js";
import { copyOf, editManifest, rewriteTable, sampleDataset, tempFolder } from "../testing/dataset.js";
import { sample } from "../testing/sample.js";

const start = (args: readonly string[], cwd: string) => command(args, { cwd });

const evenkeel = async (args: readonly string[], cwd?: string): Promise<Ran> =>
  start(args, cwd ?? (await tempFolder())).done;

/** A small world of the user's own, as a file in a folder. */
async function ownScenario(change: (scenario: Scenario) => void = () => {}): Promise<string> {
  const folder = await tempFolder();
  const scenario = structuredClone(sample());
  change(scenario);
  await writeFile(join(folder, "mine.yaml"), stringify(scenario));
  return folder;
}

beforeAll(async () => {
  // Compiles, if that has not been done.
  await evenkeel(["--version"]);
});

describe("evenkeel scenarios", () => {
  test("lists every scenario in a line, and says which npm start prepares", async () => {
    const { code, out } = await evenkeel(["scenarios"]);
    expect(code).toBe(0);
    const lines = out.split("\n").map((line) => line.split(/ {2,}/));
    for (const scenario of scenarios) {
      const marks = defaultScenarios.includes(scenario) ? ["default"] : [];
      expect(lines).toContainEqual([scenario.name, ...marks, scenario.description]);
    }
  });

  test("prints one that reads, as a file, as the same scenario", async () => {
    for (const name of ["balanced", "quota-stranded", "random-17"]) {
      const { out } = await evenkeel(["scenarios", "--show", name]);
      expect(parseScenario(parse(out), "printed")).toEqual(await loadScenario(name));
    }
  });

  test("does not know one that there is not", async () => {
    const { code, err } = await evenkeel(["scenarios", "--show", "random-one"]);
    expect([code, err.startsWith('--show: found "random-one".')]).toEqual([2, true]);
  });
});

describe("a list of workloads", () => {
  /** A folder with a scenario that replays a list, and the list. */
  async function lists(work: readonly string[], scenario: object = {}): Promise<string> {
    const folder = await tempFolder();
    await writeFile(join(folder, "work.csv"), ["arrival,duration,pods,gpus,queue,user", ...work].join("\n"));
    await writeFile(join(folder, "nodes.csv"), "gpus,gpu_type,cpus,memory_gib,count\n8,H100,96,1024,2\n");
    const demand = { replay: "work.csv", nodes: "nodes.csv" };
    const data = { name: "listed", description: "A list", demand, ...scenario };
    await writeFile(join(folder, "replay.yaml"), stringify(data));
    return folder;
  }
  const hour = (gpus: string, more = "") =>
    Array.from({ length: 30 }, (_, i) => `${i * 600},3600,1,${gpus},${i % 2 ? "odd" : "even"},${more}`);

  test("is simulated, says what it does not read, and is written so that it can be again", async () => {
    const folder = await lists(hour("0.5", "someone"), { placement: "fgd" });
    const ran = await evenkeel(["simulate", "--scenario", "replay.yaml", "--out", "truth"], folder);
    expect(ran).toMatchObject({
      code: 0,
      err: expect.stringContaining("replaying 30 workloads; columns not read: user"),
    });
    expect(ran.out).toMatch(/^even +15 +7\.5 +15 /m);
    const again = await evenkeel(["simulate", "--scenario", join("truth", "scenario.yaml"), "--out", "again"], folder);
    expect(again.code).toBe(0);
    expect(again.out.replaceAll("again", "truth")).toBe(ran.out);
    // The list that is kept has only the columns that were read, which the summary tells.
    for (const file of (await readdir(join(folder, "truth"))).filter((one) => one !== "summary.json"))
      expect(await readFile(join(folder, "again", file))).toEqual(await readFile(join(folder, "truth", file)));
  });

  test("of work without GPUs is said to have waited, though that is no GPU-hours, and for what there was no quota on", async () => {
    // One after the other, for there is quota on the cores of one: the second waits an hour, the third three.
    const folder = await lists(["0,3600,1,0,q,10", "0,7200,1,0,q,10", "0,3600,1,0,q,10"], {
      demand: { replay: "work.csv", nodes: "nodes.csv", columns: { cpus: "user" } },
      resourceFlavors: [{ name: "all", nodeLabels: {} }],
      clusterQueues: [{ name: "q", flavors: [{ name: "all", nominalQuota: 16, cpus: { nominalQuota: 10 } }] }],
    });
    const { out } = await evenkeel(["simulate", "--scenario", "replay.yaml", "--out", "truth"], folder);
    expect(out).toContain("\nwaited: no GPU-hours; work without GPUs: quota 4 hours\n");
    expect(out).toMatch(/^q +cpus +0 +4$/m);
  });

  test("of whole GPUs has telemetry, which passes its checks and is made again from what it keeps", async () => {
    const folder = await lists(hour("8"), { days: 0.5, intervalSeconds: 300, missedScrapeShare: 0 });
    const made = await evenkeel(["generate", "--scenario", "replay.yaml", "--out", "data"], folder);
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringContaining("replaying 30 workloads; columns not read: user"),
    });
    const checked = await evenkeel(["verify", "data"], folder);
    expect(checked).toMatchObject({ code: 0, err: "" });
    const kept = join("data", "truth", "scenario.yaml");
    expect((await evenkeel(["generate", "--scenario", kept, "--out", "again"], folder)).code).toBe(0);
    const digest = async (name: string) => JSON.parse(await readFile(join(folder, name, MANIFEST_FILE), "utf8")).digest;
    expect(await digest("again")).toBe(await digest("data"));
  });

  test("of shares has none, which is said before anything is written", async () => {
    const folder = await lists(hour("0.5"));
    const made = await evenkeel(["generate", "--scenario", "replay.yaml", "--out", "data"], folder);
    expect(made.code).toBe(2);
    expect(made.err).toMatch(
      /found "workload-1", whose pods ask for no GPU or a share of one; .* simulate runs it without/,
    );
    expect(await readdir(folder)).not.toContain("data");
  });

  test("that cannot be run is refused with the rows and what to do", async () => {
    const folder = await lists(["0,60,4,8,even,"]);
    const ran = await evenkeel(["simulate", "--scenario", "replay.yaml", "--out", "truth"], folder);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(
      /work\.csv: found 1 workload that cannot be run; mend the list, or .*leave-out\n {2}row 1 asks for 4 pods of 8 GPUs/,
    );
  });
});

describe("evenkeel generate and verify", () => {
  test("write a dataset of a scenario file, say where it is, and pass it", async () => {
    const folder = await ownScenario();
    const made = await evenkeel(["generate", "--scenario", "mine.yaml", "--seed", "5", "--out", "data"], folder);
    expect(made).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^simulating mine\.yaml, seed 5: 0 days of 1\n/),
    });
    expect(made.out).toMatch(/^data: 13 tables, [\d,]+ rows, [\d.]+ MB, 2026-.*Z to .*Z\ndataset [0-9a-f]{64}\n/);
    const checked = await evenkeel(["verify", "data"], folder);
    expect(checked).toMatchObject({ code: 0, err: "" });
    expect(checked.out).not.toContain("FAILED");
    expect(checked.out.split("\n").length).toBeGreaterThan(12);
  });

  test("make a dataset again from the scenario that it keeps", async () => {
    const folder = await ownScenario();
    const args = ["--seed", "5", "--days", "0.1", "--interval", "2m", "--out", "data"];
    expect((await evenkeel(["generate", "--scenario", "mine.yaml", ...args], folder)).code).toBe(0);
    const kept = join("data", "truth", "scenario.yaml");
    const again = await evenkeel(["generate", "--scenario", kept, "--seed", "5", "--out", "again"], folder);
    expect(again.code).toBe(0);
    const digest = async (name: string) => JSON.parse(await readFile(join(folder, name, MANIFEST_FILE), "utf8")).digest;
    expect(await digest("again")).toBe(await digest("data"));
  });

  test("take the interval and the length that they are told", async () => {
    const folder = await ownScenario();
    const args = ["--scenario", "mine.yaml", "--days", "0.25", "--interval", "2m", "--out", "data"];
    expect((await evenkeel(["generate", ...args], folder)).code).toBe(0);
    const manifest = JSON.parse(await readFile(join(folder, "data", MANIFEST_FILE), "utf8"));
    expect(Date.parse(manifest.end) - Date.parse(manifest.start)).toBe(6 * 3_600_000);
    expect(await readFile(join(folder, "data", "contract.yaml"), "utf8")).toContain("kueue: 120");
  });

  test("fail on a dataset that fails a check, with code 1 and what must hold", async () => {
    const folder = await copyOf(await sampleDataset());
    await rewriteTable(
      folder,
      "kube_node",
      "SELECT * REPLACE (-1 AS kube_node_status_allocatable_nvidia_com_gpu) FROM old",
    );
    const { code, out, err } = await evenkeel(["verify", folder]);
    expect(code).toBe(1);
    expect(out).toMatch(/^negatives +FAILED +kube_node\.kube_node_status_allocatable_nvidia_com_gpu/m);
    expect(err).toMatch(/failed in .*What must hold:\n/s);
  });
});

describe("evenkeel break", () => {
  test("lists every fault in a line, with the checks that say so", async () => {
    const { code, out } = await evenkeel(["break", "--list"]);
    expect(code).toBe(0);
    for (const { name, field } of faults) expect(out).toMatch(new RegExp(`^${name} .*${escaped(field)}$`, "m"));
  });

  test("writes a broken copy that agrees with its manifest, and leaves the dataset as it was", async () => {
    const folder = await copyOf(await sampleDataset());
    const before = await readFile(join(folder, MANIFEST_FILE), "utf8");
    const args = ["break", folder, "--fault", "scrape-gap", "--fault", "hostname-lower-case"];
    const cwd = await tempFolder();
    const made = await evenkeel([...args, "--out", "broken"], cwd);
    expect(made).toMatchObject({ code: 0, err: expect.stringMatching(/^scrape-gap: writing up\n/) });
    expect(made.out).toMatch(/^broken: .* with scrape-gap and hostname-lower-case\ndataset [0-9a-f]{64}\n/);
    expect(await readFile(join(folder, MANIFEST_FILE), "utf8")).toBe(before);
    const checked = await evenkeel(["verify", "broken"], cwd);
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/^hashes +ok /m);
    expect(checked.out).toMatch(/^gaps +FAILED +kube-state-metrics: 33\.3 % of scrapes missing/m);
    expect(checked.out).toMatch(/^dialects +noted +dcgm_gpu: hostname read as Hostname/m);
    const again = await evenkeel([...args, "--out", "broken"], cwd);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("found a dataset there already") });
    expect((await evenkeel([...args, "--out", "broken", "--replace"], cwd)).out).toBe(made.out);
  });
});

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

describe("bad input gets code 2, one message that says what to do, and changes nothing", () => {
  test.each<[string, string[], RegExp]>([
    ["an unknown command", ["genrate"], /unknown command 'genrate'.*generate/s],
    ["an unknown option", ["generate", "--scenarios", "balanced"], /unknown option '--scenarios'.*--scenario/s],
    [
      "a dataset to break that is not there",
      ["break", "nowhere", "--fault", "mig", "--out", "o"],
      /nowhere holds no dataset/,
    ],
    ["nothing to break", ["break", "--fault", "mig", "--out", "o"], /^break: found no folder; name a dataset's/],
    [
      "no fault",
      ["break", "nowhere", "--out", "o"],
      /^--fault: found nothing; name a fault; npx evenkeel break --list/,
    ],
    ["a missing option", ["generate", "--scenario", "balanced"], /^--out: found nothing; name the folder to write/],
    [
      "an unknown scenario",
      ["generate", "--scenario", "balanecd", "--out", "o"],
      /found "balanecd".*Did you mean "balanced".*truth\/scenario\.yaml/,
    ],
    [
      "a scenario file that is not there",
      ["generate", "--scenario", "my.yaml", "--out", "o"],
      /my\.yaml: cannot be read \(ENOENT\)/,
    ],
    [
      "a seed that is no whole number",
      ["generate", "--scenario", "balanced", "--seed", "1.5", "--out", "o"],
      /Found "1\.5"; allowed: a whole number/,
    ],
    [
      "a negative seed",
      ["generate", "--scenario", "balanced", "--seed=-1", "--out", "o"],
      /Found "-1"; allowed: a whole number/,
    ],
    [
      "no days",
      ["generate", "--scenario", "balanced", "--days", "0", "--out", "o"],
      /Found "0"; allowed: a number above 0/,
    ],
    [
      "too many days",
      ["generate", "--scenario", "balanced", "--days", "93", "--out", "o"],
      /days: found 93; allowed: at most 92/,
    ],
    [
      "an interval without meaning",
      ["generate", "--scenario", "balanced", "--interval", "often", "--out", "o"],
      /Found "often"; allowed: whole seconds/,
    ],
    ["an empty folder name", ["generate", "--scenario", "balanced", "--out", ""], /Found ""; allowed: a path/],
    ["an empty dataset name", ["verify", ""], /Found ""; allowed: a path/],
    ["an unknown notebook", ["notebooks", "09-overview", "--out", "o"], /found "09-overview".*01-overview/],
    [
      "no folder for a simulation",
      ["simulate", "--scenario", "balanced"],
      /^--out: found nothing; name the folder to write/,
    ],
    ["an unknown metric", ["score", "--metric", "imbalanse"], /--metric: found "imbalanse".*Did you mean "imbalance"/],
    ["an unknown scenario to score", ["score", "--scenario", "balanecd"], /--scenario: found "balanecd".*"balanced"/],
    ["no seeds", ["score", "--seeds", "0"], /Found "0"; allowed: a whole number from 1 on/],
    ["a check beside a choice", ["score", "--check", "--days", "2"], /--check true: found --days beside it/],
    ["an RFC that there is not", ["rfc", "0815"], /rfc: found "0815"; allowed: 0001. Copy rfcs\/0000-template.md/],
    ["an RFC of several metrics", ["rfc", "0001"], /found imbalance, .* of RFC 0001; name one by --metric/],
    ["a metric of another RFC", ["rfc", "0001", "--metric", "imbalanse"], /Did you mean "imbalance"/],
    ["a folder that is no dataset", ["verify", "."], /holds no dataset: cannot read manifest\.json \(ENOENT\)/],
  ])("%s", async (_, args, message) => {
    const folder = await tempFolder();
    const { code, out, err } = await evenkeel(args, folder);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at |node:internal/);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(await readdir(folder)).toEqual([]);
  });

  test.each<[string, (scenario: Scenario) => void, RegExp]>([
    [
      "a quota for a flavor that does not exist",
      (s) => {
        s.clusterQueues[0]!.flavors[0]!.name = "gold";
      },
      /clusterQueues\[0\]\.flavors\[0\]\.name: found "gold", which is no ResourceFlavor/,
    ],
    [
      "a gang that no nodegroup can hold",
      (s) => {
        s.workloadClasses[0]!.gang = [{ pods: 99, gpusPerPod: 8, weight: 1 }];
      },
      /workloadClasses\[0\]\.gang\[0\]: found 99 pods of 8 GPUs.*even when empty; allowed: /,
    ],
    [
      "a negative rate",
      (s) => {
        Object.assign(s.workloadClasses[0]!.arrivals, { kind: "poisson", perHour: -4 });
      },
      /workloadClasses\[0\]\.arrivals\.perHour: found -4; allowed: a number from 0 on/,
    ],
    [
      "a misspelt field",
      (s) => {
        Object.assign(s, { nodegroup: s.nodegroups });
      },
      /nodegroup: unknown field; did you mean "nodegroups"/,
    ],
    [
      "nothing in a list that needs something",
      (s) => {
        s.localQueues = [];
      },
      /localQueues: found \[\]/,
    ],
  ])("a scenario with %s", async (_, change, message) => {
    const folder = await ownScenario(change);
    const { code, err } = await evenkeel(["generate", "--scenario", "mine.yaml", "--out", "data"], folder);
    expect(err).toMatch(/^scenario mine\.yaml is wrong in /);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(["mine.yaml"]);
  });

  test("a scenario file that is neither YAML nor JSON", async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, "a.json"), "{ name: 1");
    await writeFile(join(folder, "b.yaml"), "a: [1");
    for (const [file, kind] of [
      ["a.json", "JSON"],
      ["b.yaml", "YAML"],
    ]) {
      const { code, err } = await evenkeel(["generate", "--scenario", file!, "--out", "data"], folder);
      expect([code, err.startsWith(`--scenario ${file}: not ${kind}: `)]).toEqual([2, true]);
    }
  });

  test("a folder that is in use, which stays as it was", async () => {
    const folder = await ownScenario();
    await mkdir(join(folder, "thesis"));
    await writeFile(join(folder, "thesis", "chapter.tex"), "much work");
    const { code, err } = await evenkeel(
      ["generate", "--scenario", "mine.yaml", "--replace", "--out", "thesis"],
      folder,
    );
    expect([code, err]).toEqual([
      2,
      "--out thesis: found a folder that is not empty and holds no dataset; name a new or empty folder\n",
    ]);
    expect(await readFile(join(folder, "thesis", "chapter.tex"), "utf8")).toBe("much work");
    expect(await readdir(folder)).toEqual(["mine.yaml", "thesis"]);
  });

  test("a dataset of another version, and one that was cut short", async () => {
    const other = await copyOf(await sampleDataset());
    await editManifest(other, () => ({ contractVersion: 2 as 1 }));
    expect(await evenkeel(["verify", other])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/found contractVersion 2; this evenkeel reads version 1/),
    });
    const cut = await copyOf(await sampleDataset());
    await truncate(join(cut, "kube_pod.parquet"), 1000);
    const ran = await evenkeel(["verify", cut]);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/^hashes +FAILED +kube_pod\.parquet: 1000 bytes instead of \d+/m);
    expect(ran.out).toMatch(/^schema +FAILED .*kube_pod\.parquet: no Parquet file, or not all of one/m);
  });
});

describe("evenkeel notebooks", () => {
  const line = (text: string) => text.trim().split("\n").at(-1);

  test.each<[string, (dataset: string) => Promise<unknown>, RegExp]>([
    ["no dataset", (dataset) => rm(dataset, { recursive: true }), /holds no dataset: cannot read .*manifest\.json/],
    ["a missing table", (dataset) => rm(join(dataset, "up.parquet")), /up\.parquet: not there/],
    [
      "a table cut short",
      (dataset) => truncate(join(dataset, "kube_pod.parquet"), 1000),
      /kube_pod\.parquet: no Parquet/,
    ],
    ["a broken manifest", (dataset) => writeFile(join(dataset, MANIFEST_FILE), "{"), /manifest\.json/],
    [
      "a broken contract",
      (dataset) => writeFile(join(dataset, "contract.yaml"), "a: 1"),
      /contract\.yaml does not say/,
    ],
    [
      "no nodegroup label",
      (dataset) => rewriteTable(dataset, "kube_node", "SELECT * EXCLUDE label_eks_amazonaws_com_nodegroup FROM old"),
      /missing column label_eks_amazonaws_com_nodegroup/,
    ],
    [
      "a nodegroup label without values",
      (dataset) =>
        rewriteTable(
          dataset,
          "kube_node",
          "SELECT * REPLACE (NULL::VARCHAR AS label_eks_amazonaws_com_nodegroup) FROM old",
        ),
      /found no node with a value of label_eks_amazonaws_com_nodegroup/,
    ],
    [
      "bytes in a table that are not its own",
      async (dataset) => {
        const file = await open(join(dataset, "dcgm_gpu.parquet"), "r+");
        await file.write(Buffer.alloc(50_000, 7), 0, 50_000, 4);
        await file.close();
      },
      /cannot be joined \(.*\); npx evenkeel verify/,
    ],
  ])("say what is wrong with a dataset before any runs: %s", async (_, spoil, message) => {
    const dataset = await copyOf(await sampleDataset());
    await spoil(dataset);
    const folder = await tempFolder();
    const { code, out, err } = await evenkeel(["notebooks", "01-overview", "--data", dataset, "--out", "nb"], folder);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n +at /);
    expect({ code, out, files: await readdir(folder) }).toEqual({ code: 2, out: "", files: [] });
  });

  test.each([
    ["--scenario", "balanced"],
    ["--seed", "42"],
    ["--days", "2"],
  ])("refuse %s beside --data", async (option, value) => {
    const folder = await tempFolder();
    const args = ["notebooks", "--data", await sampleDataset(), option, value, "--out", "nb"];
    const { code, err } = await evenkeel(args, folder);
    expect(err).toContain(`found ${option} beside it, which would make another dataset; leave out --data or ${option}`);
    expect({ code, files: await readdir(folder) }).toEqual({ code: 2, files: [] });
  });

  test("use the dataset of a scenario that they find beside them, and no other", async () => {
    const folder = await ownScenario();
    const args = ["--scenario", "mine.yaml", "--seed", "5", "--out"];
    const data = join("nb", "data-sample-5");
    expect((await evenkeel(["generate", ...args, data], folder)).code).toBe(0);
    const ran = await evenkeel(["notebooks", "01-overview", ...args, "nb"], folder);
    expect(ran.code).toBe(0);
    expect(ran.err).not.toContain("generating");
    expect((await readdir(join(folder, "nb"))).sort()).toEqual(["01-overview.ipynb", "data-sample-5"]);

    await writeFile(join(folder, "mine.yaml"), stringify({ ...sample(), placement: "pack" }));
    const other = await evenkeel(["notebooks", "02-the-data", ...args, "nb"], folder);
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringMatching(/data-sample-5: found a dataset there already; .* add --replace\n$/),
    });
    expect((await readdir(join(folder, "nb"))).sort()).toEqual(["01-overview.ipynb", "data-sample-5"]);
  }, 120_000);

  test("replace what is there only if told to, and leave it as it was if stopped", async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, "nb"));
    const file = join(folder, "nb", "01-overview.ipynb");
    await writeFile(file, "much work");
    const args = ["notebooks", "--data", await copyOf(await sampleDataset()), "--out", "nb"];
    expect(await evenkeel(args, folder)).toMatchObject({
      code: 2,
      err: `--out nb: found ${join("nb", "01-overview.ipynb")} there already; name another folder, or add --replace\n`,
    });
    args.push("01-overview", "--replace");
    const { child, done } = start(args, folder);
    await once(child.stderr!, "data");
    await new Promise((go) => setTimeout(go, 1000));
    child.kill("SIGINT");
    const stopped = await done;
    expect({ code: stopped.code, last: line(stopped.err) }).toEqual({
      code: 130,
      last: "Interrupted; no notebook was written to nb",
    });
    expect(await readFile(file, "utf8")).toBe("much work");
    expect((await evenkeel(args, folder)).code).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8")).nbformat).toBe(4);
    expect(await readdir(join(folder, "nb"))).toEqual(["01-overview.ipynb"]);
  }, 120_000);
});

test("npm run lab without Jupyter says how to get it, and makes no kernel known to it", async () => {
  const folder = await tempFolder();
  const lab = spawnSync(process.execPath, [join(packageRoot, "scripts", "lab.mjs")], {
    env: { PATH: folder, HOME: folder, JUPYTER_DATA_DIR: join(folder, "jupyter") },
    encoding: "utf8",
  });
  expect(lab.stderr).toMatch(/^There is no JupyterLab on PATH\./m);
  expect({ code: lab.status, out: lab.stdout, files: await readdir(folder) }).toEqual({ code: 3, out: "", files: [] });
});

describe.skipIf(process.platform === "win32")("a run that is stopped", () => {
  test.each<[NodeJS.Signals, number | string]>([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGKILL", "SIGKILL"],
  ])("by %s leaves no dataset, and does not stop the next", async (signal, how) => {
    const folder = await ownScenario((scenario) => {
      scenario.days = 20;
    });
    const args = ["generate", "--scenario", "mine.yaml", "--out", "data"];
    const { child, done } = start(args, folder);
    while (!(await readdir(folder)).some((name) => name.startsWith(".data.partial-")))
      await new Promise((go) => setTimeout(go, 20));
    child.kill(signal);
    const ended = await done;
    expect(ended.signal ?? ended.code).toBe(how);
    if (signal !== "SIGKILL")
      expect(ended.err).toMatch(/^(simulating .*\n)*Interrupted; nothing was written to data\n$/);
    expect(await readdir(folder)).not.toContain("data");
    if (signal !== "SIGKILL") expect(await readdir(folder)).toEqual(["mine.yaml"]);
    expect((await evenkeel([...args, "--days", "0.1"], folder)).code).toBe(0);
    expect(await readdir(folder)).toEqual(["data", "mine.yaml"]);
  });

  test("while DuckDB writes leaves nothing either", async () => {
    const folder = await ownScenario((scenario) => {
      scenario.days = 20;
    });
    const { child, done } = start(["generate", "--scenario", "mine.yaml", "--out", "data"], folder);
    const written = async () => (await readdir(folder, { recursive: true })).some((name) => name.endsWith(".parquet"));
    while (!(await written())) await new Promise((go) => setTimeout(go, 20));
    child.kill("SIGINT");
    const { code, err } = await done;
    expect({ code, last: err.trim().split("\n").at(-1) }).toEqual({
      code: 130,
      last: "Interrupted; nothing was written to data",
    });
    expect(await readdir(folder)).toEqual(["mine.yaml"]);
  });

  test("is evenkeel start: it says at once what it does, and ends with a line", async () => {
    const { child, done } = start(["start"], await tempFolder());
    await once(child.stderr!, "data");
    // Before any of its processes does anything: other tests use the same datasets.
    child.kill("SIGINT");
    const { code, out, err } = await done;
    expect({ code, out }).toEqual({ code: 130, out: "" });
    expect(err).toMatch(
      /^preparing balanced, .* and io-bottleneck: .*\nInterrupted; what was whole is kept, the rest was not written; .*\n$/,
    );
  });
});

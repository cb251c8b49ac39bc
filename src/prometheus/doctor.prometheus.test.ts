import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "../checks/verify.js";
import { describeDataset, openDataset } from "../dataset/open.js";
import { breakDataset } from "../faults/break.js";
import { observe } from "../join/observe.js";
import type { Contract } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import { evenkeel } from "../testing/command.js";
import { copyOf, datasetOf, editManifest, rewriteTable, tempFolder } from "../testing/dataset.js";
import { dataOf, type PrometheusServer, startPrometheus } from "../testing/prometheus-server.js";
import { proxyOf } from "../testing/proxy.js";
import { sample } from "../testing/sample.js";
import { PrometheusClient } from "./client.js";
import { diagnoseServer, type Report } from "./doctor.js";
import { draftContract } from "./draft-contract.js";
import { exportOpenMetrics } from "./export.js";
import { type Probe, probe } from "./probe.js";
import { pull } from "./pull.js";

// The doctor before real servers: one that has everything, and some on which settings are missing.

const servers: PrometheusServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

interface Patient {
  readonly url: string;
  readonly contract: Contract;
  readonly startMs: number;
  readonly endMs: number;
}

let dataset: string;
beforeAll(async () => {
  dataset = await datasetOf(sample());
}, 60_000);

/** A patient with everything, with faults, or with tables changed by SQL. */
async function patient(
  faults: readonly string[] = [],
  changes: Readonly<Record<string, string>> = {},
): Promise<Patient> {
  let folder = dataset;
  if (faults.length > 0) {
    folder = join(await tempFolder(), "broken");
    await breakDataset({ from: dataset, out: folder, faults });
  }
  if (Object.keys(changes).length > 0) {
    folder = await copyOf(folder);
    for (const [table, sql] of Object.entries(changes)) await rewriteTable(folder, table, sql);
  }
  const file = join(await tempFolder(), "patient.om");
  await exportOpenMetrics(folder, file);
  const server = await startPrometheus(await dataOf(file), { lookbackSeconds: 55 });
  servers.push(server);
  const { manifest, contract } = await describeDataset(folder);
  return { url: server.url, contract, startMs: Date.parse(manifest.start), endMs: Date.parse(manifest.end) };
}

async function examine({ url, endMs }: Patient, contract?: Contract): Promise<{ probed: Probe; report: Report }> {
  const client = await PrometheusClient.connect({ url });
  try {
    const probed = await probe(client, contract?.prometheus ?? {}, endMs - 1);
    return { probed, report: diagnoseServer(probed, contract, contract?.prometheus ?? {}) };
  } finally {
    await client.close();
  }
}

const answers = ({ questions }: Report) => questions.map(({ answer }) => answer);
const lacking = ({ met }: Report) => met.filter(({ covered }) => covered === 0).map(({ need }) => need.name);

describe("a server that has everything", () => {
  let healthy: Patient;
  beforeAll(async () => {
    healthy = await patient();
  }, 60_000);

  test("can answer all, as exactly as any telemetry can", async () => {
    const { report } = await examine(healthy, healthy.contract);
    expect(lacking(report)).toEqual([]);
    expect(report.ready).toBe(true);
    // What waits has no shape in any series, and lost work no checkpoint: these are bounds at best.
    expect(answers(report)).toEqual(["exact", "exact", "bounded", "bounded", "bounded"]);
    expect(report.remarks).toEqual([]);
    expect(report.exporters).toMatchObject([
      { exporter: "kueue", up: 1, targets: 1, intervalSeconds: 60 },
      { exporter: "kube-state-metrics", up: 1, targets: 1, intervalSeconds: 60 },
      { exporter: "dcgm-exporter", up: 6, targets: 6, intervalSeconds: 60, dialect: "names up to 4.8" },
    ]);
  });

  test("shows what its owner would have written, but for what no series says", async () => {
    const { probed } = await examine(healthy);
    const { contract, assumed } = draftContract(probed, "evenkeel");
    const own = healthy.contract;
    const places = ({ nodegroups }: Contract) =>
      nodegroups
        .map(({ name, gpuModel, gpusPerNode, gpusPaid }) => ({ name, gpuModel, gpusPerNode, gpusPaid }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(places(contract)).toEqual(places(own));
    expect(contract.flavors).toEqual(own.flavors);
    expect(contract.nodegroupLabels).toEqual(own.nodegroupLabels);
    expect(contract.toleratedTaints).toEqual(own.toleratedTaints);
    expect(contract.scrapeIntervalSeconds).toEqual(own.scrapeIntervalSeconds);
    expect(contract.gpuModels).toEqual(own.gpuModels);
    expect(contract.clusterQueues.map(({ name }) => name)).toEqual(own.clusterQueues.map(({ name }) => name).sort());
    expect(contract.nodegroups.map(({ usdPerGpuHour }) => usdPerGpuHour)).toEqual([0, 0, 0]);
    expect(assumed.join("\n")).toMatch(/prices are 0.*\n.*queueing strategy/);
  });

  test("is asked at another time, or for another cluster, than it has anything of, and says so", async () => {
    const later = { ...healthy, endMs: healthy.endMs + 24 * 3_600_000 };
    const { probed, report } = await examine(later);
    const day = new Date(healthy.startMs).toISOString().slice(0, 10);
    const said = new RegExp(
      `^no series kube_node_status_capacity.*, but such of any resource from about ${day}T.*--at`,
    );
    expect(report).toMatchObject({ ready: false, remarks: [{ about: "nodes", text: expect.stringMatching(said) }] });
    expect(() => draftContract(probed, "evenkeel")).toThrow(`found no node with GPUs: ${report.remarks[0]!.text}`);

    const elsewhere = await examine(healthy, { ...healthy.contract, prometheus: { matchers: { cluster: "prd" } } });
    expect(elsewhere.report.remarks[0]!.text).toMatch(/cluster="prd"\} at .*, nor at any other time; correct --match/);
  });

  test("is held against a contract", async () => {
    const { contract } = healthy;
    const wrong: Contract = {
      ...contract,
      scrapeIntervalSeconds: { ...contract.scrapeIntervalSeconds, kueue: 15 },
      nodegroups: contract.nodegroups
        .filter(({ name }) => name !== "b")
        .map((one) => ({ ...one, gpusPaid: one.gpusPaid + 8 })),
      flavors: { ...contract.flavors, a: [] },
    };
    const { report } = await examine(healthy, wrong);
    expect(report.remarks.map(({ text }) => text)).toEqual([
      "nodegroups that it does not list: b; add them to nodegroups, or they are left out",
      "a: 16 GPUs are there, 24 are paid for (residual 33%)",
      "c: 8 GPUs are there, 16 are paid for (residual 50%)",
      "flavors with quota and no nodegroup: a; write theirs into flavors",
      "kueue is scraped every 60 s, it says 15 s; correct scrapeIntervalSeconds",
    ]);
  });

  test("is pulled without a contract, and read", async () => {
    const { startMs, endMs } = healthy;
    const { probed } = await examine(healthy);
    const { contract } = draftContract(probed, "evenkeel");
    const folder = join(await tempFolder(), "pulled");
    const client = await PrometheusClient.connect({ url: healthy.url });
    await pull(client, folder, { startMs, endMs, contract });
    await client.close();
    const [drafted, written] = await Promise.all([folder, dataset].map((each) => openDataset(each)));
    const [mine, own] = [await observe(drafted!), await observe(written!)];
    const held = ({ nodegroups }: typeof own) =>
      nodegroups.map(({ name, held: gpus }) => [name, gpus.reduce((a, b) => a + b, 0)]).sort();
    expect(held(mine)).toEqual(held(own));
    drafted!.close();
    written!.close();
  });

  test("is told of on the command line within a minute, and its contract is drafted", async () => {
    const file = join(await tempFolder(), "contract.yaml");
    const at = new Date(healthy.endMs - 1).toISOString();
    const { code, out, err } = await evenkeel(["doctor", "--url", healthy.url, "--at", at, "--draft", file]).done;
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/asking http/) });
    expect(out).toContain("6 nodes with 40 GPUs, 3 ClusterQueues");
    expect(await readFile(file, "utf8")).toContain("gpusPaid: 16");
    const again = await evenkeel(["doctor", "--url", healthy.url, "--at", at, "--draft", file]).done;
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("a file is there already; name another") });
  });

  test("that has nothing at that time is not ready", async () => {
    const { code, out } = await evenkeel(["doctor", "--url", healthy.url, "--at", "2020-01-01"]).done;
    expect(code).toBe(1);
    expect(out).toMatch(/GPUs of nodes +MISSING +kube-state-metrics +no capacity/);
    expect(out).not.toContain(" exact ");
  });

  test("is not pulled where no node has a label of the contract, nor where another dataset is", async () => {
    const { contract, startMs, endMs } = healthy;
    const client = await PrometheusClient.connect({ url: healthy.url });
    const foreign = { ...contract, nodegroupLabels: ["label_pool"] };
    await expect(
      pull(client, join(await tempFolder(), "pulled"), { startMs, endMs, contract: foreign }),
    ).rejects.toThrow("found no node with any of the labels label_pool");
    await expect(pull(client, dataset, { startMs, endMs, contract })).rejects.toThrow("found a dataset there already");
    await client.close();
  });

  test("whose names the contract knows by others is found by these", async () => {
    const { contract, startMs, endMs } = healthy;
    const renamed: Contract = {
      ...contract,
      prometheus: { metrics: { kube_pod_status_phase: "phase_elsewhere" } },
    };
    const client = await PrometheusClient.connect({ url: healthy.url });
    await expect(
      pull(client, join(await tempFolder(), "pulled"), { startMs, endMs, contract: renamed }),
    ).rejects.toThrow(/phase of pods \(kube_pod_status_phase\): scrape kube-state-metrics/);
    await client.close();
  });
});

describe("a server on which something is missing", () => {
  test.each([
    {
      faults: ["quota-metrics-off"],
      missing: ["quota and its use", "GPUs pending"],
      answer: ["exact", "exact", "not at all", "bounded", "not at all"],
    },
    {
      faults: ["pending-gpus-absent"],
      missing: ["GPUs pending"],
      answer: ["exact", "exact", "not at all", "bounded", "not at all"],
    },
  ])("says so of $faults", async ({ faults, missing, answer }) => {
    const broken = await patient(faults);
    const { report } = await examine(broken, broken.contract);
    expect({ missing: lacking(report), answer: answers(report), ready: report.ready }).toEqual({
      missing,
      answer,
      ready: true,
    });
  });

  test("says so of kube-state-metrics as it is installed, but for a node label", async () => {
    const queues = ["cluster", "local"].map((kind) => `NULL::VARCHAR AS label_kueue_x_k8s_io_${kind}_queue_name`);
    const broken = await patient([], {
      kube_pod: `SELECT * REPLACE (${queues.join(", ")}) FROM (SELECT COLUMNS(c -> NOT starts_with(c, 'nodeselector_')) FROM old)`,
    });
    const { report } = await examine(broken, broken.contract);
    expect(lacking(report)).toEqual(["queues of pods", "node selectors of pods"]);
    expect(answers(report)).toEqual(["exact", "not at all", "bounded", "bounded", "bounded"]);
  });

  test.each([
    {
      exporter: "kueue",
      answer: ["exact", "not at all", "not at all", "bounded", "not at all"],
      notes: { gaps: "kueue: not exported", nodegroups: "the flavors of ClusterQueues: not exported" },
    },
    {
      exporter: "dcgm-exporter",
      answer: ["bounded", "exact", "bounded", "not at all", "bounded"],
      notes: {
        gaps: "dcgm-exporter: not exported",
        labels: "dcgm-exporter: not exported",
        nodegroups: "dcgm-exporter: not exported",
      },
    },
  ])("is pulled without $exporter, whose absence is told and no failure", async ({ exporter, answer, notes }) => {
    const without = tables
      .filter(({ source }) => source === exporter)
      .map(({ name }) => [name, "FROM old WHERE FALSE"]);
    const { url, startMs, endMs, contract } = await patient([], {
      ...Object.fromEntries(without),
      up: `FROM old WHERE job <> '${exporter}'`,
    });
    const { report } = await examine({ url, startMs, endMs, contract }, contract);
    expect({ ready: report.ready, answer: answers(report) }).toEqual({ ready: true, answer });
    const folder = join(await tempFolder(), "pulled");
    const client = await PrometheusClient.connect({ url });
    const told: string[] = [];
    await pull(
      client,
      folder,
      { startMs, endMs, contract },
      { onLacking: (lacking) => told.push(...lacking.map(({ exporter: of }) => of)) },
    );
    await client.close();
    expect(new Set(told)).toEqual(new Set([exporter]));
    const { checks } = await verify(folder);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const noted = checks.filter(({ found }) => found.includes("not exported")).map(({ name, found }) => [name, found]);
    expect(Object.fromEntries(noted)).toEqual(notes);
    // Whoever has the tables, and not from a server that lacked it, ought to have had it.
    await editManifest(folder, ({ pulled }) => ({ pulled: { ...pulled!, jobs: {}, absent: [] } }));
    const expected = await verify(folder);
    expect(expected.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(Object.keys(notes));
  });

  test("says for which part of the GPUs there is an exporter", async () => {
    const broken = await patient([], { dcgm_gpu: `FROM old WHERE "Hostname" <> (SELECT min("Hostname") FROM old)` });
    const { report } = await examine(broken, broken.contract);
    expect(report.questions[0]).toMatchObject({ answer: "bounded", because: "only part of activity of GPUs" });
    expect(report.remarks.map(({ text }) => text).join()).toMatch(/^32 GPUs seen, nodes have 40/);
  });

  test("knows dcgm-exporter's newer names, in part of the nodes", async () => {
    const { report } = await examine(await patient(["new-dcgm-names", "hostname-lower-case", "exported-labels"]));
    expect(report.exporters[2]!.dialect).toBe("names up to 4.8 and from 4.9 on, hostname, exported_pod");
    expect(lacking(report)).toEqual([]);
  });

  test("tells the setting that is missing where no node has a nodegroup", async () => {
    const { url, endMs } = await patient();
    const file = join(await tempFolder(), "contract.yaml");
    const { contract } = await describeDataset(dataset);
    await writeFile(file, JSON.stringify({ ...contract, nodegroupLabels: ["label_pool"] }));
    const { code, out } = await evenkeel([
      "doctor",
      "--url",
      url,
      "--at",
      new Date(endMs - 1).toISOString(),
      "--contract",
      file,
    ]).done;
    expect(code).toBe(1);
    expect(out).toMatch(/nodegroup of nodes +MISSING .*--metric-labels-allowlist=nodes=\[KEY\]/);
  });
});

describe("a slow server", () => {
  test("is asked all at once where it may, and given up in time where that is not enough", async () => {
    const { url, endMs } = await patient();
    const proxy = await proxyOf(url, () => undefined);
    const late = await proxyOf(proxy.url, ({ response, real }) =>
      Promise.all([real(), wait(300)]).then(([answer]) => response.writeHead(200).end(answer)),
    );
    try {
      const began = performance.now();
      const client = await PrometheusClient.connect({ url: late.url, withinMs: 60_000 });
      expect((await probe(client, {}, endMs - 1)).nodes.length).toBeGreaterThan(0);
      await client.close();
      // Each answer comes 0.3 s late: one after the other they would take as long as there are questions.
      expect(performance.now() - began).toBeLessThan(0.3 * 1000 * proxy.requests.length);

      const hasty = await PrometheusClient.connect({ url: late.url, withinMs: 1000, attempts: 2 });
      await expect(probe(hasty, {}, endMs - 1)).rejects.toThrow(
        /no answer within [\d.]+ s|had answered but a part after 1 s/,
      );
      await hasty.close();
    } finally {
      await Promise.all([late.stop(), proxy.stop()]);
    }
  });
});

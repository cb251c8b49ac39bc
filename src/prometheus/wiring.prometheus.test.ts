import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { verify } from "../checks/verify.js";
import { describeDataset, openDataset } from "../dataset/open.js";
import type { Contract } from "../tables/contract.js";
import { evenkeel } from "../testing/command.js";
import { readManifest, sampleDataset, tempFolder } from "../testing/dataset.js";
import { dataOf, type PrometheusServer, startPrometheus } from "../testing/prometheus-server.js";
import { differences } from "../testing/same-tables.js";
import { PrometheusClient } from "./client.js";
import { diagnoseServer } from "./doctor.js";
import { exportOpenMetrics } from "./export.js";
import { probe } from "./probe.js";
import { pull } from "./pull.js";
import type { Wiring } from "./selectors.js";

// Servers on which the sample's series go by other names, or stand beside others.

const servers: PrometheusServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** A server with the sample's samples, each line of their text made into one or several. */
async function serverOf(change: (line: string) => readonly string[]): Promise<PrometheusServer> {
  const file = join(await tempFolder(), "sample.om");
  await exportOpenMetrics(await sampleDataset(), file);
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#")).flatMap((line) => change(line));
  await writeFile(file, `${samples.join("\n")}\n# EOF\n`);
  const server = await startPrometheus(await dataOf(file), { lookbackSeconds: 55 });
  servers.push(server);
  return server;
}

async function sampleOf(): Promise<{ contract: Contract; startMs: number; endMs: number }> {
  const { manifest, contract } = await describeDataset(await sampleDataset());
  return { contract, startMs: Date.parse(manifest.start), endMs: Date.parse(manifest.end) };
}

async function connected<T>(url: string, work: (client: PrometheusClient) => Promise<T>): Promise<T> {
  const client = await PrometheusClient.connect({ url });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function pulled(url: string, wiring?: Wiring, stepMs?: number): Promise<string> {
  const { contract, startMs, endMs } = await sampleOf();
  const folder = join(await tempFolder(), "pulled");
  const request = { startMs, endMs, contract: wiring ? { ...contract, prometheus: wiring } : contract };
  await connected(url, (client) => pull(client, folder, stepMs === undefined ? request : { ...request, stepMs }));
  return folder;
}

async function expectSame(folder: string): Promise<void> {
  for (const { table, missing, added, columns } of await differences(await sampleDataset(), folder))
    expect({ table, missing, added, columns }).toEqual({ table, missing: 0, added: 0, columns: [] });
}

test("metrics, labels and jobs that go by other names are found by these, by a pull and by the doctor", async () => {
  const { url } = await serverOf((line) => [
    line
      .replace(/^kueue_pending_workloads\{/, "pending_elsewhere{")
      .replaceAll('node="', 'k8s_node="')
      .replaceAll('resource="', 'res="')
      .replace('job="kueue"', 'job="queueing"'),
  ]);
  const wiring: Wiring = {
    metrics: { kueue_pending_workloads: "pending_elsewhere" },
    labels: { node: "k8s_node", resource: "res" },
    jobs: { kueue: ["queueing"] },
  };
  await expectSame(await pulled(url, wiring));
  const { contract, endMs } = await sampleOf();
  const report = await connected(url, async (client) =>
    diagnoseServer(await probe(client, wiring, endMs - 1), contract, wiring),
  );
  expect(report.met.filter(({ covered }) => covered < 1)).toEqual([]);
  expect(report.remarks).toEqual([]);
});

describe("two clusters in one server", () => {
  const labelled = (line: string, cluster: string) => line.replace("{", `{cluster="${cluster}",`);

  test("are not pulled together, but one at a time", async () => {
    const { url } = await serverOf((line) => [labelled(line, "prod"), labelled(line, "dev")]);
    await expect(pulled(url)).rejects.toThrow(
      "found series of 2 clusters, told apart by the label cluster (dev and prod); pull one at a time, for instance with --match cluster=dev",
    );
    await expectSame(await pulled(url, { matchers: { cluster: "prod" } }));
    const { contract, endMs } = await sampleOf();
    const { remarks } = await connected(url, async (client) =>
      diagnoseServer(await probe(client, {}, endMs - 1), contract, {}),
    );
    expect(remarks.map(({ text }) => text).join()).toContain("found several of the label cluster (dev and prod)");
  });
});

describe("a pull with a step", () => {
  test("keeps one scrape of each target in each step, the last that succeeded", async () => {
    const { url } = await serverOf((line) => [line]);
    const folder = await pulled(url, undefined, 300_000);
    const [whole, thinned] = await Promise.all([openDataset(await sampleDataset()), openDataset(folder)]);
    const scrapes = `SELECT job, instance, epoch_ms(timestamp) // 300000 AS step,
      arg_max(epoch_ms(timestamp), (up, timestamp))::DOUBLE AS ms FROM up GROUP BY ALL ORDER BY ALL`;
    const kept =
      "SELECT job, instance, epoch_ms(timestamp) // 300000 AS step, epoch_ms(timestamp)::DOUBLE AS ms FROM up ORDER BY ALL";
    expect(await thinned.query(kept)).toEqual(await whole.query(scrapes));
    const orphans = `SELECT count(*)::INTEGER AS n FROM dcgm_gpu ANTI JOIN up USING (instance, timestamp)`;
    expect(await thinned.query(orphans)).toEqual([{ n: 0 }]);
    expect(thinned.contract.scrapeIntervalSeconds).toEqual({
      kueue: 300,
      "kube-state-metrics": 300,
      "dcgm-exporter": 300,
    });
    whole.close();
    thinned.close();
    const { checks } = await verify(folder);
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual([]);
  });
});

test("native histograms in place of classic ones are remarked on, by a pull and by the doctor", async () => {
  const histogram = "kueue_admission_wait_time_seconds";
  const { url } = await serverOf((line) =>
    line.startsWith(`${histogram}_bucket{`)
      ? []
      : [line.startsWith(`${histogram}_sum{`) ? line.replace(`${histogram}_sum`, histogram) : line],
  );
  const { pulled: source } = await readManifest(await pulled(url));
  const [remark] = Object.keys(source!.remarks);
  expect(remark).toMatch(/^kueue_admission_wait_time_seconds: a native histogram, not read; have its scrape keep/);
  const { contract, endMs } = await sampleOf();
  const { remarks } = await connected(url, async (client) =>
    diagnoseServer(await probe(client, {}, endMs - 1), contract, {}),
  );
  expect(remarks.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^kueue_admission_wait_time_seconds is a native histogram, which is not read; have its/),
  ]);
});

test.each(["=~", "!=", "!~"])("--match with %s is refused, and told what to do", async (operator) => {
  const match = `cluster${operator}prod`;
  const { code, err } = await evenkeel(["doctor", "--url", "http://127.0.0.1:9", "--match", match]).done;
  expect(code).toBe(2);
  expect(err).toContain(`--match ${match}: found ${operator}; allowed: a label, = and its one value`);
});

test("a pull of what is still to come is refused, and so is one that ends before it starts", async () => {
  const out = join(await tempFolder(), "pulled");
  const of = (start: string, end: string) =>
    evenkeel(["pull", "--url", "http://127.0.0.1:9", "--out", out, "--start", start, "--end", end]).done;
  expect(await of("2026-01-05", "2999-01-01")).toMatchObject({
    code: 2,
    err: expect.stringContaining("still to come"),
  });
  expect(await of("2026-01-05", "2026-01-05")).toMatchObject({
    code: 2,
    err: expect.stringContaining("not after --start"),
  });
  expect(await of("2026-02-30", "2026-03-01")).toMatchObject({
    code: 2,
    err: expect.stringContaining("allowed: a day"),
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyse } from "../analysis/analyse.js";
import { verify } from "../checks/verify.js";
import { describeDataset, openDataset } from "../dataset/open.js";
import { breakDataset } from "../faults/break.js";
import { datasetOf, readManifest, tempFolder } from "../testing/dataset.js";
import { dataOf, type PrometheusServer, samplesIn, startPrometheus } from "../testing/prometheus-server.js";
import { differences } from "../testing/same-tables.js";
import { sample } from "../testing/sample.js";
import { PrometheusClient } from "./client.js";
import { exportOpenMetrics } from "./export.js";
import { pull } from "./pull.js";

// What is generated, exported, loaded into a real Prometheus and pulled again is what it was.

interface Loaded {
  readonly dataset: string;
  readonly server: PrometheusServer;
}

const servers: PrometheusServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** Exports a dataset and loads it: every sample has to arrive. */
async function serve(dataset: string): Promise<Loaded> {
  const file = join(await tempFolder(), "dataset.om");
  const exported = await exportOpenMetrics(dataset, file);
  const data = await dataOf(file);
  const samples = samplesIn(data);
  expect(exported.samples).toBeGreaterThan(1000);
  expect({ samples, collisions: exported.collisions }).toEqual({ samples: exported.samples, collisions: 0 });
  const server = await startPrometheus(data, { lookbackSeconds: 55 });
  servers.push(server);
  return { dataset, server };
}

/** Pulls what a dataset holds back into another folder. */
async function pulled({ dataset, server }: Loaded): Promise<string> {
  const { manifest, contract } = await describeDataset(dataset);
  const folder = join(await tempFolder(), "pulled");
  const client = await PrometheusClient.connect({ url: server.url });
  try {
    const [startMs, endMs] = [Date.parse(manifest.start), Date.parse(manifest.end)];
    await pull(client, folder, { startMs, endMs, contract });
  } finally {
    await client.close();
  }
  return folder;
}

/** All that is found in a dataset, but for what only names it. */
async function findings(folder: string) {
  const dataset = await openDataset(folder);
  try {
    const { diagnosis, windows, observed } = await analyse(dataset);
    const { checks } = await verify(folder);
    return { diagnosis, windows, dropped: observed.dropped, checks: checks.map(({ name, ok }) => ({ name, ok })) };
  } finally {
    dataset.close();
  }
}

/** Means of many samples are rounded to six digits, and may be summed in another order: the last one may differ. */
const PRECISION = 1.5e-6;

/** Paths at which two findings differ, by more than the order of their sums explains. */
function unlike(a: unknown, b: unknown, path = ""): string[] {
  if (Object.is(a, b)) return [];
  if (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= PRECISION * Math.max(1, Math.abs(a)))
    return [];
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return [`${path}: ${a}, ${b}`];
  const [its, others] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(its), ...Object.keys(others)])];
  return keys.flatMap((key) => unlike(its[key], others[key], `${path}.${key}`));
}

describe("a day of 40 GPUs at 60 s, exported, loaded and pulled", () => {
  let loaded: Loaded;
  let copy: string;
  beforeAll(async () => {
    loaded = await serve(await datasetOf(sample({ days: 1 })));
    copy = await pulled(loaded);
  }, 300_000);

  test("has the same tables, sample for sample", async () => {
    const compared = await differences(loaded.dataset, copy);
    expect(compared.map(({ table, missing, added, columns }) => ({ table, missing, added, columns }))).toEqual(
      compared.map(({ table }) => ({ table, missing: 0, added: 0, columns: [] })),
    );
    expect(compared.filter(({ rows }) => rows > 0).length).toBeGreaterThanOrEqual(12);
  });

  test("has the same findings and metrics, and passes the same checks", async () => {
    expect(unlike(await findings(loaded.dataset), await findings(copy))).toEqual([]);
  });

  test("says where it is from, and that it is not synthetic", async () => {
    const { synthetic, pulled: source, scenario, seed } = await readManifest(copy);
    expect({ synthetic, scenario, seed, server: source?.server }).toEqual({
      synthetic: false,
      scenario: "evenkeel",
      seed: null,
      server: loaded.server.url,
    });
    expect(source!.selectors["up"]).toEqual([
      'up{job=~"dcgm-exporter|kube-state-metrics|kueue"}',
      'process_start_time_seconds{job=~"dcgm-exporter|kube-state-metrics|kueue"}',
    ]);
    // Of most of a cluster's nodes and pods nothing has to do with GPUs: they are not asked for.
    expect(source!.selectors["kube_node"]!.every((selector) => /node=~"ip-[^"]+"/.test(selector))).toBe(true);
    expect(
      source!.selectors["kube_pod"]!.every((selector) => selector.includes('namespace=~"lab|prod|search|team"')),
    ).toBe(true);
    expect(source!.remarks).toEqual({});
  });

  test("is what it was however often it is pulled", async () => {
    const again = await readManifest(await pulled(loaded));
    expect(again.digest).toBe((await readManifest(copy)).digest);
  });
});

describe("telemetry that goes wrong, exported, loaded and pulled", () => {
  const faults = ["new-dcgm-names", "exported-labels", "kube-state-replicas"];
  let loaded: Loaded;
  let copy: string;
  beforeAll(async () => {
    const broken = join(await tempFolder(), "broken");
    await breakDataset({ from: await datasetOf(sample()), out: broken, faults });
    loaded = await serve(broken);
    copy = await pulled(loaded);
  }, 300_000);

  test("has the same tables, sample for sample", async () => {
    for (const { table, missing, added, columns } of await differences(loaded.dataset, copy))
      expect({ table, missing, added, columns }).toEqual({ table, missing: 0, added: 0, columns: [] });
  });

  test("has the same findings, and the same checks speak of it", async () => {
    expect(unlike(await findings(loaded.dataset), await findings(copy))).toEqual([]);
  });

  test("says which labels it read in place of others", async () => {
    const { pulled: source } = await readManifest(copy);
    expect(Object.keys(source!.remarks)).toContain("label exported_pod, which goes before pod");
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verify } from "../checks/verify.js";
import { describeDataset } from "../dataset/open.js";
import { readManifest, sampleDataset, tempFolder } from "../testing/dataset.js";
import { otherServers, startVictoriaMetrics } from "../testing/other-servers.js";
import type { PrometheusServer } from "../testing/prometheus-server.js";
import { differences } from "../testing/same-tables.js";
import { PrometheusClient } from "./client.js";
import { diagnoseServer } from "./doctor.js";
import { exportOpenMetrics } from "./export.js";
import { probe } from "./probe.js";
import { pull } from "./pull.js";

// Other servers of the same query API, each where a variable of the environment names its binary: CONTRIBUTING.md.

const servers: PrometheusServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

let openMetrics: string;
beforeAll(async () => {
  openMetrics = join(await tempFolder(), "sample.om");
  await exportOpenMetrics(await sampleDataset(), openMetrics);
}, 120_000);

/** Pulls the sample back from a server. */
async function pulled(url: string): Promise<string> {
  const { manifest, contract } = await describeDataset(await sampleDataset());
  const folder = join(await tempFolder(), "pulled");
  const client = await PrometheusClient.connect({ url, attempts: 1 });
  try {
    await pull(client, folder, { startMs: Date.parse(manifest.start), endMs: Date.parse(manifest.end), contract });
    const probed = await probe(client, {}, Date.parse(manifest.end) - 1);
    const { met, remarks } = diagnoseServer(probed, contract, {});
    expect({ unmet: met.filter(({ covered }) => covered < 1), remarks }).toEqual({ unmet: [], remarks: [] });
  } finally {
    await client.close();
  }
  return folder;
}

async function expectSame(folder: string): Promise<void> {
  for (const { table, missing, added, columns } of await differences(await sampleDataset(), folder))
    expect({ table, missing, added, columns }).toEqual({ table, missing: 0, added: 0, columns: [] });
}

for (const { name, variable, start } of otherServers) {
  const binary = process.env[variable];
  describe.skipIf(!binary)(name, () => {
    test("gives back every sample, and nothing else", async () => {
      const server = await start(binary!, openMetrics);
      servers.push(server);
      const folder = await pulled(server.url);
      await expectSame(folder);
      expect((await readManifest(folder)).pulled).toMatchObject({
        // No pod of the sample has an init container.
        absent: ["kube_pod_init_container_resource_requests"],
        remarks: {},
      });
      expect((await verify(folder)).ok).toBe(true);
    });
  });
}

describe.skipIf(!process.env["EVENKEEL_VICTORIAMETRICS"])("VictoriaMetrics with limits", () => {
  const start = async (limit: string) => {
    const server = await startVictoriaMetrics(process.env["EVENKEEL_VICTORIAMETRICS"]!, openMetrics, [limit]);
    servers.push(server);
    return server.url;
  };

  // It counts whole blocks, whatever part of them is asked for.
  test("on samples is told which", async () => {
    await expect(pulled(await start("-search.maxSamplesPerQuery=5000"))).rejects.toThrow(
      /cannot select more than -search\.maxSamplesPerQuery=5000 samples; possible solutions: /,
    );
  });

  test("on the length of queries is told which", async () => {
    await expect(pulled(await start("-search.maxQueryLen=200"))).rejects.toThrow(
      /HTTP 4\d\d: too long query; .*-search\.maxQueryLen.*; raise that limit at the server$/,
    );
  });
});

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { generateDataset } from "../generate.js";
import { parseScenario } from "../scenario/parse.js";
import { runSimulation } from "../simulation/simulate.js";
import { contractSchema } from "../tables/contract.js";
import { tables } from "../tables/index.js";
import { telemetry } from "../telemetry/telemetry.js";
import { copyOf, datasetOf, readManifest, replaceParquet, sampleDataset, tempFolder } from "../testing/dataset.js";
import { rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { contentDigest } from "./content-digest.js";
import { sha256 } from "./digest.js";
import { formatManifest, type Manifest } from "./manifest.js";
import { openDataset } from "./open.js";
import { withSession } from "./session.js";
import { datasetDigest } from "./write.js";

const generate = async (threads: number, name = "sample") => {
  const folder = join(await tempFolder(), "dataset");
  return generateDataset({ ...sample(), name }, SAMPLE_SEED, folder, { threads });
};

describe("a dataset", () => {
  test("lists every file with its size and SHA-256, and holds no other", async () => {
    const folder = await datasetOf(sample());
    const manifest = await readManifest(folder);
    const entries = [...Object.values(manifest.tables), manifest.contract, ...manifest.truth];
    for (const { file, bytes, sha256: expected } of entries) {
      const found = await readFile(join(folder, file));
      expect([file, found.byteLength, sha256(found)]).toEqual([file, bytes, expected]);
    }
    expect((await readdir(folder)).sort()).toEqual(
      [...tables.map((table) => `${table.name}.parquet`), "contract.yaml", "manifest.json", "truth"].sort(),
    );
    expect((await readdir(join(folder, "truth"))).sort()).toEqual([
      "scenario.yaml",
      "supply.parquet",
      "waiting.parquet",
      "workloads.parquet",
    ]);
  });

  test("says what it is: labels, time, rows and columns", async () => {
    const manifest = await readManifest(await sampleDataset());
    expect(manifest).toMatchObject({
      contractVersion: 1,
      synthetic: true,
      scenario: "sample",
      seed: SAMPLE_SEED,
      start: "2026-01-05T00:00:00.000Z",
      end: "2026-01-05T04:00:00.000Z",
    });
    for (const table of tables) {
      const { rows, columns, firstSample, lastSample } = manifest.tables[table.name]!;
      expect(rows).toBeGreaterThan(0);
      expect(columns.slice(0, Object.keys(table.columns).length)).toEqual(Object.keys(table.columns));
      expect(Date.parse(firstSample!)).toBeGreaterThanOrEqual(Date.parse(manifest.start));
      expect(Date.parse(lastSample!)).toBeLessThan(Date.parse(manifest.end));
    }
  });

  test("is the same whatever its scenario says is wrong in it, but for the truth", async () => {
    const injected = [{ cause: "fragmentation" as const, nodegroup: "a" }];
    const told = await readManifest(await datasetOf({ ...sample(), injected }));
    const untold = await readManifest(await sampleDataset());
    const { truth, ...rest } = untold;
    expect(told).toMatchObject(rest);
    const scenarioOf = ({ truth }: Manifest) => truth.find(({ file }) => file === "truth/scenario.yaml");
    expect(scenarioOf(told)).not.toEqual(scenarioOf(untold));
    expect(told.truth.filter((entry) => entry !== scenarioOf(told))).toEqual(
      truth.filter((entry) => entry !== scenarioOf(untold)),
    );
  });

  test("holds the telemetry of its scenario and seed, row by row", async () => {
    const dataset = await openDataset(await sampleDataset());
    const simulation = runSimulation({ scenario: sample(), seed: SAMPLE_SEED });
    for (const rows of telemetry(simulation)) {
      const columns = await dataset.columns(
        `SELECT * REPLACE (epoch_ms(timestamp)::DOUBLE AS timestamp) FROM ${rows.table.name}`,
      );
      const expected = rowsOf(rows);
      for (const [name, values] of Object.entries(columns)) {
        const written = expected.map((row) => (Number.isNaN(row[name]) ? null : (row[name] ?? null)));
        expect([name, values.length]).toEqual([name, written.length]);
        expect(Array.from(values).findIndex((value, i) => value !== written[i])).toBe(-1);
      }
    }
    dataset.close();
  });

  test("keeps the scenario with all defaults filled in, and the truth, apart", async () => {
    const folder = await sampleDataset();
    const { seed, scenario } = parse(await readFile(join(folder, "truth", "scenario.yaml"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(seed).toBe(SAMPLE_SEED);
    expect(parseScenario(scenario, "truth")).toEqual(sample());
    const contract = await readFile(join(folder, "contract.yaml"), "utf8");
    expect(contract).toMatch(/^# What the operator of this cluster knows/);
    expect(contractSchema.safeParse(parse(contract)).success).toBe(true);
  });
});

describe("the same scenario and seed", () => {
  test("give the same content and the same bytes on one thread and on two", async () => {
    const [one, two] = [await generate(1), await generate(2)];
    expect(formatManifest(two)).toBe(formatManifest(one));
    expect(formatManifest(await readManifest(await sampleDataset()))).toBe(formatManifest(one));
  });

  test("give the same content under another name", async () => {
    const [one, two] = [await generate(1), await generate(1, "renamed")];
    expect(two.digest).toBe(one.digest);
    expect(two.scenario).toBe("renamed");
  });
});

describe("the digest of a table's content", () => {
  const digestOf = (folder: string, manifest: Manifest, name: string) =>
    withSession({}, (connection) => contentDigest(connection, folder, name, manifest.tables[name]!));

  test("is the writer's, for every table, read back from its file", async () => {
    const folder = await sampleDataset();
    const manifest = await readManifest(folder);
    for (const name of Object.keys(manifest.tables))
      expect([name, await digestOf(folder, manifest, name)]).toEqual([name, manifest.tables[name]!.digest]);
  });

  test.each([
    "FORMAT parquet, COMPRESSION snappy",
    "FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 2048",
    "FORMAT parquet, COMPRESSION gzip, PARQUET_VERSION v2",
  ])("does not change with the encoding: %s", async (options) => {
    const folder = await copyOf(await sampleDataset());
    const manifest = await readManifest(folder);
    for (const name of ["dcgm_gpu", "kube_pod", "kueue_cluster_queue_resource"]) {
      await replaceParquet(folder, name, "SELECT * FROM old", options);
      expect(await digestOf(folder, manifest, name)).toBe(manifest.tables[name]!.digest);
    }
  });

  test.each([
    ["a value", "SELECT * REPLACE (DCGM_FI_DEV_POWER_USAGE + 0.001 AS DCGM_FI_DEV_POWER_USAGE) FROM old"],
    [
      "one label",
      "SELECT * REPLACE (CASE WHEN rowid = 7 THEN 'x' ELSE pod END AS pod) FROM (SELECT *, row_number() OVER () AS rowid FROM old)",
    ],
    ["the order of rows", "SELECT * FROM old ORDER BY timestamp"],
    ["a missing value", "SELECT * REPLACE (coalesce(pod, '') AS pod) FROM old"],
    ["the number of rows", "SELECT * FROM old LIMIT 9000"],
  ])("changes with %s", async (_, sql) => {
    const folder = await copyOf(await sampleDataset());
    const manifest = await readManifest(folder);
    await replaceParquet(folder, "dcgm_gpu", sql);
    expect(await digestOf(folder, manifest, "dcgm_gpu")).not.toBe(manifest.tables["dcgm_gpu"]!.digest);
  });
});

test("datasetDigest depends on contents and contract, not on file names or encoding", async () => {
  const { tables: all, contract, digest } = await readManifest(await sampleDataset());
  expect(datasetDigest(all, contract)).toBe(digest);
  const moved = Object.fromEntries(
    Object.entries(all).map(([name, entry]) => [
      name,
      { ...entry, file: `x/${name}`, bytes: 1, sha256: "0".repeat(64) },
    ]),
  );
  expect(datasetDigest(moved, { ...contract, file: "y" })).toBe(digest);
  expect(datasetDigest(all, { ...contract, sha256: "0".repeat(64) })).not.toBe(digest);
  const one = { ...all, up: { ...all["up"]!, digest: "0".repeat(64) } };
  expect(datasetDigest(one, contract)).not.toBe(digest);
});

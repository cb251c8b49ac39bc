import { readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { EvenkeelError } from "../errors.js";
import {
  copyOf,
  editContract,
  editManifest,
  readManifest,
  replaceParquet,
  rewriteTable,
  sampleDataset,
} from "../testing/dataset.js";
import { CONTRACT_FILE, MANIFEST_FILE } from "./manifest.js";
import { openDataset } from "./open.js";
import { identifier, literal } from "./session.js";

/** A contract as untyped data, for a test to spoil. */
// biome-ignore lint/suspicious/noExplicitAny: what is parsed may be anything
type Data = any;

const copy = async () => copyOf(await sampleDataset());

/** The error that opening a folder gives. */
async function refusal(folder: string): Promise<string> {
  const error: unknown = await openDataset(folder).then(
    (dataset) => dataset.close(),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EvenkeelError);
  expect(error).toMatchObject({ exitCode: 2 });
  return (error as EvenkeelError).message;
}

describe("openDataset", () => {
  test("gives manifest, contract and every table by its name", async () => {
    const dataset = await openDataset(await sampleDataset());
    try {
      expect(dataset.contract.cluster).toBe("evenkeel");
      for (const [name, { rows }] of Object.entries(dataset.manifest.tables))
        expect(await dataset.query(`SELECT count(*) AS rows FROM ${name}`)).toEqual([{ rows }]);
      expect(await dataset.columns("SELECT 1 AS one, 2::BIGINT AS two UNION ALL SELECT 3, NULL")).toEqual({
        one: Float64Array.of(1, 3),
        two: [2, null],
      });
      expect(await dataset.columns("SELECT node FROM kube_node WHERE FALSE")).toEqual({ node: [] });
    } finally {
      dataset.close();
    }
  });

  test("never opens the truth: it may be gone", async () => {
    const folder = await copy();
    await rm(join(folder, "truth"), { recursive: true });
    (await openDataset(folder)).close();
  });

  test("opens tables that were re-encoded, with other columns behind those it knows", async () => {
    const folder = await copy();
    await replaceParquet(folder, "kube_job", "SELECT *, 1 AS more FROM old", "FORMAT parquet, COMPRESSION snappy");
    (await openDataset(folder)).close();
  });

  test("refuses a folder without a manifest", async () => {
    const folder = await copy();
    await rm(join(folder, MANIFEST_FILE));
    expect(await refusal(folder)).toBe(
      `${folder} holds no dataset: cannot read ${join(folder, MANIFEST_FILE)} (ENOENT). Make one with: npx evenkeel generate --scenario NAME --seed N --out DIR`,
    );
    expect(await refusal(join(folder, "nowhere"))).toContain("holds no dataset");
  });

  test("refuses a manifest that is no JSON, of another version, or not one that it wrote", async () => {
    const folder = await copy();
    const file = join(folder, MANIFEST_FILE);
    await writeFile(file, "{ half");
    expect(await refusal(folder)).toBe(`${file}: found text that is not JSON; generate or pull the dataset again`);
    await writeFile(file, '{"contractVersion": 2}');
    expect(await refusal(folder)).toBe(
      `${file}: found contractVersion 2; this evenkeel reads version 1. Generate the dataset again with this version, or use the evenkeel that wrote it`,
    );
    for (const text of ["{}", "null", "[]", '"text"']) {
      await writeFile(file, text);
      expect(await refusal(folder)).toContain("found contractVersion missing; this evenkeel reads version 1");
    }
    await writeFile(file, '{"contractVersion": 1, "seed": "one"}');
    expect(await refusal(folder)).toMatch(
      /^.*manifest\.json is not a manifest that evenkeel wrote:\n(.*\n)* {2}seed: .*\n/,
    );
  });

  test("refuses a manifest that lacks a table", async () => {
    const folder = await copy();
    await editManifest(folder, ({ tables: { kube_pod: _, ...tables } }) => ({ tables }));
    expect(await refusal(folder)).toBe(
      `${join(folder, MANIFEST_FILE)}: found no table "kube_pod"; generate or pull the dataset again`,
    );
  });

  test("refuses a missing contract, and one that is not what it must be", async () => {
    const folder = await copy();
    const file = join(folder, CONTRACT_FILE);
    await rm(file);
    expect(await refusal(folder)).toContain(`${folder} has no contract: cannot read ${file} (ENOENT)`);
    await writeFile(file, "version: 1\nflavors: [");
    expect(await refusal(folder)).toContain(`${file} is not YAML: `);
  });

  test.each<[string, (contract: Data) => void, string]>([
    [
      "an unknown field",
      (contract) => {
        contract.nodegroups[0].gpuPaid = 3;
      },
      'nodegroups[0].gpuPaid: unknown field; did you mean "gpusPaid"? allowed: name, region, gpuModel, gpusPerNode, gpusPaid, usdPerGpuHour, committedUntil',
    ],
    [
      "a missing field",
      (contract) => {
        delete contract.nodegroups[0].gpusPaid;
      },
      "nodegroups[0].gpusPaid: found nothing; allowed: a whole number from 0 on",
    ],
    [
      "a word that is none of those allowed",
      (contract) => {
        contract.clusterQueues[0].queueingStrategy = "FIFO";
      },
      'clusterQueues[0].queueingStrategy: found "FIFO"; allowed: "StrictFIFO", "BestEffortFIFO"',
    ],
    [
      "a day without a time",
      (contract) => {
        contract.nodegroups[0].committedUntil = "2026-12-31";
      },
      'nodegroups[0].committedUntil: found "2026-12-31"; allowed: a UTC time such as 2026-01-05T00:00:00Z',
    ],
    [
      "a node label as Kubernetes has it",
      (contract) => {
        contract.nodegroupLabels = ["agentpool"];
      },
      'nodegroupLabels[0]: found "agentpool"; allowed: a label as kube-state-metrics has it, which begins with label_',
    ],
    [
      "an unknown exporter",
      (contract) => {
        contract.prometheus = { jobs: { ksm: ["a"] } };
      },
      "prometheus.jobs.ksm: unknown field; allowed: kueue, kube-state-metrics, dcgm-exporter",
    ],
    [
      "a name that no label has",
      (contract) => {
        contract.prometheus = { matchers: { "my-cluster": "a" } };
      },
      'prometheus.matchers.my-cluster: found the name "my-cluster"; allowed: the name of a label',
    ],
  ])("refuses a contract with %s, and says where, what was found and what is allowed", async (_, spoil, line) => {
    const folder = await copy();
    const file = join(folder, CONTRACT_FILE);
    const contract: Data = parse(await readFile(file, "utf8"));
    spoil(contract);
    await writeFile(file, stringify(contract));
    expect((await refusal(folder)).split("\n")).toEqual([
      `${file} does not say what evenkeel must know of the cluster:`,
      `  ${line}`,
      "See docs/label-contract.md",
    ]);
  });

  test("refuses a label column that the contract names and no node has, and says where labels come from", async () => {
    const folder = await copy();
    await editContract(folder, () => ({ nodegroupLabels: ["label_cloud_google_com_gke_nodepool"] }));
    const message = await refusal(folder);
    expect(message).toContain(
      "kube_node.parquet: missing column label_cloud_google_com_gke_nodepool; found timestamp, instance",
    );
    expect(message).toContain(
      "kube-state-metrics exports node labels only if they are allow-listed; see docs/label-contract.md",
    );
  });

  test("refuses a table that is gone, cut short, or no Parquet at all", async () => {
    const folder = await copy();
    const path = join(folder, "kube_pod.parquet");
    const { tables } = await readManifest(folder);
    await truncate(path, tables["kube_pod"]!.bytes - 100);
    expect(await refusal(folder)).toMatch(
      /kube_pod\.parquet: no Parquet file, or not all of one \(.*\); generate or pull the dataset again$/,
    );
    await writeFile(path, "timestamp,node\n");
    expect(await refusal(folder)).toContain("kube_pod.parquet: no Parquet file, or not all of one");
    await writeFile(path, "");
    expect(await refusal(folder)).toContain("kube_pod.parquet: no Parquet file, or not all of one");
    await rm(path);
    expect(await refusal(folder)).toBe(
      `${path}: not there, though the manifest lists it; generate or pull the dataset again`,
    );
  });

  test("refuses another table under a table's name, and tells which columns are missing", async () => {
    const folder = await copy();
    await rm(join(folder, "kube_pod.parquet"));
    await rename(join(folder, "kube_job.parquet"), join(folder, "kube_pod.parquet"));
    expect(await refusal(folder)).toMatch(
      /kube_pod\.parquet: missing columns pod, uid, node, .*; found timestamp, instance, namespace, job_name/,
    );
  });

  test("refuses a table with other rows than the manifest says", async () => {
    const folder = await copy();
    const { rows } = (await readManifest(folder)).tables["kube_job"]!;
    await replaceParquet(folder, "kube_job", "SELECT * FROM old LIMIT 10");
    expect(await refusal(folder)).toBe(
      `${join(folder, "kube_job.parquet")}: found 10 rows, the manifest says ${rows.toLocaleString("en-US")}: the file was replaced; generate or pull the dataset again`,
    );
  });

  test("refuses a column of another type", async () => {
    const folder = await copy();
    await rewriteTable(folder, "kube_job", "SELECT * REPLACE (kube_job_created::VARCHAR AS kube_job_created) FROM old");
    expect(await refusal(folder)).toContain(
      "kube_job.parquet: column kube_job_created is VARCHAR; allowed: DOUBLE, FLOAT, BIGINT, INTEGER",
    );
  });

  test("takes the number types that other writers use", async () => {
    const folder = await copy();
    await rewriteTable(
      folder,
      "kube_node",
      `SELECT * REPLACE (kube_node_spec_unschedulable::BIGINT AS kube_node_spec_unschedulable, kube_node_created::FLOAT AS kube_node_created) FROM old`,
    );
    (await openDataset(folder)).close();
  });
});

test("identifier and literal quote whatever stands in them", () => {
  expect(identifier('a "b"')).toBe('"a ""b"""');
  expect(literal("it's")).toBe("'it''s'");
});

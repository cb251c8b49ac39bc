import { mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyOf, readManifest, replaceParquet, sampleDataset, tempFolder } from "../testing/dataset.js";
import { checks } from "./index.js";
import { verify } from "./verify.js";

const copy = async () => copyOf(await sampleDataset());
const findings = async (folder: string) => {
  const { ok, checks: results } = await verify(folder);
  return { ok, names: results.map((check) => check.name), failed: results.filter((check) => !check.ok), results };
};

describe("verify", () => {
  test("passes a dataset as it was written: hashes, schema and every check, in order", async () => {
    const { ok, names, results } = await findings(await sampleDataset());
    expect(results.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(names).toEqual(["hashes", "schema", ...checks.map((check) => check.name)]);
    expect(results[0]).toMatchObject({ count: 0, found: "18 files" });
    expect(results[1]).toMatchObject({ count: 0, found: "13 tables" });
  });

  test("passes a table that was re-encoded, and says so", async () => {
    const folder = await copy();
    await replaceParquet(
      folder,
      "kube_pod",
      "SELECT * FROM old",
      "FORMAT parquet, COMPRESSION gzip, ROW_GROUP_SIZE 2048",
    );
    const { ok, results } = await findings(folder);
    expect(ok).toBe(true);
    expect(results[0]).toMatchObject({ count: 0, found: "18 files; kube_pod.parquet: re-encoded, content unchanged" });
  });

  test("fails where a value has changed, though schema and checks have nothing to object to", async () => {
    const folder = await copy();
    await replaceParquet(
      folder,
      "dcgm_gpu",
      "SELECT * REPLACE (DCGM_FI_DEV_GPU_TEMP + 1 AS DCGM_FI_DEV_GPU_TEMP) FROM old",
    );
    const { ok, failed } = await findings(folder);
    expect(ok).toBe(false);
    expect(failed).toMatchObject([
      { name: "hashes", count: 1, found: expect.stringMatching(/^dcgm_gpu\.parquet: \d+ bytes instead of \d+$/) },
    ]);
  });

  test("fails where the truth or the contract has changed, by a byte or by size", async () => {
    const folder = await copy();
    const file = join(folder, "truth", "scenario.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("sample", "simple"));
    await writeFile(
      join(folder, "contract.yaml"),
      `${await readFile(join(folder, "contract.yaml"), "utf8")}\n# more\n`,
    );
    const { bytes } = (await readManifest(folder)).contract;
    const { failed } = await findings(folder);
    expect(failed).toMatchObject([
      {
        name: "hashes",
        count: 2,
        found: `contract.yaml: ${bytes + 8} bytes instead of ${bytes}; truth/scenario.yaml: other bytes than were written`,
      },
    ]);
  });

  test("fails without the truth, whose absence only it minds", async () => {
    const folder = await copy();
    await rm(join(folder, "truth"), { recursive: true });
    const { failed } = await findings(folder);
    expect(failed).toMatchObject([
      {
        name: "hashes",
        count: 4,
        found: ["workloads.parquet", "waiting.parquet", "supply.parquet", "scenario.yaml"]
          .map((file) => `truth/${file}: not there`)
          .join("; "),
      },
    ]);
  });

  test("leaves the checks out where a table is cut short, and says why", async () => {
    const folder = await copy();
    await truncate(join(folder, "up.parquet"), 500);
    const { ok, names, failed } = await findings(folder);
    expect(ok).toBe(false);
    expect(names).toEqual(["hashes", "schema"]);
    expect(failed[1]!.found).toContain("up.parquet: no Parquet file, or not all of one");
  });

  test("leaves the checks out without a contract", async () => {
    const folder = await copy();
    await rm(join(folder, "contract.yaml"));
    const { failed } = await findings(folder);
    expect(failed.map((check) => [check.name, check.count])).toEqual([
      ["hashes", 1],
      ["schema", 1],
    ]);
    expect(failed[1]!.found).toContain("has no contract");
  });

  test("reports a table that breaks off in the middle as a finding of each check that reads it", async () => {
    const folder = await copy();
    const file = join(folder, "dcgm_gpu.parquet");
    const bytes = await readFile(file);
    // The footer, by which the file is opened, stays whole; the pages before it do not.
    bytes.fill(0xff, 4, Math.floor(bytes.length / 2));
    await writeFile(file, bytes);
    const { ok, failed } = await findings(folder);
    expect(ok).toBe(false);
    expect(failed.map((check) => check.name)).toEqual(expect.arrayContaining(["hashes", "negatives", "duplicates"]));
    expect(failed.find((check) => check.name === "duplicates")).toMatchObject({
      count: 1,
      found: expect.stringMatching(/^cannot be read: /),
    });
  });

  test("throws for a folder that holds no dataset, with what to do", async () => {
    const empty = await tempFolder();
    await expect(verify(empty)).rejects.toMatchObject({
      message: `${empty} holds no dataset: cannot read ${join(empty, "manifest.json")} (ENOENT); name a folder that evenkeel generate wrote`,
      exitCode: 2,
    });
    await mkdir(join(empty, "manifest.json"));
    await expect(verify(empty)).rejects.toThrow("(EISDIR)");
  });

  test("throws for a manifest that is broken or of another version", async () => {
    const folder = await copy();
    await writeFile(join(folder, "manifest.json"), "{");
    await expect(verify(folder)).rejects.toMatchObject({ message: expect.stringContaining("not JSON"), exitCode: 2 });
    await writeFile(join(folder, "manifest.json"), '{"contractVersion":0}');
    await expect(verify(folder)).rejects.toThrow("found contractVersion 0; this evenkeel reads version 1");
  });
});

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataset } from "../dataset/open.js";
import { generateDataset } from "../generate.js";
import type { FaultInput } from "../scenario/schema.js";
import { datasetOf, readManifest, tempFolder } from "../testing/dataset.js";
import { small, steady } from "../testing/scenario.js";
import { breakDataset } from "./break.js";

const START = Date.UTC(2026, 0, 5);

/** Three hours of two nodegroups of a node each, one GPU held all the time. */
const world = (faults?: FaultInput[]) =>
  small({
    days: 3 / 24,
    nodegroups: [{}, {}],
    standalone: [{ name: "server", namespace: "lab", nodegroup: "a", pods: 1, gpusPerPod: 1, activity: steady }],
    ...(faults && { faults }),
  });

let made: Promise<string> | undefined;
const dataset = () => {
  made ??= datasetOf(world());
  return made;
};

async function broken(...faults: FaultInput[]): Promise<string> {
  const out = join(await tempFolder(), "broken");
  await breakDataset({ from: await dataset(), out, faults });
  return out;
}

async function ask<R extends Record<string, unknown>>(folder: string, sql: string): Promise<R[]> {
  const opened = await openDataset(folder);
  try {
    return await opened.query<R>(sql);
  } finally {
    opened.close();
  }
}

describe("a broken dataset", () => {
  test("is the same whenever it is made", async () => {
    const [one, two] = [await broken("two-prometheuses"), await broken("two-prometheuses")];
    expect(await readManifest(one)).toEqual(await readManifest(two));
  });

  test("may have several faults, one upon the other, and names them in that order", async () => {
    const folder = await broken("hostname-lower-case", "scrape-gap", "cordoned-node");
    expect((await readManifest(folder)).faults).toEqual(["hostname-lower-case", "scrape-gap", "cordoned-node"]);
    const [row] = await ask<{ cordoned: number; gone: number }>(
      folder,
      `SELECT (SELECT count(*) FROM kube_node WHERE kube_node_spec_unschedulable = 1) AS cordoned,
              (SELECT count(*) FROM up WHERE up = 0) AS gone`,
    );
    // Both strike the middle hour: what was not scraped cannot be cordoned.
    expect(row).toEqual({ cordoned: 0, gone: 60 });
  });

  test("is what a scenario with the same faults is generated as", async () => {
    const faults: FaultInput[] = ["empty-pod-label", { name: "profiling-paused", nodegroup: "b", fromHour: 1 }];
    const out = join(await tempFolder(), "generated");
    const generated = await generateDataset(world(faults), 4, out);
    const { digest, tables } = await readManifest(await broken(...faults));
    expect(generated).toMatchObject({ digest, tables, faults: ["empty-pod-label", "profiling-paused"] });
    expect(await readManifest(out)).toEqual(generated);
  });

  test("goes wrong where and when it is told to", async () => {
    const folder = await broken({ name: "profiling-paused", nodegroup: "b", fromHour: 0.5, toHour: 1 });
    const found = await ask(
      folder,
      `SELECT "Hostname" LIKE 'ip-10-1-%' AS b, (min(epoch_ms(timestamp)) - ${START}) // 60000 AS first, (max(epoch_ms(timestamp)) - ${START}) // 60000 AS last
       FROM dcgm_gpu WHERE "DCGM_FI_PROF_DRAM_ACTIVE" IS NULL GROUP BY b`,
    );
    expect(found).toEqual([{ b: true, first: 30, last: 59 }]);
  });

  test.each<[string, FaultInput, RegExp]>([
    ["an unknown name", "scrape-gpa", /^--fault: found "scrape-gpa", which is no fault\. Did you mean "scrape-gap"\?/],
    [
      "an unknown nodegroup",
      { name: "mig", nodegroup: "nowhere" },
      /^--fault: found nodegroup "nowhere"\. There is: a, b\.$/,
    ],
    [
      "a nodegroup for what strikes the whole cluster",
      { name: "scrape-gap", nodegroup: "b" },
      /^--fault: found nodegroup "b", but scrape-gap strikes the whole cluster; leave it out$/,
    ],
    [
      "hours for what strikes all the time",
      { name: "mig", fromHour: 1 },
      /^--fault: found fromHour or toHour, but mig strikes all the time; leave them out$/,
    ],
    [
      "hours beyond the data",
      { name: "scrape-gap", toHour: 4 },
      /^--fault: found hours 1 to 4; allowed: a span within 0 and 3, the length of the telemetry$/,
    ],
  ])("is refused for %s, before anything is written", async (_, fault, message) => {
    const parent = await tempFolder();
    await expect(
      breakDataset({ from: await dataset(), out: join(parent, "o"), faults: [fault] }),
    ).rejects.toMatchObject({ message: expect.stringMatching(message), exitCode: 2 });
    expect(await readdir(parent)).toEqual([]);
  });

  test("is refused by a scenario, too, before anything is simulated", async () => {
    const parent = await tempFolder();
    await expect(generateDataset(world(["nigs"]), 1, join(parent, "o"))).rejects.toThrow(
      'scenario small, faults[0]: found "nigs", which is no fault.',
    );
    expect(await readdir(parent)).toEqual([]);
  });

  test("never writes into what it is made from, even where it may replace", async () => {
    const from = await dataset();
    for (const out of [from, join(from, "deeper")])
      await expect(breakDataset({ from, out, faults: ["mig"], replace: true })).rejects.toThrow(
        "found the dataset itself, or a folder in it",
      );
  });

  test("never takes the place of another unasked, nor of what it is made from by mistake", async () => {
    const out = await broken("mig");
    await expect(breakDataset({ from: await dataset(), out, faults: ["mig"] })).rejects.toThrow("add --replace");
    const before = await readManifest(out);
    await breakDataset({ from: await dataset(), out, faults: ["scrape-gap"], replace: true });
    expect((await readManifest(out)).digest).not.toBe(before.digest);
  });
});

import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { CONTRACT_FILE } from "../dataset/manifest.js";
import { formatContract } from "../dataset/write.js";
import { packageRoot } from "../notebook/root.js";
import { tempFolder } from "../testing/dataset.js";
import { clusterQueue, contract, handMade, node, quota } from "../testing/hand-made.js";

const evenkeel = (cwd: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(packageRoot, "scripts", "evenkeel.mjs"), ...args], { cwd, encoding: "utf8" });

const dataset = (): Promise<string> =>
  handMade({
    minutes: 5,
    rows: {
      kube_node: () => [node("n0")],
      kueue_cluster_queue: () => [clusterQueue(1, 2)],
      kueue_cluster_queue_resource: () => [quota(8, 0)],
    },
  });

beforeAll(() => {
  // Compiles, if that has not been done.
  evenkeel(packageRoot, "--version");
});

describe("evenkeel rules and dashboard", () => {
  test("write what a contract alone is enough for", async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, "mine.yaml"), formatContract(contract));
    const rules = evenkeel(folder, "rules", "--contract", "mine.yaml", "--out", "out/rules.yaml");
    expect(rules).toMatchObject({ status: 0, stderr: "" });
    expect(rules.stdout).toMatch(
      /^out\/rules\.yaml: \d+ recording rules every 60 s, \d+ alerts\nCheck it with: promtool check rules out\/rules\.yaml\n$/,
    );
    const { groups } = parse(await readFile(join(folder, "out/rules.yaml"), "utf8")) as { groups: unknown[] };
    expect(groups).toHaveLength(3);

    const board = evenkeel(folder, "dashboard", "--contract", "mine.yaml", "--out", "out/board.json");
    expect(board).toMatchObject({ status: 0, stderr: "" });
    const { title } = JSON.parse(await readFile(join(folder, "out/board.json"), "utf8")) as { title: string };
    expect(title).toBe("evenkeel: by-hand");
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["board.json", "rules.yaml"]);
  });

  test("write a test of a dataset, which names the rules from where it lies", async () => {
    const [folder, data] = await Promise.all([tempFolder(), dataset()]);
    const args = ["rules", "--contract", join(data, CONTRACT_FILE), "--out", "rules.yaml"];
    const { status, stdout } = evenkeel(folder, ...args, "--data", data, "--test", "tests/rules_test.yaml");
    expect(status).toBe(0);
    expect(stdout).toContain("Test it with: promtool test rules tests/rules_test.yaml");
    expect(parse(await readFile(join(folder, "tests/rules_test.yaml"), "utf8"))).toMatchObject({
      rule_files: ["../rules.yaml"],
    });
  });
});

describe("bad input gets code 2, one message that says what to do, and changes nothing", () => {
  test.each<[string, string[], RegExp]>([
    ["no contract", ["rules", "--out", "o"], /^--contract: found nothing; name the contract\.yaml of a cluster/],
    ["nowhere to write", ["dashboard", "--contract", "mine.yaml"], /^--out: found nothing; name the file to write/],
    [
      "a contract that is not there",
      ["rules", "--contract", "no.yaml", "--out", "o"],
      /^--contract no\.yaml: cannot be read \(ENOENT\)/,
    ],
    [
      "a contract that says too little",
      ["dashboard", "--contract", "little.yaml", "--out", "o"],
      /^little\.yaml does not say.*nodegroups: /s,
    ],
    [
      "a flavor that stands for what is not there",
      ["rules", "--contract", "odd.yaml", "--out", "o"],
      /^contract, flavors\.a: found nodegroup "b"; allowed: a;/,
    ],
    [
      "a test without data",
      ["rules", "--contract", "mine.yaml", "--out", "o", "--test", "t"],
      /^--data: found nothing; name a short dataset/,
    ],
    [
      "data without a test",
      ["rules", "--contract", "mine.yaml", "--out", "o", "--data", "d"],
      /^--test: found nothing; name the file/,
    ],
    [
      "a file in a place that is none",
      ["rules", "--contract", "mine.yaml", "--out", "mine.yaml/o"],
      /^--out mine\.yaml\/o: cannot be written/,
    ],
  ])("%s", async (_, args, message) => {
    const folder = await tempFolder();
    await writeFile(join(folder, "mine.yaml"), formatContract(contract));
    await writeFile(join(folder, "odd.yaml"), formatContract({ ...contract, flavors: { a: ["b"] } }));
    await writeFile(join(folder, "little.yaml"), "version: 1\n");
    const { status, stdout, stderr } = evenkeel(folder, ...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect((await readdir(folder)).sort()).toEqual(["little.yaml", "mine.yaml", "odd.yaml"]);
  });

  test("data of another contract", async () => {
    const [folder, data] = await Promise.all([tempFolder(), dataset()]);
    await writeFile(join(folder, "mine.yaml"), formatContract({ ...contract, cluster: "another" }));
    const args = ["rules", "--contract", "mine.yaml", "--out", "o", "--data", data, "--test", "t"];
    expect(evenkeel(folder, ...args)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^--data .*: its contract is not that of --contract mine\.yaml;/),
    });
    expect(await readdir(folder)).toEqual(["mine.yaml"]);
  });
});

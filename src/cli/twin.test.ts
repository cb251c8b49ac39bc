import { cp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evenkeel } from "../testing/command.js";
import { datasetOf, tempFolder } from "../testing/dataset.js";
import { small } from "../testing/scenario.js";

const busy = small({
  name: "busy",
  days: 3,
  warmupDays: 1,
  intervalSeconds: 300,
  nodegroups: [{ nodes: 1 }],
  workloadClasses: [
    {
      name: "work",
      arrivals: { kind: "poisson", perHour: 14 },
      duration: { kind: "exponential", meanMinutes: 30, maxMinutes: 300 },
    },
  ],
});

describe("evenkeel twin", () => {
  let [folder, data] = ["", ""];
  beforeAll(async () => {
    folder = await tempFolder();
    data = await datasetOf(busy);
  });
  const twin = (...args: string[]) => evenkeel(["twin", ...args], { cwd: folder });

  test("writes a scenario that whatif tries actions on, says how well it matches and what it could not know", async () => {
    const { code, out } = await twin(data, "--out", "out/twin.yaml", "--seeds", "2", "--csv", "out/twin.csv").done;
    expect(code).toBe(0);
    expect(out).toContain("What could not be known:");
    expect(out).toMatch(/wait in team\/queue +95 %/);
    expect(out).toMatch(/\d+ of \d+ agree, over 2 seeds of the twin/);
    const text = await readFile(join(folder, "out/twin.yaml"), "utf8");
    expect(text).toMatch(/^# Fitted to a dataset by evenkeel twin. What it could not know:\n# - /);
    expect(parse(text).nodegroups).toMatchObject([{ name: "a", nodes: 1, gpusPerNode: 8 }]);
    const rows = (await readFile(join(folder, "out/twin.csv"), "utf8")).trim().split("\r\n");
    expect(rows[0]).toBe("measure,place,probability,unit,dataset,twin,least,most,agrees");
    expect(rows.length).toBeGreaterThan(5);

    const tried = await evenkeel(
      [
        "whatif",
        "--scenario",
        "out/twin.yaml",
        "--action",
        "add-nodes a 1",
        "--seeds",
        "4",
        "--json",
        "out/tried.json",
      ],
      { cwd: folder },
    ).done;
    expect(tried.code).toBe(0);
    // Seven GPUs of work wait for eight; for sixteen they do not.
    const { rows: differences } = JSON.parse(await readFile(join(folder, "out/tried.json"), "utf8"));
    expect(differences[0]).toMatchObject({ measure: "unmet_gpu_hours", verdict: "less" });
  }, 120_000);

  test("opens nothing of the truth, and comes to the same each time", async () => {
    const blind = join(folder, "blind");
    await cp(data, blind, { recursive: true });
    await rm(join(blind, "truth"), { recursive: true });
    const made = [data, blind].map((from, i) => twin(from, "--out", `same-${i}.yaml`, "--seeds", "0").done);
    for (const { code } of await Promise.all(made)) expect(code).toBe(0);
    const [one, other] = await Promise.all([0, 1].map((i) => readFile(join(folder, `same-${i}.yaml`), "utf8")));
    expect(other!.replaceAll("twin-blind", "twin-dataset")).toBe(one);
  }, 60_000);

  test("says what is missing or wrong", async () => {
    const [bare, nowhere, full] = await Promise.all([
      twin(data).done,
      twin("nowhere", "--out", "x.yaml").done,
      twin(data, "--out", "/dev/null/x.yaml", "--seeds", "0").done,
    ]);
    expect(bare).toMatchObject({ code: 2 });
    expect(bare.err).toContain("--out");
    expect(nowhere.err).toContain("nowhere holds no dataset");
    expect(full.err).toContain("--out /dev/null/x.yaml: cannot be written");
  });

  test("leaves nothing behind when it is stopped, but the scenario", async () => {
    const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("evenkeel-twin-"));
    const before = await temporary();
    const { child, done } = twin(data, "--out", "stopped.yaml", "--seeds", "40");
    while ((await readdir(folder)).every((name) => name !== "stopped.yaml")) await setTimeout(20);
    await setTimeout(300);
    child.kill("SIGINT");
    const { code, err } = await done;
    expect(code).toBe(130);
    expect(err).toContain("stopped.yaml is written, its report is not");
    expect(await temporary()).toEqual(before);
  }, 60_000);
});

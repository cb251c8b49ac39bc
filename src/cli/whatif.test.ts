import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { evenkeel } from "../testing/command.js";
import { tempFolder } from "../testing/dataset.js";
import { smallInput } from "../testing/scenario.js";
import { trialChecks } from "../trial/closing.js";
import { optionsOf } from "../trial/options.js";
import { readTrial } from "../trial/read.js";
import type { Trial } from "../trial/rows.js";

/** One node that is asked for a little more than it has. */
const busy = smallInput({
  name: "busy",
  days: 2,
  workloadClasses: [
    {
      name: "work",
      arrivals: { kind: "poisson", perHour: 10 },
      duration: { kind: "exponential", meanMinutes: 45 },
    },
  ],
});

let folder: string;
const whatIf = (...args: readonly string[]) =>
  evenkeel(["whatif", "--scenario", "busy.json", "--finished", "finished", ...args], { cwd: folder });

beforeAll(async () => {
  folder = await tempFolder();
  await writeFile(join(folder, "busy.json"), JSON.stringify(busy));
  // Compiles, if that has not been done.
  await evenkeel(["--version"]).done;
});

describe("evenkeel whatif", () => {
  test("says what each action changes, alone and together, and writes it", async () => {
    const args = ["--seeds", "4", "--action", "add-nodes a 1", "--action", "strategy queue StrictFIFO"];
    const ran = await whatIf(...args, "--json", "out/found.json", "--csv", "out/found.csv").done;
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("busy, 2 days a simulation, seeds 42 to 45");
    // A job of one GPU has four hours, unless told.
    expect(ran.out).toMatch(/p95 wait of the LocalQueue +target +without +with +difference\nteam\/queue +4 h +\d/);
    expect(ran.out).toMatch(/"add-nodes a 1": costs \$5,840 a month\n/);
    expect(ran.out).toMatch(/"add-nodes a 1" with "strategy queue StrictFIFO": costs \$5,840 a month\n/);
    const found = JSON.parse(await readFile(join(folder, "out/found.json"), "utf8"));
    // Without, with each, and with both.
    expect(found.simulations).toHaveLength(4 * 4);
    const [unmet] = found.rows;
    expect(unmet).toMatchObject({ action: "add-nodes a 1", measure: "unmet_gpu_hours", verdict: "less" });
    const mean = (actions: readonly string[]) =>
      found.simulations
        .filter((one: { actions: readonly string[] }) => `${one.actions}` === `${actions}`)
        .reduce((sum: number, one: { unmetGpuHours: number }) => sum + one.unmetGpuHours / 4, 0);
    expect(unmet.before).toBeCloseTo(mean([]), 9);
    expect(unmet.after).toBeCloseTo(mean(["add-nodes a 1"]), 9);
    const csv = await readFile(join(folder, "out/found.csv"), "utf8");
    expect(csv.trimEnd().split("\r\n")).toHaveLength(1 + found.rows.length);
  });

  test("tries pairs too, writes what notebook 08 shows, and does a seed of it again", async () => {
    const actions = ["add-nodes a 1", "strategy queue StrictFIFO", "placement best-fit"];
    const args = actions.flatMap((action) => ["--action", action]);
    const ran = await whatIf(...args, "--pairs", "--seeds", "2", "--notebook", "out/trial.json").done;
    expect(ran.code).toBe(0);
    const trial = await readTrial(join(folder, "out/trial.json"));
    expect(optionsOf(trial).map(({ name }) => name)).toEqual(["A", "B", "C", "A + B", "A + C", "B + C", "A + B + C"]);
    expect(trialChecks(trial).rows.every(([, result]) => result === "ok")).toBe(true);
    // The command in it makes the same file.
    const words = [...trial.command.replace("npx evenkeel ", "").matchAll(/"([^"]+)"|(\S+)/g)];
    const again = words.map(([, quoted, plain]) => quoted ?? plain!).map((word) => word.replace("trial", "again"));
    expect((await evenkeel([...again, "--finished", "finished"], { cwd: folder }).done).code).toBe(0);
    const [one, other] = await Promise.all(
      ["out/trial.json", "out/again.json"].map((file) => readFile(join(folder, file), "utf8")),
    );
    expect(other!.replace("again.json", "trial.json")).toBe(one);

    const checked = await whatIf("--check", "out/trial.json", "--seed", "43").done;
    expect(checked).toMatchObject({ code: 0, out: "busy, seed 43: 8 simulations come to what is in out/trial.json\n" });
    await writeFile(join(folder, "out/wrong.json"), one!.replace(/"seed":42,"unmetGpuHours":/, "$&1"));
    const wrong = await whatIf("--check", "out/wrong.json").done;
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/out\/wrong.json contradicts itself: that the hours add up to what waited is not so/);
    // Rows that do not follow from the simulations, another price, and what another world or version came to.
    const spoilt = async (spoil: (trial: Trial) => void, ...args: string[]) => {
      const copy: Trial = JSON.parse(one!);
      spoil(copy);
      await writeFile(join(folder, "out/spoilt.json"), JSON.stringify(copy));
      return (await whatIf("--check", "out/spoilt.json", ...args).done).err;
    };
    expect(await spoilt(({ rows }) => Object.assign(rows[0]!, { upper: 5 }))).toContain(
      "follow from the simulations is not so",
    );
    expect(
      await spoilt(({ rows }) =>
        rows.forEach((row) => {
          Object.assign(row, { usd_per_month: 1 });
        }),
      ),
    ).toContain("costs something else");
    expect(await spoilt((trial) => Object.assign(trial, { rows: [] }))).toMatch(/rows: found none of unmet_gpu_hours/);
    expect(await spoilt((trial) => Object.assign(trial, { scenario: "calm" }))).toContain(
      "--scenario: found busy; allowed with --check out/spoilt.json: calm",
    );
    const turned = await spoilt(({ simulations }) =>
      simulations.forEach((run) => {
        (run.unmetGpuHoursByHour as number[]).reverse();
      }),
    );
    expect(turned).toContain("out/spoilt.json is not what busy comes to with seed 42 and\n  nothing changed\n");
    const beyond = await whatIf("--check", "out/trial.json", "--seed", "7").done;
    expect(beyond).toMatchObject({ code: 2 });
    expect(beyond.err).toContain("--seed: found 7; allowed with --check out/trial.json: 42, 43");
    const beside = await whatIf("--check", "out/trial.json", "--pairs").done;
    expect(beside.err).toContain("--check out/trial.json: found --pairs beside it");
  });

  test("is shown by notebook 08, which needs no dataset", async () => {
    await whatIf("--action", "add-nodes a 1", "--seeds", "2", "--notebook", "out/small.json").done;
    const ran = await evenkeel(["notebooks", "08-what-if", "--what-if", "out/small.json", "--out", "shown"], {
      cwd: folder,
    }).done;
    expect(ran).toMatchObject({ code: 0, out: "" });
    expect(await readdir(join(folder, "shown"))).toEqual(["08-what-if.ipynb"]);
    const text = await readFile(join(folder, "shown/08-what-if.ipynb"), "utf8");
    expect(text).toContain("npx evenkeel whatif --scenario busy.json --check out/small.json");
    expect(text).not.toContain("FAILED");
    const none = await evenkeel(["notebooks", "08-what-if", "--what-if", "none.json", "--out", "none"], { cwd: folder })
      .done;
    expect(none.err).toContain("none.json: cannot be read (ENOENT)");
  });

  test("keeps what is finished when it is stopped, and goes on from there", async () => {
    const args = ["--seed", "100", "--seeds", "40", "--days", "6", "--action", "add-nodes a 1"];
    const before = (await readdir(join(folder, "finished")).catch(() => [])).length;
    const { child, done } = whatIf(...args);
    const finished = async () =>
      (await readdir(join(folder, "finished")).catch(() => [])).filter((name) => name.endsWith(".json")).length -
      before;
    while ((await finished()) < 3) await setTimeout(20);
    child.kill("SIGINT");
    const stopped = await done;
    expect(stopped).toMatchObject({ code: 130 });
    expect(stopped.err).toContain("finished simulations are kept in finished; the same command goes on from there");
    const kept = await finished();
    expect(kept).toBeLessThan(80);
    const again = await whatIf(...args).done;
    expect(again.code).toBe(0);
    expect(again.err).toContain(`${kept} of 80 simulations were done before`);
    const anew = await evenkeel(["whatif", "--scenario", "busy.json", "--finished", "anew", ...args], { cwd: folder })
      .done;
    expect(anew.out).toBe(again.out);
  });

  test("lists the actions, and says what is missing or wrong", async () => {
    const [list, none, wrong] = await Promise.all([
      evenkeel(["whatif", "--list"]).done,
      whatIf().done,
      whatIf("--action", "add-nodes b 1").done,
    ]);
    expect(list).toMatchObject({ code: 0, err: "" });
    expect(list.out).toContain("add-nodes <nodegroup> <nodes> [after <delay>]");
    expect(none.code).toBe(2);
    expect(none.err).toContain("--action: found nothing");
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('found "b", which is no nodegroup of the scenario. ');
  });
});

describe("evenkeel advise", () => {
  const advise = (...args: readonly string[]) =>
    evenkeel(["advise", "--scenario", "busy.json", "--finished", "finished", ...args], { cwd: folder });

  test("says what to buy within a budget, and what nothing is to be had for", async () => {
    const paid = await advise("--budget", "6000/month", "--seeds", "4", "--json", "out/advice.json").done;
    expect(paid.code).toBe(0);
    expect(paid.out).toMatch(/"add-nodes a 1" +\$5,840/);
    expect(paid.out).toContain('"add-nodes a 2": beyond the budget');
    const { worth } = JSON.parse(await readFile(join(folder, "out/advice.json"), "utf8"));
    expect(worth.map(({ actions }: { actions: string[] }) => actions)).toContainEqual(["add-nodes a 1"]);
    const free = await advise("--free-only", "--seeds", "4").done;
    expect(free.out).not.toMatch(/^"add-nodes/m);
  });

  test("refuses too few seeds to tell anything, and more than anybody needs", async () => {
    const one = await advise("--free-only", "--seeds", "1").done;
    expect(one).toMatchObject({ code: 2, out: "" });
    expect(one.err).toContain("--seeds: found 1; allowed: 2 to 1,000, since one seed shows no interval");
    expect((await advise("--free-only", "--seeds", "1000000000").done).err).toContain("allowed: 2 to 1,000");
  });

  test("refuses what is no budget", async () => {
    for (const budget of ["0/month", "-5", "20k"]) {
      const { code, err } = await advise("--budget", budget).done;
      expect(code).toBe(2);
      expect(err).toContain(`Found "${budget}"; allowed: dollars above 0, such as 20000/month`);
    }
    expect((await advise().done).err).toContain("--budget: found nothing");
    expect((await advise("--free-only", "--budget", "5").done).err).toContain(
      "--free-only: found --budget 5 beside it",
    );
  });
});

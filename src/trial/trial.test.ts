import { readdirSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trialFile } from "../api.js";
import { packageRoot } from "../notebook/root.js";
import { scenarioByName } from "../scenario/index.js";
import { meanInterval } from "../statistics/index.js";
import { tempFolder } from "../testing/dataset.js";
import { anyTrial, node, type TrialInput, threeActions } from "../testing/trial.js";
import { trialText } from "../whatif/written.js";
import { trialBudgetSentence } from "./budget.js";
import { trialChecks, trialReproSteps } from "./closing.js";
import { baselineOf, beyondSum, choiceOf, optionsOf, ranked, undominated } from "./options.js";
import { readTrial } from "./read.js";
import { rankedSheet } from "./sheets.js";
import { namesText, triedText } from "./words.js";

const FOLDER = join(packageRoot, "data", "what-if");

describe("the options of a trial", () => {
  const trial = anyTrial(threeActions);

  test("are named by letters, in the order of the actions", () => {
    expect(optionsOf(trial).map(({ name }) => name)).toEqual(["A", "B", "C", "A + B", "A + C", "B + C", "A + B + C"]);
  });

  test("that were only tried together have a letter for each action, which says what it stands for", () => {
    const some = anyTrial({
      options: [
        { actions: ["joins", "borrows"], main: [50] },
        { actions: ["packs"], main: [90] },
        { actions: ["joins", "borrows", "packs"], main: [40] },
      ],
    });
    expect(optionsOf(some).map(({ name }) => name)).toEqual(["A + B", "C", "A + B + C"]);
    expect(triedText(some)).toMatch(
      /with 1 action and 2 combinations of them:\n\n- \*\*A\*\* `joins`: only tried with others\n- \*\*B\*\* `borrows`: only tried with others\n- \*\*C\*\* `packs`: free$/,
    );
    expect(namesText(some)).toBe("A: joins; B: borrows; C: packs");
    const alone = anyTrial({ options: [{ actions: ["joins", "borrows"], main: [50] }] });
    expect(triedText(alone)).toContain("without anything done and with 1 combination:");
  });

  test("of more than an alphabet go on with numbers", () => {
    const many = anyTrial({ options: Array.from({ length: 28 }, (_, i) => ({ actions: [`act ${i}`] })) });
    expect(
      optionsOf(many)
        .map(({ name }) => name)
        .slice(24),
    ).toEqual(["Y", "Z", "A2", "B2"]);
  });

  test("are ranked free first, then by what a dollar removes, and last what is not shown to help", () => {
    expect(ranked(optionsOf(trial)).map(({ name }) => name)).toEqual([
      "A + B",
      "B",
      "A",
      "A + C",
      "A + B + C",
      "C",
      "B + C",
    ]);
    const mixed = anyTrial({
      options: [
        { actions: ["adds"], main: [130, 141, 152] },
        { actions: ["unclear"], main: [70, 120, 125] },
        { actions: ["dear"], main: [10, 12, 15], money: { usdPerMonth: 9000 } },
        { actions: ["cheap"], main: [60, 68, 76], money: { usdPerMonth: 100 } },
        { actions: ["free"], main: [90, 99, 109] },
      ],
    });
    expect(ranked(optionsOf(mixed)).map(({ actions: [action] }) => action)).toEqual([
      "free",
      "cheap",
      "dear",
      "unclear",
      "adds",
    ]);
  });

  test("say by how much several do more or less than they add up to, paired by seed", () => {
    const [, b, c, , , both] = optionsOf(trial);
    expect(beyondSum(trial, b!)).toBeUndefined();
    // B removes 40, 41 and 42, C 80, 88 and 96, both 80, 88 and 96.
    const expected = meanInterval([80 - 40 - 80, 88 - 41 - 88, 96 - 42 - 96])!;
    expect(beyondSum(trial, both!)?.estimate).toBeCloseTo(expected.estimate, 9);
    expect(beyondSum(trial, both!)?.interval?.lower).toBeCloseTo(expected.lower, 9);
    expect(c!.actions).toEqual(["add-nodes a 1"]);
  });

  test("are compared with what is free before what costs", () => {
    expect(choiceOf(trial)).toMatchObject({ free: { name: "A + B" }, paid: { name: "A + B + C" }, added: "C" });
    // 58 and 22 GPU-hours are left on average.
    expect(choiceOf(trial).paidRemoves?.estimate).toBeCloseTo(36, 9);
  });
});

test("the front has no point that another beats, and for every other one that does", () => {
  const point = fc.record({
    usdPerMonth: fc.nat(5),
    waitP95Seconds: fc.option(fc.nat(5), { nil: null }),
  });
  fc.assert(
    fc.property(fc.array(point, { minLength: 1 }), (points) => {
      const front = undominated(points);
      const wait = (one: (typeof points)[number]) => one.waitP95Seconds ?? 99;
      for (const [i, one] of front.entries())
        for (const other of front.slice(i + 1)) {
          expect(other.usdPerMonth).toBeGreaterThan(one.usdPerMonth);
          expect(wait(other)).toBeLessThan(wait(one));
        }
      for (const one of points)
        expect(front.some((best) => best.usdPerMonth <= one.usdPerMonth && wait(best) <= wait(one))).toBe(true);
    }),
  );
});

describe("the ranked table", () => {
  const rows = (input: TrialInput) => rankedSheet(anyTrial(input)).rows;

  test("says what an option costs, what it removes, and who gains and loses", () => {
    const [first, , , paid] = rows(threeActions);
    expect(first).toEqual([
      "A + B",
      "lend a on with quota b 4",
      "free",
      "62",
      expect.stringMatching(/^\d+ to \d+$/),
      "free",
      "11 min to 5 min 30 s",
      "team/main",
      "team/other",
    ]);
    // 99 GPU-hours a day are 3,011 in a month of 730 h: $1,000 / 3,011.
    expect(paid!.slice(2, 6)).toEqual([
      "$1,000 a month, committed until 31 Dec 2026",
      "99",
      expect.any(String),
      "$0.33",
    ]);
    expect(paid!.at(-1)).toBe("nobody shown");
  });

  test("says what is not shown, not told, not reached, saved and reusable", () => {
    const [unclear] = rows({ options: [{ actions: ["a"], main: [70, 120, 125] }] });
    expect(unclear![3]).toBe("5: no difference shown");
    const [adds] = rows({ options: [{ actions: ["a"], main: [130, 141, 152], wait: [null] }] });
    expect(adds!.slice(3, 7)).toEqual(["−31: adds to what waits", expect.any(String), "free", "11 min to not reached"]);
    const [once] = rows({ seeds: 1, options: [{ actions: ["a"], money: node, main: [50] }] });
    expect(once!.slice(3)).toEqual([
      "50: not told from chance",
      "unknown",
      "nothing shown for it",
      "10 min to 10 min",
      "unknown",
      "unknown",
    ]);
    const [saves] = rows({ options: [{ actions: ["a"], money: { usdPerMonth: -300 } }] });
    expect(saves!.slice(2, 4)).toEqual(["saves $300 a month", "0: same"]);
    const [ends] = rows({ options: [{ actions: ["reap a"], main: [50, 55, 60], reaped: 4, evictions: 12.4 }] });
    expect(ends!.at(-1)).toBe("12 more evictions and 4 more workloads ended for idleness");
    const money = { reusableUsdPerMonth: 900, committedUntil: "2026-12-31T00:00:00Z" };
    expect(rows({ options: [{ actions: ["a"], money }] })[0]![2]).toBe(
      "saves nothing yet, committed until 31 Dec 2026; nodes of $900 a month become free for other work",
    );
  });
});

test("what was tried is told with what it costs", () => {
  expect(triedText(anyTrial(threeActions)).split("\n")).toEqual([
    "`made-by-hand`: A world made by hand. 3 simulations of 1 day each, seeds 1 to 3, without anything done and with 3 actions and 4 combinations of them:",
    "",
    "- **A** `lend a on`: free",
    "- **B** `quota b 4`: free",
    "- **C** `add-nodes a 1`: $1,000 a month, committed until 31 Dec 2026",
  ]);
  expect(triedText(anyTrial({ seeds: 1, options: [{ actions: ["lend a on"] }] }))).toContain(
    "1 simulation of 1 day, seed 1, without anything done and with 1 action:",
  );
});

describe("the budget sentence", () => {
  const said = (input: TrialInput) => trialBudgetSentence(anyTrial(input));

  test("says what waits, what is free, what only money removes, and what lies idle", () => {
    // 110, 120 and 130 wait; t(0.975, 2) = 4.303, so that the mean is known to 10 x 4.303 / sqrt(3) = 24.8.
    expect(said({ ...threeActions, cause: "quota" })).toMatch(
      /^In 1 day like those of 5 Jan 2026 \(3 simulations, 95 % intervals\) jobs wait 120 GPU-hours \(95 to 145\); 100% \(100% to 100%\) of it while compatible, healthy GPUs are free\. Two changes at no cost, by which team\/other loses, remove 62 GPU-hours \(\d+ to \d+\) of it; only the remaining 58 can justify "add-nodes a 1" at \$1,000 a month, committed until 31 Dec 2026, which removes 36 of it \(\d+ to \d+\), a GPU-hour of waiting for \$0\.91, while \$500 a month sits idle in the hands of Search and 2 others\.$/,
    );
  });

  test("counts no waiting for capacity or for what is away as beside free GPUs, and says what was free but apart", () => {
    expect(said(threeActions)).toContain("; 0% (0% to 0%) of it while");
    expect(said({ ...threeActions, cause: "unavailable" })).toContain("; 0% (0% to 0%) of it while");
    expect(said({ ...threeActions, cause: "fragmentation" })).toContain(
      "of it while compatible, healthy GPUs are free, 120 GPU-hours of it apart. ",
    );
  });

  test("calls seven days a week", () => {
    expect(said({ days: 7 })).toMatch(/^In a week like that of 5 Jan to 11 Jan 2026 /);
  });

  test("says that money is not shown to add anything, or that none was tried", () => {
    const free = { actions: ["lend a on"], main: [50, 55, 60] };
    const both = { actions: ["lend a on", "add-nodes a 1"], money: node, main: [51, 50, 61] };
    expect(said({ options: [free, both] })).toMatch(
      /One change at no cost removes 55 GPU-hours \(.*\) of it; of the remaining 65, "add-nodes a 1" at \$1,000 a month, committed until 31 Dec 2026, is not shown to remove any \(−\d+ to \d+\)\.$/,
    );
    expect(said({ options: [free] })).toMatch(/ of it; nothing that costs was tried on top\.$/);
    const saves = { ...free, money: { usdPerMonth: -300 } };
    expect(said({ options: [saves] })).toContain("One change that saves $300 a month removes 55 GPU-hours");
  });

  test("says that only money helps, or nothing", () => {
    const unclear = { actions: ["lend a on"], main: [70, 120, 125] };
    const paid = { actions: ["add-nodes a 1"], money: { usdPerMonth: 1000 }, main: [20, 22, 24] };
    expect(said({ options: [unclear, paid] })).toContain(
      'No free change is shown to help; "add-nodes a 1" at $1,000 a month, which removes 88 of it (',
    );
    expect(said({ options: [unclear] })).toMatch(/No change that was tried is shown to help\.$/);
  });

  test("tells no change from chance with one seed, and asks for none where nothing waits", () => {
    expect(said({ ...threeActions, seeds: 1 })).toBe(
      "In 1 day like those of 5 Jan 2026 (1 simulation) jobs wait 110 GPU-hours; 0% of it while compatible, healthy GPUs are free. What a change would remove cannot be told from chance with one seed, while $500 a month sits idle in the hands of Search and 2 others.",
    );
    expect(said({ before: { main: [0], other: [0] } })).toMatch(/ no job waits\. Nothing has to be changed\.$/);
  });
});

describe("what is committed", () => {
  const files = readdirSync(FOLDER).filter((file) => scenarioByName(file.replace(".json", "")) !== undefined);

  test.each(files)("%s is small, adds up, and tells the command that makes it", async (file) => {
    expect(statSync(join(FOLDER, file)).size).toBeLessThan(250_000);
    const trial = await readTrial(join(FOLDER, file));
    expect(trialFile(trial.scenario)).toBe(join(FOLDER, file));
    expect(trialChecks(trial).rows.map(([what, result]) => `${what}: ${result}`)).toEqual(
      trialChecks(trial).rows.map(([what]) => `${what}: ok`),
    );
    expect(trial.command).toContain(`--scenario ${trial.scenario} `);
    expect(trial.command).toMatch(new RegExp(`--notebook data/what-if/${file}$`));
    const { scripts } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
    for (const [, action] of trial.command.matchAll(/--action "([^"]+)"/g))
      expect(scripts["what-if"]).toContain(action);
  });

  test("tries three actions, each pair and all of them, on ten seeds", async () => {
    const trial = await readTrial(trialFile("quota-and-capacity"));
    expect(trial.seeds).toHaveLength(10);
    expect(optionsOf(trial).map(({ name }) => name)).toEqual([
      ...["A", "B", "C"],
      ...["A + B", "A + C", "B + C"],
      "A + B + C",
    ]);
    expect(baselineOf(trial)).toHaveLength(10);
  });
});

describe("reading", () => {
  const kept = async (text: string) => {
    const file = join(await tempFolder(), "mine.json");
    await writeFile(file, text);
    return file;
  };

  test("gives back what was written", async () => {
    const trial = anyTrial(threeActions);
    expect(await readTrial(await kept(trialText(trial)))).toEqual(trial);
  });

  test("refuses what is no such file, and says which is", async () => {
    await expect(readTrial("/nowhere/mine.json")).rejects.toThrow(
      "/nowhere/mine.json: cannot be read (ENOENT); evenkeel whatif --notebook writes such a file",
    );
    await expect(readTrial(await kept("{"))).rejects.toThrow("found no JSON");
    await expect(readTrial(await kept("[]"))).rejects.toThrow("(the whole file)");
    const trial = anyTrial(threeActions);
    await expect(readTrial(await kept(JSON.stringify({ ...trial, seeds: [] })))).rejects.toThrow("seeds");
    const less = { ...trial, simulations: trial.simulations.slice(0, -1) };
    await expect(readTrial(await kept(JSON.stringify(less)))).rejects.toThrow(
      'simulations: found none of seed 3 with "lend a on + quota b 4 + add-nodes a 1"',
    );
  });
});

describe("the last cells", () => {
  test("say what does not add up", () => {
    const trial = anyTrial(threeActions);
    const [first, ...rest] = trial.simulations;
    const wrong = { ...trial, simulations: [{ ...first!, unmetGpuHours: 1 }, ...rest] };
    expect(trialChecks(trial).rows.map(([, result]) => result)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    expect(trialChecks(wrong).rows.map(([, result]) => result)).toEqual(["ok", "ok", "FAILED", "FAILED", "FAILED"]);
  });

  test("say how to get it again, and how to try something else", () => {
    const steps = trialReproSteps(anyTrial());
    expect(steps).toContain("npx evenkeel whatif --scenario made-by-hand --check FILE");
    expect(steps).toContain("--scenario mine.yaml --seed 1 --seeds 3 --notebook mine.json");
  });
});

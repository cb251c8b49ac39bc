import { describe, expect, test } from "vitest";
import { openTrial } from "../../api.js";
import { anyTrial, node, type TrialInput, threeActions } from "../../testing/trial.js";
import type { Trial } from "../../trial/rows.js";
import { type Figure, sentences } from "../figure.js";
import { illegible } from "../legibility.js";
import { beforeAndAfter, beforeFinding } from "./before-and-after.js";
import { costAgainstWait, costPoints, frontFinding } from "./cost-and-wait.js";
import { effectsOfActions } from "./effects.js";
import { gainFinding, whoGains } from "./who-gains.js";

const cost = (trial: Trial, targetSeconds = 360) => costAgainstWait(trial, targetSeconds);
const nobodyWaits: TrialInput = {
  before: { main: [0], other: [0], wait: [0] },
  options: [{ actions: ["lend a on"] }, { actions: ["add-nodes a 1"], money: node }],
};
/** Interval of −30, 10 and 5 around zero. */
const unclear = { main: [70, 120, 125] };
const nothingHelps: TrialInput = {
  options: [
    { actions: ["lend a on"], ...unclear },
    { actions: ["add-nodes a 1"], money: node },
  ],
};
const worse: TrialInput = { options: [{ actions: ["quota b 4"], main: [130, 141, 152] }] };
const onlyMoney: TrialInput = {
  options: [
    { actions: ["lend a on"], ...unclear },
    { actions: ["add-nodes a 1"], money: node, main: [20, 22, 24] },
  ],
};
const saves: TrialInput = {
  options: [{ actions: ["move-nodes a b 1"], money: { usdPerMonth: -300 }, main: [50, 55, 60] }],
};
const reusable: TrialInput = {
  options: [
    {
      actions: ["remove-nodes a 1"],
      money: { reusableUsdPerMonth: 900, committedUntil: "2026-12-31T00:00:00Z" },
      main: [150, 160, 175],
    },
  ],
};
const unreached: TrialInput = {
  before: { wait: [600, null, 720] },
  options: [{ actions: ["lend a on"], main: [80, 89, 98], wait: [null, 540, 600] }],
};
const partlyUnreached: TrialInput = {
  before: { wait: [600, null, 720] },
  options: [{ actions: ["lend a on"], main: [80, 89, 98], wait: [500, 540, 600] }],
};
const onlyTogether: TrialInput = {
  options: [
    { actions: ["cohort a c", "borrow a on"], main: [50, 55, 60] },
    { actions: ["placement pack"], main: [80, 89, 98] },
  ],
};
const longNames: TrialInput = {
  ...threeActions,
  options: threeActions.options!.map((option) => ({
    ...option,
    actions: option.actions.map(
      (action) => `${action} of a nodegroup with a rather long name, as some clusters have them`,
    ),
  })),
};

describe.each<[string, (trial: Trial) => Figure]>([
  ["effectsOfActions", effectsOfActions],
  ["beforeAndAfter", beforeAndAfter],
  ["costAgainstWait", cost],
  ["whoGains", whoGains],
])("%s", (_, draw) => {
  test.each<[string, TrialInput]>([
    ["three actions, their pairs and all together", threeActions],
    ["actions that were only tried together", onlyTogether],
    ["one seed", { ...threeActions, seeds: 1 }],
    ["three weeks and a dozen seeds", { ...threeActions, seeds: 12, days: 21 }],
    ["names that are too long", longNames],
    ["nothing that waits", nobodyWaits],
    ["nothing that helps", nothingHelps],
    ["what makes it worse", worse],
    ["what only money mends", onlyMoney],
    ["what saves money", saves],
    ["what saves nothing yet", reusable],
    ["waits that are not reached", unreached],
    ["waits that are not reached without it", partlyUnreached],
  ])("can be read of %s", (_name, input) => {
    const { svg, title, subtitle, takeaway, note, alt, source } = draw(anyTrial(input));
    expect(illegible(svg)).toEqual([]);
    for (const text of [title, subtitle, takeaway, note, alt, source]) {
      expect(text).not.toMatch(/\b(undefined|null|NaN|Infinity|infinite)\b|\[object|, , |\s{2}/);
      expect(text).not.toContain("unknown");
    }
    expect([2, 3]).toContain(sentences(takeaway).length);
  });

  test("can be read of what is committed", async () => {
    expect(illegible(draw(await openTrial("quota-and-capacity")).svg)).toEqual([]);
  });
});

describe("what each action changes", () => {
  const said = (input: TrialInput) => effectsOfActions(anyTrial(input));

  test("says what a letter stands for that stands beside no action of its own", () => {
    const said = "A: cohort a c; B: borrow a on; C: placement pack. ";
    expect(effectsOfActions(anyTrial(onlyTogether)).note).toContain(said);
    expect(effectsOfActions(anyTrial(threeActions)).note).not.toContain("A: ");
  });

  test("is what is free, and what money adds to that", () => {
    // 110 and 10 wait; A + B leaves 37 and 21, all three 6 and 16.
    const { title, takeaway } = said(threeActions);
    expect(title).toBe("Free changes remove 52% of what waits; $1,000 a month another 30%");
    expect(takeaway).toMatch(
      /^A \+ B, free, removes 62 GPU-hours \(\d+ to \d+\) of the 120 that wait; on top of it C, at \$1,000 a month, removes 36 GPU-hours \(/,
    );
  });

  test("says by how much parts do less than they add up to, or more", () => {
    // A alone removes 21, B 41 and C 88, all three 98: 52 less than the three add up to.
    expect(said(threeActions).takeaway).toContain(
      "A + B + C removes 52 GPU-hours less than its parts alone add up to: they mend",
    );
    const together: TrialInput = {
      options: [
        { actions: ["lend a on"], main: [99, 109, 119] },
        { actions: ["quota b 4"], main: [99, 109, 119] },
        { actions: ["lend a on", "quota b 4"], main: [50, 60, 70] },
      ],
    };
    expect(said(together).takeaway).toContain(
      "A + B removes 48 GPU-hours more than its parts alone add up to: each opens",
    );
    const alone: TrialInput = {
      options: [
        { actions: ["lend a on"], main: [90, 101, 109] },
        { actions: ["quota b 4"], main: [90, 99, 111] },
        { actions: ["lend a on", "quota b 4"], main: [80, 90, 100] },
      ],
    };
    expect(said(alone).takeaway).toContain(
      "Whether any together do more or less than they add up to alone is not shown.",
    );
  });

  test("says that money is not shown to add anything", () => {
    const input: TrialInput = {
      options: [
        { actions: ["lend a on"], main: [50, 55, 60] },
        { actions: ["add-nodes a 1"], money: node, main: [52, 50, 61] },
        { actions: ["lend a on", "add-nodes a 1"], money: node, main: [51, 50, 61] },
      ],
    };
    expect(said(input).title).toBe("Free changes remove 46% of what waits; money is not shown to help");
    expect(said(input).takeaway).toContain("; what B adds at $1,000 a month is not shown.");
  });

  test("says where only money helps, where only what is free was tried, and where nothing helps", () => {
    expect(said(onlyMoney).title).toBe("Only money removes what waits: $1,000 a month for 73%");
    expect(said(onlyMoney).takeaway).toContain("nothing free is shown to help");
    expect(said(saves).title).toBe("Free changes remove 46% of what waits");
    expect(said(saves).takeaway).toContain("No two were tried together.");
    expect(said(saves).takeaway).toContain("A, saves $300 a month, removes 55 GPU-hours");
    expect(said(nothingHelps).title).toBe("None of 2 options is shown to reduce what waits");
    expect(said(worse).takeaway).toBe(
      "120 GPU-hours wait on average, and no interval lies below zero. A is shown to add to what waits: leave it.",
    );
  });

  test("tells nothing from one seed, nor where nothing waits", () => {
    expect(said({ ...threeActions, seeds: 1 }).title).toBe("One seed cannot tell what the actions change");
    expect(said(nobodyWaits).title).toBe("Nothing waits, so there is nothing to remove");
  });
});

describe("before and after", () => {
  test("compares the worst hours, by the mean over the seeds", () => {
    const trial = anyTrial(threeActions);
    // 120 GPU-hours in two hours, then 58 and 22.
    expect(beforeFinding(trial)).toMatchObject({
      kind: "falls",
      peak: { gpus: 60 },
      shown: [
        { option: { name: "A + B" }, peak: { gpus: 29 } },
        { option: { name: "A + B + C" }, peak: { gpus: 11 } },
      ],
    });
    const { title, takeaway } = beforeAndAfter(trial);
    expect(title).toBe("At worst 60 GPUs wait; with A + B, free, 29");
    expect(takeaway).toContain(
      "Waiting is worst on Mon 5 Jan 09:00 UTC, when 60 GPUs wait on average. With A + B (free) the worst hour",
    );
  });

  test("says that nothing lowers the worst hour, and that nothing waits", () => {
    expect(beforeAndAfter(anyTrial(nothingHelps)).title).toBe(
      "At worst 60 GPUs wait, and nothing tried is shown to lower that",
    );
    expect(beforeAndAfter(anyTrial({ ...threeActions, seeds: 1 })).title).toBe(
      "At worst 55 GPUs wait; one seed cannot tell what lowers that",
    );
    expect(beforeAndAfter(anyTrial(nobodyWaits)).title).toBe("Nothing waits in any hour");
  });
});

describe("cost against wait", () => {
  const trial = anyTrial(threeActions);

  test("has on its front what no other beats", () => {
    const { front } = frontFinding(trial, 360) as Extract<ReturnType<typeof frontFinding>, { front: unknown }>;
    expect(front.map(({ name }) => name)).toEqual(["A + B", "A + B + C"]);
    for (const point of costPoints(trial))
      expect(
        front.some((one) => one.usdPerMonth <= point.usdPerMonth && one.waitP95Seconds! <= point.waitP95Seconds!),
      ).toBe(true);
  });

  test("names the cheapest that meets the target, and how sure that is", () => {
    // 300, 330 and 360 s: mean 330, and t(0.975, 2) of 4.30 x 30 / sqrt(3) = 74.5 more at the upper end.
    expect(cost(trial).title).toBe("A + B meets a p95 wait of 6 min for free");
    expect(cost(trial).takeaway).toContain(
      "A + B brings the p95 wait from 11 min to 5 min 30 s for free, the cheapest that meets a p95 wait of 6 min; the upper end of its interval, 6 min 45 s, does not. A + B + C waits least, 36 s, for $1,000 a month. The other 6 are beaten",
    );
    expect(cost(trial, 480).takeaway).toContain(
      "the cheapest that meets a p95 wait of 8 min; so does the upper end of its interval.",
    );
    expect(cost(anyTrial({ ...threeActions, seeds: 1 })).takeaway).toContain("one seed cannot say how sure that is");
  });

  test("says that the target is met already, or by nothing", () => {
    expect(cost(trial, 3600).title).toBe("The target of 1 h is met without doing anything");
    expect(cost(trial, 3600).takeaway).toContain(
      "The shortest wait, 36 s, is A + B + C, for $1,000 a month: nothing asks for it.",
    );
    expect(cost(trial, 10).title).toBe("Nothing tried meets a p95 wait of 10 s");
    expect(cost(anyTrial(nobodyWaits)).takeaway).toContain("Nothing that was tried shortens it.");
  });

  test("leaves out what is not known, and says so", () => {
    expect(cost(anyTrial(unreached)).title).toBe("No p95 wait is known");
    const partly = cost(anyTrial(partlyUnreached), 3600);
    expect(partly.title).toBe("A meets a p95 wait of 1 h for free");
    expect(partly.note).toContain("Not drawn, since the p95 lies beyond what was seen: nothing.");
  });
});

describe("who gains and who loses", () => {
  const said = (input: TrialInput) => whoGains(anyTrial(input));

  test("names who loses by what one would do, and what nobody loses by", () => {
    expect(gainFinding(anyTrial(threeActions))).toMatchObject({ kind: "loses", harmless: { name: "A + C" } });
    expect(said(threeActions).title).toBe("team/other loses by A + B");
    expect(said(threeActions).takeaway).toContain(
      "It makes team/other (21 GPU-hours instead of 10) wait longer: ask them before it is done. Nobody is shown to lose by A + C, which removes 99 GPU-hours ($1,000 a month).",
    );
  });

  test("says so where every option that helps has a loser", () => {
    const one = threeActions.options!.slice(1, 2);
    expect(said({ options: one }).takeaway).toContain("Somebody is shown to lose by every option that helps.");
  });

  test("says where nobody loses, or by other options only", () => {
    expect(said(saves).title).toBe("No queue is shown to lose by A");
    const elsewhere = [threeActions.options![0]!, { ...threeActions.options![1]!, main: [95, 105, 114] }];
    expect(said({ options: elsewhere }).title).toBe("No queue is shown to lose by A, but by others");
  });

  test("says that who has work ended or evicted loses, too", () => {
    const reaps = { actions: ["reap a"], main: [50, 55, 60], reaped: 4 };
    expect(said({ options: [reaps] }).takeaway).toContain(
      "It comes with 4 more workloads ended for idleness: their owners lose, too.",
    );
    expect(said({ options: [{ ...reaps, other: [20, 21, 22], evictions: 1 }] }).takeaway).toContain(
      "It comes with 1 more eviction and 4 more workloads ended for idleness",
    );
  });

  test("tells nothing where no option helps, nor from one seed", () => {
    expect(said(nothingHelps).takeaway).toContain("Nor is any queue shown to lose by one.");
    expect(said(worse).takeaway).toContain("Queues are shown to lose by A.");
    expect(said({ ...threeActions, seeds: 1 }).title).toBe("One seed cannot tell who gains and who loses");
  });
});

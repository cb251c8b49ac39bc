import { describe, expect, test } from "vitest";
import type { Analysis } from "../analysis/analyse.js";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import type { QuietSpan } from "../join/observed.js";
import { type AnalysisInput, analysisOf } from "../testing/analysis.js";
import { capacityRowOf } from "./__fixtures__/rows.js";
import { actions } from "./actions.js";
import { budget, budgetSentence } from "./budget.js";
import type { CapacityRow } from "./capacity.js";
import { costs } from "./cost.js";
import type { Plan } from "./plan.js";

/** A plan for a p95 of an hour whose capacity is given, of which the rest follows. */
function planFor({ diagnosis }: Analysis, capacity: readonly CapacityRow[]): Plan {
  return {
    targetSeconds: 3600,
    hidden: diagnosis.hidden,
    capacity,
    costs: costs(diagnosis),
    actions: actions(diagnosis, capacity),
    curves: new Map(),
  };
}

const say = (analysis: Analysis, ...capacity: CapacityRow[]) => budgetSentence(analysis, planFor(analysis, capacity));
const sentenceOf = (input: AnalysisInput, ...capacity: CapacityRow[]) => say(worldOf(input), ...capacity);

const between = (from: number, to: number, value: number) => (hour: number) => (hour >= from && hour < to ? value : 0);
/** One node of 8 H100s at $2: 8 x 2 x 730 = $11,680 a month. */
const oneNode = capacityRowOf({ nodegroup: "h100", nodes_to_add: 1, nodes_now: 2 });

/** 8 of 16 GPUs are free while 8 wait from 8:00 to 20:00, and there is no quota: 96 GPU-hours. */
const noQuota: AnalysisInput = {
  nodegroups: [{ name: "h100", gpus: 16, held: 8 }],
  queues: [
    { name: "h", nodegroups: ["h100"], able: ["h100"], nominal: 8, reserved: 8, pendingGpus: between(8, 20, 8) },
  ],
};

describe("the sentence begins with the time", () => {
  test("as a week, if it is one", () => {
    expect(sentenceOf({ ...inputs.steady, hours: 168 })).toMatch(
      /^In the week of 5 Jan to 11 Jan 2026 no job waited\. /,
    );
  });

  test("as it is, if it is not", () => {
    expect(sentenceOf(inputs.steady)).toMatch(/^Over 5 Jan 2026 no job waited\. /);
    expect(sentenceOf({ ...inputs.steady, hours: 336 })).toMatch(/^Over 5 Jan to 18 Jan 2026 no job waited\. /);
  });
});

describe("what waited", () => {
  test("is its GPU-hours, and the share of it for which GPUs were free", () => {
    expect(sentenceOf(noQuota)).toContain(
      " jobs waited 96 GPU-hours; 100% of it while compatible, healthy GPUs were free. ",
    );
    expect(sentenceOf(inputs.short)).toContain(
      " jobs waited 96 GPU-hours; 0% of it while compatible, healthy GPUs were free. ",
    );
  });

  test("has two ends where shapes are in doubt, and says what stretches them if it is a fifth or more", () => {
    // A pod of 8 waits for 96 GPU-hours while 8 are free, 4 on each of two nodes: none in its shape, all by number.
    expect(sentenceOf(inputs.fragmented)).toContain(
      " jobs waited 96 GPU-hours; 0% to 100% of it while compatible, healthy GPUs were free (the upper end counts 96 GPU-hours for which enough were free, but apart). ",
    );
    // 16 GPU-hours so, and 80 for capacity: with 16 of 96, or 17 %, nothing is said of it.
    const little: AnalysisInput = {
      nodegroups: [...inputs.fragmented.nodegroups, { name: "b100", gpus: 8, held: 8 }],
      queues: [
        ...inputs.fragmented.queues!,
        { name: "b", nodegroups: ["b100"], able: ["b100"], pendingGpus: between(0, 10, 8) },
      ],
      unplaced: [{ ...inputs.fragmented.unplaced![0]!, toHour: 8 }],
    };
    expect(sentenceOf(little)).toContain(
      " jobs waited 96 GPU-hours; 0% to 17% of it while compatible, healthy GPUs were free. ",
    );
  });

  test("is at least that, where Kueue or kube-state-metrics was silent for most of the time", () => {
    const silent = (source: "kueue" | "kubeState" | "dcgm") =>
      sentenceOf({ ...inputs.short, silent: { [source]: (hour: number) => hour < 13 } });
    expect(silent("kueue")).toContain(" jobs waited at least 56 GPU-hours; ");
    expect(silent("kubeState")).toContain(" jobs waited at least 96 GPU-hours; ");
    expect(silent("dcgm")).toContain(" jobs waited 96 GPU-hours; ");
  });

  test("was not seen, where nothing waited that was seen", () => {
    expect(sentenceOf(inputs.noKueue)).toMatch(/^Over 5 Jan 2026 it was not seen what waited\. /);
    expect(sentenceOf(inputs.nothingSeen)).toMatch(/^Over 5 Jan 2026 it was not seen what waited\. /);
    expect(sentenceOf(inputs.noDcgm)).toMatch(/^Over 5 Jan 2026 no job waited\. /);
  });
});

describe("what to change", () => {
  test("is nothing, where nothing waits and the nodes are enough", () => {
    expect(sentenceOf(inputs.steady)).toBe(
      "Over 5 Jan 2026 no job waited. Nothing has to be changed, and nothing has to be bought for a p95 wait of 1 h.",
    );
  });

  test("is nothing that is free, where no such change removes much", () => {
    expect(sentenceOf(inputs.short)).toMatch(
      /No free change has enough behind it to be worth making, and nothing has to be bought for a p95 wait of 1 h\.$/,
    );
  });

  test("is to buy what waits for capacity", () => {
    expect(sentenceOf(inputs.short, oneNode)).toMatch(
      /No free change has enough behind it to be worth making; a p95 wait of 1 h takes 1 node more in h100, at \$11,680 a month \(96 GPU-hours waited for capacity there\)\.$/,
    );
  });

  test("is to buy for the target, where nothing waits for capacity there", () => {
    expect(sentenceOf(inputs.steady, oneNode)).toMatch(
      /Nothing has to be changed; a p95 wait of 1 h takes 1 node more in h100, at \$11,680 a month\.$/,
    );
  });

  test("is what is free, and nothing more", () => {
    expect(sentenceOf(noQuota)).toMatch(
      /96 GPU-hours of it waited behind what 1 change at no cost would open; nothing has to be bought for a p95 wait of 1 h\.$/,
    );
  });

  test("is what is free first, of several together, and then only what is short of capacity", () => {
    // On b100 a pod of 8 waits for 96 GPU-hours while the 8 free ones lie apart; a100 lacks 4 for 5 hours.
    const all: AnalysisInput = {
      nodegroups: [
        ...noQuota.nodegroups,
        { name: "b100", gpus: 16, held: 8, scattered: true },
        { name: "a100", gpus: 16, held: 16 },
      ],
      queues: [
        ...noQuota.queues!,
        { name: "b", nodegroups: ["b100"] },
        { name: "a", nodegroups: ["a100"], able: ["a100"], pendingGpus: between(0, 5, 4) },
      ],
      unplaced: [{ clusterQueue: "b", nodegroup: "b100", pods: 1, gpusPerPod: 8, fromHour: 6, toHour: 18 }],
    };
    const nodes = [
      capacityRowOf({ nodegroup: "a100", nodes_to_add: 2, nodes_now: 2 }),
      capacityRowOf({ nodegroup: "b100", nodes_to_add: 1, nodes_now: 2 }),
    ];
    expect(sentenceOf(all, ...nodes)).toMatch(
      /192 GPU-hours of it waited behind what 2 changes at no cost would open; a p95 wait of 1 h takes 3 nodes more in a100 and b100, at \$35,040 a month \(20 GPU-hours waited for capacity there\)\.$/,
    );
  });

  test("is to move nodes first, and to buy those that nobody can spare", () => {
    // 96 GPU-hours wait for capacity, half of them for a node that a100 has to spare.
    const spare = capacityRowOf({ nodegroup: "a100", nodes_to_add: -1 });
    expect(sentenceOf(inputs.short, spare, capacityRowOf({ nodegroup: "h100", nodes_to_add: 2 }))).toMatch(
      /48 GPU-hours of it waited behind what 1 change at no cost would open; a p95 wait of 1 h takes 1 node more in h100, at \$11,680 a month \(48 GPU-hours waited for capacity there\)\.$/,
    );
    expect(sentenceOf(inputs.short, spare, oneNode)).toMatch(
      /96 GPU-hours of it waited behind what 1 change at no cost would open; a p95 wait of 1 h takes 1 node moved and none bought\.$/,
    );
  });

  test("is the nodes that the target takes from others, though nothing waited", () => {
    const spare = capacityRowOf({ nodegroup: "a100", nodes_to_add: -1 });
    expect(sentenceOf(inputs.steady, spare, oneNode)).toMatch(
      /no job waited\. A p95 wait of 1 h takes 1 node moved and none bought\.$/,
    );
  });

  test("is what is free first, and then the nodes that the target takes", () => {
    expect(sentenceOf(noQuota, oneNode)).toMatch(
      /96 GPU-hours of it waited behind what 1 change at no cost would open; a p95 wait of 1 h takes 1 node more in h100, at \$11,680 a month\.$/,
    );
  });

  test("does not claim that nothing has to be bought where the plan cannot tell", () => {
    const unknown = (nodegroup: string) =>
      capacityRowOf({ nodegroup, nodes_to_add: null, estimable: "no: 3 jobs, a p95 needs 59" });
    const enough = capacityRowOf({ nodegroup: "h100" });
    expect(sentenceOf(inputs.short, unknown("a100"), enough)).toMatch(
      /No free change has enough behind it to be worth making; what a p95 wait of 1 h takes in a100 is not known\.$/,
    );
    expect(sentenceOf(inputs.steady, unknown("a100"), unknown("h100"))).toMatch(
      /Nothing has to be changed; what a p95 wait of 1 h takes in a100 and h100 is not known\.$/,
    );
    expect(sentenceOf(noQuota, unknown("h100"))).toMatch(
      /96 GPU-hours of it waited behind what 1 change at no cost would open; what a p95 wait of 1 h takes in h100 is not known\.$/,
    );
    expect(sentenceOf(inputs.short, oneNode, ...["a", "b", "c"].map(unknown))).toMatch(
      / takes 1 node more in h100, at \$11,680 a month \(96 GPU-hours waited for capacity there\); what a p95 wait of 1 h takes in a and 2 more is not known\.$/,
    );
    expect(sentenceOf(inputs.steady, oneNode, unknown("a"))).toMatch(
      / takes 1 node more in h100, at \$11,680 a month; what a p95 wait of 1 h takes in a is not known\.$/,
    );
  });

  test("is never free if it is bought, though the contract has no price", () => {
    expect(sentenceOf(inputs.short, { ...oneNode, usd_per_month: 0 })).toMatch(
      /No free change has enough behind it to be worth making; a p95 wait of 1 h takes 1 node more in h100, at \$0 a month \(96 GPU-hours waited for capacity there\)\.$/,
    );
  });
});

describe("what stands free", () => {
  test("is said with its price a month where nothing is short and it is far more than a headroom", () => {
    // 8 of 16 GPUs at $2, of which 1.6 are headroom; of 10 of 16 used too few are free to say so.
    const free = (held: number) => sentenceOf({ nodegroups: [{ name: "h100", gpus: 16, held }] });
    expect(free(8)).toMatch(/, while \$9,344 a month stands free beyond a headroom of 10%\.$/);
    expect(free(12)).toMatch(/ for a p95 wait of 1 h\.$/);
  });
});

describe("what lies idle", () => {
  const spans = (state: QuietSpan["state"], ...namespaces: string[]): QuietSpan[] =>
    namespaces.map((namespace, i) => ({ state, nodegroup: "h100", namespace, firstTick: i, lastTick: 287 }));
  const of = (quiet: QuietSpan[], input: Partial<AnalysisInput> = {}) =>
    say(analysisOf({ ...inputs.steady, ...input, observed: { quiet } }));

  test("is said with its price a month, and whose it is", () => {
    // 7 GPUs at $2 for 730 hours.
    expect(sentenceOf(inputs.idle)).toMatch(/, while \$10,220 a month sits idle in the hands of Team\.$/);
    expect(sentenceOf(inputs.stalled)).toMatch(/, while \$10,220 a month is busy but starved in the hands of Team\.$/);
  });

  test("names two teams, and counts more, most first", () => {
    expect(of(spans("idle", "x", "y"))).toMatch(/sits idle in the hands of x and y\.$/);
    expect(of(spans("idle", "x", "y", "z"))).toMatch(/sits idle in the hands of x and 2 others\.$/);
  });

  test("says both, each with its own teams", () => {
    const nodegroups = [{ name: "h100", gpus: 16, held: 14, stalled: 1 }];
    expect(of([...spans("idle", "x"), ...spans("stalled", "y")], { nodegroups, queues: [] })).toMatch(
      /, while \$1,460 a month sits idle in the hands of x and \$1,460 a month is busy but starved in the hands of y\.$/,
    );
  });

  test("says nothing of less than a dollar", () => {
    const cheap = (usdPerGpuHour: number) =>
      sentenceOf({ nodegroups: [{ name: "h100", gpus: 16, held: 14, idle: 1, usdPerGpuHour }], queues: [] });
    expect(cheap(0.0013)).not.toContain("idle");
    expect(cheap(0.0014)).toMatch(/, while \$1 a month sits idle in the hands of Team\.$/);
  });

  test("is a month's price whatever the length of the data", () => {
    expect(sentenceOf({ ...inputs.idle, hours: 48 })).toContain("$10,220 a month");
  });
});

describe("budget(diagnosis, plan)", () => {
  test("has the numbers of the sentence", () => {
    const analysis = worldOf(noQuota);
    expect(budget(analysis.diagnosis, planFor(analysis, [oneNode]))).toEqual({
      waitedGpuHours: expect.closeTo(96, 6),
      whileFree: { lower: 1, upper: 1 },
      apartGpuHours: 0,
      known: true,
      hidden: analysis.diagnosis.hidden,
      free: { changes: 1, gpuHours: expect.closeTo(96, 6) },
      moved: 0,
      buys: [{ nodegroup: "h100", nodes: 1, usdPerMonth: 11_680, gpuHours: 0 }],
      unknown: [],
      idle: { usdPerMonth: 0, owners: [] },
      stalled: { usdPerMonth: 0, owners: [] },
      slackUsdPerMonth: 0,
    });
  });

  test("counts nodes that are moved as a free change, and buys only what is left after that", () => {
    // One of three nodes is moved: a third of 96 GPU-hours; two are bought.
    const analysis = worldOf(inputs.short);
    const capacity = [
      capacityRowOf({ nodegroup: "a100", nodes_to_add: -1 }),
      capacityRowOf({ nodegroup: "h100", nodes_to_add: 3 }),
    ];
    expect(budget(analysis.diagnosis, planFor(analysis, capacity))).toMatchObject({
      free: { changes: 1, gpuHours: expect.closeTo(32, 6) },
      buys: [
        {
          nodegroup: "h100",
          nodes: 2,
          usdPerMonth: expect.closeTo(23_360, 6),
          gpuHours: expect.closeTo(64, 6),
        },
      ],
    });
  });

  test("does not count what is given back, or moved to where nothing waited, as a change that removes waiting", () => {
    const analysis = worldOf(inputs.steady);
    const plan = planFor(analysis, [
      capacityRowOf({ nodegroup: "h100", nodes_to_add: -2, committed_until: "2027-01-01T00:00:00Z" }),
      capacityRowOf({ nodegroup: "a100", nodes_to_add: 1 }),
    ]);
    expect(plan.actions.map(({ action, nodes, usd_per_month }) => [action, nodes, usd_per_month])).toEqual([
      ["move", 1, 0],
      ["free", 1, 0],
    ]);
    expect(budget(analysis.diagnosis, plan)).toMatchObject({ free: { changes: 0, gpuHours: 0 }, buys: [] });
  });
});

describe("what was simulated of the free changes", () => {
  const analysis = worldOf(noQuota);
  const plan = planFor(analysis, []);
  const free = plan.actions.filter(({ what_if }) => what_if !== null);
  const told = (removed: readonly number[], refused: string | null = null) =>
    budgetSentence(analysis, plan, {
      command: "npx evenkeel plan DIR",
      dataset: "0",
      scenario: "made",
      own: true,
      seeds: removed.map((_, i) => i),
      waits: [],
      actions: free.map(({ what_if }) => ({ what_if: what_if!, removed_gpu_hours: [...removed], refused })),
    }).slice(budgetSentence(analysis, plan).length);

  test("is a sentence of its own: what removes, with its interval, what adds, and what is not shown to do either", () => {
    expect(free.length).toBe(1);
    const [{ what_if }] = free as [(typeof free)[number]];
    expect(told([50, 60, 70])).toMatch(
      new RegExp(`^ Simulated, each by itself, "${what_if}" removes 60 GPU-hours \\(\\d+ to \\d+\\)\\.$`),
    );
    expect(told([50])).toBe(` Simulated, each by itself, "${what_if}" removes 50 GPU-hours.`);
    expect(told([-50, -60, -70])).toBe(` Simulated, each by itself, "${what_if}" adds to what waits: leave it.`);
    expect(told([-50, 0, 60])).toBe(` Simulated, each by itself, "${what_if}" is not shown to remove any.`);
  });

  test("is nothing where nobody tried it, or it could not be tried", () => {
    expect(budgetSentence(analysis, plan, null)).toBe(budgetSentence(analysis, plan));
    expect(told([], "found no such queue")).toBe("");
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dataset, openDataset } from "../dataset/open.js";
import { inputs, shapes, worldOf } from "../figures/__fixtures__/worlds.js";
import type { QuietSpan } from "../join/observed.js";
import { metrics } from "../metrics/index.js";
import { type GangInput, gangs } from "../plan/__fixtures__/gangs.js";
import { capacityRowOf } from "../plan/__fixtures__/rows.js";
import type { ActionRow } from "../plan/actions.js";
import { makePlan, type Plan } from "../plan/plan.js";
import type { SimulatedPlan } from "../plan/simulated.js";
import { tables } from "../tables/index.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { type AnalysisInput, analysisOf } from "../testing/analysis.js";
import { copyOf, editManifest, sampleDataset } from "../testing/dataset.js";
import { type Analysis, analyse } from "./analyse.js";
import {
  actionSheet,
  causeSheet,
  checksSheet,
  costSheet,
  droppedSheet,
  episodeSheet,
  joinedRowSheet,
  metricByNodegroupSheet,
  metricSheet,
  nodegroupsSheet,
  ownerSheet,
  planSheet,
  type Sheet,
  supplySheet,
  tablesSheet,
  waitSheet,
} from "./tables.js";

const HOUR = 3600;

/** The rows as objects, by the names of their columns. */
const named = ({ columns, rows }: Sheet) =>
  rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));

const between = (from: number, to: number, value: number) => (hour: number) => (hour >= from && hour < to ? value : 0);

const emptyPlan: Plan = {
  targetSeconds: 3600,
  hidden: { queues: [], workloadHours: 0, share: 0, podless: [] },
  capacity: [],
  costs: [],
  actions: [],
  curves: new Map(),
};

describe("every table", () => {
  const sheetsOf = (analysis: Analysis): Record<string, Sheet> => {
    const plan = makePlan(analysis, 3600);
    const { diagnosis } = analysis;
    return {
      dropped: droppedSheet(analysis),
      nodegroups: nodegroupsSheet(analysis),
      joinedRow: joinedRowSheet(analysis),
      metric: metricSheet(),
      metricByNodegroup: metricByNodegroupSheet(analysis),
      episode: episodeSheet(analysis),
      cause: causeSheet(analysis),
      wait: waitSheet(analysis),
      owner: ownerSheet(analysis),
      plan: planSheet(plan),
      action: actionSheet(plan),
      planUntried: planSheet(plan, null),
      actionUntried: actionSheet(plan, null),
      cost: costSheet(plan),
      supply: supplySheet(diagnosis),
    };
  };
  // Four weeks of twelve nodegroups show nothing here that a day does not.
  const { fourWeeks: _, ...some } = shapes;

  test.each(Object.entries(some))(
    "has a cell for each of its columns, and no cell that is no value: %s",
    (_name, input) => {
      for (const { columns, rows } of Object.values(sheetsOf(worldOf(input)))) {
        expect(new Set(columns).size).toBe(columns.length);
        for (const row of rows) {
          expect(row).toHaveLength(columns.length);
          for (const cell of row) {
            expect(["string", "number"]).toContain(typeof cell);
            expect(String(cell)).not.toMatch(/NaN|undefined|null|Invalid|Infinity|\[object/);
          }
        }
      }
    },
  );
});

describe("nodegroupsSheet(analysis)", () => {
  test("has the contract's line on each, with the flavors that reach it", () => {
    const made = analysisOf({ nodegroups: [{ name: "a100", gpus: 32, usdPerGpuHour: 3.5 }, { name: "h100" }] });
    const { contract } = made.observed;
    const [a100, h100] = contract.nodegroups;
    const nodegroups = [{ ...a100!, committedUntil: "2026-06-30T00:00:00Z", gpuModel: "A100" }, h100!];
    const flavors = { "a100-flavor": ["a100"], any: ["a100", "h100"] };
    const observed = { ...made.observed, contract: { ...contract, nodegroups, flavors } };
    expect(named(nodegroupsSheet({ ...made, observed }))).toEqual([
      {
        nodegroup: "a100",
        region: "us-west-2",
        GPU: "A100",
        "GPUs paid": 32,
        "GPUs a node": 8,
        "$ a GPU-hour": "3.50",
        "committed until": "2026-06-30",
        flavors: "a100-flavor and any",
      },
      expect.objectContaining({
        nodegroup: "h100",
        "$ a GPU-hour": "2.00",
        "committed until": "on demand",
        flavors: "any",
      }),
    ]);
  });
});

describe("droppedSheet(analysis)", () => {
  test("says what was left out, why, and how many of what", () => {
    const dropped = [
      { source: "dcgm-exporter", reason: "GPU on a host that is no known node", count: 1234, unit: "GPUs" },
    ];
    const analysis = analysisOf({ nodegroups: [{ name: "a" }], observed: { dropped } });
    expect(droppedSheet(analysis)).toEqual({
      columns: ["source", "left out because", "how many"],
      rows: [["dcgm-exporter", "GPU on a host that is no known node", "1,234 GPUs"]],
    });
    expect(droppedSheet(worldOf(inputs.steady)).rows).toEqual([]);
  });
});

describe("joinedRowSheet(analysis)", () => {
  test("is one hour in full: a line a column, with its value, and missing where there is none", () => {
    const rows = new Map(joinedRowSheet(worldOf(inputs.noDcgm)).rows as [string, string][]);
    expect([...rows.keys()].sort()).toEqual(Object.keys(nodegroupWindow.columns).sort());
    // 48 hours of two nodegroups of 24: the one in the middle is the first of the second.
    expect(rows.get("window_start")).toBe("Mon 5 Jan 00:00 UTC");
    expect(rows.get("nodegroup")).toBe("h100");
    expect(rows.get("window_seconds")).toBe("3,600");
    expect(rows.get("gpus_held")).toBe("14");
    expect(rows.get("gpu_util_percent")).toBe("missing");
    expect(rows.get("gpus_pending_lower")).toBe("0");
  });

  test("is empty where there is no hour", () => {
    expect(joinedRowSheet(analysisOf({ nodegroups: [] })).rows).toEqual([]);
  });
});

describe("metricSheet()", () => {
  test("has every metric of the registry, in its words", () => {
    const rows = named(metricSheet());
    expect(rows.map((row) => row["metric"])).toEqual(metrics.map(({ name }) => name));
    for (const [i, row] of rows.entries()) {
      const { kind, definition, formula, falsePositives, action } = metrics[i]!;
      expect(Object.values(row).slice(1)).toEqual([kind, definition, formula, falsePositives, action]);
    }
  });
});

describe("metricByNodegroupSheet(analysis)", () => {
  // h100 is full, and for 10 hours 8 GPUs more are asked for; of a100 half is free, and nobody waits.
  const input: AnalysisInput = {
    nodegroups: [
      { name: "a100", gpus: 32, held: 16 },
      { name: "h100", gpus: 16, held: 16 },
    ],
    queues: [{ name: "h", nodegroups: ["h100"], pendingGpus: between(8, 18, 8) }],
  };
  const rowOf = (name: string, world: AnalysisInput) => {
    const sheet = metricByNodegroupSheet(worldOf(world));
    return sheet.rows.find(([metric]) => metric === name)!.slice(1);
  };

  test("has a line a metric, and a column a nodegroup", () => {
    const { columns, rows } = metricByNodegroupSheet(worldOf(input));
    expect(columns).toEqual(["metric (mean; worst hour)", "a100", "h100", "Gini"]);
    expect(rows.map(([name]) => name)).toEqual(metrics.map(({ name }) => name));
  });

  test("has the mean and the worst hour of each, and how uneven the means are", () => {
    // 16 / 32 at all hours; 16 / 16 for 14 hours and (16 + 8) / 16 for 10: 29 / 24. Gini: (29 / 24 - 1 / 2) / (2 x 41 / 24).
    expect(rowOf("demand_ratio", input)).toEqual(["0.50; 0.50", "1.21; 1.50", "0.21"]);
  });

  test("takes the hour farthest from zero for the worst, and no Gini, where both signs are bad", () => {
    // -(16 / 32 - 0.1) where nobody waits; 8 / (16 + 8) where 8 do, and 0 where nothing is free.
    expect(rowOf("imbalance", input)).toEqual(["−0.40; −0.40", "0.14; 0.33", ""]);
    const both: AnalysisInput = {
      nodegroups: [{ name: "h100", gpus: 16, held: between(12, 24, 16) }],
      queues: [{ name: "h", nodegroups: ["h100"], pendingGpus: between(12, 24, 8) }],
    };
    // For half the day all of it is free: -0.9; for the other half 8 of 24 wait.
    expect(rowOf("imbalance", both)).toEqual(["−0.28; −0.90", ""]);
  });

  test("has a Gini of 0 where all means are 0, and of a half where one of two is", () => {
    expect(rowOf("waste_share", inputs.steady)).toEqual(["0.00; 0.00", "0.00; 0.00", "0.00"]);
    // 7 of 16 GPUs of h100 are idle, none of a100. Gini of 0 and x: x / (2 x).
    expect(rowOf("waste_share", inputs.idle)).toEqual(["0.00; 0.00", "0.44; 0.44", "0.50"]);
  });

  test("is unknown where a source is missing, and goes by the hours that are known where it is for some", () => {
    expect(rowOf("waste_share", inputs.noDcgm)).toEqual(["unknown", "unknown", "unknown"]);
    // Idle 4 of 16 from 12:00 on, and not known before: the mean of what is known.
    const idle: AnalysisInput = {
      nodegroups: [
        { name: "h100", gpus: 16, held: 16, idle: 4 },
        { name: "b100", gpus: 16, held: 16, idle: 2 },
      ],
      silent: { dcgm: (hour, name) => name === "b100" || hour < 12 },
    };
    expect(rowOf("waste_share", idle)).toEqual(["0.25; 0.25", "unknown", "0.00"]);
  });
});

describe("episodeSheet(analysis)", () => {
  test("says where, when, how much and why, most GPU-hours first", () => {
    expect(named(episodeSheet(worldOf(inputs.short)))).toEqual([
      {
        where: "h100",
        from: "Mon 5 Jan 08:00 UTC",
        to: "Mon 5 Jan 20:00 UTC",
        lasted: "12 h",
        "GPU-hours waited": "96",
        "most GPUs at once": "8",
        cause: "capacity",
        ClusterQueues: "h",
      },
    ]);
    expect(named(episodeSheet(worldOf(inputs.shared)))).toMatchObject([{ where: "a100 and h100" }]);
    expect(episodeSheet(worldOf(inputs.steady)).rows).toEqual([]);
  });

  test("says that one was still open at the end", () => {
    const open = analysisOf({
      ...inputs.short,
      queues: [{ name: "h", nodegroups: ["h100"], pendingGpus: between(20, 24, 8) }],
    });
    expect(named(episodeSheet(open))).toMatchObject([{ to: "still open at the end", lasted: "4 h" }]);
  });

  test("has the shares of the causes where none has most of it", () => {
    // For 10 hours 8 wait for quota while 8 are free, then for 10 more for capacity while none is.
    const mixed = analysisOf({
      nodegroups: [{ name: "h100", gpus: 16, held: (hour) => (hour < 10 ? 8 : 16) }],
      queues: [
        { name: "h", nodegroups: ["h100"], able: ["h100"], nominal: 8, reserved: 8, pendingGpus: between(0, 20, 8) },
      ],
    });
    const [row] = named(episodeSheet(mixed));
    expect(row!["cause"]).toMatch(/^mixed: (quota 50% and capacity 50%|capacity 50% and quota 50%)$/);
  });
});

describe("causeSheet(analysis)", () => {
  test("has the waiting of each queue by cause, where it is counted, and its share", () => {
    const analysis = analysisOf({
      nodegroups: [
        { name: "h100", gpus: 16, held: 8 },
        { name: "a100", gpus: 16, held: 16 },
      ],
      queues: [
        { name: "h", nodegroups: ["h100"], able: ["h100"], nominal: 8, reserved: 8, pendingGpus: between(0, 3, 8) },
        { name: "a", nodegroups: ["a100"], able: ["a100"], pendingGpus: between(0, 9, 8) },
      ],
    });
    expect(causeSheet(analysis)).toEqual({
      columns: ["where", "ClusterQueue", "cause", "GPU-hours waited", "share"],
      rows: [
        ["a100", "a", "capacity", "72", "75%"],
        ["h100", "h", "quota", "24", "25%"],
      ],
    });
  });

  test("leaves out what would read as none", () => {
    const little = (gpus: number) =>
      analysisOf({
        ...inputs.short,
        queues: [{ name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus: between(0, 0.25, gpus) }],
      });
    expect(causeSheet(little(1)).rows).toEqual([]);
    expect(causeSheet(little(3)).rows).toMatchObject([["h100", "h", "capacity", "1", "100%"]]);
  });
});

describe("waitSheet(analysis)", () => {
  const started = (waits: readonly number[], rest: Partial<GangInput> = {}) =>
    gangs(waits.map((wait) => ({ created: 0, scheduled: wait, nodegroup: "h100", localQueue: "h", ...rest })));
  const world = (rest: Partial<AnalysisInput>): AnalysisInput => ({
    nodegroups: [{ name: "h100" }],
    queues: [{ name: "h", nodegroups: ["h100"] }],
    ...rest,
  });
  const rowOf = (rest: Partial<AnalysisInput>) => named(waitSheet(analysisOf(world(rest))))[0]!;

  test("has the p95 with its bounds, held against the target", () => {
    // Between 60 and 120 s: 60 + 0.9 x 60 = 114 s. Of three the second is no more than the p95 with at least 95 % (that two
    // of three lie above has a chance of 0.7 %), and none is more with 95 %.
    expect(rowOf({ observed: { started: started([0, 60, 120]) } })).toEqual({
      LocalQueue: "team/h",
      started: "3",
      "still waiting": "0",
      "p95 to admission": "unknown",
      "p95 to scheduled (95 % bounds)": "1 min 54 s (1 min or more)",
      target: "4 h",
      "missed it": "0%",
      "GPU-hours beyond target": "0",
    });
  });

  test("has an upper bound from 59 on, and the share and the GPU-hours that missed the target", () => {
    // 59 of 2 GPUs, of which each waited 5 h: an hour longer than it should.
    const all = started(Array<number>(59).fill(5 * HOUR), { gpusPerPod: 2 });
    const p95 = "p95 to scheduled (95 % bounds)";
    expect(rowOf({ observed: { started: all } })).toMatchObject({
      [p95]: "5 h (5 h to 5 h)",
      "missed it": "100%",
      "GPU-hours beyond target": "118",
    });
    expect(rowOf({ observed: { started: all.slice(1) } })[p95]).toBe("5 h (5 h or more)");
  });

  test("says at least where many still wait", () => {
    const row = rowOf({
      observed: { started: started([60, 60, 60]) },
      queues: [{ name: "h", nodegroups: ["h100"], pending: 2 }],
    });
    expect(row["still waiting"]).toBe("2");
    expect(row["p95 to scheduled (95 % bounds)"]).toMatch(/^at least 1 min \(/);
  });

  test("has the bucket of Kueue's histogram in which the p95 lies", () => {
    const admission = (...counts: number[]) =>
      rowOf({
        observed: {
          waits: [
            {
              namespace: "team",
              name: "h",
              priorityClass: "",
              buckets: [1, 10, Infinity].map((le, i) => ({ le, count: counts[i]! })),
            },
          ],
        },
      })["p95 to admission"];
    expect(admission(0, 100, 100)).toBe("1 s to 10 s");
    expect(admission(0, 10, 100)).toBe("10 s or more");
  });

  test("is unknown where nothing started", () => {
    expect(rowOf({})).toMatchObject({
      started: "0",
      "p95 to scheduled (95 % bounds)": "unknown",
      "missed it": "unknown",
      "GPU-hours beyond target": "0",
    });
  });
});

describe("ownerSheet(analysis)", () => {
  test("has what each team held and did not use, and its price, most costly first", () => {
    const span = (state: QuietSpan["state"], namespace: string, hours: number): QuietSpan => ({
      state,
      nodegroup: "h100",
      namespace,
      firstTick: 0,
      lastTick: hours * 12 - 1,
    });
    const on = { nodegroup: "h100", created: 0 };
    const made = analysisOf({
      nodegroups: [{ name: "h100", usdPerGpuHour: 3 }],
      observed: {
        started: gangs([
          { ...on, namespace: "x", pods: 50, ended: 24 * HOUR },
          { ...on, namespace: "y", pods: 2, ended: 5 * HOUR, lost: true },
          { ...on, namespace: "z", pods: 1, ended: HOUR },
        ]),
        quiet: [span("idle", "x", 10), span("stalled", "y", 4)],
      },
    });
    expect(named(ownerSheet(made))).toEqual([
      {
        team: "x",
        namespaces: "x",
        "GPU-hours held": "1,200",
        idle: "10",
        stalled: "0",
        "lost to failures (at most)": "0",
        "$ idle": "$30",
        "$ lost": "$0",
      },
      expect.objectContaining({
        team: "y",
        stalled: "4",
        "lost to failures (at most)": "10",
        "$ idle": "$0",
        "$ lost": "$30",
      }),
      expect.objectContaining({ team: "z", "GPU-hours held": "1" }),
    ]);
  });
});

describe("without DCGM, or without prices", () => {
  const silentFrom = (hour: number): AnalysisInput => ({
    nodegroups: [{ name: "h100", held: 16, usdPerGpuHour: 3 }],
    silent: { dcgm: (at) => at >= hour },
    observed: {
      started: gangs([{ nodegroup: "h100", created: 0, namespace: "x", pods: 10, ended: 24 * HOUR }]),
      quiet: [{ state: "idle", nodegroup: "h100", namespace: "x", firstTick: 0, lastTick: 11 }],
    },
  });
  const owned = (input: AnalysisInput) => {
    const [row] = named(ownerSheet(analysisOf(input)));
    return ["idle", "stalled", "$ idle", "$ lost"].map((column) => row![column]);
  };

  test("what a team did with its GPUs is unknown, or the least, where it was told for less than half of the time", () => {
    expect(owned(silentFrom(24))).toEqual(["1", "0", "$3", "$0"]);
    expect(owned(silentFrom(12))).toEqual(["1", "0", "$3", "$0"]);
    expect(owned(silentFrom(11))).toEqual(["at least 1", "unknown", "at least $3", "$0"]);
  });

  test("what it cost is unknown where the contract names no prices", () => {
    const free = { ...silentFrom(24), nodegroups: [{ name: "h100", usdPerGpuHour: 0 }] };
    expect(owned(free)).toEqual(["1", "0", "unknown", "unknown"]);
    expect(costSheet(makePlan(analysisOf(free), HOUR)).rows[0]!.slice(1)).toEqual(Array(5).fill("unknown"));
  });

  test("nothing useful is no finding where nothing was measured", () => {
    const silent = analysisOf(silentFrom(0));
    expect(named(supplySheet(silent.diagnosis))[0]).toMatchObject({
      paid: "384",
      useful: "unknown",
      stalled: "unknown",
      idle: "unknown",
      free: "0",
    });
    expect(costSheet(makePlan(silent, HOUR)).rows).toEqual([["h100", "$1,152", "unknown", "unknown", "$0", "unknown"]]);
  });
});

describe("planSheet(plan)", () => {
  const rowOf = (row: Parameters<typeof capacityRowOf>[0]) =>
    named(planSheet({ ...emptyPlan, capacity: [capacityRowOf(row)] }))[0]!;

  test("saves nothing of what is committed before the commitment ends", () => {
    const money = (row: Partial<Parameters<typeof capacityRowOf>[0]>) =>
      named(planSheet({ ...emptyPlan, capacity: [capacityRowOf({ nodegroup: "h100", nodes_to_add: 0, ...row })] }))[0]![
        "$ a month"
      ];
    const committed_until = "2026-06-30T00:00:00Z";
    expect(money({ usd_per_month: -20_440, committed_until })).toBe("−$20,440 from 2026-06-30 on");
    expect(money({ usd_per_month: 20_440, committed_until })).toBe("$20,440");
    expect(money({ usd_per_month: -20_440, committed_until: null })).toBe("−$20,440");
  });

  test("has what is there, what is needed with its interval, and what that costs", () => {
    const row = rowOf({
      nodegroup: "h100",
      nodes_now: 4,
      nodes_to_add: 2,
      nodes_needed_lower: 5,
      nodes_needed_upper: 8,
      jobs: 1234,
      jobs_censored: 5,
      jobs_unseen: 1,
      wait_p95_seconds_observed: 5 * HOUR,
      wait_p95_seconds_replayed: 90,
      erlang_gpus: 39,
    });
    expect(row).toEqual({
      nodegroup: "h100",
      "jobs (censored, unseen)": "1,234 (5, 1)",
      "p95 wait": "5 h",
      "p95 replayed": "1 min 30 s",
      "nodes now": "4",
      "nodes needed (90 % interval)": "6 (5 to 8)",
      add: "2",
      "Erlang, GPUs": "39",
      // 2 nodes of 8 GPUs at $2.
      "$ a month": "$23,360",
      estimable: "yes",
    });
    expect(rowOf({ nodegroup: "h100", nodes_to_add: -1 })).toMatchObject({ add: "−1", "$ a month": "−$11,680" });
  });

  test("is unknown where nothing can be estimated, and says why", () => {
    const none = { wait_p95_seconds_observed: null, wait_p95_seconds_replayed: null, erlang_gpus: null };
    expect(rowOf({ nodegroup: "h100", nodes_to_add: null, estimable: "no: 3 jobs", ...none })).toMatchObject({
      "p95 wait": "unknown",
      "p95 replayed": "unknown",
      "nodes needed (90 % interval)": "unknown",
      add: "unknown",
      "Erlang, GPUs": "unknown",
      "$ a month": "unknown",
      estimable: "no: 3 jobs",
    });
  });

  test("says that the demand does not fit on today's nodes, where that is known", () => {
    expect(rowOf({ nodegroup: "h100", nodes_to_add: 1, wait_p95_seconds_replayed: null })).toMatchObject({
      "p95 replayed": "does not fit",
      estimable: "yes",
    });
  });
});

describe("the columns of what was simulated", () => {
  const simulated: SimulatedPlan = {
    command: "here",
    dataset: "0",
    scenario: "some",
    own: true,
    seeds: [42, 43, 44],
    waits: [
      { nodegroup: "h100", what_if: "add-nodes h100 2", wait_p95_seconds: [600, 1200, null], refused: null },
      { nodegroup: "a100", what_if: null, wait_p95_seconds: [0, 0, 0], refused: null },
      { nodegroup: "l40s", what_if: "remove-nodes l40s 1", wait_p95_seconds: [], refused: "nothing would hold it" },
    ],
    actions: [
      { what_if: "add-nodes h100 2", removed_gpu_hours: [100, 90, 110], refused: null },
      { what_if: "uncordon h100", removed_gpu_hours: [], refused: "no node is out of service" },
    ],
  };
  const capacity = [
    capacityRowOf({ nodegroup: "h100", nodes_to_add: 2, wait_p95_seconds_planned: 540 }),
    capacityRowOf({ nodegroup: "a100" }),
    capacityRowOf({ nodegroup: "l40s", nodes_to_add: -1 }),
    capacityRowOf({ nodegroup: "h200", nodes_to_add: 1 }),
    capacityRowOf({ nodegroup: "my nodes", nodes_to_add: 1 }),
    capacityRowOf({ nodegroup: "b200", nodes_to_add: null, wait_p95_seconds_planned: null }),
  ];
  const waits = (given: SimulatedPlan | null) =>
    named(planSheet({ ...emptyPlan, capacity }, given)).map((row) => row["p95 with the plan, simulated (other seeds)"]);

  test("are not there unless they are asked for", () => {
    expect(planSheet({ ...emptyPlan, capacity }).columns.join()).not.toContain("simulated");
    expect(actionSheet(emptyPlan).columns.join()).not.toContain("simulated");
  });

  test("have the wait beside what was promised: with the dataset's seed, then the lowest and highest of others", () => {
    expect(named(planSheet({ ...emptyPlan, capacity }, simulated))[0]!["p95 with the plan, replayed"]).toBe("9 min");
    expect(waits(simulated)).toEqual([
      "10 min (20 min to not reached)",
      "0 s",
      "cannot be: nothing would hold it",
      "not simulated",
      "no action of whatif",
      "unknown",
    ]);
    expect(waits({ ...simulated, own: false })[0]).toBe("10 min to not reached");
    const [wait, ...rest] = simulated.waits;
    const once = { ...simulated, seeds: [42], waits: [{ ...wait!, wait_p95_seconds: [600] }, ...rest] };
    expect(waits(once)[0]).toBe("10 min");
  });

  test("say that nothing was simulated where nobody did", () => {
    expect(waits(null).slice(0, 2)).toEqual(["not simulated", "not simulated"]);
  });

  test("have the GPU-hours that an action removes, their mean over seeds, and how it is tried", () => {
    const action = (what_if: string | null): ActionRow => ({
      action: "add",
      place: "h100",
      what: "Do it",
      because: "it waited",
      nodes: null,
      gpu_hours_behind: null,
      gpu_hours_freed: null,
      usd_per_month: 0,
      loses: "nobody",
      what_if,
    });
    const actions = ["add-nodes h100 2", "uncordon h100", "placement pack", null].map(action);
    const cells = (given: SimulatedPlan) =>
      named(actionSheet({ ...emptyPlan, actions }, given)).map((row) => [
        row["simulated: GPU-hours removed; mean (95 % interval)"],
        row["try it with whatif"],
      ]);
    // Student's t with 2 degrees of freedom: 4.303 x 10 / sqrt(3) = 24.8.
    expect(cells(simulated)).toEqual([
      ["100; mean 100 (75 to 125)", "add-nodes h100 2"],
      ["cannot be: no node is out of service", "uncordon h100"],
      ["not simulated", "placement pack"],
      ["no action of whatif", ""],
    ]);
    expect(cells({ ...simulated, own: false })[0]![0]).toBe("mean 100 (75 to 125)");
    const [first, ...rest] = simulated.actions;
    expect(cells({ ...simulated, actions: [{ ...first!, removed_gpu_hours: [100] }, ...rest] })[0]![0]).toBe("100");
  });
});

describe("actionSheet(plan)", () => {
  test("has what each action removes, of waiting or of waste, what it costs and who loses", () => {
    const action = (rest: Partial<ActionRow>): ActionRow => ({
      action: "lend",
      place: "h100",
      what: "Lend it",
      because: "it waited",
      nodes: null,
      gpu_hours_behind: null,
      gpu_hours_freed: null,
      usd_per_month: 0,
      loses: "nobody",
      what_if: null,
      ...rest,
    });
    const actions = [
      action({ gpu_hours_behind: 1234.4 }),
      action({ action: "reap", gpu_hours_freed: 1 }),
      action({ action: "move", nodes: 2, gpu_hours_behind: 64 }),
      action({ action: "add", nodes: 1, gpu_hours_behind: 0, usd_per_month: 11_680, loses: "the budget" }),
      action({ action: "free", nodes: 1, usd_per_month: -99.5 }),
    ];
    const rows = named(actionSheet({ ...emptyPlan, actions }));
    expect(rows[0]).toEqual({
      action: "lend",
      where: "h100",
      what: "Lend it",
      because: "it waited",
      "at stake": "1,234 GPU-hours waited behind it",
      "$ a month": "free",
      "who loses": "nobody",
    });
    expect(rows.map((row) => [row["at stake"], row["$ a month"]])).toEqual([
      ["1,234 GPU-hours waited behind it", "free"],
      ["frees at most 1 GPU-hour", "free"],
      ["64 GPU-hours waited for capacity there", "free"],
      ["0 GPU-hours waited for capacity there", "$11,680"],
      ["", "−$99.50"],
    ]);
  });
});

describe("costSheet(plan)", () => {
  test("has the dollars of each bucket, and the price of a useful GPU-hour if any was useful", () => {
    const cost = (nodegroup: string, usd_per_useful_gpu_hour: number | null) => ({
      nodegroup,
      usd_paid: 2304,
      usd_useful: 792.4,
      usd_allocated_unused: 648,
      usd_unallocated: 0,
      usd_unknown: 0,
      usd_per_useful_gpu_hour,
    });
    expect(costSheet({ ...emptyPlan, costs: [cost("h100", 8.726), cost("a100", null)] })).toEqual({
      columns: ["nodegroup", "paid", "useful", "allocated but unused", "unallocated", "$ a useful GPU-hour"],
      rows: [
        ["h100", "$2,304", "$792", "$648", "$0", "$8.73"],
        ["a100", "$2,304", "$792", "$648", "$0", "unknown"],
      ],
    });
  });
});

describe("supplySheet(diagnosis)", () => {
  test("has the GPU-hours of each nodegroup by state, and of the fleet, which is their sum", () => {
    // For a day; kube-state-metrics was silent for an hour of it.
    const { diagnosis } = analysisOf({
      nodegroups: [
        { name: "h100", gpus: 32, held: 20, idle: 6, stalled: 2, starting: 1, outOfService: 4, absent: 3 },
        { name: "a100", gpus: 8, held: 8 },
      ],
      silent: { kubeState: (hour) => hour < 1, dcgm: (hour) => hour < 1 },
    });
    expect(named(supplySheet(diagnosis))).toEqual([
      {
        nodegroup: "h100",
        paid: "768",
        useful: "253",
        starting: "23",
        stalled: "46",
        idle: "138",
        free: "115",
        "out of service": "92",
        absent: "69",
        residual: "32",
      },
      expect.objectContaining({ nodegroup: "a100", paid: "192", useful: "184", residual: "8" }),
      expect.objectContaining({ nodegroup: "fleet", paid: "960", useful: "437", free: "115", residual: "40" }),
    ]);
  });
});

describe("the tables of a dataset", () => {
  let analysis: Analysis;
  const opened: Dataset[] = [];
  beforeAll(async () => {
    opened.push(await openDataset(await sampleDataset()));
    analysis = await analyse(opened[0]!);
  });
  afterAll(() => {
    for (const dataset of opened) dataset.close();
  });

  test("are listed with their source, their rows and the time that they cover", () => {
    const rows = named(tablesSheet(analysis));
    expect(rows.map((row) => [row["table"], row["source"]])).toEqual(tables.map(({ name, source }) => [name, source]));
    const { up } = analysis.dataset.manifest.tables;
    // A scrape a minute for four hours of Kueue, kube-state-metrics and the exporter of each of six nodes.
    expect(up!.rows).toBe(8 * 240);
    expect(rows.find((row) => row["table"] === "up")).toMatchObject({
      rows: "1,920",
      "first sample": "Mon 5 Jan 00:00 UTC",
      "last sample": "Mon 5 Jan 03:59 UTC",
    });
    for (const row of rows) expect(row["what it holds"]).toMatch(/^\S.*[^.]$/);
  });

  test("have no first and last sample, and none from 1970, where they have no rows", async () => {
    const { manifest } = analysis.dataset;
    const { kube_job: _, ...rest } = manifest.tables;
    const none = { ...manifest.tables["up"]!, rows: 0, firstSample: null, lastSample: null };
    const changed = { ...manifest, tables: { ...rest, up: none } };
    const rows = named(tablesSheet({ ...analysis, dataset: { ...analysis.dataset, manifest: changed } }));
    const times = (name: string) =>
      ["rows", "first sample", "last sample"].map((column) => rows.find((row) => row["table"] === name)![column]);
    expect(times("up")).toEqual(["0", "none", "none"]);
    expect(times("kube_job")).toEqual(["unknown", "unknown", "unknown"]);
  });

  test("are checked, and each check says what must hold and what it found", async () => {
    const rows = named(await checksSheet(analysis));
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      // The sample has a cordoned node.
      expect(row["result"]).toBe(row["check"] === "service" ? "noted" : "ok");
      for (const text of Object.values(row)) expect(text).toMatch(/\S/);
    }
    const folder = await copyOf(analysis.dataset.folder);
    const wrong = "0".repeat(64);
    await editManifest(folder, (manifest) => ({
      tables: { ...manifest.tables, up: { ...manifest.tables["up"]!, sha256: wrong, digest: wrong } },
    }));
    const broken = named(await checksSheet({ ...analysis, dataset: { ...analysis.dataset, folder } }));
    expect(broken.filter((row) => row["result"] === "FAILED").map((row) => row["check"])).toEqual(["hashes"]);
  });
});

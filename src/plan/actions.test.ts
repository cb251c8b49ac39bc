import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputs, withContract, worldOf } from "../figures/__fixtures__/worlds.js";
import type { QuietSpan } from "../join/observed.js";
import type { Contract } from "../tables/contract.js";
import { type AnalysisInput, analysisOf, type NodegroupInput, type QueueInput } from "../testing/analysis.js";
import { gangs } from "./__fixtures__/gangs.js";
import { capacityRowOf } from "./__fixtures__/rows.js";
import { type ActionRow, actions, opensForFree } from "./actions.js";
import type { CapacityRow } from "./capacity.js";

const actionsOf = (input: AnalysisInput, plan: readonly CapacityRow[] = []) => actions(worldOf(input).diagnosis, plan);
const kinds = (rows: readonly ActionRow[]) => rows.map(({ action }) => action);

/** GPU-hours are sums over ticks of 5 minutes. */
const about = (gpuHours: number) => expect.closeTo(gpuHours, 6);

const between = (from: number, to: number, value: number) => (hour: number) => (hour >= from && hour < to ? value : 0);

/** h100 has 8 of 16 GPUs free, and a gang of 8 waits for 12 hours: what for is added. 96 GPU-hours. */
const waits = { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus: between(8, 20, 8) };
const half = { name: "h100", gpus: 16, held: 8 };
const quota: AnalysisInput = { nodegroups: [half], queues: [{ ...waits, nominal: 8, reserved: 8 }] };
const flavor: AnalysisInput = {
  nodegroups: [
    { name: "h100", gpus: 16, held: 16 },
    { name: "h200", gpus: 16, held: 8 },
  ],
  queues: [
    { ...waits, able: ["h100", "h200"] },
    { name: "other", nodegroups: ["h200"] },
  ],
};
const headOfLine: AnalysisInput = {
  nodegroups: [{ name: "h100", gpus: 32, held: 8 }],
  queues: [{ ...waits, strict: true, pending: between(8, 20, 8), admitted: 0 }],
};
const unavailable: AnalysisInput = {
  nodegroups: [{ name: "h100", gpus: 16, held: 8, outOfService: 8 }],
  queues: [waits],
};

describe("a remedy follows from its finding, and from no other", () => {
  test.each<[string, AnalysisInput, ActionRow["action"][]]>([
    ["nothing is amiss", inputs.steady, []],
    ["GPUs are free, and nobody waits", inputs.slack, []],
    ["capacity is what is missing: only the plan can tell how much", inputs.short, []],
    ["room is there, but no quota", quota, ["lend"]],
    ["room is there, but no flavor that reaches it", flavor, ["retarget"]],
    ["room and quota are there, but another stands in front", headOfLine, ["reorder"]],
    ["enough is free, but apart", inputs.fragmented, ["repack"]],
    ["what is out of service would do", unavailable, ["uncordon"]],
    ["what is held is idle", inputs.idle, ["reap"]],
    ["what is held is starved", inputs.stalled, ["feed"]],
    ["nothing was seen", inputs.nothingSeen, []],
  ])("where %s", (_, input, expected) => {
    expect(kinds(actionsOf(input))).toEqual(expected);
  });

  test.each<[string, number, ActionRow["action"][]]>([
    ["lacks nodes", 2, ["add"]],
    ["has nodes to spare", -2, ["free"]],
    ["is as it should be", 0, []],
  ])("where a nodegroup %s", (_, nodes_to_add, expected) => {
    expect(kinds(actionsOf(inputs.steady, [capacityRowOf({ nodegroup: "h100", nodes_to_add })]))).toEqual(expected);
  });

  test("where nobody knows how many nodes a nodegroup needs, none", () => {
    expect(actionsOf(inputs.steady, [capacityRowOf({ nodegroup: "h100", nodes_to_add: null })])).toEqual([]);
  });
});

describe("against a cause of waiting", () => {
  test("an action says what waited for it, and who loses", () => {
    expect(actionsOf(quota)).toEqual([
      {
        action: "lend",
        place: "h100",
        what: "Raise the quota of h on h100, or let it borrow what its neighbours leave unused",
        because: "h waited 96 GPU-hours for quota while GPUs were free",
        nodes: null,
        gpu_hours_behind: about(96),
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: "nobody: no other queue uses h100",
        what_if: "quota h h100 16",
      },
    ]);
    const shared: AnalysisInput = { ...quota, queues: [...quota.queues!, { name: "o", nodegroups: ["h100"] }] };
    expect(actionsOf(shared)[0]!.loses).toBe("o may find lent GPUs taken when they come back for them");
  });

  test("a flavor is asked for on what could run the work, and its queues lose headroom", () => {
    expect(actionsOf(flavor)).toMatchObject([
      {
        place: "h100",
        what: "Give h a flavor on h200, where GPUs that could run its work stood free",
        because: "h waited 96 GPU-hours while GPUs that its flavors do not reach were free",
        gpu_hours_behind: about(96),
        loses: "queues on h200: they share their headroom",
      },
    ]);
  });

  test("each queue's waiting has an action of its own, most GPU-hours first", () => {
    const two: AnalysisInput = {
      nodegroups: [half, { ...half, name: "b100" }],
      queues: [
        { ...waits, pendingGpus: between(8, 14, 8), nominal: 8, reserved: 8 },
        { ...waits, name: "b", nodegroups: ["b100"], able: ["b100"], nominal: 8, reserved: 8 },
      ],
    };
    expect(actionsOf(two).map((row) => [row.action, row.place, row.gpu_hours_behind])).toEqual([
      ["lend", "b100", about(96)],
      ["lend", "h100", about(48)],
    ]);
  });

  test("no nodegroup is named whose GPUs could not run the work", () => {
    const names = ["full", "wide", "tiny", "deep", "long"];
    const anySet = fc.subarray(names.slice(1));
    fc.assert(
      fc.property(anySet, anySet, (able, alsoReached) => {
        const reached = ["full", ...alsoReached];
        const rows = actions(
          analysisOf({
            hours: 12,
            nodegroups: names.map((name) => ({ name, gpus: 16, held: reached.includes(name) ? 16 : 8 })),
            queues: [{ name: "queue", nodegroups: reached, able: ["full", ...able], pendingGpus: 8 }],
          }).diagnosis,
          [],
        );
        const allowed = able.filter((name) => !reached.includes(name));
        expect(kinds(rows)).toEqual(allowed.length > 0 ? ["retarget"] : []);
        for (const { what, loses } of rows) {
          expect(allowed.some((name) => what.includes(name) && loses.includes(name))).toBe(true);
          for (const name of names) {
            if (!allowed.includes(name)) expect(what + loses).not.toContain(name);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("nothing is proposed where the contract does not say what could run the work", () => {
    const { able: _, ...queue } = flavor.queues![0]!;
    expect(actionsOf({ ...flavor, queues: [queue, flavor.queues![1]!] })).toEqual([]);
  });

  test("less than 20 GPU-hours of waiting call for nothing", () => {
    const waiting = (toHour: number): AnalysisInput => ({
      ...quota,
      queues: [{ ...quota.queues![0]!, pendingGpus: between(8, toHour, 8) }],
    });
    expect(kinds(actionsOf(waiting(10.5)))).toEqual(["lend"]);
    // 29 ticks of 5 minutes: 19.3 GPU-hours.
    expect(kinds(actionsOf(waiting(10.4)))).toEqual([]);
  });

  test("nor does less than one percent of what is paid for there: 61.4 GPU-hours of 6,144", () => {
    const waiting = (toHour: number): AnalysisInput => ({
      nodegroups: [{ name: "h100", gpus: 256, held: 128 }],
      queues: [{ ...quota.queues![0]!, pendingGpus: between(8, toHour, 8) }],
    });
    // 93 ticks of 5 minutes are 62 GPU-hours, 92 are 61.3.
    expect(kinds(actionsOf(waiting(15.75)))).toEqual(["lend"]);
    expect(kinds(actionsOf(waiting(15.65)))).toEqual([]);
  });
});

describe("against what waits in a queue that reaches several nodegroups", () => {
  /** Of 8 GPUs that wait for 12 hours it is not known for which of its nodegroups: they are counted at the first. */
  const wide = (reached: readonly string[], rest: Partial<QueueInput> = {}): QueueInput => ({
    ...waits,
    name: "wide",
    nodegroups: reached,
    able: reached,
    ...rest,
  });
  const alike = (group: Partial<NodegroupInput>, ...names: string[]) =>
    names.map((name) => ({ ...half, ...group, name }));
  const noQuota = { nominal: 8, reserved: 8 };

  test.each<[string, AnalysisInput, ActionRow["action"], string, string]>([
    [
      "quota",
      { nodegroups: alike({}, "a", "b", "c"), queues: [wide(["a", "b", "c"], noQuota)] },
      "lend",
      "a and 2 more",
      "Raise the quota of wide on a, b and c, or let it borrow what its neighbours leave unused",
    ],
    [
      "fragmentation",
      { nodegroups: alike({ scattered: true }, "a", "b"), queues: [wide(["a", "b"])] },
      "repack",
      "a and b",
      "Pack pods on a and b (MostAllocated instead of LeastAllocated), move small jobs together, or keep some nodes for whole-node gangs",
    ],
    [
      "unavailable",
      { nodegroups: alike({ outOfService: 8 }, "a", "b"), queues: [wide(["a", "b"])] },
      "uncordon",
      "a and b",
      "Bring the nodes of a and b that are out of service back",
    ],
    [
      "flavor",
      {
        nodegroups: [...alike({ held: 16 }, "a", "b"), ...alike({}, "c")],
        queues: [wide(["a", "b"], { able: ["a", "b", "c"] })],
      },
      "retarget",
      "a and b",
      "Give wide a flavor on c, where GPUs that could run its work stood free",
    ],
    [
      "head-of-line",
      {
        nodegroups: alike({ gpus: 32 }, "a", "b", "c"),
        queues: [wide(["a", "b", "c"], { strict: true, pending: between(8, 20, 8), admitted: 0 })],
      },
      "reorder",
      "a and 2 more",
      "Make wide BestEffortFIFO, or split its large gangs into a queue of their own",
    ],
  ])("the remedy for %s is for all of them", (_, input, action, place, what) => {
    // Head-of-line is said of those behind the head alone: 7 of 8 workloads.
    const removed = action === "reorder" ? 84 : 96;
    expect(actionsOf(input)).toMatchObject([{ action, place, what, nodes: null, gpu_hours_behind: about(removed) }]);
  });

  test("quota is lent by all queues that reach any of them, and by no other", () => {
    const lent = (...queues: QueueInput[]) =>
      actionsOf({ nodegroups: alike({}, "a", "b", "c"), queues: [wide(["a", "b"], noQuota), ...queues] })[0]!.loses;
    expect(lent({ name: "second", nodegroups: ["c", "b"] }, { name: "beside", nodegroups: ["c"] })).toBe(
      "second may find lent GPUs taken when they come back for them",
    );
    expect(lent({ name: "beside", nodegroups: ["c"] })).toBe("nobody: no other queue uses a and b");
  });

  test("what was admitted to where the queue's flavors do not reach is a matter of that nodegroup", () => {
    const stray: AnalysisInput = {
      nodegroups: alike({ scattered: true }, "a", "b", "c"),
      queues: [{ name: "wide", nodegroups: ["a", "b"] }],
      unplaced: [{ clusterQueue: "wide", nodegroup: "c", pods: 1, gpusPerPod: 8, fromHour: 0, toHour: 12 }],
    };
    const [row] = actionsOf(stray);
    expect(row).toMatchObject({ action: "repack", place: "c" });
    expect(row!.what).toMatch(/^Pack pods on c \(/);
  });
});

describe("against waste", () => {
  const span = (namespace: string, state: QuietSpan["state"], nodegroup: string, hours: number): QuietSpan => ({
    state,
    nodegroup,
    namespace,
    firstTick: 0,
    lastTick: hours * 12 - 1,
  });

  test("idle GPUs are reaped from the team that holds them, in all its namespaces", () => {
    const observed = {
      ...worldOf(inputs.idle).observed,
      quiet: [span("x", "idle", "h100", 24), span("y", "idle", "h100", 24)],
    };
    const { contract } = observed;
    const rows = actionsOf({
      ...inputs.idle,
      observed: { quiet: observed.quiet, contract: { ...contract, owners: { x: "Vision", y: "Vision" } } },
    });
    expect(rows).toEqual([
      {
        action: "reap",
        place: "x and y",
        what: "Stop pods of Vision that have idled for an hour, after a warning",
        because: "Vision held 48 GPU-hours without using them",
        nodes: null,
        gpu_hours_behind: null,
        gpu_hours_freed: 48,
        usd_per_month: 0,
        loses: "Vision: sessions left open are closed",
        what_if: "reap x + reap y",
      },
    ]);
  });

  test("reaping opens room where work waits for capacity beside idle GPUs, from 20 GPU-hours on", () => {
    const beside = (hours: number) =>
      actionsOf({
        nodegroups: [{ name: "h100", gpus: 16, held: 16 }],
        queues: [{ ...waits, pendingGpus: between(0, hours, 8) }],
        observed: { quiet: [1, 2].map(() => span("team", "idle", "h100", 24)) },
      });
    expect(beside(10)).toEqual([
      expect.objectContaining({
        action: "reap",
        because:
          "Team held 48 GPU-hours without using them, while 20 GPU-hours waited for capacity on the same nodegroups",
        gpu_hours_behind: about(20),
        gpu_hours_freed: 48,
      }),
    ]);
    expect(beside(10).filter(opensForFree)).toHaveLength(1);
    expect(beside(9)).toMatchObject([{ action: "reap", gpu_hours_behind: null }]);
    expect(beside(9).filter(opensForFree)).toEqual([]);
  });

  test("a team is left alone whose idle GPUs are under 20 GPU-hours, or under 5 % of what it holds", () => {
    const reaped = (idleHours: number, heldGpus: number) =>
      actionsOf({
        ...inputs.steady,
        observed: {
          quiet: [span("team", "idle", "h100", idleHours)],
          started: gangs([{ created: 0, nodegroup: "h100", pods: heldGpus }]),
        },
      }).length === 1;
    expect(reaped(20, 10)).toBe(true);
    expect(reaped(19, 10)).toBe(false);
    // 24 of 480 GPU-hours are 5 %, of 504 a little less.
    expect(reaped(24, 20)).toBe(true);
    expect(reaped(24, 21)).toBe(false);
  });

  test("starved jobs are looked into before they get more GPUs, at the nodegroup, with the teams that stall there", () => {
    // 2 of 14 held GPUs of h100 are stalled by one team, 4 of 28 of a100 by two.
    const rows = actionsOf({
      ...inputs.steady,
      nodegroups: [
        { name: "a100", gpus: 32, held: 28, stalled: 4 },
        { name: "h100", gpus: 16, held: 14, stalled: 2 },
      ],
      observed: {
        quiet: [
          ...[1, 2, 3].map(() => span("text", "stalled", "a100", 24)),
          span("speech", "stalled", "a100", 24),
          ...[1, 2].map(() => span("vision", "stalled", "h100", 24)),
        ],
      },
    });
    expect(rows).toMatchObject([
      {
        action: "feed",
        place: "a100",
        what: "Find out what the jobs of text and speech on a100 wait for (input, CPU, network) before they get more GPUs",
        because: "96 GPU-hours were held and busy by GPU_UTIL, but starved",
        nodes: null,
        gpu_hours_behind: null,
        gpu_hours_freed: about(96),
        usd_per_month: 0,
        loses: "nobody",
      },
      {
        place: "h100",
        what: "Find out what the jobs of vision on h100 wait for (input, CPU, network) before they get more GPUs",
        gpu_hours_freed: about(48),
      },
    ]);
  });

  test("a nodegroup is left alone where less than a tenth of what is held stalls, or less than 20 GPU-hours", () => {
    const fed = (held: number, stalled: number, hours: number) =>
      kinds(actionsOf({ hours, nodegroups: [{ name: "h100", gpus: 32, held, stalled }] }));
    expect(fed(19, 2, 24)).toEqual(["feed"]);
    expect(fed(21, 2, 24)).toEqual([]);
    expect(fed(19, 2, 11)).toEqual(["feed"]);
    expect(fed(19, 2, 9)).toEqual([]);
  });
});

describe("moving nodes", () => {
  const NODE = 8 * 2 * 730;
  const spareOf = (nodes: number) =>
    capacityRowOf({ nodegroup: "a100", nodes_to_add: -nodes, nodes_now: 6, nodes_needed_upper: 2 });
  const shortOf = (nodes: number) => capacityRowOf({ nodegroup: "h100", nodes_to_add: nodes });
  /** For h100, 96 GPU-hours waited for capacity; a100 is of the same model, node and region. */
  const withPlan = (...plan: CapacityRow[]) => actionsOf(inputs.short, plan);

  test("goes from a nodegroup that can spare some to one that lacks some, which then has nothing to add", () => {
    expect(withPlan(spareOf(2), shortOf(2))).toEqual([
      {
        action: "move",
        place: "a100 to h100",
        what: "Move 2 nodes from a100 to h100, if the network between them allows it",
        because: "a100 meets the target with 2 of 6 nodes, and h100 lacks 2",
        nodes: 2,
        gpu_hours_behind: about(96),
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: "a: less headroom",
        what_if: "move-nodes a100 h100 2",
      },
    ]);
  });

  test("leaves to add what is still lacking, with its share of GPUs, price and waiting", () => {
    // One of four nodes is moved: a quarter of 96 GPU-hours, and three quarters of all that is bought.
    const rows = withPlan(spareOf(1), { ...shortOf(4), usd_per_month: 50_000 });
    expect(rows).toMatchObject([
      {
        action: "move",
        what: "Move 1 node from a100 to h100, if the network between them allows it",
        because: "a100 meets the target with 2 of 6 nodes, and h100 lacks 4",
        nodes: 1,
        gpu_hours_behind: about(24),
        usd_per_month: 0,
      },
      {
        action: "add",
        place: "h100",
        what: "Add 3 nodes (24 GPUs) to h100",
        nodes: 3,
        gpu_hours_behind: about(72),
        usd_per_month: 37_500,
      },
    ]);
  });

  test("leaves to free what is still spare, with its share of GPUs and price", () => {
    const rows = withPlan({ ...spareOf(4), usd_per_month: -50_000 }, shortOf(1));
    expect(rows).toMatchObject([
      { action: "move", nodes: 1, gpu_hours_behind: about(96) },
      {
        action: "free",
        place: "a100",
        what: "Give back, or give other work, 3 nodes of a100 (24 GPUs), once the free actions are done",
        nodes: 3,
        gpu_hours_behind: null,
        usd_per_month: -37_500,
      },
    ]);
  });

  test("leaves what is committed to other work", () => {
    const committed = { ...spareOf(3), committed_until: "2027-01-01T00:00:00Z" };
    expect(withPlan(committed, shortOf(1))[1]).toMatchObject({
      action: "free",
      nodes: 2,
      usd_per_month: 0,
      loses: "nobody, but nothing is saved before 2027-01-01: reusable",
    });
  });

  test("takes from several until there are enough", () => {
    const other = { name: "l40s", gpus: 16, held: 8 };
    const input: AnalysisInput = { ...inputs.short, nodegroups: [...inputs.short.nodegroups, other] };
    const rows = actionsOf(input, [
      spareOf(2),
      capacityRowOf({ nodegroup: "l40s", nodes_to_add: -1, nodes_needed_upper: 3 }),
      shortOf(5),
    ]);
    // Of 96 GPU-hours 2, 1 and 2 fifths.
    expect(rows.map((row) => [row.action, row.place, row.nodes, row.gpu_hours_behind, row.loses])).toEqual([
      ["move", "a100 to h100", 2, about(38.4), "a: less headroom"],
      ["move", "l40s to h100", 1, about(19.2), "nobody: no queue uses the nodegroup"],
      ["add", "h100", 2, about(38.4), "the budget"],
    ]);
  });

  test.each<[string, Partial<Contract["nodegroups"][number]>]>([
    ["to another region", { region: "eu-central-1" }],
    ["to where GPUs are of another model", { gpuModel: "A100" }],
    ["to where nodes are of another size", { gpusPerNode: 4 }],
  ])("never goes %s: there all is added and all freed", (_, of) => {
    const apart = withContract(inputs.short, (contract) => ({
      ...contract,
      nodegroups: contract.nodegroups.map((each) => (each.name === "a100" ? { ...each, ...of } : each)),
    }));
    expect(actionsOf(apart, [spareOf(3), shortOf(2)])).toMatchObject([
      { action: "free", place: "a100", nodes: 3, usd_per_month: -3 * NODE },
      { action: "add", place: "h100", nodes: 2, usd_per_month: 2 * NODE, gpu_hours_behind: about(96) },
    ]);
  });

  test("has nothing behind it where nothing waited for capacity", () => {
    expect(actionsOf(inputs.steady, [spareOf(1), shortOf(1)])).toMatchObject([
      { action: "move", nodes: 1, gpu_hours_behind: 0 },
    ]);
    // 96 GPU-hours waited, but for quota.
    const elsewhere = { ...quota, nodegroups: [...quota.nodegroups, { name: "a100" }] };
    expect(actionsOf(elsewhere, [spareOf(1), shortOf(1)])).toMatchObject([
      { action: "lend", gpu_hours_behind: about(96) },
      { action: "move", gpu_hours_behind: 0 },
    ]);
  });

  test("moves, adds and frees each node of the plan once, and has all waiting removed once", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    // A different number of GPUs waits at each for four hours, all of them for capacity.
    const { diagnosis } = analysisOf({
      hours: 4,
      stepMinutes: 60,
      nodegroups: names.map((name) => ({ name, gpus: 16, held: 16 })),
      queues: names.map((name, i) => ({ name, nodegroups: [name], able: [name], pendingGpus: i + 1 })),
    });
    const base = { region: "west", gpuModel: "H100", gpusPerNode: 8 };
    const kind = fc.constantFrom(
      base,
      { ...base, region: "east" },
      { ...base, gpuModel: "A100" },
      { ...base, gpusPerNode: 4 },
    );
    const anyPlan = fc.tuple(...names.map(() => fc.record({ kind, toAdd: fc.integer({ min: -4, max: 4 }) })));
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const { observed } = diagnosis;
        const nodegroups = observed.contract.nodegroups.map((each, i) => ({ ...each, ...plan[i]!.kind }));
        const rows = actions(
          { ...diagnosis, observed: { ...observed, contract: { ...observed.contract, nodegroups } } },
          plan.map(({ kind: { gpusPerNode }, toAdd }, i) =>
            capacityRowOf({
              nodegroup: names[i]!,
              nodes_now: 8,
              nodes_to_add: toAdd,
              gpus_to_add: toAdd * gpusPerNode,
              usd_per_month: toAdd * gpusPerNode * 2 * 730,
            }),
          ),
        );
        const moved = rows.filter(({ action }) => action === "move");
        const from = (name: string) => moved.filter(({ place }) => place.startsWith(`${name} to `));
        const to = (name: string) => moved.filter(({ place }) => place.endsWith(` to ${name}`));
        const nodesOf = (some: readonly ActionRow[]) => total(some.map(({ nodes }) => nodes!));
        for (const { nodes } of rows) expect(nodes).toBeGreaterThan(0);

        for (const [i, { kind, toAdd }] of plan.entries()) {
          const name = names[i]!;
          const bought = rows.filter(({ action, place }) => action === "add" && place === name);
          const freed = rows.filter(({ action, place }) => action === "free" && place === name);
          expect(nodesOf([...to(name), ...bought])).toBe(Math.max(0, toAdd));
          expect(nodesOf([...from(name), ...freed])).toBe(Math.max(0, -toAdd));
          expect(total([...to(name), ...bought].map((row) => row.gpu_hours_behind!))).toBeCloseTo(
            toAdd > 0 ? 4 * (i + 1) : 0,
            6,
          );
          for (const { nodes, usd_per_month, what } of [...bought, ...freed]) {
            expect(usd_per_month).toBeCloseTo(Math.sign(toAdd) * nodes! * kind.gpusPerNode * 2 * 730, 6);
            expect(what).toContain(`(${nodes! * kind.gpusPerNode} GPUs)`);
          }
        }
        for (const { place } of moved) {
          const [source, target] = place.split(" to ").map((name) => plan[names.indexOf(name)]!.kind);
          expect(source).toBe(target);
        }
        // As many as both sides of a kind allow: what is left is all to be bought, or all to be freed.
        for (const each of new Set(plan.map((row) => row.kind))) {
          const here = plan.flatMap((row, i) => (row.kind === each ? [{ name: names[i]!, toAdd: row.toAdd }] : []));
          const lacking = total(here.map(({ toAdd }) => Math.max(0, toAdd)));
          const spared = total(here.map(({ toAdd }) => Math.max(0, -toAdd)));
          expect(total(here.map(({ name }) => nodesOf(to(name))))).toBe(Math.min(lacking, spared));
        }
      }),
    );
  });
});

describe("buying nodes and giving them back", () => {
  test("nodes are added for the waiting that nothing but capacity explains, at the plan's price", () => {
    const plan = [capacityRowOf({ nodegroup: "h100", nodes_to_add: 2, nodes_now: 2, usd_per_month: 12_345 })];
    expect(actionsOf(inputs.short, plan)).toEqual([
      {
        action: "add",
        place: "h100",
        what: "Add 2 nodes (16 GPUs) to h100",
        because: "its demand, packed and with no quota in the way, needs 4 nodes for the target; it has 2",
        nodes: 2,
        gpu_hours_behind: about(96),
        gpu_hours_freed: null,
        usd_per_month: 12_345,
        loses: "the budget",
        what_if: "add-nodes h100 2",
      },
    ]);
    expect(actionsOf(quota, plan).find(({ action }) => action === "add")).toMatchObject({ gpu_hours_behind: 0 });
  });

  test("have a price where no node is paid for yet", () => {
    const plan = [capacityRowOf({ nodegroup: "h100", nodes_to_add: 1, nodes_now: 0 })];
    expect(actionsOf(inputs.steady, plan)[0]!.usd_per_month).toBe(8 * 2 * 730);
  });

  test("nodes are given back at the plan's price, which then is below zero", () => {
    const plan = [
      capacityRowOf({ nodegroup: "h100", nodes_to_add: -1, nodes_needed_upper: 3, usd_per_month: -12_345 }),
    ];
    expect(actionsOf(inputs.steady, plan)).toEqual([
      {
        action: "free",
        place: "h100",
        what: "Give back, or give other work, 1 node of h100 (8 GPUs), once the free actions are done",
        because: "packed and with no quota in the way, its demand needs at most 3 of 4 nodes",
        nodes: 1,
        gpu_hours_behind: null,
        gpu_hours_freed: null,
        usd_per_month: -12_345,
        loses: "headroom for growth",
        what_if: "remove-nodes h100 1",
      },
    ]);
  });

  test("save nothing before their commitment ends, but can be given other work", () => {
    // The data end on 6 January.
    const freed = (committed_until: string) =>
      actionsOf(inputs.steady, [capacityRowOf({ nodegroup: "h100", nodes_to_add: -1, committed_until })])[0];
    expect(freed("2026-01-06T00:00:01Z")).toMatchObject({
      usd_per_month: 0,
      loses: "nobody, but nothing is saved before 2026-01-06: reusable",
    });
    for (const over of ["2025-12-31T00:00:00Z", "2026-01-05T12:00:00Z", "2026-01-06T00:00:00Z"])
      expect(freed(over)).toMatchObject({ usd_per_month: -8 * 2 * 730, loses: "headroom for growth" });
  });
});

describe("the order", () => {
  test("has all that is free before what is bought or given back, and most GPU-hours first", () => {
    const all: AnalysisInput = {
      nodegroups: [
        { ...half, name: "quota" },
        { ...half, name: "apart", scattered: true },
        { ...half, name: "idle", idle: 4 },
        { ...half, name: "stalled", stalled: 8 },
        { ...half, name: "full", held: 16 },
        { ...half, name: "spare" },
      ],
      queues: [
        { ...waits, name: "q", nodegroups: ["quota"], able: ["quota"], nominal: 8, reserved: 8 },
        { name: "f", nodegroups: ["apart"] },
        { name: "c", nodegroups: ["full"], able: ["full"], pendingGpus: between(0, 15, 8) },
      ],
      unplaced: [{ clusterQueue: "f", nodegroup: "apart", pods: 1, gpusPerPod: 8, fromHour: 2, toHour: 22 }],
    };
    const regions: Record<string, string> = { apart: "far", spare: "farther" };
    const world = withContract(all, (contract) => ({
      ...contract,
      nodegroups: contract.nodegroups.map((each) => ({ ...each, region: regions[each.name] ?? each.region })),
    }));
    const plan = { spare: -1, quota: 1, apart: 1, full: 1, stalled: -1, idle: -1 };
    const rows = actionsOf(
      world,
      Object.entries(plan).map(([nodegroup, nodes_to_add]) => capacityRowOf({ nodegroup, nodes_to_add })),
    );
    // 160, 120 and 96 GPU-hours of waiting, then 192 and 96 of waste, then what removes neither; the rest as planned.
    expect(rows.map(({ action, place }) => `${action} ${place}`)).toEqual([
      "repack apart",
      "move idle to full",
      "lend quota",
      "feed stalled",
      "reap team",
      "move stalled to quota",
      "free spare",
      "add apart",
    ]);
    expect(rows.filter(opensForFree).map(({ place }) => place)).toEqual(["apart", "idle to full", "quota"]);
  });
});

describe("opensForFree(action)", () => {
  const plan = (usd_per_month: number) => [capacityRowOf({ nodegroup: "h100", nodes_to_add: 1, usd_per_month })];

  test("is not said of what is bought, though its price be 0", () => {
    expect(actionsOf(inputs.short, plan(0))[0]).toMatchObject({ action: "add", usd_per_month: 0 });
    expect(actionsOf(inputs.short, plan(0)).filter(opensForFree)).toEqual([]);
  });

  test("is not said of what removes waste, or nothing", () => {
    expect(actionsOf(inputs.idle).filter(opensForFree)).toEqual([]);
    expect(actionsOf(quota).filter(opensForFree)).toHaveLength(1);
  });

  test("is said of nodes that are moved to where something waits for capacity, and of no others", () => {
    const move = [
      capacityRowOf({ nodegroup: "h100", nodes_to_add: 1 }),
      capacityRowOf({ nodegroup: "a100", nodes_to_add: -1 }),
    ];
    expect(kinds(actionsOf(inputs.short, move).filter(opensForFree))).toEqual(["move"]);
    expect(kinds(actionsOf(inputs.steady, move))).toEqual(["move"]);
    expect(actionsOf(inputs.steady, move).filter(opensForFree)).toEqual([]);
  });
});

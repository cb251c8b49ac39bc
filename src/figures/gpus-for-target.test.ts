import { describe, expect, test } from "vitest";
import type { StartedGang } from "../join/observed.js";
import type { CapacityRow } from "../plan/capacity.js";
import { makePlan, type Plan } from "../plan/plan.js";
import type { AnalysisInput, NodegroupInput } from "../testing/analysis.js";
import { column, textsIn } from "./__fixtures__/read.js";
import { gangs, inputs, planOf, worldOf } from "./__fixtures__/worlds.js";
import { gpusForTarget, targetFinding } from "./gpus-for-target.js";

const drawn = (input: AnalysisInput, plan = planOf(input)) => gpusForTarget(worldOf(input), plan);
/** Three days; 72 gangs of 8 GPUs, one created each hour, on nodes of 8. */
const world = (
  h100: Partial<NodegroupInput>,
  started: readonly StartedGang[],
  ...others: NodegroupInput[]
): AnalysisInput => ({
  hours: 72,
  nodegroups: [{ name: "h100", gpus: 16, held: 8, ...h100 }, ...others],
  queues: [{ name: "h100", nodegroups: ["h100"], able: ["h100"] }],
  observed: { started },
});
const hourly = (hours: number, waitSeconds = 60, nodegroup = "h100") =>
  gangs({ nodegroup, count: 72, gpusPerPod: 8, hours, waitSeconds });
/** Each runs for 2.5 hours: three nodes are enough without a wait, two never catch up. */
const short = world({ gpus: 8, held: 8 }, hourly(2.5, 36_000));
/** Each runs for half an hour, so that one node would do; it is held for a quarter of the time, which keeps headroom. */
const spare = world({ held: 4 }, hourly(0.5));
/** One node would do, but 8 of 16 GPUs are held: more than 90 % of one node, so that the second stays. */
const enough = world({}, hourly(0.5));

describe("how many GPUs meet the target", () => {
  test("cannot be estimated of too few jobs or days; each reason is said once", () => {
    const plan = planOf(inputs.steady);
    expect(targetFinding(plan)).toMatchObject({
      kind: "unknown",
      rows: [{ nodegroup: "a100" }, { nodegroup: "h100" }],
    });
    const figure = drawn(inputs.steady);
    expect(figure.title).toBe("How many GPUs would meet the target cannot be estimated");
    expect(figure.takeaway).toContain("There is no estimate for a100 and h100 (0 jobs, a p95 needs 59).");
    expect(figure.note).toContain("Not estimable: a100 and h100 (0 jobs, a p95 needs 59).");
    expect(textsIn(figure)).toContain("No nodegroup can be estimated");
    expect(column(figure, "needed")).toEqual({ a100: null, h100: null });
  });

  test("is more than there are: an hourly gang that runs for 2.5 hours takes 3 nodes and has 1", () => {
    const finding = targetFinding(planOf(short));
    expect(finding).toMatchObject({
      kind: "short",
      worst: { nodegroup: "h100", nodes_now: 1, nodes_needed: 3, nodes_to_add: 2, gpus_to_add: 16 },
      thenSeconds: 0,
      short: { length: 1 },
      freeGpuHours: 0,
      bought: { gpus: 16, usdPerMonth: 23_360 },
    });
    const { title, takeaway } = drawn(short);
    expect(title).toBe("h100 needs 16 GPUs more for a p95 wait of 1 h");
    expect(takeaway).toContain("On its 1 node h100’s demand has a p95 of");
    expect(takeaway).toContain("the target of 1 h takes 3, which bring it to 0 s");
    // 16 GPUs at $2 for the 730 hours of a month.
    expect(takeaway).toContain("No free action stands against it: 16 GPUs cost $23,360 a month");
  });

  test("comes after what is free: 8 GPUs that wait for scattered ones from 6:00 to 18:00", () => {
    const input: AnalysisInput = {
      ...short,
      nodegroups: [...short.nodegroups, { name: "l40s", gpus: 16, held: 8, scattered: true }],
      unplaced: [{ clusterQueue: "h100", nodegroup: "l40s", pods: 1, gpusPerPod: 8, fromHour: 6, toHour: 18 }],
    };
    expect(targetFinding(planOf(input))).toMatchObject({ kind: "short", freeGpuHours: expect.closeTo(96, 6) });
    expect(drawn(input).takeaway).toContain("What costs nothing comes first: 96 GPU-hours waited behind it; then");
  });

  test("is more, of which a node to spare elsewhere is moved before another is bought", () => {
    const spareToo = (hours: number) =>
      world({ gpus: 8, held: 8 }, [...hourly(hours), ...hourly(0.5, 60, "a100")], { name: "a100", gpus: 16, held: 4 });
    expect(targetFinding(planOf(spareToo(2.5)))).toMatchObject({
      kind: "short",
      bought: { gpus: 8, usdPerMonth: 11_680 },
    });
    expect(drawn(spareToo(2.5)).takeaway).toContain(
      "8 GPUs can be moved from where they are to spare; then 8 GPUs cost $11,680 a month.",
    );
    expect(drawn(spareToo(1.5)).takeaway).toContain(
      "8 GPUs can be moved from where they are to spare; nothing has to be bought.",
    );
  });

  test("is more also where GPUs have no price: they are bought all the same", () => {
    const input = world({ gpus: 8, held: 8, usdPerGpuHour: 0 }, hourly(2.5));
    const waiting = { ...input, queues: [{ ...input.queues![0]!, pendingGpus: 8 }] };
    expect(targetFinding(planOf(waiting))).toMatchObject({
      kind: "short",
      freeGpuHours: 0,
      bought: { gpus: 16, usdPerMonth: 0 },
    });
  });

  test("is more in two nodegroups, and a long target makes a shorter title", () => {
    const input = world({ gpus: 8 }, [...hourly(2.5), ...hourly(2.5, 60, "a100")], { name: "a100", gpus: 8, held: 8 });
    const plan = makePlan(worldOf(input), 5400);
    expect(targetFinding(plan)).toMatchObject({ kind: "short", short: { length: 2 }, worst: { nodegroup: "a100" } });
    expect(drawn(input, plan).title).toBe("2 nodegroups need 32 GPUs more to meet 1 h 30 min");
    expect(drawn(input).title).toBe("2 nodegroups need 32 GPUs more for a p95 wait of 1 h");
  });

  test("is what there is, though 2 hours were waited: packed, the same jobs would not have", () => {
    const input = world({}, hourly(0.5, 7200));
    expect(targetFinding(planOf(input))).toMatchObject({
      kind: "free-first",
      worst: { nodegroup: "h100", wait_p95_seconds_observed: 7200, nodes_needed: 1, nodes_to_add: 0 },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("No nodegroup needs more GPUs, but h100 misses 1 h");
    expect(takeaway).toContain(
      "Its p95 was 2 h; packed and with no quota in the way the same demand meets 1 h on the 2 nodes",
    );
    const two = world({}, [...hourly(0.5, 7200), ...hourly(0.5, 5400, "a100")], { name: "a100", held: 8 });
    expect(drawn(two).takeaway).toContain("on the 2 nodes that it has, and so does a100.");
  });

  test("is less than there are: one of two nodes would do", () => {
    expect(targetFinding(planOf(spare))).toMatchObject({
      kind: "spare",
      most: { nodegroup: "h100", nodes_needed: 1, nodes_to_add: -1, gpus_to_add: -8 },
      unknown: [],
    });
    const { title, takeaway } = drawn(spare);
    expect(title).toBe("No nodegroup needs more GPUs; 8 in h100 could serve other work");
    expect(takeaway).toContain("every nodegroup meets a p95 of 1 h");
    expect(takeaway).toContain("h100 would on 1 of 2, 50% fewer");
  });

  test("is less in two nodegroups of those that can be judged", () => {
    const input = world(
      { held: 4 },
      [...hourly(0.5), ...hourly(0.5, 60, "a100")],
      { name: "a100", gpus: 24, held: 4 },
      { name: "l40s" },
    );
    expect(targetFinding(planOf(input))).toMatchObject({
      kind: "spare",
      most: { nodegroup: "a100" },
      unknown: [{ nodegroup: "l40s" }],
    });
    const { title, takeaway, note } = drawn(input);
    expect(title).toBe("No judged nodegroup needs more GPUs; 24 of 2 nodegroups could serve other work");
    expect(takeaway).toContain("every nodegroup that can be judged meets");
    expect(takeaway).toMatch(/ Not judged: l40s \(0 jobs, a p95 needs 59\)\.$/);
    expect(note).toContain("Not estimable: l40s (0 jobs, a p95 needs 59).");
  });

  test("is what there is: none to buy, and none to give back", () => {
    expect(targetFinding(planOf(enough))).toMatchObject({ kind: "enough", rows: [{ nodegroup: "h100" }], unknown: [] });
    const { title, takeaway } = drawn(enough);
    expect(title).toBe("No nodegroup needs more GPUs for a p95 wait of 1 h");
    expect(takeaway).toContain("The longest p95 was 1 min, in h100; replayed, all meet 1 h on the nodes they have");
    const partly = world({}, hourly(0.5), { name: "l40s" });
    expect(drawn(partly).takeaway).toContain("those that can be judged meet 1 h");
    expect(drawn(partly).takeaway).not.toContain("nothing to buy");
  });

  test("is not a number where no number does: gangs of 8 pods of a whole node, on so many nodes as are tried", () => {
    // 16 nodes' worth at a time; twice the nodes and four more are tried.
    const input = world({ gpus: 8 }, gangs({ nodegroup: "h100", count: 72, pods: 16, gpusPerPod: 8, hours: 0.5 }), {
      name: "a100",
    });
    expect(targetFinding(planOf(input))).toMatchObject({ kind: "beyond", rows: [{ nodegroup: "h100" }] });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("h100: more nodes alone do not bring the p95 wait to 1 h");
    expect(takeaway).toContain("h100 (not even 7 nodes meet the target), packed and with no quota in the way");
  });
});

describe("the panels of waits", () => {
  test("say what the plan is for each, or why there is none, in whole GPUs", () => {
    const figure = drawn(world({ held: 4 }, hourly(0.5), { name: "l40s" }));
    const texts = textsIn(figure);
    expect(texts).toEqual(expect.arrayContaining(["16 GPUs, 8 to spare", "16 GPUs, no plan", "Target 1 h"]));
    expect(texts.join(" ")).toContain("Not estimable: 0 jobs");
    expect(texts.filter((text) => /^[+−]?\d*\.\d/.test(text))).toEqual([]);
    expect(textsIn(drawn(short))).toContain("8 GPUs, plan +16");
    expect(textsIn(drawn(enough))).toContain("16 GPUs, plan as it is");
  });

  test("draw what doesn't fit in a band of its own: gangs of two nodes don't fit on one", () => {
    const started = gangs({ nodegroup: "h100", count: 72, pods: 2, gpusPerPod: 8, hours: 0.5 });
    const input = world({ gpus: 8, held: 8 }, started);
    expect(textsIn(drawn(input))).toContain("does not fit");
    expect(column(drawn(input), "replayed")["h100"]).toBe("does not fit");
    expect(drawn(input).takeaway).toContain("h100’s demand does not fit even packed");
    expect(textsIn(drawn(enough))).not.toContain("does not fit");
    // Where GPUs can be added it is said right of the points, beside a nodegroup of many to spare left of them.
    const anchor = (of: AnalysisInput) => drawn(of).chart.match(/text-anchor="(\w+)"[^>]*>does not fit</)?.[1];
    expect(anchor(input)).toBe("end");
    const large = world({ gpus: 8, held: 8 }, [...started, ...hourly(0.5, 60, "a100")], {
      name: "a100",
      gpus: 80,
      held: 4,
    });
    expect(anchor(large)).toBe("start");
  });

  test("leave the name of the target to the key, where no curve can cross it", () => {
    const two = world({ gpus: 80, held: 4 }, hourly(0.5), { name: "l40s" });
    expect(textsIn(drawn(two)).filter((text) => /target/i.test(text))).toEqual(["Target 1 h"]);
  });

  test("have the numbers of the plan in the table", () => {
    const row = drawn(short).table.rows[0]!;
    expect(row).toMatchObject({
      nodegroup: "h100",
      now: 8,
      observed: "10 h",
      needed: "3",
      add: 16,
      usd: 23_360,
      estimable: "yes",
    });
    expect(drawn(spare).table.rows[0]).toMatchObject({ add: -8, usd: -11_680 });
  });

  test("say the interval of nodes where it is wider than a number", () => {
    const plan = planOf(short);
    const wide: Plan = {
      ...plan,
      capacity: plan.capacity.map((row): CapacityRow => ({ ...row, nodes_needed_lower: 2, nodes_needed_upper: 4 })),
    };
    expect(drawn(short, wide).takeaway).toContain("takes 3 (2 to 4), which");
    expect(drawn(short, wide).table.rows[0]).toMatchObject({ needed: "3 (2 to 4)" });
  });

  test("mark the p95 as it was only where jobs were seen to start", () => {
    const diamond = /<path d="[^"]*Z" fill="#ffffff" stroke="#1f2328"/g;
    // One in the key.
    expect(drawn(enough).chart.match(diamond)).toHaveLength(2);
    const plan = planOf(enough);
    const blind = { ...plan, capacity: plan.capacity.map((row) => ({ ...row, wait_p95_seconds_observed: null })) };
    expect(drawn(enough, blind).chart.match(diamond)).toHaveLength(1);
  });
});

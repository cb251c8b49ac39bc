import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { MONTH_HOURS } from "../plan/capacity.js";
import type { AnalysisInput, NodegroupInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, said, textsIn } from "./__fixtures__/read.js";
import { gangs, inputs, planOf, shapes, withContract, worldOf } from "./__fixtures__/worlds.js";
import { costFinding, costOfImbalance } from "./cost-of-imbalance.js";
import { illegible } from "./legibility.js";

const found = (input: AnalysisInput) => costFinding(worldOf(input).diagnosis, planOf(input));
const drawn = (input: AnalysisInput) => costOfImbalance(worldOf(input), planOf(input));
const near = (value: number) => expect.closeTo(value, 4);

interface Group extends NodegroupInput {
  /** How long each of its hourly gangs of 8 GPUs runs. */
  readonly runs: number;
}
/** Three days of nodegroups with nodes of 8 GPUs at $2 an hour, and an hourly gang of 8 GPUs on each. */
const world = (...groups: Group[]): AnalysisInput => ({
  hours: 72,
  nodegroups: groups.map(({ runs: _, ...group }) => group),
  queues: groups.map(({ name }) => ({ name, nodegroups: [name], able: [name] })),
  observed: {
    started: groups.flatMap(({ name, runs }) => gangs({ nodegroup: name, count: 72, gpusPerPod: 8, hours: runs })),
  },
});
/** One node, and a demand for three: the plan adds two. */
const short: Group = { name: "h100", gpus: 8, held: 8, runs: 2.5 };
/** Two nodes, and a demand for one: the plan gives one back. */
const spare: Group = { name: "a100", gpus: 16, held: 4, runs: 0.5 };
/** Two nodes, of which one would do but for headroom. */
const enough: Group = { name: "l40s", gpus: 16, held: 8, runs: 0.5 };
const committed = (input: AnalysisInput, until: string) =>
  withContract(input, (contract) => ({
    ...contract,
    nodegroups: contract.nodegroups.map((group) => ({ ...group, committedUntil: until })),
  }));
/** 8 GPUs at $2 for the hours of a month. */
const NODE = 8 * 2 * MONTH_HOURS;

describe("what imbalance costs", () => {
  test("is not known where telemetry covers too little of it", () => {
    // 42 of 48 GPUs are held, and of no use that is known; 48 GPUs at $2 for 168 hours are $16,128 a week.
    expect(found(inputs.noDcgm)).toMatchObject({
      kind: "unknown",
      week: { paid: near(16_128), useful: 0, unused: 0, unallocated: near(2016), unknown: near(14_112) },
    });
    const figure = drawn(inputs.noDcgm);
    expect(figure.title).toBe("What 88% of the cost went into is not known");
    expect(figure.takeaway).toContain("$2,016 unallocated, $14,112 not covered by telemetry");
    expect(textsIn(figure)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\$10,752, at least 1[23]% unused$/)]),
    );
    expect(textsIn(drawn(inputs.nothingSeen))).toContain("$10,752, use unknown");
  });

  test("is known where a sixth is missing, and what is missing is drawn", () => {
    const input: AnalysisInput = { ...world(enough), silent: { kubeState: (hour) => hour < 12 } };
    expect(found(input)).toMatchObject({ kind: "still", week: { unknown: near((16 * 2 * 168) / 6) } });
    expect(textsIn(drawn(input))).toContain("Not covered by telemetry");
    expect(textsIn(drawn(world(enough)))).not.toContain("Not covered by telemetry");
  });

  test("is not known where the contract's prices are zero", () => {
    const input = shapes["unpriced"]!;
    expect(found(input)).toMatchObject({ kind: "unpriced", week: { paid: 0 } });
    const figure = drawn(input);
    expect(figure.takeaway).toContain("Read 01-where-gpu-hours-went instead");
    expect(textsIn(figure)).toContain("The contract's prices are all zero");
  });

  test("is what the plan adds: two nodes of 8", () => {
    expect(found(world(short))).toMatchObject({
      kind: "buys",
      moves: [{ nodegroup: "h100", gpus: 16, kind: "buys", usdPerMonth: near(2 * NODE), committedUntil: null }],
    });
    const figure = drawn(world(short));
    expect(figure.title).toBe("The plan adds GPUs for $23,360 a month");
    expect(figure.takeaway).toContain("The plan buys 16 GPUs for h100 at $23,360 a month. Use what is paid for");
    expect(textsIn(figure)).toContain("buys 16 GPUs, $23,360");
    expect(textsIn(figure)).toContain("bought");
    expect(textsIn(figure)).not.toContain("given back");
  });

  test("is what the plan adds, against what it could save elsewhere", () => {
    // In another region, from where nodes cannot be moved.
    const input = withContract(world(short, spare), (contract) => ({
      ...contract,
      nodegroups: contract.nodegroups.map((group) => ({ ...group, region: group.name })),
    }));
    expect(found(input)).toMatchObject({
      kind: "buys",
      moves: [{ kind: "buys" }, { kind: "saves", nodegroup: "a100" }],
      shifted: 0,
    });
    const figure = drawn(input);
    expect(figure.title).toBe("The plan adds GPUs for $23,360 a month and could save $11,680");
    expect(figure.takeaway).toContain("; against it stand $11,680 a month that a100 could give back.");
    expect(textsIn(figure)).toEqual(expect.arrayContaining(["bought", "given back"]));
    expect(illegible(figure.svg)).toEqual([]);
  });

  test("is what the plan still adds when a node of another nodegroup is moved: one of two", () => {
    expect(found(world(short, spare))).toMatchObject({
      kind: "buys",
      moves: [{ kind: "buys", nodegroup: "h100", gpus: 8, usdPerMonth: near(NODE) }],
      shifted: 8,
    });
    const { title, takeaway } = drawn(world(short, spare));
    expect(title).toBe("The plan adds GPUs for $11,680 a month");
    expect(takeaway).toContain("The plan moves 8 GPUs between nodegroups and buys 8 GPUs for h100 at $11,680 a month.");
  });

  test("is nothing where the node that is lacking can be moved, and less where more are to spare", () => {
    // Gangs of 1.5 hours: a second node is enough.
    const lacking = { ...short, runs: 1.5 };
    expect(found(world(lacking, spare))).toMatchObject({ kind: "still", moves: [], shifted: 8 });
    const { title, takeaway } = drawn(world(lacking, spare));
    expect(title).toMatch(/of \$8,064 a week was not in use; the plan buys nothing$/);
    expect(takeaway).toContain(
      "The plan moves 8 GPUs between nodegroups, from where they are to spare to where they are lacking",
    );
    expect(takeaway).not.toContain("No nodegroup has a whole node to spare");
    const more = world(lacking, { ...spare, gpus: 24 });
    expect(found(more)).toMatchObject({ kind: "frees", moves: [{ kind: "saves", gpus: 8, usdPerMonth: near(NODE) }] });
    expect(drawn(more).takeaway).toContain(
      "The plan moves 8 GPUs between nodegroups, buys nothing and frees $11,680 a month",
    );
    const idle = world(lacking, { ...spare, idle: 2 });
    expect(found(idle)).toMatchObject({ kind: "unused", nodegroup: "a100", shifted: 8 });
    expect(drawn(idle).takeaway).toContain(
      "The plan buys nothing and moves 8 GPUs between nodegroups: mend the use first",
    );
  });

  test("is what the plan could save: one node", () => {
    expect(found(world(spare))).toMatchObject({
      kind: "frees",
      moves: [{ nodegroup: "a100", gpus: 8, kind: "saves", usdPerMonth: near(NODE) }],
    });
    const figure = drawn(world(spare));
    expect(figure.title).toBe("The plan could save $11,680 a month, and buys nothing");
    expect(figure.takeaway).toContain("frees $11,680 a month that a100 could give back");
    expect(figure.takeaway).not.toContain("reusable");
    expect(textsIn(figure)).toEqual(expect.arrayContaining(["saves 8 GPUs, $11,680", "given back"]));
  });

  test("is saved later where GPUs are committed: they are there for other work", () => {
    const input = committed(world(spare), "2027-03-31T00:00:00Z");
    expect(found(input)).toMatchObject({
      kind: "frees",
      moves: [{ kind: "reusable", usdPerMonth: near(NODE), committedUntil: "2027-03-31T00:00:00Z" }],
    });
    const figure = drawn(input);
    expect(figure.title).toBe("$11,680 a month could serve other work; nothing is saved yet");
    expect(figure.takeaway).toContain("$11,680 a month of a100, reusable but committed until 31 Mar 2027");
    expect(figure.takeaway).toContain("before the commitment ends, giving them back saves nothing");
    expect(textsIn(figure)).toContain("8 GPUs, $11,680 reusable, committed until 31 Mar 2027");
    expect(figure.note).toContain("Committed: a100 until 31 Mar 2027");
    expect(figure.chart).toContain('stroke-dasharray="4,3"');
    expect(illegible(figure.svg)).toEqual([]);
  });

  test("is saved now where the commitment has ended, and where GPUs cost nothing it is no dollars", () => {
    expect(found(committed(world(spare), "2025-12-31T00:00:00Z"))).toMatchObject({ moves: [{ kind: "saves" }] });
    const free = world({ ...spare, usdPerGpuHour: 0 }, enough);
    expect(found(free)).toMatchObject({ kind: "frees", moves: [{ kind: "saves", usdPerMonth: 0 }] });
    expect(textsIn(drawn(free))).toEqual(expect.arrayContaining(["saves 8 GPUs, $0", "$0"]));
  });

  test("is what went into GPUs that are held and not used: 4 of 8", () => {
    const input = world({ ...enough, idle: 3, starting: 1 });
    // 4 GPUs at $2 for 168 hours.
    expect(found(input)).toMatchObject({
      kind: "unused",
      nodegroup: "l40s",
      usd: near(1344),
      share: near(0.5),
      planned: true,
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("50% of what l40s’s held GPUs cost bought no use");
    expect(takeaway).toContain(`$1,344 a week went into GPUs of l40s`);
    expect(takeaway).toContain(`where ${percent(material.stalledShare)} idle or stalled is an alarm`);
    expect(takeaway).toContain("The plan buys nothing and gives nothing back: mend the use first");
    expect(found(inputs.idle)).toMatchObject({ kind: "unused", planned: false });
    expect(drawn(inputs.idle).takeaway).toContain("No plan could be made: mend the use first");
  });

  test("is nothing that would move: half is not in use, which headroom and whole nodes explain", () => {
    expect(found(world(enough))).toMatchObject({ kind: "still", planned: true, moves: [] });
    const figure = drawn(world(enough));
    expect(figure.title).toBe("50% of $5,376 a week was not in use; the plan moves nothing");
    expect(figure.takeaway).toContain("No nodegroup has a whole node to spare or to add");
    expect(figure.takeaway).toContain(`${percent(material.stalledShare)} of the held GPUs idle or stalled`);
    expect(textsIn(figure)).toContain("The plan buys nothing and gives nothing back.");
  });

  test("is nothing that is known to move where no plan could be made: it doesn't say that no node is to spare", () => {
    expect(found(inputs.slack)).toMatchObject({ kind: "still", planned: false });
    const figure = drawn(inputs.slack);
    expect(figure.title).toBe("67% of $16,128 a week was not in use; no plan could be made");
    expect(figure.takeaway).toContain("Whether nodes could be spared is not known");
    expect(said(figure)).not.toContain("to spare or to add");
    expect(textsIn(figure)).toContain("No nodegroup could be planned for.");
  });
});

describe("the buckets", () => {
  test("are dollars a week, scaled from the data, and add up to what is paid", () => {
    const input = world({
      ...enough,
      held: 12,
      idle: 2,
      stalled: 1,
      starting: 1,
      outOfService: 1,
      absent: 1,
      usdPerGpuHour: 3,
    });
    const row = drawn(input).table.rows[0]!;
    // 16 GPUs at $3 for 168 hours: 8 useful, 4 idle, stalled or starting, 4 free, out of service or absent.
    expect(row).toMatchObject({
      paid: near(8064),
      useful: near(4032),
      unused: near(2016),
      unallocated: near(2016),
      unknown: near(0),
      per: near(6),
    });
    expect(drawn(input).note).toContain("Scaled to a week from 72 hours of data");
    expect(drawn(shapes["oneWeek"]!).note).not.toContain("Scaled");
    expect(textsIn(drawn(input))).toContain("$8,064, 50% unused");
  });

  test("say where more was seen than is paid for", () => {
    // 14 are held, and 4 of the 16 are on a cordoned node whose pods run on.
    expect(drawn(world({ ...enough, held: 14, outOfService: 4 })).note).toContain(
      "More was seen than is paid for in l40s",
    );
    expect(drawn(world(enough)).note).not.toContain("More was seen");
  });

  test("of a nodegroup that nobody pays for are empty", () => {
    const figure = drawn(shapes["unpaid"]!);
    expect(column(figure, "paid")["gone"]).toBe(0);
    expect(column(figure, "per")["gone"]).toBeNull();
    expect(textsIn(figure)).toContain("$0");
  });
});

test("what telemetry does not cover is not said to be of no use", () => {
  const { takeaway } = costOfImbalance(worldOf(inputs.noDcgm), planOf(inputs.noDcgm));
  expect(takeaway).toContain("not covered by telemetry");
  expect(takeaway).not.toContain("useful");
});

import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import type { AnalysisInput, NodegroupInput, QueueInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { useFinding, whatGpusDid } from "./what-gpus-did.js";

const found = (input: AnalysisInput) => useFinding(worldOf(input));
const drawn = (input: AnalysisInput) => whatGpusDid(worldOf(input));
const [a100] = inputs.steady.nodegroups;
const h100 = (group: Partial<NodegroupInput>, queue: Partial<QueueInput> = {}): AnalysisInput => ({
  nodegroups: [a100!, { name: "h100", gpus: 16, held: 16, ...group }],
  queues: [inputs.steady.queues![0]!, { name: "h", nodegroups: ["h100"], able: ["h100"], ...queue }],
});

describe("what GPUs did", () => {
  test("is not known without kube-state-metrics", () => {
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data" });
    const figure = drawn(inputs.nothingSeen);
    expect(figure.takeaway).toContain("kube-state-metrics");
    expect(textsIn(figure)).toContain("Nothing is known of what GPUs did");
  });

  test("was not measured without DCGM: 42 of 48 were held", () => {
    expect(found(inputs.noDcgm)).toEqual({ kind: "unmeasured", held: expect.closeTo(42, 6), paid: 48 });
    const figure = drawn(inputs.noDcgm);
    expect(figure.title).toBe("42 of 48 GPUs were held; what they did was not measured");
    expect(figure.takeaway).toContain(`less than ${percent(material.seenShare)} of the time`);
    expect(textsIn(figure)).toContain("Held, use unknown");
    expect(textsIn(figure)).not.toContain("Useful");
  });

  test.each([
    ["stalled", inputs.stalled, material.stalledShare, "busy, but starved", "looked busy by GPU_UTIL"],
    ["idle", inputs.idle, material.idleShare, "idle", "did nothing"],
  ] as const)("was nothing of use for 7 of 14 that were held, and %s", (kind, input, limit, title, words) => {
    expect(found(input)).toMatchObject({
      kind: "quiet",
      alarm: { kind, nodegroup: "h100", share: expect.closeTo(0.5, 9) },
      row: { name: "h100", held: expect.closeTo(14, 6) },
    });
    const figure = drawn(input);
    expect(figure.title).toBe(`50% of the GPUs held in h100 were ${title}`);
    expect(figure.takeaway).toContain(`Of 14 GPUs held there on average, 7 ${words}`);
    expect(figure.takeaway).toContain(`in the hands of Team; from ${percent(limit)} on one should look`);
  });

  test("was too little: 20 of 16 were asked for on average, 8 more in half of the time", () => {
    expect(found(inputs.short)).toMatchObject({
      kind: "above",
      row: { name: "h100" },
      demand: expect.closeTo(20, 6),
      capacity: expect.closeTo(16, 6),
    });
    const { title, takeaway } = drawn(inputs.short);
    expect(title).toBe("h100 was asked for 20 GPUs on average and had 16");
    expect(takeaway).toContain(`25% of the GPU-hours paid for there, where ${percent(material.waitedShare)}`);
    expect(takeaway).toContain("Quota hands out as many GPUs as are healthy");
  });

  test.each([
    [24, "Quota hands out 8 GPUs more than are healthy."],
    [12, "Quota hands out 4 GPUs fewer than are healthy."],
  ])("is compared with a quota of %i for 16 healthy GPUs", (nominal, words) => {
    expect(drawn(h100({}, { pendingGpus: during(8, 20, 8), nominal })).takeaway).toContain(words);
  });

  test("left 8 free while 8 waited for half of the time", () => {
    expect(found(inputs.fragmented)).toMatchObject({
      kind: "beside-free",
      row: { name: "h100" },
      waiting: expect.closeTo(4, 6),
      held: expect.closeTo(8, 6),
    });
    const { title, takeaway } = drawn(inputs.fragmented);
    expect(title).toBe("h100 held 8 of 16 GPUs while work waited");
    expect(takeaway).toContain("On average 4 GPUs waited and 8 stood free");
    expect(takeaway).toContain(`25% of the GPU-hours paid for there, where ${percent(material.waitedShare)}`);
  });

  test("is averaged over the time in which each was seen: what waits doesn't shrink when Kueue misses busy hours", () => {
    // 12 held until 12:00, 4 after that; Kueue says from 12:00 on that 6 wait, for whatever reason.
    const input: AnalysisInput = {
      ...h100({ held: (hour: number) => (hour < 12 ? 12 : 4) }, { pendingGpus: 6 }),
      silent: { kueue: (hour) => hour < 12 },
    };
    expect(found(input)).toMatchObject({
      kind: "beside-free",
      waiting: expect.closeTo(6, 6),
      held: expect.closeTo(8, 6),
    });
    expect(drawn(input).takeaway).toContain("On average 6 GPUs waited");
  });

  test("was of use: 39 of 48 held, 2 of them idle and 1 stalled", () => {
    const input: AnalysisInput = {
      ...inputs.steady,
      nodegroups: [
        { name: "a100", gpus: 32, held: 26, idle: 2 },
        { name: "h100", gpus: 16, held: 13, stalled: 1 },
      ],
    };
    expect(found(input)).toMatchObject({
      kind: "used",
      held: expect.closeTo(39, 6),
      paid: 48,
      idleShare: expect.closeTo(2 / 39, 9),
      stalledShare: expect.closeTo(1 / 39, 9),
      overpromised: undefined,
      quotaKnown: true,
      short: [],
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Held GPUs were used: 5.1% idle, 2.6% stalled");
    expect(takeaway).toContain("On average 39 of 48 GPUs were held");
    expect(takeaway).toContain(`no nodegroup had ${percent(material.idleShare)} of its held GPUs idle`);
    expect(takeaway).toContain(`${percent(material.stalledShare)} stalled`);
    expect(takeaway).toContain("No quota promises more GPUs than are healthy. There is nothing to reclaim");
  });

  test("was of use although quota promises 8 GPUs more than are healthy", () => {
    const input = h100({ held: 14 }, { nominal: 24 });
    expect(found(input)).toMatchObject({
      kind: "used",
      overpromised: { row: { name: "h100" }, by: expect.closeTo(8, 6) },
    });
    expect(drawn(input).takeaway).toContain("Quota promises 8 GPUs more than are healthy in h100");
  });

  test("was of use as far as is known where Kueue was silent, or where work waits in queues that are shared", () => {
    expect(found(inputs.noKueue)).toMatchObject({ kind: "used", quotaKnown: false });
    expect(drawn(inputs.noKueue).takeaway).toContain("Quota is not known");
    expect(found(inputs.shared)).toMatchObject({ kind: "used", short: ["a100", "h100"] });
    expect(drawn(inputs.shared).takeaway).toContain("What waits, waits for another reason: see 01-what-waited");
  });
});

describe("the bars", () => {
  test("are the means of what was told, and say how much was held and asked for", () => {
    const figure = drawn(
      h100({ held: 12, starting: 1, idle: 1, stalled: 1, outOfService: 2, absent: 1 }, { pendingGpus: 3 }),
    );
    const cells = [
      "useful",
      "starting",
      "stalled",
      "allocated-idle",
      "held",
      "unallocated",
      "out-of-service",
      "absent",
    ];
    // 16 GPUs: 12 held, of which 9 are of use; 2 out of service, 1 absent, 1 left.
    expect(cells.map((part) => Math.round(1e6 * Number(column(figure, `part-${part}`)["h100"])) / 1e6)).toEqual([
      9, 1, 1, 1, 0, 1, 2, 1,
    ]);
    expect(column(figure, "demandLower")["h100"]).toBeCloseTo(15, 6);
    expect(textsIn(figure)).toContain("12 of 16 held, 15 asked for");
    expect(textsIn(figure)).toContain("28 of 32 held");
  });

  test("draw the upper bound of demand where a queue reaches more than one nodegroup", () => {
    const hollow = /<path d="[^"]*" fill="#ffffff" stroke=/g;
    const count = (input: AnalysisInput) => drawn(input).chart.match(hollow)?.length ?? 0;
    // One in the key, one for each of the two nodegroups.
    expect([count(inputs.short), count(inputs.shared)]).toEqual([1, 3]);
    expect(column(drawn(inputs.shared), "demandUpper")).toEqual({
      a100: expect.closeTo(20, 6),
      h100: expect.closeTo(20, 6),
    });
  });

  test("have their words right of every mark: of a quota of 24 for 16 GPUs", () => {
    const { chart } = drawn(h100({ held: 14 }, { nominal: 24 }));
    const words = Number(chart.match(/<text[^>]* x="([\d.]+)"[^>]*>14 of 16 held</)![1]);
    const quotas = Array.from(chart.matchAll(/<line stroke="#1f2328" stroke-width="2" x1="([\d.]+)"/g), ([, x]) =>
      Number(x),
    );
    expect(quotas).toHaveLength(2);
    expect(words).toBeGreaterThan(Math.min(...quotas));
  });

  test("say of a nodegroup that was not seen that there is no data", () => {
    const world = worldOf(inputs.steady);
    const unseen = {
      ...world,
      windows: world.windows.map((row) =>
        row.nodegroup === "h100" ? { ...row, gpus_held: null, gpus_free: null } : row,
      ),
    };
    const figure = whatGpusDid(unseen);
    expect(textsIn(figure)).toContain("no data");
    expect(column(figure, "held")["h100"]).toBeUndefined();
  });
});

test("the key has no mark that is not drawn", () => {
  const [group] = inputs.steady.nodegroups;
  const unknown: AnalysisInput = {
    nodegroups: [group!],
    queues: [{ name: "q", nodegroups: ["a100"], pending: 1, pendingGpus: () => undefined }],
  };
  expect(textsIn(whatGpusDid(worldOf(unknown)))).not.toContain("Demand, lower bound");
  expect(textsIn(whatGpusDid(worldOf(unknown)))).toContain("Quota");
  expect(whatGpusDid(worldOf(unknown)).note).toContain("What waited is the least that it was");
  expect(textsIn(whatGpusDid(worldOf({ nodegroups: [group!] })))).not.toContain("Quota");
});

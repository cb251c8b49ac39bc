import { describe, expect, test } from "vitest";
import { defaultMetric, metrics } from "../metrics/index.js";
import type { AnalysisInput, NodegroupInput, QueueInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, hatchedIn, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { agreementFinding, metricsAgree, RAISED_SHARE } from "./metrics-agree.js";

const found = (input: AnalysisInput) => agreementFinding(worldOf(input));
const drawn = (input: AnalysisInput) => metricsAgree(worldOf(input));
const rule = `from ${percent(defaultMetric.anchors.concern)} on`;
/** One nodegroup of 16 GPUs, so that nothing is recoverable elsewhere, and its queue. */
const only = (group: Partial<NodegroupInput>, queue: Partial<QueueInput> = {}): AnalysisInput => ({
  nodegroups: [{ name: "h100", gpus: 16, held: 16, ...group }],
  queues: [{ name: "h", nodegroups: ["h100"], able: ["h100"], ...queue }],
});

describe("the metrics", () => {
  test("cannot be compared where the default has no value", () => {
    expect(found(inputs.noKueue)).toMatchObject({ kind: "no-data", hours: 0, raised: 0 });
    const figure = drawn(inputs.noKueue);
    expect(figure.title).toContain("Imbalance is not known for any hour");
    expect(textsIn(figure)).toContain("Imbalance is not known for any hour");
  });

  test("are all quiet where nothing waits, idles, stalls or is stranded", () => {
    expect(found(inputs.steady)).toMatchObject({ kind: "quiet", nodegroup: "a100", raised: 0, loudest: { raised: 0 } });
    const { title, takeaway } = drawn(inputs.steady);
    expect(title).toBe("No metric raises a100 in any of 24 hours");
    expect(takeaway).toContain(`Imbalance raises none of them (${rule})`);
    expect(takeaway).toContain(`reaches ${percent(RAISED_SHARE)} of the hours`);
  });

  test("are quiet where they raise fewer than a tenth of the hours", () => {
    const input = only({ held: 12 }, { pendingGpus: during(8, 10, 3) });
    // 3 of 15 asked for wait: 20 %, in 2 of 24 hours.
    expect(found(input)).toMatchObject({
      kind: "quiet",
      raised: expect.closeTo(2, 9),
      loudest: { raised: expect.closeTo(2, 9) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("No metric raises h100 in more than 2 of 24 hours");
    expect(takeaway).toContain(`Imbalance raises 2 of them (${rule})`);
  });

  test("answer another question where half of what is held stalls and nothing waits", () => {
    expect(found(inputs.stalled)).toMatchObject({
      kind: "other-question",
      nodegroup: "h100",
      loudest: { metric: { name: "stalled_share" }, raised: expect.closeTo(24, 9) },
    });
    const { title, takeaway } = drawn(inputs.stalled);
    expect(title).toBe("Stalled raises h100 in 24 of 24 hours, Imbalance in 0");
    expect(takeaway).toContain(`Imbalance asks whether work waits (${rule})`);
    const { anchors } = metrics.find(({ name }) => name === "stalled_share")!;
    expect(takeaway).toContain(`Stalled what held GPUs are worth (from ${percent(anchors.concern)} on)`);
  });

  test("have titles short enough for a headline, the longest too", () => {
    // 4 of 80 wait beside 4 that could be shared: 5 % of capacity, but 4.8 % of the 84 asked for.
    const world = worldOf(only({ gpus: 80, held: 80 }, { pendingGpus: 4 }));
    const shared = {
      ...world,
      hours: world.hours.map((row) => ({
        ...row,
        gpus_shareable: 4,
        workloads_pending: 0,
        gpus_pending_upper: 0,
        gpus_demand_lower: 79,
      })),
    };
    expect(agreementFinding(shared)).toMatchObject({
      kind: "other-question",
      loudest: { metric: { name: "shareable_mismatch" } },
    });
    expect(metricsAgree(shared).title).toBe(
      "Mismatch that sharing could serve raises h100 in 24 hours, Imbalance in 0",
    );
  });

  test("miss what only the default sees: a pod of 8 without a node beside 8 free GPUs", () => {
    // Pending is 0, demand is 16 of 16, and nothing is queued: only demand per healthy GPU reaches its concern.
    expect(found(inputs.fragmented)).toMatchObject({
      kind: "missed",
      nodegroup: "h100",
      hours: expect.closeTo(24, 9),
      raised: expect.closeTo(12, 9),
      of: 4,
      by: [
        { metric: { name: "drain_time_hours" }, missed: expect.closeTo(12, 9) },
        { metric: { name: "pending_ratio" }, missed: expect.closeTo(12, 9) },
        { metric: { name: "composite_score" }, missed: expect.closeTo(12, 9) },
      ],
    });
    const { title, takeaway } = drawn(inputs.fragmented);
    expect(title).toBe("3 of 4 other metrics missed most hours of waiting in h100");
    expect(takeaway).toContain(`Imbalance raises 12 of 24 hours (${rule}); Drain time missed 12, Pending`);
    expect(takeaway).toContain(
      "“Counts workloads, not GPUs: one blocked gang behind a hundred small jobs hardly shows.”",
    );
  });

  test("name three that missed, and count the rest", () => {
    // A pod of 5 GPUs: demand is 13 of 16, so that none of the four sees anything.
    const input: AnalysisInput = {
      ...inputs.fragmented,
      unplaced: [{ clusterQueue: "h", nodegroup: "h100", pods: 1, gpusPerPod: 5, fromHour: 6, toHour: 18 }],
    };
    expect(found(input)).toMatchObject({ kind: "missed", by: { length: 4 }, of: 4 });
    expect(drawn(input).takeaway).toContain("Pending per allocatable GPU missed 12 and 1 more missed most");
  });

  test("raise alone what the default calls quiet: a full nodegroup that nobody waits for", () => {
    const input = only({});
    expect(found(input)).toMatchObject({
      kind: "alone",
      raised: 0,
      by: { metric: { name: "demand_ratio" }, alone: expect.closeTo(24, 9) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Demand per healthy GPU raises h100 in 24 hours that Imbalance calls quiet");
    expect(takeaway).toContain(
      `Imbalance raises 0 of 24 hours (${rule}), Demand per healthy GPU many more from 100% on`,
    );
    expect(takeaway).toContain("“A cordoned node whose pods run on is demand without capacity.”");
  });

  test("raise alone also where the default raises something, and misses nothing", () => {
    // 8 wait for 6 hours in a nodegroup that is full all day; each hour 12 workloads are admitted and 24 pend: 2 hours.
    const input = only({}, { pendingGpus: during(8, 14, 8), pending: during(8, 14, 24) });
    expect(found(input)).toMatchObject({
      kind: "alone",
      raised: expect.closeTo(6, 9),
      by: { metric: { name: "demand_ratio" }, alone: expect.closeTo(18, 9) },
    });
    expect(drawn(input).title).toBe("Demand per healthy GPU raises h100 in 18 hours that Imbalance calls quiet");
  });

  test("agree: the same hours are short by each of them", () => {
    const held = (hour: number) => (hour >= 8 && hour < 14 ? 16 : 12);
    const input = only({ held }, { pendingGpus: during(8, 14, 8), pending: during(8, 14, 24) });
    expect(found(input)).toMatchObject({ kind: "agree", raised: expect.closeTo(6, 9), rivals: 4 });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("The metrics agree: h100 was short in 6 of 24 hours");
    expect(takeaway).toContain(`raises these hours ${rule}, and none of the 4 other metrics of the same question`);
    expect(takeaway).toContain(`${percent(RAISED_SHARE)} of the hours alone`);
  });
});

describe("the strips", () => {
  test("are one for each metric of the registry, the default first", () => {
    const rows = drawn(inputs.short).table.rows;
    expect(rows[0]!["metric"]).toBe(defaultMetric.title);
    expect(new Set(rows.map((row) => row["metric"]))).toEqual(new Set(metrics.map(({ title }) => title)));
  });

  test("hatch hours without a value and don't compare them", () => {
    const input: AnalysisInput = { ...inputs.fragmented, silent: { kueue: (hour) => hour >= 6 && hour < 10 } };
    const figure = drawn(input);
    expect(hatchedIn(figure)).toBeGreaterThan(0);
    expect(textsIn(figure)).toContain("No value");
    expect(column(figure, "hours")["Imbalance"]).toBeCloseTo(20, 9);
    expect(column(figure, "missed")["Drain time"]).toBeCloseTo(8, 9);
    expect(hatchedIn(drawn(inputs.fragmented))).toBe(0);
    // Drain time needs Kueue alone: where kube-state-metrics was silent it has a value, and the default has none.
    const other = drawn({ ...inputs.short, silent: { kubeState: (hour) => hour >= 8 && hour < 12 } });
    expect(column(other, "hours")).toMatchObject({
      Imbalance: expect.closeTo(20, 9),
      "Drain time": expect.closeTo(24, 9),
    });
    expect(column(other, "missed")["Drain time"]).toBeCloseTo(8, 9);
  });

  test("say that there is no value of a metric that was never known", () => {
    const figure = drawn({ ...inputs.short, silent: { dcgm: () => true } });
    expect(textsIn(figure)).toContain("no value");
    expect(column(figure, "hours")["Stalled"]).toBe(0);
  });

  test("are of the nodegroup with the gravest finding, without one of that which was short longest", () => {
    expect(found(inputs.idle).nodegroup).toBe("h100");
    const short = only({}, { pendingGpus: during(8, 12, 2) });
    const input = { ...short, nodegroups: [inputs.steady.nodegroups[0]!, ...short.nodegroups] };
    expect(found(input).nodegroup).toBe("h100");
  });
});

test("a nodegroup of which nothing is known is not looked at beside one that is", () => {
  const unsized = { name: "h", nodegroups: ["h100"], pending: 1, pendingGpus: () => undefined };
  const input = { nodegroups: [{ name: "h100" }, { name: "a100" }], queues: [unsized] };
  expect(metricsAgree(worldOf(input)).subtitle).toContain("All metrics in a100");
});

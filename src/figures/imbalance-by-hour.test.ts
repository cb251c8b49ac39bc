import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { HEADROOM_SHARE } from "../metrics/imbalance.js";
import { defaultMetric } from "../metrics/index.js";
import type { AnalysisInput, NodegroupInput, QueueInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, hatchedIn, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { imbalanceByHour, imbalanceFinding } from "./imbalance-by-hour.js";

const { concern, severe } = defaultMetric.anchors;
const found = (input: AnalysisInput) => imbalanceFinding(worldOf(input));
const drawn = (input: AnalysisInput) => imbalanceByHour(worldOf(input));
/** h100 is full, and what its queue waits for could run where `able` says; a100 holds so many of 32. */
const world = (
  queue: Partial<QueueInput>,
  a100: Partial<NodegroupInput> = {},
  h100: Partial<NodegroupInput> = {},
): AnalysisInput => ({
  nodegroups: [
    { name: "a100", gpus: 32, held: 28, ...a100 },
    { name: "h100", gpus: 16, held: 16, ...h100 },
  ],
  queues: [
    { name: "a", nodegroups: ["a100"], able: ["a100"] },
    { name: "h", nodegroups: ["h100"], pendingGpus: during(8, 20, 8), ...queue },
  ],
});

describe("imbalance", () => {
  test("is not known where no hour has both demand and capacity", () => {
    for (const input of [inputs.noKueue, inputs.nothingSeen]) {
      expect(found(input)).toEqual({ kind: "no-data" });
      const figure = drawn(input);
      expect(figure.takeaway).toContain("a gap here is not balance");
      expect(textsIn(figure)).toContain("No hour has both demand and capacity");
    }
  });

  test("is a shortage: 8 of 24 GPUs asked for wait, a third, for 12 hours", () => {
    expect(found(inputs.short)).toMatchObject({
      kind: "short",
      row: {
        name: "h100",
        hours: expect.closeTo(24, 9),
        short: expect.closeTo(12, 9),
        severelyShort: expect.closeTo(12, 9),
        severelySlack: 0,
        mean: expect.closeTo(1 / 6, 9),
      },
      elsewhere: undefined,
    });
    const { title, takeaway } = drawn(inputs.short);
    expect(title).toBe("In h100 work waited in 12 of 24 hours, severely in 12");
    expect(takeaway).toContain(`at least ${percent(concern)} of the GPUs asked for waited`);
    expect(takeaway).toContain(`in the severe ones ${percent(severe)} and more`);
    expect(takeaway).toContain(`No other nodegroup had ${percent(severe)} free beyond headroom`);
    expect(takeaway).toContain("would bring it back to balance");
  });

  test("is severe only from the severe anchor on: 2 of 18 that wait are a concern", () => {
    const pendingGpus = (hour: number) => (hour < 4 ? 2 : hour < 12 ? 8 : 0);
    expect(found(world({ able: ["h100"], pendingGpus }))).toMatchObject({
      kind: "short",
      row: { short: expect.closeTo(12, 9), severelyShort: expect.closeTo(8, 9) },
    });
  });

  test.each([
    ["could run it", ["h100", "a100"], true, "and could run some of this work"],
    ["could not", ["h100"], false, "but neither it nor any other with such slack could run this work"],
  ] as const)("is a shortage beside slack that %s: 16 of 32 GPUs of a100 are free", (_, able, could, words) => {
    const input = world({ able, pendingGpus: during(8, 20, 24) }, { held: 16 });
    expect(found(input)).toMatchObject({
      kind: "short",
      row: { name: "h100" },
      elsewhere: { row: { name: "a100", slack: expect.closeTo(0.5 - HEADROOM_SHARE, 9) }, able: could },
    });
    expect(drawn(input).takeaway).toContain(`a100 had 40% free beyond headroom on average, ${words}`);
  });

  test("is a shortage beside slack of which the contract doesn't say whether it could run it", () => {
    const input = world({}, { held: 16 });
    expect(found(input)).toMatchObject({ kind: "short", elsewhere: { able: undefined } });
    expect(drawn(input).takeaway).toContain("and the contract does not say whether it could run this work");
  });

  test("is not shown for queues that nodegroups share", () => {
    expect(found(inputs.shared)).toMatchObject({ kind: "shared", alarm: { nodegroups: ["a100", "h100"] } });
    const { title, takeaway } = drawn(inputs.shared);
    expect(title).toBe("a100 and h100 may be short: their shared queues are not shown");
    expect(takeaway).toContain("waited 96 GPU-hours");
    expect(takeaway).toContain(`where ${percent(material.waitedShare)} calls for a look`);
  });

  test("passes: 2 of 18 GPUs wait for 12 hours, too few for an episode", () => {
    const input = world({ able: ["h100"], pendingGpus: during(8, 20, 2) });
    expect(found(input)).toMatchObject({ kind: "passing", row: { name: "h100", short: expect.closeTo(12, 9) } });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("In h100 work waited in 12 of 24 hours, too little for an alarm");
    expect(takeaway).toContain(`in none of them ${percent(severe)} and more`);
    expect(takeaway).toContain(`stayed under ${percent(material.waitedShare)}`);
  });

  test("is none: nothing waits, and 12 % free is hardly more than headroom", () => {
    expect(found(inputs.steady)).toMatchObject({
      kind: "even",
      shortest: { short: 0 },
      slackest: { slack: expect.closeTo(0.125 - HEADROOM_SHARE, 9) },
      waited: [],
    });
    const { title, takeaway } = drawn(inputs.steady);
    expect(title).toBe("No nodegroup was short in any hour");
    expect(takeaway).toContain(`no nodegroup had ${percent(severe)} of its capacity free beyond headroom`);
    expect(takeaway).toContain("Nothing needs to move");
  });

  test("is none but for slack: 24 of 32 GPUs of a100 are free, 65 % beyond headroom", () => {
    expect(found(inputs.slack)).toMatchObject({
      kind: "even",
      slackest: { name: "a100", slack: expect.closeTo(0.65, 9) },
    });
    const { takeaway } = drawn(inputs.slack);
    expect(takeaway).toContain(
      `a100 had 65% of its capacity free beyond headroom on average, where ${percent(severe)}`,
    );
  });

  test("is none but for two hours, fewer than a tenth", () => {
    const input = world({ able: ["h100"], pendingGpus: during(8, 10, 2) });
    expect(found(input)).toMatchObject({ kind: "even", shortest: { name: "h100", short: expect.closeTo(2, 9) } });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("No nodegroup was short in more than 2 of 24 hours");
    expect(takeaway).toContain(`h100 had most such hours, none of them severe (${percent(severe)})`);
  });

  test("doesn't show by the hour what waits for 20 minutes of each, and says that it did", () => {
    // 40 GPUs beyond 400, for 4 of an hour's 12 ticks: 13 GPU-hours each time, but 13.3 of 413.3 on average, 3.2 %.
    const input = world(
      { able: ["h100"], pendingGpus: (hour) => (hour % 1 < 0.33 ? 40 : 0) },
      {},
      { gpus: 400, held: 400 },
    );
    expect(found(input)).toMatchObject({ kind: "even", shortest: { short: 0 }, waited: ["h100"] });
    const { takeaway } = drawn(input);
    expect(takeaway).toContain("Yet work waited in h100, too briefly to show by the hour: see 01-what-waited");
  });
});

describe("the heatmap", () => {
  test("hatches hours without a value and leaves them out of the counts", () => {
    const input: AnalysisInput = { ...inputs.short, silent: { kueue: (hour) => hour >= 8 && hour < 12 } };
    const figure = drawn(input);
    expect(hatchedIn(figure)).toBeGreaterThan(0);
    expect(column(figure, "short")["h100"]).toBeCloseTo(8, 9);
    expect(column(figure, "hours")["h100"]).toBeCloseTo(20, 9);
    expect(figure.title).toBe("In h100 work waited in 8 of 20 hours, severely in 8");
    expect(hatchedIn(drawn(inputs.short))).toBe(0);
  });

  test("has the shortest nodegroup above, and names the anchors of its colours", () => {
    const figure = drawn(inputs.short);
    expect(figure.table.rows.map((row) => row["name"])).toEqual(["h100", "a100"]);
    expect(textsIn(figure)).toEqual(
      expect.arrayContaining([`slack ${percent(severe)}`, "balanced", `short ${percent(severe)}`]),
    );
    expect(figure.note).toContain(`Headroom is ${percent(HEADROOM_SHARE)}`);
  });
});

import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { RECONCILED_SHARE } from "../diagnosis/supply.js";
import type { AnalysisInput, NodegroupInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, hatchedIn, said, textsIn } from "./__fixtures__/read.js";
import { inputs, withContract, worldOf } from "./__fixtures__/worlds.js";
import { GONE_SHARE, gpuHoursFinding, MEASURED_SHARE, whereGpuHoursWent } from "./where-gpu-hours-went.js";

const found = (input: AnalysisInput) => gpuHoursFinding(worldOf(input));
const drawn = (input: AnalysisInput) => whereGpuHoursWent(worldOf(input));
/** The steady world with h100 as it is told: 16 GPUs, so 384 of the 1,152 GPU-hours of a day. */
const h100 = (rest: Partial<NodegroupInput>): AnalysisInput => ({
  ...inputs.steady,
  nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 14, ...rest }],
});

describe("what became of GPU-hours that are paid for", () => {
  test("is not known where nothing was seen", () => {
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data" });
    const figure = drawn(inputs.nothingSeen);
    expect(said(figure)).toContain("kube-state-metrics");
    expect(textsIn(figure)).toContain("Nothing is known of the GPUs that are paid for");
  });

  test("does not reconcile where telemetry was silent: 12 of 24 hours are half of what is paid for", () => {
    const input: AnalysisInput = { ...inputs.steady, silent: { kubeState: (hour) => hour < 12 } };
    expect(found(input)).toMatchObject({
      kind: "unreconciled",
      share: expect.closeTo(0.5, 9),
      worst: { name: "a100" },
    });
    const figure = drawn(input);
    expect(figure.title).toBe("Telemetry leaves 50% of the GPU-hours paid for unexplained");
    expect(figure.takeaway).toContain("Of 1,152 GPU-hours paid for, 576 do not reconcile");
    expect(figure.takeaway).toContain(`the ${percent(RECONCILED_SHARE)} that may be left over`);
    expect(figure.takeaway).toContain("silent");
  });

  test("does not reconcile where more was seen than is paid for: 8 GPUs more for 24 hours, of 1,152", () => {
    const input = h100({ absent: -8 });
    expect(found(input)).toMatchObject({
      kind: "unreconciled",
      worst: { name: "h100", beyond: expect.closeTo(192, 6) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Telemetry counts 17% more GPU-hours than are paid for");
    expect(takeaway).toContain("192 do not reconcile");
    expect(takeaway).toContain("Correct the inventory");
  });

  test("is not told apart where DCGM was silent: 42 of 48 GPUs were held", () => {
    expect(found(inputs.noDcgm)).toMatchObject({ kind: "unmeasured", fleet: { paid: 1152 } });
    const { title, takeaway } = drawn(inputs.noDcgm);
    expect(title).toMatch(/^88% of the GPU-hours paid for were held/);
    expect(takeaway).toContain("Jobs held 1,008 of 1,152 GPU-hours");
    expect(takeaway).toContain(`under ${percent(MEASURED_SHARE)}`);
  });

  test("is not told apart where only idling was told, and reconciles all the same", () => {
    const input: AnalysisInput = { nodegroups: [{ name: "a", gpus: 16, held: 12, idle: 2, stalled: Number.NaN }] };
    const gpuHours = { "allocated-idle": expect.closeTo(48, 6), held: expect.closeTo(240, 6), unknown: 0 };
    expect(found(input)).toMatchObject({ kind: "unmeasured", fleet: { paid: 384, beyond: 0, gpuHours } });
  });

  test.each([
    ["stalled", inputs.stalled, "stalled", material.stalledShare, "looked busy but starved"],
    ["idle", inputs.idle, "allocated-idle", material.idleShare, "did nothing"],
  ] as const)("was lost to %s GPUs: 7 of 14 that are held, of 16", (_, input, state, limit, words) => {
    // 7 x 24 = 168 GPU-hours: half of the 336 held, 44 % of the 384 paid for.
    expect(found(input)).toMatchObject({
      kind: "quiet",
      row: { name: "h100", gpuHours: { [state]: expect.closeTo(168, 6) } },
      share: expect.closeTo(0.5, 9),
      limit,
    });
    const { title, takeaway } = drawn(input);
    expect(title).toContain("for 44% of its paid GPU-hours");
    expect(takeaway).toContain(`GPUs that Team held in h100 ${words} for 168 GPU-hours, 50% of what was held there`);
    expect(takeaway).toContain(`from ${percent(limit)} on one should look`);
  });

  test.each([
    ["out of service", "outOfService", "out-of-service"],
    ["absent", "absent", "absent"],
  ] as const)("was lost to GPUs that are %s: 4 of 16", (words, input, state) => {
    const world = h100({ held: 10, [input]: 4 });
    expect(found(world)).toMatchObject({ kind: "gone", state, row: { name: "h100" }, share: expect.closeTo(0.25, 9) });
    const { title, takeaway } = drawn(world);
    expect(title).toBe(`25% of the GPU-hours paid for in h100 were ${words}`);
    expect(takeaway).toContain("96 GPU-hours of 384");
    expect(takeaway).toContain(`from ${percent(GONE_SHARE)} on one should look`);
  });

  test("was left free beside work that waited for it: 8 free GPUs for 24 hours, and 8 that wait for 12", () => {
    expect(found(inputs.fragmented)).toMatchObject({
      kind: "free-beside-waiting",
      row: { name: "h100", freeBesideWaiting: expect.closeTo(96, 6) },
      share: expect.closeTo(0.25, 9),
    });
    const { title, takeaway } = drawn(inputs.fragmented);
    expect(title).toBe("h100 left 25% of its GPU-hours free while work waited there");
    expect(takeaway).toContain("192 GPU-hours of 384 stood unallocated, 96 of them while work waited");
    expect(takeaway).toContain(`from ${percent(material.waitedShare)} on`);
  });

  test("was slack: 32 of 48 GPUs that nobody held, 24 of them in a100", () => {
    expect(found(inputs.slack)).toMatchObject({
      kind: "slack",
      most: { name: "a100" },
      share: expect.closeTo(2 / 3, 9),
    });
    const { title, takeaway } = drawn(inputs.slack);
    expect(takeaway).toMatch(/or give nodes back\.$/);
    const committed = withContract(inputs.slack, (contract) => ({
      ...contract,
      nodegroups: contract.nodegroups.map((one) => ({ ...one, committedUntil: "2026-12-31T00:00:00Z" })),
    }));
    expect(drawn(committed).takeaway).toMatch(/or give nodes back when their commitment ends\.$/);
    expect(title).toBe("67% of the GPU-hours paid for stood unallocated, most in a100");
    expect(takeaway).toContain(`768 of 1,152 GPU-hours, more than the ${percent(material.slackShare)}`);
    expect(takeaway).toContain("a100 has 576 of them, 75% of its own");
  });

  test("was in use: 36 of 48 GPUs, and a quarter free, which is still headroom", () => {
    const input: AnalysisInput = {
      ...inputs.steady,
      nodegroups: [
        { name: "a100", gpus: 32, held: 25 },
        { name: "h100", gpus: 16, held: 11 },
      ],
    };
    expect(found(input)).toMatchObject({ kind: "in-use", freest: { name: "h100" }, short: [], waitingKnown: true });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("75% of the GPU-hours paid for were useful, 25% unallocated");
    expect(takeaway).toContain(`below the ${percent(material.slackShare)} of the fleet that would be slack`);
    expect(takeaway).toContain("h100 has most to spare, 31%");
    expect(takeaway).toContain(`${percent(material.stalledShare)} of its held GPU-hours stalled`);
    expect(takeaway).toContain("Nothing here calls for action");
  });

  test("was in use where work waited all the same, or where nobody knows whether it did", () => {
    expect(found(inputs.short)).toMatchObject({ kind: "in-use", short: ["h100"] });
    expect(drawn(inputs.short).takeaway).toContain("Yet work waited in h100");
    expect(found(inputs.noKueue)).toMatchObject({ kind: "in-use", waitingKnown: false });
    expect(drawn(inputs.noKueue).takeaway).toContain("Whether work waited is not known");
  });
});

test("the loss of most GPU-hours is the one that is said", () => {
  const world = (idle: number): AnalysisInput => ({
    ...inputs.steady,
    nodegroups: [
      { name: "a100", gpus: 32, held: 28, idle },
      { name: "h100", gpus: 16, held: 10, outOfService: 5 },
    ],
  });
  expect(found(world(4))).toMatchObject({ kind: "gone" });
  expect(found(world(6))).toMatchObject({ kind: "quiet" });
});

test("slack weighs as much as what is beyond headroom", () => {
  const world = (held: number): AnalysisInput => ({
    ...inputs.steady,
    nodegroups: [
      { name: "a100", gpus: 32, held },
      { name: "h100", gpus: 16, held: 14, idle: 12 },
    ],
  });
  // 288 GPU-hours are idle. Free are 20 of 48 GPUs, 365 GPU-hours beyond a tenth; then 16, 269 beyond it.
  expect(found(world(14))).toMatchObject({ kind: "slack" });
  expect(found(world(18))).toMatchObject({ kind: "quiet" });
});

describe("the bars", () => {
  test("add up to what is paid for, part by part as they were told", () => {
    const figure = drawn(h100({ held: 12, starting: 1, idle: 2, stalled: 3, outOfService: 2, absent: 1 }));
    const ofH100 = Object.fromEntries(
      [
        "paid",
        "useful",
        "starting",
        "stalled",
        "allocated-idle",
        "held",
        "unallocated",
        "out-of-service",
        "absent",
      ].map((part) => [part, Math.round(Number(column(figure, part)["h100"]))]),
    );
    // 16 GPUs: 12 held, of which 1 starts, 2 idle, 3 stall and 6 are of use; 2 out of service, 1 absent, 1 left.
    expect(ofH100).toEqual({
      paid: 384,
      useful: 144,
      starting: 24,
      stalled: 72,
      "allocated-idle": 48,
      held: 0,
      unallocated: 24,
      "out-of-service": 48,
      absent: 24,
    });
    expect(column(figure, "paid")["Fleet"]).toBe(1152);
  });

  test("hatch what is not accounted for, and nothing else", () => {
    const half = drawn({ ...inputs.steady, silent: { kubeState: (hour) => hour < 12 } });
    expect(hatchedIn(half)).toBeGreaterThan(0);
    // Only the axis says 50 %: nothing is written across a hatch.
    expect(textsIn(half).filter((text) => text === "50%")).toHaveLength(1);
    expect(hatchedIn(drawn(inputs.steady))).toBe(0);
  });

  test("are sorted by use, the fleet above them", () => {
    expect(drawn(inputs.idle).table.rows.map((row) => row["nodegroup"])).toEqual(["Fleet", "h100", "a100"]);
  });
});

import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { WAITING_GPUS } from "../metrics/imbalance.js";
import type { AnalysisInput, Values } from "../testing/analysis.js";
import { gpus, percent } from "../units/format.js";
import { column, hatchedIn, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { demandAndCapacity, demandFinding } from "./demand-and-capacity.js";

const found = (input: AnalysisInput) => demandFinding(worldOf(input));
const drawn = (input: AnalysisInput) => demandAndCapacity(worldOf(input));
const look = `where ${percent(material.waitedShare)} calls for a look`;
/** So many GPUs of h100 are held, of 16, and so many asked for beyond them. */
const h100 = (held: number, pendingGpus: Values, rest: Partial<AnalysisInput> = {}): AnalysisInput => ({
  nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held }],
  queues: [inputs.steady.queues![0]!, { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus }],
  ...rest,
});

describe("demand and capacity", () => {
  test("cannot be compared where a source was silent for most of the time", () => {
    expect(found(inputs.noKueue)).toEqual({ kind: "no-data", missing: ["Kueue"] });
    const figure = drawn(inputs.noKueue);
    expect(figure.takeaway).toContain(`Kueue answered for less than ${percent(material.seenShare)} of the time`);
    expect(textsIn(figure)).toContain("Demand or capacity was not seen");
  });

  test("cannot be compared where each was seen for half of the time, but never both", () => {
    const input = { ...inputs.steady, silent: { kueue: (h: number) => h < 12, kubeState: (h: number) => h >= 12 } };
    expect(found(input)).toEqual({ kind: "no-data", missing: [] });
    expect(drawn(input).takeaway).toContain("No hour has both demand and capacity");
  });

  test("diverge above capacity: 24 GPUs asked for of 16, from 8:00 to 20:00", () => {
    expect(found(inputs.short)).toMatchObject({
      kind: "above",
      row: {
        name: "h100",
        hours: expect.closeTo(24, 9),
        hoursShort: expect.closeTo(12, 9),
        above: expect.closeTo(96, 6),
        below: expect.closeTo(0, 6),
        peak: { gpus: 24, capacity: 16, at: Date.UTC(2026, 0, 5, 8) },
      },
      others: [],
    });
    const { title, takeaway } = drawn(inputs.short);
    expect(title).toBe("h100 was asked for more than it has in 12 of 24 hours");
    expect(takeaway).toContain("Mon 5 Jan 08:00 UTC, it was asked for 24 GPUs and had 16; 96 GPU-hours waited above");
    expect(takeaway).toContain(`25% of the GPU-hours paid for there, ${look}`);
  });

  test("diverge beside free GPUs: 8 wait and 8 are free, in 12 of 24 hours", () => {
    expect(found(inputs.fragmented)).toMatchObject({
      kind: "beside-free",
      row: {
        name: "h100",
        above: expect.closeTo(0, 6),
        below: expect.closeTo(96, 6),
        hoursShort: 0,
        whileWaiting: { waiting: expect.closeTo(8, 9), free: expect.closeTo(8, 9), capacity: expect.closeTo(16, 9) },
      },
    });
    const { title, takeaway } = drawn(inputs.fragmented);
    expect(title).toBe("Work waited in h100 while 50% of its GPUs were free");
    expect(takeaway).toContain("In 12 of 24 hours work waited there: 8 GPUs on average, beside 8 free ones");
    expect(takeaway).toContain(`25% of the GPU-hours paid for, ${look}`);
    expect(takeaway).toContain("100% of the waiting lies below the capacity line");
  });

  test("are split at the capacity line: of 12 that wait beside 4 free ones, 8 are above it", () => {
    expect(found(h100(12, during(8, 20, 12)))).toMatchObject({
      kind: "above",
      row: { above: expect.closeTo(96, 6), below: expect.closeTo(48, 6) },
    });
    // 4 wait beside 4: none above.
    expect(found(h100(12, during(8, 20, 4)))).toMatchObject({
      kind: "beside-free",
      row: { above: expect.closeTo(0, 6), below: expect.closeTo(48, 6) },
    });
  });

  test("diverge in queues that several nodegroups share: 8 GPUs for 12 hours, of 32 paid for", () => {
    expect(found(inputs.shared)).toMatchObject({
      kind: "shared",
      alarm: { nodegroups: ["a100", "h100"], gpuHours: expect.closeTo(96, 6), share: expect.closeTo(0.125, 9) },
    });
    const figure = drawn(inputs.shared);
    expect(figure.title).toBe("a100 and h100 share queues in which 96 GPU-hours waited");
    expect(figure.takeaway).toMatch(/Together they waited 1[23]% of the GPU-hours paid for there/);
    expect(figure.takeaway).toContain(look);
    expect(textsIn(figure)).toContain("Could wait here or elsewhere");
  });

  test("diverge for many hours, but by too little for an alarm: 2 GPUs, of the 4 that would make an episode", () => {
    const input = h100(16, during(8, 20, 2));
    expect(found(input)).toMatchObject({
      kind: "passing",
      row: { name: "h100", hoursShort: expect.closeTo(12, 9), above: expect.closeTo(24, 6) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("h100 was asked for more than it has in 12 of 24 hours");
    expect(takeaway).toContain("it was asked for 18 GPUs and had 16");
    expect(takeaway).toContain(`stayed under ${percent(material.waitedShare)} of the GPU-hours paid for`);
  });

  test("agree: 42 of 48 GPUs are asked for", () => {
    const input: AnalysisInput = {
      ...inputs.steady,
      nodegroups: [
        { name: "a100", gpus: 32, held: 24 },
        { name: "h100", gpus: 16, held: 15 },
      ],
    };
    // 39 of 48 in all, 15 of 16 in h100.
    expect(found(input)).toMatchObject({
      kind: "within",
      ratio: expect.closeTo(39 / 48, 9),
      highest: { name: "h100" },
      waited: undefined,
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Demand stayed within capacity in every nodegroup");
    expect(takeaway).toContain("On average 81% of the healthy GPUs were asked for, most in h100 with 94%");
    expect(takeaway).toContain(`reach ${percent(material.waitedShare)} of the GPU-hours paid for`);
    expect(takeaway).toContain("no demand to move and nothing to buy");
  });

  test("agree but for two hours, fewer than the tenth that makes it a finding", () => {
    const input = h100(16, during(8, 10, 2));
    expect(found(input)).toMatchObject({ kind: "within", shortest: { hoursShort: expect.closeTo(2, 9) } });
    expect(drawn(input).title).toBe("Demand stayed within capacity but for 2 of 24 hours in h100");
    expect(found(h100(16, during(8, 11, 2)))).toMatchObject({ kind: "passing" });
  });

  test("agree although some work waits all day beside GPUs that it cannot use", () => {
    const input = h100(12, 2);
    expect(found(input)).toMatchObject({
      kind: "within",
      waited: { name: "h100", hoursWaiting: expect.closeTo(24, 9) },
    });
    expect(drawn(input).takeaway).toContain("Some work waited in h100 all the same, in 24 of 24 hours");
  });

  test("are judged by the worst place, and the others are named", () => {
    const input = h100(16, during(8, 20, 8), {});
    const both = {
      nodegroups: [{ name: "a100", gpus: 32, held: 32 }, input.nodegroups[1]!],
      queues: [{ ...input.queues![0]!, able: ["a100"], pendingGpus: during(0, 12, 16) }, input.queues![1]!],
    };
    expect(found(both)).toMatchObject({ kind: "above", row: { name: "a100" }, others: [{ nodegroups: ["h100"] }] });
    expect(drawn(both).takeaway).toContain("h100 had lasting queues too");
  });
});

describe("the panels", () => {
  test("leave out of every sum what was not seen, and hatch it: 4 of the 12 hours of waiting", () => {
    const input: AnalysisInput = { ...inputs.short, silent: { kueue: (hour) => hour >= 8 && hour < 12 } };
    expect(found(input)).toMatchObject({
      kind: "above",
      row: { hours: expect.closeTo(20, 9), hoursShort: expect.closeTo(8, 9), above: expect.closeTo(64, 6) },
    });
    expect(hatchedIn(drawn(input))).toBeGreaterThan(0);
    expect(textsIn(drawn(input))).toContain("No data");
    expect(hatchedIn(drawn(inputs.short))).toBe(0);
  });

  test("have the numbers of the finding in the table, and say from when on an hour is short", () => {
    const figure = drawn(inputs.short);
    expect(column(figure, "above")["h100"]).toBeCloseTo(96, 6);
    expect(column(figure, "hoursShort")).toEqual({ h100: expect.closeTo(12, 9), a100: 0 });
    expect(column(figure, "at")["h100"]).toEqual(new Date(Date.UTC(2026, 0, 5, 8)));
    expect(figure.note).toContain(`at least ${gpus(WAITING_GPUS)} above capacity`);
    expect(textsIn(figure)).toEqual(expect.arrayContaining(["12", "96"]));
  });

  test("cut demand beyond five times what is paid for, and say what it was", () => {
    const input: AnalysisInput = {
      nodegroups: [{ name: "l40s", gpus: 8, held: 8 }],
      queues: [{ name: "q", nodegroups: ["l40s"], able: ["l40s"], pendingGpus: during(8, 20, 60) }],
    };
    expect(textsIn(drawn(input))).toContain("up to 68 GPUs");
    expect(drawn(input).chart).not.toMatch(/V-\d/);
    expect(textsIn(drawn(inputs.short)).join()).not.toContain("up to");
  });
});

import { describe, expect, test } from "vitest";
import { causeWords } from "../diagnosis/cause-words.js";
import { material } from "../diagnosis/headline.js";
import type { AnalysisInput, QueueInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, said, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { waitedFinding, whatWaited } from "./what-waited.js";

const found = (input: AnalysisInput) => waitedFinding(worldOf(input).diagnosis);
const drawn = (input: AnalysisInput) => whatWaited(worldOf(input));

/** 8 GPUs wait for h100 from 8:00 to 20:00, 96 GPU-hours, beside a100 with 4 GPUs free. */
const waiting = (held: number, queue: Partial<QueueInput> = {}): AnalysisInput => ({
  nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held }],
  queues: [
    inputs.steady.queues![0]!,
    { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus: during(8, 20, 8), ...queue },
  ],
});

describe("what waited", () => {
  test("is not known where Kueue was silent, or kube-state-metrics too", () => {
    expect(found(inputs.noKueue)).toEqual({ kind: "no-data", missing: ["Kueue"] });
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data", missing: ["Kueue", "kube-state-metrics"] });
    const [one, two] = [drawn(inputs.noKueue), drawn(inputs.nothingSeen)];
    expect(one.takeaway).toContain(`less than ${percent(material.seenShare)} of the time`);
    expect(textsIn(one)).toContain("Kueue was silent for most of the time");
    expect(textsIn(two)).toContain("Kueue and kube-state-metrics were silent for most of the time");
  });

  test("is known where only DCGM was silent", () => {
    expect(found(inputs.noDcgm)).toEqual({ kind: "nothing", paid: 1152 });
  });

  test("is nothing where no queue had anything pending", () => {
    expect(found(inputs.steady)).toEqual({ kind: "nothing", paid: 1152 });
    const figure = drawn(inputs.steady);
    expect(figure.takeaway).toContain("1,152 GPU-hours paid for");
    expect(textsIn(figure).filter((text) => text === "nothing waited")).toHaveLength(2);
  });

  test("is little: 4 GPUs for an hour make no episode of 8 GPU-hours", () => {
    const input = waiting(16, { pendingGpus: during(8, 9, 4) });
    expect(found(input)).toMatchObject({
      kind: "little",
      total: expect.closeTo(4, 6),
      most: { nodegroup: "h100", gpuHours: expect.closeTo(4, 6) },
      whileFree: { lower: 0, upper: 0 },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Little waited: 4 GPU-hours against 1,152 paid for");
    expect(takeaway).toContain(`${percent(material.waitedShare)} of the GPU-hours paid for`);
    expect(takeaway).toContain("was in h100; none of all waited while GPUs able to run it were free");
  });

  test("is not called little where it is much, in queues too small for an episode: 3 GPUs of 16, all day", () => {
    const input = waiting(16, { pendingGpus: 3 });
    expect(found(input)).toMatchObject({ kind: "little", total: expect.closeTo(72, 6) });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("72 GPU-hours waited, in queues too small or too brief for an alarm");
    expect(takeaway).not.toContain("Queues as short as these");
  });

  test("is a shortage: 8 GPUs for 12 hours in a full nodegroup of 16", () => {
    expect(found(inputs.short)).toMatchObject({
      kind: "shortage",
      worst: { nodegroups: ["h100"], cause: "capacity", share: expect.closeTo(0.25, 9) },
      there: { gpuHours: expect.closeTo(96, 6), causeGpuHours: expect.closeTo(96, 6) },
      total: expect.closeTo(96, 6),
      whileFree: { lower: 0, upper: 0 },
    });
    const { title, takeaway } = drawn(inputs.short);
    expect(title).toBe("h100 short of capacity: 96 GPU-hours waited");
    expect(takeaway).toContain("100% of that waited for capacity that was not there");
    expect(takeaway).toContain(
      `25% of the GPU-hours paid for there, where ${percent(material.waitedShare)} calls for a look`,
    );
    expect(takeaway).toContain("Of all 96 GPU-hours that waited, none did while GPUs able to run them were free");
    expect(takeaway).toContain("would help there");
  });

  test("is counted for a set of nodegroups where a queue reaches several", () => {
    expect(found(inputs.shared)).toMatchObject({
      kind: "shortage",
      worst: { nodegroups: ["a100", "h100"] },
      there: { gpuHours: expect.closeTo(96, 6) },
    });
    expect(drawn(inputs.shared).title).toBe("a100 and h100 short of capacity: 96 GPU-hours waited");
  });

  test("names other places that were short", () => {
    const input = waiting(16);
    const both = {
      nodegroups: [{ name: "a100", gpus: 32, held: 32 }, input.nodegroups[1]!],
      queues: [{ ...input.queues![0]!, able: ["a100"], pendingGpus: during(0, 12, 16) }, input.queues![1]!],
    };
    expect(found(both)).toMatchObject({ worst: { nodegroups: ["a100"] }, others: [{ nodegroups: ["h100"] }] });
    expect(drawn(both).takeaway).toContain("calls for a look; h100 had lasting queues too");
  });
});

describe("each cause has its words, its remedy, and its place in the key", () => {
  const cases: [cause: Parameters<typeof causeWords>[0], input: AnalysisInput, after: string, key: string][] = [
    ["capacity", waiting(16), "96, none while GPUs were free", "While too few were free:"],
    [
      "quota",
      waiting(8, { nominal: 8, reserved: 8 }),
      "96, 100% while GPUs were free",
      "While a place was free for it:",
    ],
    ["fragmentation", inputs.fragmented, "96, 0% to 100% while GPUs were free", "While enough were free, but apart:"],
    [
      "flavor",
      {
        ...waiting(16, { able: ["h100", "a100"] }),
        nodegroups: [
          { name: "a100", gpus: 32, held: 16 },
          { name: "h100", gpus: 16, held: 16 },
        ],
      },
      "96, 100% while GPUs were free",
      "While a place was free for it:",
    ],
    [
      "unavailable",
      {
        ...waiting(8),
        nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 8, outOfService: 8 }],
      },
      "96, none while GPUs were free",
      "While too few were free:",
    ],
    [
      "invalid",
      waiting(8, { nominal: 4, pending: 1 }),
      "96, 0% to 100% while GPUs were free",
      "Not known whether any were free:",
    ],
  ];

  test.each(cases)("%s", (cause, input, after, key) => {
    expect(found(input)).toMatchObject({ kind: "shortage", worst: { cause, gpuHours: expect.closeTo(96, 6) } });
    const figure = drawn(input);
    expect(figure.title).toBe(`h100 ${causeWords(cause).state}: 96 GPU-hours waited`);
    expect(figure.takeaway).toContain(`100% of that waited ${causeWords(cause).waited}`);
    expect(figure.takeaway).toContain(`${causeWords(cause).remedy} would help there`);
    expect(textsIn(figure)).toContain(after);
    expect(textsIn(figure)).toContain(key);
  });

  test("head-of-line: what stands behind the first of a strict queue that admits nothing", () => {
    const input = waiting(0, { strict: true, admitted: 0, pending: 4 });
    // 4 workloads of 2 GPUs, all with room: the first can't be told, the 3 behind it wait for it.
    expect(found(input)).toMatchObject({
      worst: { cause: "head-of-line", causeGpuHours: expect.closeTo(72, 6) },
      whileFree: { lower: expect.closeTo(0.75, 9), upper: expect.closeTo(1, 9) },
    });
    const figure = drawn(input);
    expect(figure.title).toBe(`h100 ${causeWords("head-of-line").state}: 96 GPU-hours waited`);
    expect(figure.takeaway).toContain(`75% of that waited ${causeWords("head-of-line").waited}`);
    expect(textsIn(figure)).toContain("96, 75% to 100% while GPUs were free");
  });

  test("unknown: what cannot be told is not said to have waited while nothing was free", () => {
    const input = waiting(8);
    expect(found(input)).toMatchObject({
      worst: { cause: "unknown" },
      whileFree: { lower: 0, upper: expect.closeTo(1, 9) },
    });
    const figure = drawn(input);
    expect(figure.title).toBe("h100: 96 GPU-hours waited for causes that telemetry cannot tell");
    expect(figure.takeaway).toContain("A closer look at the waiting workloads' conditions comes first.");
    expect(textsIn(figure)).toContain("96, 0% to 100% while GPUs were free");
    expect(textsIn(figure)).toContain("Not known whether any were free:");
    expect(textsIn(figure).join()).not.toContain("While too few");
  });

  test("mixed: half for capacity, half for quota", () => {
    // Two queues of 8 GPUs that wait; h100 has 8 free, for which the first has no quota.
    const input = waiting(8, { nominal: 8, reserved: 8 });
    const mixed = {
      ...input,
      queues: [...input.queues!, { ...input.queues![1]!, name: "other", nominal: 16, reserved: 0 }],
    };
    expect(found(mixed)).toMatchObject({
      worst: { cause: "mixed" },
      there: { gpuHours: expect.closeTo(192, 6), causeGpuHours: expect.closeTo(192, 6) },
      whileFree: { lower: expect.closeTo(0.5, 9), upper: expect.closeTo(0.5, 9) },
    });
    const figure = drawn(mixed);
    expect(figure.title).toBe("h100: 192 GPU-hours waited for several causes");
    expect(figure.takeaway).toContain("50% did while GPUs able to run them were free");
    expect(column(figure, "quota")["h100"]).toBeCloseTo(96, 6);
    expect(column(figure, "capacity")["h100"]).toBeCloseTo(96, 6);
    expect(column(figure, "whileFree")["h100"]).toBe("50%");
    expect(column(figure, "total")["h100"]).toBeCloseTo(192, 6);
  });
});

test("what happened while a source was silent is left out, and the note says so", () => {
  const input: AnalysisInput = { ...waiting(16), silent: { kueue: (hour) => hour >= 14 && hour < 20 } };
  // Seen from 8:00 to 14:00: 8 GPUs for 6 hours.
  expect(found(input)).toMatchObject({ total: expect.closeTo(48, 6) });
  const figure = drawn(input);
  expect(said(figure)).toContain("48 GPU-hours");
  expect(figure.note).toContain("Kueue was silent for 25% of the time");
});

test("the share that waited while GPUs were free is one, at the bar of the only nodegroup that waits and in the sentence", () => {
  // 4 GPUs are free and 8 wait: too few, but some.
  const input = waiting(12);
  expect(found(input)).toMatchObject({ whileFree: { lower: 0, upper: expect.closeTo(0.5, 9) } });
  const figure = drawn(input);
  expect(textsIn(figure)).toContain("96, 0% to 50% while GPUs were free");
  expect(figure.takeaway).toContain("0% to 50% did while GPUs able to run them were free");
});

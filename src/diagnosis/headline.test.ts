import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import type { AnalysisInput, QueueInput } from "../testing/analysis.js";
import { HOUR_MS } from "../units/time.js";
import { causes } from "./cause.js";
import { causeWords } from "./cause-words.js";
import type { Diagnosis } from "./diagnose.js";
import { alarms, byPlace, type Finding, headline, headlineText, ownersText, shortageAt, unseen } from "./headline.js";

const MONDAY = Date.UTC(2026, 0, 5);
const at = (hour: number) => MONDAY + hour * HOUR_MS;
const diagnosisOf = (input: AnalysisInput): Diagnosis => worldOf(input).diagnosis;
const findingOf = (input: AnalysisInput) => headline(diagnosisOf(input));
const near = (value: number) => expect.closeTo(value, 6);
/** A day of one nodegroup of 32 full GPUs, 768 GPU-hours, where 4 wait from 8:00 for so many hours. */
const waitsFor = (hours: number): AnalysisInput => ({
  nodegroups: [{ name: "a", gpus: 32, held: 32 }],
  queues: [waitsFrom(8, 8 + hours, 4)],
});
const waitsFrom = (from: number, to: number, gpus: number, rest: Partial<QueueInput> = {}): QueueInput => ({
  name: "q",
  nodegroups: ["a"],
  able: ["a"],
  pendingGpus: (hour) => (hour >= from && hour < to ? gpus : 0),
  ...rest,
});

describe("headline(diagnosis) finds", () => {
  test("a shortage, with its place, its cause and when", () => {
    // 8 GPUs wait for 12 hours; 16 are paid for for 24.
    expect(findingOf(inputs.short)).toEqual({
      kind: "shortage",
      nodegroups: ["h100"],
      cause: "capacity",
      gpuHours: near(96),
      causeGpuHours: near(96),
      share: near(96 / 384),
      outOfServiceShare: 0,
      isLeast: false,
      episodes: 1,
      when: { kind: "span", startMs: at(8), endMs: at(20) },
      others: 0,
    });
    expect(findingOf(inputs.fragmented)).toMatchObject({
      nodegroups: ["h100"],
      cause: "fragmentation",
      gpuHours: near(96),
      when: { kind: "span", startMs: at(6), endMs: at(18) },
    });
  });

  test("a shortage of a set of nodegroups, as a share of what is paid for there", () => {
    expect(findingOf(inputs.shared)).toMatchObject({
      kind: "shortage",
      nodegroups: ["a100", "h100"],
      share: near(96 / 768),
    });
  });

  test("a shortage from 2 % of the GPU-hours paid for on", () => {
    // 2 % of 768 are 15.36.
    expect(findingOf(waitsFor(3.75)).kind).toBe("balanced");
    expect(findingOf(waitsFor(4))).toMatchObject({ kind: "shortage", share: near(16 / 768) });
  });

  test("stalled GPUs, from a tenth of those held on, and whose they are", () => {
    // 7 of 14 held, for 24 hours.
    expect(findingOf(inputs.stalled)).toEqual({
      kind: "stalled",
      nodegroup: "h100",
      gpuHours: near(168),
      share: near(0.5),
      owners: [{ owner: "Team", gpuHours: near(168) }],
      others: 0,
    });
    const stalled = (held: number) => findingOf({ nodegroups: [{ name: "a", gpus: 32, held, stalled: 1 }] }).kind;
    expect([stalled(9.9), stalled(10.1)]).toEqual(["stalled", "slack"]);
  });

  test("idle GPUs, from a tenth of those held on, and whose they are", () => {
    expect(findingOf(inputs.idle)).toEqual({
      kind: "idle",
      nodegroup: "h100",
      gpuHours: near(168),
      share: near(0.5),
      owners: [{ owner: "Team", gpuHours: near(168) }],
      others: 0,
    });
    const idle = (held: number) => findingOf({ nodegroups: [{ name: "a", gpus: 32, held, idle: 1 }] }).kind;
    expect([idle(9.9), idle(10.1)]).toEqual(["idle", "slack"]);
  });

  test("balance, where nothing is worth a headline", () => {
    const balanced = { kind: "balanced", waitingGpuHours: 0, paidGpuHours: near(1152), blind: false };
    expect(findingOf(inputs.steady)).toEqual(balanced);
    expect(findingOf(waitsFor(3))).toEqual({ ...balanced, waitingGpuHours: near(12), paidGpuHours: near(768) });
  });

  test("slack, where nothing is short and three tenths and more of what is paid for stands free", () => {
    const free = (held: number) =>
      findingOf({
        nodegroups: [
          { name: "a", gpus: 100, held },
          { name: "b", gpus: 100, held: 80 },
        ],
      });
    expect(free(61)).toMatchObject({ kind: "balanced" });
    expect(free(60)).toEqual({
      kind: "slack",
      freeGpuHours: near(60 * 24),
      paidGpuHours: near(200 * 24),
      nodegroup: "a",
    });
    expect(headlineText(free(60))).toBe(
      "Slack: 1,440 GPU-hours of 4,800 paid for stood free, most in a; no nodegroup is short",
    );
    // Whoever waits for an alarm's length is the finding, whatever is free elsewhere.
    expect(findingOf(inputs.slack).kind).toBe("slack");
  });

  test("balance of what was seen, where DCGM was silent", () => {
    expect(findingOf(inputs.noDcgm)).toMatchObject({ kind: "balanced", blind: true });
  });

  test("no data, where Kueue or kube-state-metrics was silent: silence is no balance", () => {
    expect(findingOf(inputs.noKueue)).toEqual({ kind: "no-data", missing: ["Kueue"] });
    expect(findingOf({ ...inputs.steady, silent: { kubeState: () => true } })).toEqual({
      kind: "no-data",
      missing: ["kube-state-metrics"],
    });
    expect(findingOf(inputs.nothingSeen)).toEqual({ kind: "no-data", missing: ["Kueue", "kube-state-metrics"] });
  });

  test("what stands out nonetheless, where a source was silent", () => {
    expect(findingOf({ ...inputs.idle, silent: { kueue: () => true } })).toMatchObject({
      kind: "idle",
      nodegroup: "h100",
    });
    expect(findingOf({ ...inputs.short, silent: { dcgm: () => true } })).toMatchObject({ kind: "shortage" });
  });

  test("of several, the one with most GPU-hours, and how many others there are", () => {
    // 96 GPU-hours wait; 24 or 168 are stalled, 48 idle.
    const both = (stalled: number): AnalysisInput => ({
      ...inputs.short,
      nodegroups: [
        { name: "a100", gpus: 32, held: 14, idle: 2 },
        { name: "h100", gpus: 16, held: 16, stalled },
      ],
    });
    expect(findingOf(both(1))).toMatchObject({ kind: "shortage", others: 1 });
    expect(findingOf(both(7))).toMatchObject({ kind: "stalled", nodegroup: "h100", others: 2 });
    expect(alarms(diagnosisOf(both(7))).map(({ kind, gpuHours }) => [kind, Math.round(gpuHours)])).toEqual([
      ["stalled", 168],
      ["shortage", 96],
      ["idle", 48],
    ]);
  });
});

describe("shortageAt(diagnosis, episodes)", () => {
  /** Two days of 16 GPUs; 8 wait from 8:00 to 20:00, on the first for capacity, on the second for quota. */
  const mixed: AnalysisInput = {
    hours: 48,
    nodegroups: [{ name: "a", held: (hour) => (hour < 24 ? 16 : 8) }],
    queues: [waitsFrom(0, 48, 0, { pendingGpus: (hour) => (hour % 24 >= 8 && hour % 24 < 20 ? 8 : 0), reserved: 16 })],
  };

  test("has all that waited where no cause has most of it, and else what waited for the cause", () => {
    const diagnosis = diagnosisOf(mixed);
    const [first, second] = diagnosis.episodes;
    expect([first!.cause, second!.cause]).toEqual(["capacity", "quota"]);
    expect(shortageAt(diagnosis, [first!, second!])).toMatchObject({
      cause: "mixed",
      gpuHours: near(192),
      causeGpuHours: near(192),
      episodes: 2,
    });
    expect(shortageAt(diagnosis, [second!])).toMatchObject({ cause: "quota", gpuHours: near(96), episodes: 1 });
    // Two hours of the second day as well for capacity: 80 of 96 waited for quota.
    const mostly = diagnosisOf({ ...mixed, nodegroups: [{ name: "a", held: (hour) => (hour < 34 ? 16 : 8) }] });
    expect(shortageAt(mostly, mostly.episodes.slice(1))).toMatchObject({ cause: "quota", causeGpuHours: near(80) });
  });

  test("says of one episode that it was a span, and looks for a pattern in several", () => {
    const diagnosis = diagnosisOf(mixed);
    expect(shortageAt(diagnosis, diagnosis.episodes.slice(0, 1)).when).toMatchObject({ kind: "span", startMs: at(8) });
    // 8 of 12 hours alike hold 60 %, 7 do not.
    expect(shortageAt(diagnosis, diagnosis.episodes).when).toEqual({
      kind: "pattern",
      days: "all",
      hours: { from: 8, to: 16 },
      share: near(8 / 12),
    });
  });

  test("looks only at what waited in the episodes", () => {
    // Three GPUs, too few for an episode, wait all day long.
    const below = {
      ...mixed,
      queues: [waitsFrom(0, 48, 0, { pendingGpus: (h) => (h % 24 >= 8 && h % 24 < 20 ? 8 : 1) })],
    };
    const diagnosis = diagnosisOf(below);
    expect(diagnosis.episodes).toHaveLength(2);
    expect(shortageAt(diagnosis, diagnosis.episodes).when).toMatchObject({
      hours: { from: 8, to: 16 },
      share: near(8 / 12),
    });
  });
});

test("byPlace(episodes) puts the episodes of a place together, and the place with most GPU-hours first", () => {
  const { episodes } = diagnosisOf({
    hours: 48,
    nodegroups: [
      { name: "a", held: 16 },
      { name: "b", held: 16 },
    ],
    queues: [
      waitsFrom(0, 0, 0, { name: "a", pendingGpus: (hour) => (hour < 12 || hour >= 36 ? 8 : 0) }),
      waitsFrom(12, 26, 10, { name: "b", nodegroups: ["b"] }),
    ],
  });
  // 96 twice at a, 140 at b: the largest episode is b's, but a waited most.
  expect(byPlace(episodes).map((some) => some.map((each) => [each.nodegroups, Math.round(each.gpuHours)]))).toEqual([
    [
      [["a"], 96],
      [["a"], 96],
    ],
    [[["b"], 140]],
  ]);
});

describe("unseen(diagnosis) is", () => {
  const silentFrom = (hour: number) => (at: number) => at >= hour;

  test("each source that was silent for more than half of the time", () => {
    const silent = (hour: number) => ({
      kueue: silentFrom(hour),
      kubeState: silentFrom(hour),
      dcgm: silentFrom(hour),
    });
    expect(unseen(diagnosisOf({ ...inputs.steady, silent: silent(12) }))).toEqual([]);
    expect(unseen(diagnosisOf({ ...inputs.steady, silent: silent(11.9) }))).toEqual([
      "Kueue",
      "kube-state-metrics",
      "DCGM",
    ]);
  });

  test("DCGM, where it was silent for most of the GPUs paid for", () => {
    const without = (name: string) => ({ ...inputs.steady, silent: { dcgm: (_: number, of?: string) => of === name } });
    // 16 of 48, or 32.
    expect(unseen(diagnosisOf(without("h100")))).toEqual([]);
    expect(unseen(diagnosisOf(without("a100")))).toEqual(["DCGM"]);
  });
});

describe("headlineText(finding) says", () => {
  const say = (input: AnalysisInput) => headlineText(findingOf(input));

  test("where, why, how much and when work waited", () => {
    expect(say(inputs.short)).toBe("h100 short of capacity: 96 GPU-hours waited, on Mon 5 Jan from 08:00 to 20:00 UTC");
    expect(say(inputs.fragmented)).toBe("h100 fragmented: 96 GPU-hours waited, on Mon 5 Jan from 06:00 to 18:00 UTC");
    expect(say(inputs.shared)).toBe(
      "a100 and h100 short of capacity: 96 GPU-hours waited, on Mon 5 Jan from 08:00 to 20:00 UTC",
    );
  });

  test("how much was stalled or idle, of what, and whose", () => {
    expect(say(inputs.stalled)).toBe("h100 stalled: 168 GPU-hours busy but starved, 50% of those held, by Team");
    expect(say(inputs.idle)).toBe("h100 idle: 168 GPU-hours held but unused, 50% of those held, by Team");
  });

  test("that all is in balance, of how much, and what is not known", () => {
    expect(say(inputs.steady)).toBe(
      "In balance: nothing waited of 1,152 GPU-hours paid for; no nodegroup is short, stalled or idle",
    );
    expect(say(waitsFor(3))).toBe(
      "In balance: 12 GPU-hours waited of 768 paid for; no nodegroup is short, stalled or idle",
    );
    expect(say(inputs.noDcgm)).toBe(
      "In balance: nothing waited of 1,152 GPU-hours paid for; no nodegroup is short; without DCGM, idle GPUs are unknown",
    );
  });

  test("which sources were silent", () => {
    expect(say(inputs.noKueue)).toBe("Balance unknown: Kueue was silent for most of the time");
    expect(say(inputs.nothingSeen)).toBe(
      "Balance unknown: Kueue and kube-state-metrics were silent for most of the time",
    );
  });

  const shortage: Finding = {
    kind: "shortage",
    nodegroups: ["a"],
    cause: "quota",
    gpuHours: 100,
    causeGpuHours: 80,
    share: 0.1,
    outOfServiceShare: 0,
    isLeast: false,
    episodes: 3,
    when: { kind: "throughout" },
    others: 0,
  };

  test.each([...causes, "mixed"] as const)("in a shortage by %s, what the place is", (cause) => {
    expect(headlineText({ ...shortage, cause })).toBe(
      `a ${causeWords(cause).state}: 100 GPU-hours waited, at all hours`,
    );
  });

  test("less where it would not fit: first not when, or whose, then not all of the name", () => {
    // 63 letters are as long as a label's value may be.
    const long = "n".repeat(63);
    const span = { kind: "span", startMs: at(8), endMs: at(40) } as const;
    const shorter = headlineText({ ...shortage, nodegroups: [long, "b"], cause: "capacity", when: span });
    expect(shorter).toBe(`${long} and b short of capacity: 100 GPU-hours waited`);
    const owners = Array.from({ length: 2 }, (_, i) => ({ owner: `${i}`.repeat(50), gpuHours: 1 }));
    expect(headlineText({ kind: "idle", nodegroup: "a", gpuHours: 100, share: 0.1, owners, others: 0 })).toBe(
      "a idle: 100 GPU-hours held but unused, 10% of those held",
    );
    const cut = headlineText({ ...shortage, nodegroups: [long.repeat(3)] });
    expect(cut).toBe(`${long.repeat(3).slice(0, 139)}…`);
  });

  test("all of it in one line of at most 140 letters, without a full stop", () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,80}$/);
    const amount = fc.double({ noNaN: true, min: 0, max: 1e7 });
    const quiet = fc.record({
      kind: fc.constantFrom("stalled" as const, "idle" as const),
      nodegroup: name,
      gpuHours: amount,
      share: fc.double({ noNaN: true, min: 0.1, max: 1 }),
      owners: fc.array(fc.record({ owner: name, gpuHours: amount }), { maxLength: 4 }),
      others: fc.nat(9),
    });
    const short = fc.record({
      kind: fc.constant("shortage" as const),
      nodegroups: fc.array(name, { minLength: 1, maxLength: 4 }),
      cause: fc.constantFrom(...causes, "mixed" as const),
      gpuHours: amount,
      causeGpuHours: amount,
      share: amount,
      outOfServiceShare: fc.constant(0),
      isLeast: fc.boolean(),
      episodes: fc.nat(99),
      when: fc.constantFrom(
        { kind: "span" as const, startMs: at(8), endMs: at(20) },
        { kind: "span" as const, startMs: at(8), endMs: at(40) },
        { kind: "day" as const, startMs: MONDAY, share: 0.7 },
        { kind: "pattern" as const, days: "weekdays" as const, hours: { from: 14, to: 2 }, share: 0.7 },
        { kind: "throughout" as const },
      ),
      others: fc.nat(9),
    });
    const balanced = fc.record({
      kind: fc.constant("balanced" as const),
      waitingGpuHours: amount,
      paidGpuHours: amount,
      blind: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.oneof(quiet, short, balanced), (finding) => {
        const text = headlineText(finding);
        expect(text.length).toBeLessThanOrEqual(140);
        expect(text).toMatch(/^[^\n]*[^.\n]$/);
      }),
    );
  });
});

test("ownersText(owners) names up to two, and counts the rest", () => {
  const owners = (...names: readonly string[]) => ownersText(names.map((owner) => ({ owner, gpuHours: 1 })));
  expect(owners()).toBe("unknown owners");
  expect(owners("Research")).toBe("Research");
  expect(owners("Research", "Search")).toBe("Research and Search");
  expect(owners("Research", "Search", "Ads")).toBe("Research and 2 others");
  expect(owners("Research", "Search", "Ads", "Lab")).toBe("Research and 3 others");
});

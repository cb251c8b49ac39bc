import { describe, expect, test } from "vitest";
import { causeWords } from "../diagnosis/cause-words.js";
import { episodeRule } from "../diagnosis/episodes.js";
import { material } from "../diagnosis/headline.js";
import type { AnalysisInput, Values } from "../testing/analysis.js";
import { gpuHours, gpus, percent } from "../units/format.js";
import { hatchedIn, textsIn } from "./__fixtures__/read.js";
import { during, inputs, worldOf } from "./__fixtures__/worlds.js";
import { episodes, episodesFinding, nearestMiss } from "./episodes.js";
import { TITLE_WORDS } from "./figure.js";

const found = (input: AnalysisInput) => episodesFinding(worldOf(input).diagnosis);
const drawn = (input: AnalysisInput) => episodes(worldOf(input));
const words = (title: string) => title.split(/\s+/).length;
/** h100 is full, and so many of its GPUs are asked for beyond that. */
const waiting = (pendingGpus: Values, rest: Partial<AnalysisInput> = {}): AnalysisInput => ({
  nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 16 }],
  queues: [inputs.steady.queues![0]!, { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus }],
  ...rest,
});

describe("episodes", () => {
  test("are not known where Kueue was silent", () => {
    expect(found(inputs.noKueue)).toEqual({ kind: "no-data", missing: ["Kueue"] });
    const figure = drawn(inputs.noKueue);
    expect(figure.title).toBe("Whether there were episodes of waiting is not known");
    expect(figure.takeaway).toContain("An empty chart is no balance here");
    // Each of the two rows, and the key.
    expect(hatchedIn(figure)).toBe(3);
    expect(textsIn(figure)).toContain("No data");
  });

  test("are none where nothing waited", () => {
    expect(found(inputs.steady)).toEqual({ kind: "none", nearest: undefined });
    expect(drawn(inputs.steady).takeaway).toContain("Nothing waited at any time that was seen");
  });

  test("are an alarm: 8 GPUs wait for 12 hours, a quarter of what is paid for", () => {
    expect(found(inputs.short)).toMatchObject({
      kind: "alarm",
      worst: { nodegroups: ["h100"], gpuHours: expect.closeTo(96, 6), share: expect.closeTo(0.25, 9), episodes: 1 },
      largest: { peakGpus: 8 },
      others: [],
    });
    const { title, takeaway } = drawn(inputs.short);
    expect(title).toBe("h100 was short of capacity: 1 episode, 96 GPU-hours");
    expect(takeaway).toContain("25% of what is paid for there, on Mon 5 Jan from 08:00 to 20:00 UTC");
    expect(takeaway).toContain(`an alarm begins at ${percent(material.waitedShare)}`);
    expect(takeaway).toContain("from Mon 5 Jan 08:00 to Mon 5 Jan 20:00 UTC, peaked at 8 GPUs");
    expect(takeaway).toContain("would help.");
  });

  test("of which two add up are said by their sum and the largest", () => {
    // 12 x 2 h and 8 x 4 h.
    const input = waiting((hour) => during(2, 4, 12)(hour) + during(10, 14, 8)(hour));
    expect(found(input)).toMatchObject({
      worst: { episodes: 2, gpuHours: expect.closeTo(56, 6) },
      largest: { gpuHours: expect.closeTo(32, 6), peakGpus: 8, startMs: Date.UTC(2026, 0, 5, 10) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("h100 was short of capacity: 2 episodes, 56 GPU-hours");
    expect(takeaway).toContain("56 GPU-hours waited in h100, 15% of what is paid for there");
  });

  test("cost nothing to remove where packing would, and name other places", () => {
    const input: AnalysisInput = {
      ...inputs.fragmented,
      nodegroups: [{ name: "a100", gpus: 32, held: 32 }, inputs.fragmented.nodegroups[1]!],
      queues: [
        { name: "a", nodegroups: ["a100"], able: ["a100"], pendingGpus: during(8, 12, 8) },
        inputs.steady.queues![1]!,
      ],
    };
    expect(found(input)).toMatchObject({
      worst: { nodegroups: ["h100"], cause: "fragmentation" },
      others: [{ nodegroups: ["a100"], gpuHours: expect.closeTo(32, 6) }],
    });
    expect(drawn(input).takeaway).toContain(
      "Packing pods onto fewer nodes would help at no cost; a100 had 32 GPU-hours more.",
    );
  });

  test("are minor: 4 GPUs for 3 hours are 12 GPU-hours, 1 % of the 1,152 paid for there in three days", () => {
    const input = waiting(during(8, 11, 4), { hours: 72 });
    expect(found(input)).toMatchObject({
      kind: "minor",
      nodegroups: ["h100"],
      here: { gpuHours: expect.closeTo(12, 6) },
      share: expect.closeTo(12 / 1152, 9),
      total: 1,
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("One minor episode: 12 GPU-hours waited in h100");
    expect(takeaway).toContain("That is 1.0% of what is paid for there");
    expect(takeaway).toContain(`${percent(material.waitedShare)} would be an alarm`);
    const two = waiting((hour) => during(8, 11, 4)(hour) + during(40, 42.5, 4)(hour), { hours: 72 });
    expect(found(two)).toMatchObject({ kind: "minor", total: 2, here: { gpuHours: expect.closeTo(22, 6) } });
    expect(drawn(two).title).toBe("2 minor episodes, most of it in h100: 22 GPU-hours");
  });
});

describe("what came nearest to an episode", () => {
  test.each([
    ["lacked GPUs", during(8, 20, 3), "gpus", "where 3 GPUs waited, of the 4 that would count", 0],
    ["lacked time", during(8, 8 + 1 / 6, 12), "time", "where 12 GPUs waited for 10 min, of the 15 min", 10],
    ["lacked GPU-hours", during(8, 9, 6), "gpu-hours", "where 6 GPUs waited for 1 h: 6 GPU-hours, of the 8", 60],
  ] as const)("%s", (_, pendingGpus, lacked, text, minutes) => {
    const input = waiting(pendingGpus);
    expect(found(input)).toMatchObject({ kind: "none", nearest: { lacked, nodegroups: ["h100"], minutes } });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("No episode: nothing waited for long enough to count as one");
    expect(takeaway).toContain(`The nearest was in h100 on Mon 5 Jan 08:00 UTC, ${text}`);
  });

  test("is the longest above the threshold, whatever was higher for less time", () => {
    const input = waiting((hour) => during(2, 2 + 1 / 12, 16)(hour) + during(8, 8 + 1 / 6, 5)(hour));
    expect(nearestMiss(worldOf(input).diagnosis)).toMatchObject({ minutes: 10, peakGpus: 5, lacked: "time" });
  });
});

describe("titles of episodes", () => {
  /** Two nodegroups whose queue waits for 8 GPUs in each of two mornings, for a cause that they are made for. */
  const shared = (held: number, queue: object, others: AnalysisInput["nodegroups"] = []): AnalysisInput => ({
    hours: 48,
    nodegroups: [{ name: "a", gpus: 16, held }, { name: "b", gpus: 16, held }, ...others],
    queues: [{ name: "q", nodegroups: ["a", "b"], pendingGpus: (hour) => during(8, 12, 8)(hour % 24), ...queue }],
  });
  const free = { name: "c", gpus: 16, held: 0 };

  test.each([
    ["unknown", shared(8, { able: ["a", "b"] })],
    ["flavor", shared(16, { able: ["a", "b", "c"] }, [free])],
    ["quota", shared(8, { able: ["a", "b"], nominal: 64, reserved: 64 })],
    ["capacity", shared(16, { able: ["a", "b"] })],
  ] as const)("are short enough for two nodegroups and the cause %s", (cause, input) => {
    expect(found(input)).toMatchObject({ worst: { cause, nodegroups: ["a", "b"], episodes: 2 } });
    const { title } = drawn(input);
    expect(title).toContain(`a and b were ${causeWords(cause).state}: `);
    expect(title).toContain("64 GPU-hours");
    expect(words(title)).toBeLessThanOrEqual(TITLE_WORDS);
  });
});

describe("the chart of episodes", () => {
  test("has their GPU-hours, cause and times in the table and at the bars", () => {
    const figure = drawn(inputs.short);
    expect(figure.table.rows).toEqual([
      {
        place: "h100",
        from: new Date(Date.UTC(2026, 0, 5, 8)),
        to: new Date(Date.UTC(2026, 0, 5, 20)),
        cause: "Capacity",
        gpu_hours: expect.closeTo(96, 6),
        peak: 8,
        queues: "h",
      },
    ]);
    expect(textsIn(figure)).toContain("96");
    expect(drawn(waiting(during(20, 24, 8))).table.rows[0]!["to"]).toBe("open at the end");
  });

  test("hatches what was not seen, and nothing else", () => {
    const input = waiting(during(8, 20, 8), { silent: { kueue: (hour) => hour >= 2 && hour < 4 } });
    expect(hatchedIn(drawn(input))).toBe(3);
    expect(hatchedIn(drawn(inputs.short))).toBe(0);
  });

  test("states the rule from its constants", () => {
    const { note } = drawn(inputs.short);
    for (const text of [
      gpus(episodeRule.gpus),
      percent(episodeRule.capacityShare),
      `${episodeRule.opensAfterMinutes} min`,
      `${episodeRule.closesAfterMinutes} min`,
      gpuHours(episodeRule.listedGpuHours),
      percent(episodeRule.causeShare),
    ])
      expect(note).toContain(text);
  });

  test("has a row for each nodegroup, and for a set only if it has episodes, the worst above", () => {
    const names = (input: AnalysisInput) => textsIn(drawn(input)).filter((text) => /^[ah]100/.test(text));
    expect(names(inputs.shared)).toEqual(["a100 + h100", "a100", "h100"]);
    expect(names(inputs.short)).toEqual(["h100", "a100"]);
    const calm = { ...inputs.shared, queues: [{ ...inputs.shared.queues[0]!, pendingGpus: 0 }] };
    expect(names(calm)).toEqual(["a100", "h100"]);
  });

  test("names a set of many nodegroups by the first and how many more, unless two sets would be called the same", () => {
    const names = ["inference-1", "inference-2", "inference-3", "inference-4"];
    const set = (name: string, nodegroups: string[]) => ({
      name,
      nodegroups,
      able: nodegroups,
      pendingGpus: during(8, 12, 16),
    });
    const world = (...queues: string[][]): AnalysisInput => ({
      nodegroups: names.map((name) => ({ name, held: 16 })),
      queues: queues.map((nodegroups, i) => set(`q${i}`, nodegroups)),
    });
    const [a, b, c, d] = names as [string, string, string, string];
    expect(textsIn(drawn(world([a, b, c])))).toContain("inference-1 + 2 more");
    const both = textsIn(drawn(world([a, b, c], [a, b, d])));
    expect(both.join()).not.toContain("2 more");
    expect(both.filter((text) => text.startsWith("inference-1") && text.includes("…"))).toHaveLength(2);
    expect(new Set(both.filter((text) => text.includes("…"))).size).toBe(2);
  });
});

import { describe, expect, test } from "vitest";
import { type AnalysisInput, observedOf, type QueueInput } from "../testing/analysis.js";
import { MINUTE_MS } from "../units/time.js";
import { diagnose } from "./diagnose.js";
import { placesOf, placeText, unmetAt } from "./place.js";

/** An hour of two nodegroups, in ticks of a minute: the windows of episodes hold five. */
const input: AnalysisInput = {
  hours: 1,
  stepMinutes: 1,
  nodegroups: [
    { name: "a", gpus: 16, outOfService: 4 },
    { name: "b", gpus: 32 },
  ],
};
const unmet = (nodegroups: readonly string[], queues: readonly QueueInput[], rest: Partial<AnalysisInput> = {}) =>
  unmetAt(diagnose(observedOf({ ...input, queues, ...rest })), nodegroups);
const waiting = (...of: Parameters<typeof unmet>) => unmet(...of).map((window) => window.waiting);
const queue = (name: string, nodegroups: readonly string[], pendingGpus: QueueInput["pendingGpus"]): QueueInput => ({
  name,
  nodegroups,
  pendingGpus,
});

describe("unmetAt(diagnosis, nodegroups)", () => {
  test("has a window of five minutes each, and a last one as long as there are data", () => {
    const windows = unmet(["a"], [], { hours: 13 / 60 });
    const start = observedOf(input).startMs;
    expect(windows.map(({ startMs, endMs }) => [(startMs - start) / MINUTE_MS, (endMs - start) / MINUTE_MS])).toEqual([
      [0, 5],
      [5, 10],
      [10, 13],
    ]);
  });

  test("counts at a nodegroup what can run only there, and gangs that were admitted to it", () => {
    const queues = [queue("own", ["a"], 8), queue("both", ["a", "b"], 100), queue("other", ["b"], 1000)];
    expect(waiting(["a"], queues)).toEqual(Array(12).fill(8));
    const gang = { clusterQueue: "both", nodegroup: "a", pods: 2, gpusPerPod: 3, fromHour: 0, toHour: 0.5 };
    expect(waiting(["a"], queues, { unplaced: [gang] })).toEqual([...Array(6).fill(14), ...Array(6).fill(8)]);
  });

  test("counts at a set what may run on any of it and nowhere else, whatever the order of its nodegroups", () => {
    const queues = [queue("own", ["a"], 8), queue("both", ["a", "b"], 100), queue("turned", ["b", "a"], 20)];
    expect(waiting(["a", "b"], queues)).toEqual(Array(12).fill(120));
    expect(waiting(["b", "a"], queues)).toEqual(Array(12).fill(120));
    const ends = [queue("both", ["a", "b"], (hour) => (hour < 0.5 ? 20 : 0))];
    expect(waiting(["a", "b"], ends)).toEqual([...Array(6).fill(20), ...Array(6).fill(0)]);
  });

  test("takes the mean over a window's ticks, and over those that are known", () => {
    // 40 GPUs at two ticks of five; then nothing is pending at the other three, or Kueue is silent.
    const first = (hour: number) => Math.round(hour * 60) % 5 < 2;
    for (const nodegroups of [["a"], ["a", "b"]]) {
      const queues = [queue("q", nodegroups, (hour) => (first(hour) ? 40 : 0))];
      expect(waiting(nodegroups, queues)).toEqual(Array(12).fill(16));
      const silent = { kueue: (hour: number) => !first(hour) };
      expect(waiting(nodegroups, queues, { silent })).toEqual(Array(12).fill(40));
    }
  });

  test("does not know what waits while Kueue is silent, nor the capacity while kube-state-metrics is", () => {
    for (const nodegroups of [["a"], ["a", "b"]]) {
      const late = (hour: number) => hour >= 0.5;
      const without = (source: "kueue" | "kubeState") =>
        unmet(nodegroups, [queue("q", nodegroups, 8)], { silent: { [source]: late } });
      expect(without("kueue").map((window) => window.waiting)).toEqual([...Array(6).fill(8), ...Array(6).fill(null)]);
      const capacities = without("kubeState").map(({ capacity }) => capacity);
      expect(capacities.slice(0, 6)).not.toContain(null);
      expect(capacities.slice(6)).toEqual(Array(6).fill(null));
    }
  });

  test("has the healthy capacity of all nodegroups of a set", () => {
    expect(unmet(["a"], [])[0]!.capacity).toBe(12);
    expect(unmet(["a", "b"], [])[0]!.capacity).toBe(44);
  });
});

test("placesOf(diagnosis) is every nodegroup, and every set that the flavors of a queue reach, once", () => {
  const queues = [
    queue("one", ["b"], 0),
    queue("both", ["b", "a"], 0),
    queue("also both", ["a", "b"], 0),
    queue("all", ["a", "b", "c"], 0),
  ];
  const nodegroups = [{ name: "b" }, { name: "a" }, { name: "c" }];
  const observed = observedOf({ hours: 1, nodegroups, queues });
  expect(placesOf({ observed })).toEqual([["b"], ["a"], ["c"], ["a", "b"], ["a", "b", "c"]]);
});

test("placeText(nodegroups) names one or two, and counts the rest", () => {
  expect([["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]].map(placeText)).toEqual([
    "a",
    "a and b",
    "a and 2 more",
    "a and 3 more",
  ]);
});

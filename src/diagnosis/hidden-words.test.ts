import { describe, expect, test } from "vitest";
import type { Hidden, HiddenQueue } from "../join/hidden.js";
import {
  hiddenMend,
  hiddenNote,
  hiddenSentence,
  hiddenShort,
  hiddenText,
  leastText,
  podlessMend,
  podlessSentence,
} from "./hidden-words.js";

const queue = (why: HiddenQueue["why"], workloadHours: number): HiddenQueue => ({
  clusterQueue: "q",
  why,
  eligible: why === "place" ? [] : ["a"],
  workloadHours,
  atEnd: false,
});
const hidden = (queues: readonly HiddenQueue[], podless: readonly string[] = [], share = 0.4): Hidden => ({
  queues,
  workloadHours: queues.reduce((sum, each) => sum + each.workloadHours, 0),
  share,
  podless,
});
const gpus = hidden([queue("gpus", 300), queue("gpus", 12)]);
const place = hidden([queue("place", 1)]);
const both = hidden([queue("gpus", 3), queue("place", 2)], ["one"]);
const labels = (...podless: string[]) => hidden([], podless, 0);

describe("the words for what waited uncounted", () => {
  test("say how many workload-hours in how many queues, for how long, and what is not known of them", () => {
    expect(hiddenText(gpus)).toBe(
      "312 workload-hours were pending in 2 ClusterQueues, in 40% of the time, and no series says for how many GPUs",
    );
    expect(hiddenText(place)).toBe(
      "1 workload-hour was pending in 1 ClusterQueue, in 40% of the time, and no nodegroup is known for their flavors",
    );
    expect(hiddenText(labels("one"))).toBe(
      "no pod names one, which admits workloads, so that nobody sees what started or lacked nodes",
    );
    expect(hiddenText(labels("one", "two"))).toBe(
      "no pod names any of 2 ClusterQueues that admit workloads, so that nobody sees what started or lacked nodes",
    );
    expect(hiddenText(both)).toBe(
      "3 workload-hours were pending in 1 ClusterQueue, and no series says for how many GPUs; " +
        "2 workload-hours were pending in 1 ClusterQueue, and no nodegroup is known for their flavors, together in 40% of the time; " +
        "no pod names one, which admits workloads, so that nobody sees what started or lacked nodes",
    );
  });

  test("say it shorter, and as a sentence", () => {
    expect(hiddenShort(gpus)).toBe(hiddenText(gpus));
    expect(hiddenShort(gpus, true)).toBe("312 workload-hours were pending for an unknown number of GPUs");
    expect(hiddenShort(place, true)).toBe("1 workload-hour was pending for unknown nodegroups");
    expect(hiddenShort(labels("one"))).toBe(hiddenText(labels("one")));
    expect(hiddenShort(labels("one"), true)).toBe("no pod names one");
    expect(hiddenSentence(labels("one"))).toMatch(/^No pod names one, /);
    expect(podlessSentence(both)).toMatch(/^No pod names one, /);
  });

  test("say what would mend it", () => {
    expect(hiddenMend(gpus)).toBe("Have Kueue export it (from 0.18 on, with metrics.enableClusterQueueResources)");
    expect(hiddenMend(both)).toBe(
      "Have Kueue export it (from 0.18 on, with metrics.enableClusterQueueResources), " +
        "give the contract the flavors of the ClusterQueues and their nodegroups and have pods carry the labels of their queues",
    );
    expect(podlessMend()).toBe("Have pods carry the labels of their queues");
  });

  test("end a note, where there is anything to say", () => {
    expect(hiddenNote(hidden([]))).toBe("");
    expect(hiddenNote(gpus)).toBe(` What waited is the least that it was: ${hiddenText(gpus)}.`);
    expect([leastText(true), leastText(false)]).toEqual(["at least ", ""]);
  });
});
